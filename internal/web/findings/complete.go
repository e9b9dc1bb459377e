package findings

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/event/finding/search"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// Bounds of what is offered.
const (
	mostOffered  = 12
	longestQuery = 4096
)

// complete answers with ways to go on in the filter box.
func (p *page) complete(w http.ResponseWriter, r *shell.Request) error {
	text := []rune(r.URL.Query().Get("q"))
	at, err := strconv.Atoi(r.URL.Query().Get("at"))
	if err != nil || at < 0 || at > len(text) {
		at = len(text)
	}
	if len(text) > longestQuery {
		return p.Fragment(w, r, ui.Completions(nil))
	}
	t := termAt(text, at)
	if t.value {
		return p.Fragment(w, r, ui.Completions(t.offer(p.values(r, t.name))))
	}
	return p.Fragment(w, r, ui.Completions(t.offer(fieldNames(r))))
}

// term is the piece of a query that somebody is typing.
type term struct {
	name     string // before the colon
	typed    string // so far, of the name or of the value
	value    bool   // the value is being typed
	from, to int    // characters that a completion replaces
}

// termAt finds the piece around a character: from the last blank or bracket that stands in no quotes.
func termAt(text []rune, at int) term {
	from, quotes := 0, false
	for i, c := range text[:at] {
		switch {
		case c == '"':
			quotes = !quotes
		case !quotes && (c == ' ' || c == '(' || c == ')'):
			from = i + 1
		}
	}
	if from < at && text[from] == '-' {
		from++
	}
	piece := string(text[from:at])
	name, value, ok := strings.Cut(piece, ":")
	if !ok {
		return term{typed: piece, from: from, to: at}
	}
	begin := from + len([]rune(name)) + 1
	if cut := strings.LastIndexByte(value, ','); cut >= 0 && !strings.HasPrefix(value, `"`) {
		begin += len([]rune(value[:cut+1]))
		value = value[cut+1:]
	}
	return term{name: name, typed: strings.Trim(value, `"`), value: true, from: begin, to: at}
}

// choice is a name or a value that can be offered.
type choice struct{ text, note string }

// offer gives the choices that fit what is typed: those that begin so first.
func (t term) offer(choices []choice) []ui.Completion {
	typed := strings.ToLower(t.typed)
	var begin, within []ui.Completion
	for _, c := range choices {
		one := ui.Completion{Insert: t.insert(c.text), From: t.from, To: t.to, Label: c.text, Note: c.note}
		switch lower := strings.ToLower(c.text); {
		case strings.HasPrefix(lower, typed):
			begin = append(begin, one)
		case strings.Contains(lower, typed) || strings.Contains(strings.ToLower(c.note), typed):
			within = append(within, one)
		}
	}
	all := append(begin, within...)
	return all[:min(mostOffered, len(all))]
}

func (t term) insert(text string) string {
	if !t.value {
		return text + ":"
	}
	return quoted(text) + " "
}

// fieldNotes say what the less obvious names mean.
var fieldNotes = map[string]string{
	"class": "findings.field.class", "org": "findings.field.org", "ip": "findings.field.ip", "state": "findings.field.state", "last": "findings.field.last",
	"first": "findings.field.first", "due": "findings.field.due", "told": "findings.field.told", "since": "findings.field.since", "count": "findings.field.count",
}

func fieldNames(r *shell.Request) []choice {
	var out []choice
	for _, n := range search.Names() {
		c := choice{text: n}
		if key, ok := fieldNotes[n]; ok {
			c.note = r.T(key)
		}
		out = append(out, c)
	}
	slices.SortStableFunc(out, func(a, b choice) int { // those with a note are asked for the most
		switch {
		case a.note != "" && b.note == "":
			return -1
		case a.note == "" && b.note != "":
			return 1
		}
		return 0
	})
	return out
}

// times are ways to write times.
var times = []string{"today", "yesterday", "24h", "7d", "30d", "..now"}

// values gives the values of a field that are known, the most frequent first. What is asked of the findings is bounded by how many values there
// are, and a failure offers nothing.
func (p *page) values(r *shell.Request, name string) []choice {
	switch name {
	case "state":
		var out []choice
		for _, s := range finding.States() {
			out = append(out, choice{string(s), stateWord(r.Context(), string(s))})
		}
		return out
	case "class", "type":
		var out []choice
		for _, t := range rsit.Types() {
			out = append(out, choice{string(t), t.Title()})
		}
		return out
	case "has":
		return fieldNames(r)
	case "last", "first", "since", "until", "told", "due", "seen", "time":
		var out []choice
		for _, t := range times {
			out = append(out, choice{text: t})
		}
		return out
	}
	if !slices.Contains(search.Countable(), name) {
		return nil
	}
	counts, err := p.o.Desk.TallyFindings(r.Context(), r.Actor, "", name)
	if err != nil {
		return nil
	}
	return choicesOf(r, counts)
}

func choicesOf(r *shell.Request, counts []desk.FindingCount) (out []choice) {
	for _, c := range counts {
		if c.Values[0] != "" {
			out = append(out, choice{c.Values[0], r.T("findings.count", "n", c.Findings)})
		}
	}
	return out
}
