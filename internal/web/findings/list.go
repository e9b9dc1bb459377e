package findings

import (
	"net/http"
	"net/url"
	"strconv"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// List is the page of the list.
type List struct {
	Query, Sort string
	Items       []desk.FindingView
	Next        core.Cursor
	Count       ui.Count
	States      []Facet
	Fault       string // what is wrong with the query
	FaultAt     int
	Since       string // when this list was read, in milliseconds: what is newer waits
	Waiting     int64  // facts not applied yet
	Other       url.Values
}

// Facet is a value of what is listed, how many have it, and where they are.
type Facet struct {
	Text  string
	Note  string // the value itself, where Text is a word for it
	Count int64
	Href  string
	Tone  ui.Tone
}

// Sorts of the list.
const (
	sortSeen    = "-seen"
	sortAddress = "address"
)

// rows is how many findings a page shows.
const rows = 50

// list answers with the list. A query that cannot be understood is shown again, with what is wrong.
func (p *page) list(w http.ResponseWriter, r *shell.Request) error {
	v := r.URL.Query()
	l := List{Query: v.Get("q"), Sort: sortSeen, FaultAt: -1, Since: strconv.FormatInt(ui.Of(r.Context()).Now.UnixMilli(), 10)}
	if v.Get("sort") == sortAddress {
		l.Sort = sortAddress
	}
	status := 0
	err := p.read(r, &l, core.Request{After: core.Cursor(v.Get("after")), Limit: limit(v.Get("rows"))})
	if problem.Is(err, problem.Invalid) {
		l.Fault, status = err.Error(), http.StatusUnprocessableEntity
		if at, what, ok := query.Place(err); ok {
			l.Fault, l.FaultAt = what, at-1
		}
	} else if err != nil {
		return err
	}
	return p.Page(w, r, shell.Page{Title: r.T("findings.title"), Section: "findings", Body: listPage(l), Status: status})
}

// read asks for the page and its counts.
func (p *page) read(r *shell.Request, l *List, ask core.Request) error {
	found, err := p.o.Desk.ListFindings(r.Context(), r.Actor, desk.FindingQuery{Text: l.Query, ByAddress: l.Sort == sortAddress, Request: ask})
	if err != nil {
		return err
	}
	l.Items, l.Next = found.Items, found.Next
	states, err := p.o.Desk.TallyFindings(r.Context(), r.Actor, l.Query, "state")
	if err != nil {
		return err
	}
	for _, s := range states {
		l.Count.N += s.Findings
		l.States = append(l.States, Facet{
			Text: stateWord(r.Context(), s.Values[0]), Count: s.Findings, Href: listURL(narrow(l.Query, "state", s.Values[0])), Tone: stateTone(s.Values[0]),
		})
	}
	return nil
}

func limit(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return rows
	}
	return min(n, core.MaxLimit)
}

// facetsOf are the fields that the list is broken down by, besides the state.
var facetsOf = []struct{ name, title string }{
	{"class", "findings.facet.class"}, {"organisation", "findings.facet.organisation"}, {"severity", "findings.facet.severity"}, {"feed", "findings.facet.feed"},
}

// shownFacets is how many values of a field are shown.
const shownFacets = 8

// Facets are the most frequent values of a field.
type Facets struct {
	Title string
	List  []Facet
	More  int
}

// facets answers with the part that breaks the list down. It is asked for after the list, which need not wait for it.
func (p *page) facets(w http.ResponseWriter, r *shell.Request) error {
	q := r.URL.Query().Get("q")
	var out []Facets
	for _, f := range facetsOf {
		counts, err := p.o.Desk.TallyFindings(r.Context(), r.Actor, q, f.name)
		if err != nil {
			return err
		}
		one := Facets{Title: r.T(f.title), More: max(0, len(counts)-shownFacets)}
		for _, c := range counts[:min(shownFacets, len(counts))] {
			one.List = append(one.List, facet(r, q, f.name, c))
		}
		out = append(out, one)
	}
	if !r.HX() {
		return p.Page(w, r, shell.Page{Title: r.T("findings.title"), Section: "findings", Body: facetsPage(q, out), Crumbs: crumbs(r)})
	}
	return p.Fragment(w, r, facetsPart(out))
}

func facet(r *shell.Request, q, name string, c desk.FindingCount) Facet {
	f := Facet{Text: c.Values[0], Count: c.Findings, Href: listURL(narrow(q, name, c.Values[0]))}
	switch {
	case f.Text == "":
		f.Text, f.Href = r.T("findings.facet.without"), listURL(narrow(q, "-has", name))
	case name == "class":
		f.Text, f.Note = ui.Class(r.Context(), f.Text), f.Text
	}
	return f
}

func crumbs(r *shell.Request) []ui.Link {
	return []ui.Link{{Text: r.T("findings.title"), Href: path}}
}
