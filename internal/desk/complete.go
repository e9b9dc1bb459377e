package desk

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/identity"
)

// Suggestion is one way to go on with a query: Insert takes the place of the characters From to To.
type Suggestion struct {
	Insert   string
	From, To int // characters, from 0; To is not included
	Label    string
	Note     string
}

// mostSuggestions keeps a list to what one can look over.
const mostSuggestions = 12

// CompleteEvents says how a query for events may go on at a place, counted in characters from 0: with a field, an operator or a value. Values
// are offered where they are few: classes, feeds, organisations, severities, times.
func (d *Desk) CompleteEvents(ctx context.Context, actor identity.Actor, text string, at int) ([]Suggestion, error) {
	if err := actor.Authorise(OpQuery, "events"); err != nil {
		return nil, err
	}
	if len(text) > query.MaxLength || !utf8.ValidString(text) {
		return nil, problem.New(problem.Invalid, "the query is too long, or no text")
	}
	t := termAt([]rune(text), at)
	name, value, valued := strings.Cut(t.text, ":")
	switch {
	case !valued:
		return t.names(name), nil
	case name == "has":
		return t.offer(value, query.Names(), func(n string) (string, string) { return "has:" + n, docOf(n) }), nil
	}
	subject, ok := query.Lookup(name)
	if !ok {
		return nil, nil
	}
	return d.values(ctx, actor, t, subject, name, value)
}

// term is the piece of a query around a place.
type term struct {
	text     string // from its beginning, without a negation or a parenthesis, to the place
	from, to int    // what a suggestion replaces
}

// termAt finds the term before a place. What comes behind the place up to the next blank is replaced with it.
func termAt(text []rune, at int) term {
	at = max(0, min(at, len(text)))
	from, quoted := 0, false
	for i, r := range text[:at] {
		switch {
		case r == '"':
			quoted = !quoted
		case !quoted && (r == ' ' || r == '\t' || r == '(' || r == ')' || r == '-' && (i == from)):
			from = i + 1
		}
	}
	to := at
	for to < len(text) && text[to] != ' ' && text[to] != ')' {
		to++
	}
	return term{text: string(text[from:at]), from: from, to: to}
}

// offer gives what begins with, or else holds, what is typed.
func (t term) offer(typed string, list []string, write func(string) (insert, note string)) []Suggestion {
	typed = strings.ToLower(strings.Trim(typed, `"*`))
	var first, then []Suggestion
	for _, v := range list {
		lower := strings.ToLower(v)
		if !strings.Contains(lower, typed) {
			continue
		}
		insert, note := write(v)
		s := Suggestion{Insert: insert, From: t.from, To: t.to, Label: v, Note: note}
		if strings.HasPrefix(lower, typed) {
			first = append(first, s)
		} else {
			then = append(then, s)
		}
	}
	all := append(first, then...)
	return all[:min(len(all), mostSuggestions)]
}

// usedMost are the names that are offered before anything is typed.
var usedMost = []string{"class", "ip", "asn", "country", "org", "feed", "time", "port", "hostname", "malware", "severity", "has"}

// names offers the names of fields.
func (t term) names(typed string) []Suggestion {
	list := query.Names()
	if typed == "" {
		list = usedMost
	} else {
		list = append(slices.Clone(usedMost), slices.DeleteFunc(list, func(n string) bool { return slices.Contains(usedMost, n) })...)
	}
	return t.offer(typed, list, func(n string) (string, string) { return n + ":", docOf(n) })
}

// docOf says what a name stands for.
func docOf(name string) string {
	if name == "has" {
		return "a field that has a value"
	}
	s, ok := query.Lookup(name)
	if !ok {
		return ""
	}
	if f, ok := event.FieldByName(s.Fields[0].Name); ok {
		return f.Doc
	}
	return s.Fields[0].Name
}

// times are ready values of time.
var times = []string{"today", "yesterday", "1h", "24h", "7d", "30d"}

// severityWords are the values of severity, the worst first.
var severityWords = severities

// values offers the values of a subject, behind the last comma.
func (d *Desk) values(ctx context.Context, actor identity.Actor, t term, s query.Subject, name, typed string) ([]Suggestion, error) {
	before := ""
	if i := strings.LastIndexByte(typed, ','); i >= 0 && s.Kind() == event.Text {
		before, typed = typed[:i+1], typed[i+1:]
	}
	list, note, err := d.listOf(ctx, actor, s)
	if err != nil {
		return nil, err
	}
	return t.offer(typed, list, func(v string) (string, string) {
		if s.Kind() == event.Text {
			v, note := query.Text{Value: v}.String(), note(v)
			return name + ":" + before + v, note
		}
		return name + ":" + v, ""
	}), nil
}

// listOf lists the values of a subject that has few.
func (d *Desk) listOf(ctx context.Context, actor identity.Actor, s query.Subject) (list []string, note func(string) string, err error) {
	note = func(string) string { return "" }
	switch field := s.Fields[0].Name; {
	case s.Kind() == event.Time:
		return append([]string{">" + d.o.Clock.Now().In(d.o.Zone).Add(-time.Hour).Format("2006-01-02T15:04")}, times...), note, nil
	case s.Kind() == event.Bool:
		return []string{"true", "false"}, note, nil
	case field == event.FieldType:
		return typeNames(), typeTitle, nil
	case field == event.FieldTaxonomy:
		return classNames(), note, nil
	case field == event.FieldSeverity:
		return severityWords, note, nil
	case field == event.FieldFeed:
		list, err = d.feedNames(ctx)
		return list, note, err
	case field == event.FieldTransport:
		return []string{"tcp", "udp"}, note, nil
	case s.Sense == query.OrganisationName:
		list, err = d.organisationNames(ctx, actor)
		return list, note, err
	}
	return nil, note, nil
}

func typeNames() []string {
	var out []string
	for _, t := range rsit.Types() {
		out = append(out, string(t))
	}
	return out
}

func typeTitle(name string) string {
	if t, ok := rsit.Lookup(name); ok {
		return t.Title()
	}
	return ""
}

func classNames() []string {
	var out []string
	for _, c := range rsit.Classes() {
		out = append(out, string(c))
	}
	return out
}

// feedNames are the feeds that findings were seen by.
func (d *Desk) feedNames(ctx context.Context) ([]string, error) {
	sources, err := d.o.Findings.Sources(ctx)
	var out []string
	for _, s := range sources {
		out = append(out, s.Feed)
	}
	slices.Sort(out)
	return slices.Compact(out), err
}

func (d *Desk) organisationNames(ctx context.Context, actor identity.Actor) ([]string, error) {
	names, err := d.o.Register.Names(ctx, actor)
	out := make([]string, 0, len(names))
	for _, n := range names {
		out = append(out, n)
	}
	slices.Sort(out)
	return out, err
}
