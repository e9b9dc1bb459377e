package events

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// examples show one thing of the language each.
var examples = []string{
	"class:infected-system country:FI", "ip:192.0.2.0/24 -port:80,443", "time:24h (class:scanner or class:brute-force)", "hostname:*.example.org", "has:malware", "port:1..1023", "extra.tag:mirai",
}

func exampleKey(e string) string { return strconv.Itoa(slices.Index(examples, e) + 1) }

// help lists what can be asked.
func (p *pages) help(w http.ResponseWriter, r *shell.Request) error {
	var facts []ui.Fact
	for _, n := range query.Names() {
		s, _ := query.Lookup(n)
		doc := ""
		if f, ok := event.FieldByName(s.Fields[0].Name); ok {
			doc = f.Doc
		}
		if s.Fields[0].Name != n {
			names := make([]string, len(s.Fields))
			for i, f := range s.Fields {
				names[i] = f.Name
			}
			doc = strings.TrimPrefix(doc+" ("+strings.Join(names, ", ")+")", " ")
		}
		facts = append(facts, ui.Fact{Label: n, Value: ui.Text(doc)})
	}
	return p.shell.Page(w, r, shell.Page{Title: r.T("events.help.title"), Section: "events", Body: help(facts)})
}

// fieldOf is the field behind a name of the vocabulary.
func fieldOf(name string) string {
	if s, ok := query.Lookup(name); ok {
		return s.Fields[0].Name
	}
	return name
}

// short cuts a text for people, at most so many characters.
func short(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	n := 0
	for i := range s {
		if n == most-1 {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

func longTone(l desk.LongQuestion) ui.Tone {
	switch l.State {
	case desk.LongDone:
		return ui.Good
	case desk.LongFailed:
		return ui.Bad
	}
	return ui.Info
}
