package events

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/web/shell"
)

// same is how many events that look the same are looked at.
const same = 5

// value is a field of an event.
type value struct{ Name, Text string }

// one shows an event with all its fields. An event has no name of its own: it is found by what identifies it, and identical ones are counted.
func (p *pages) one(w http.ResponseWriter, r *shell.Request) error {
	q := questionOf(r.URL.Query())
	if q.Text == "" {
		return problem.New(problem.Invalid, "say which event: choose one from the list")
	}
	var text bytes.Buffer
	if _, err := p.Desk.Events(r.Context(), r.Actor, desk.EventQuery{Text: q.Text, Limit: same, Format: "json"}, &text); err != nil {
		return err
	}
	var rows []map[string]any
	dec := json.NewDecoder(&text)
	dec.UseNumber()
	if err := dec.Decode(&rows); err != nil {
		return problem.Wrap(problem.Internal, err, "read the event")
	}
	if len(rows) == 0 {
		return problem.New(problem.NotFound, "there is no such event any more: its retention may have ended")
	}
	groups := grouped(rows[0])
	if r.HX() {
		return p.shell.Fragment(w, r, fields(q, groups))
	}
	return p.shell.Page(w, r, shell.Page{Title: r.T("events.one.title"), Section: "events", Body: onePage(q, groups, len(rows))})
}

// group are the fields of an event that belong together.
type group struct {
	Name   string // the key of the title
	Values []value
}

// groupNames are the groups in their order, and the beginnings of the fields in them.
var groupNames = []struct {
	name   string
	prefix []string
}{
	{"what", []string{"time.", "classification.", "malware.", "product.", "event_description.", event.FieldSeverity, "protocol.", "status"}},
	{"source", []string{"source."}},
	{"destination", []string{"destination."}},
	{"whose", []string{"attribution."}},
	{"feed", []string{"feed.", "intake", "tlp", "rtir_id", "event_hash", "screenshot_url", "misp."}},
	{"more", []string{""}},
}

// grouped puts fields that belong together beside each other.
func grouped(row map[string]any) []group {
	names := make([]string, 0, len(row))
	for n := range row {
		names = append(names, n)
	}
	slices.Sort(names)
	out := make([]group, len(groupNames))
	for _, n := range names {
		at := slices.IndexFunc(groupNames, func(g struct {
			name   string
			prefix []string
		},
		) bool {
			return slices.ContainsFunc(g.prefix, func(p string) bool { return strings.HasPrefix(n, p) })
		})
		out[at].Values = append(out[at].Values, value{n, textOf(row[n])})
	}
	for i, g := range groupNames {
		out[i].Name = g.name
	}
	return slices.DeleteFunc(out, func(g group) bool { return len(g.Values) == 0 })
}

func textOf(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case json.Number:
		return x.String()
	case nil:
		return ""
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}
