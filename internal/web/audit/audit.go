// Package audit holds the pages of the record of who did what: the list, which is filtered and exported, one entry with what it changed, and above
// them how the record is kept.
package audit

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/firehall/firehall/internal/audit"
	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity/record"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// Options is what the pages ask.
type Options struct{ Record *record.Record }

type page struct {
	*shell.Shell
	o Options
}

// Where the pages are.
const (
	path       = "/audit"
	exportPath = path + "/export"
)

// Register adds the pages to a shell.
func Register(s *shell.Shell, o Options) {
	p := &page{s, o}
	s.Handle("GET "+path, p.list)
	s.Handle("GET "+exportPath, p.export)
	s.Handle("GET "+path+"/{id}", p.one)
	s.Palette(p.find)
}

// List is the page of the list.
type List struct {
	Query      string
	Items      []audit.Line
	Next       core.Cursor
	Operations []string
	State      record.State
	Fault      string // what is wrong with the query
}

// shownRows is how many entries a page shows.
const shownRows = 50

// list answers with the list. A question that cannot be understood is shown again, with what is wrong.
func (p *page) list(w http.ResponseWriter, r *shell.Request) error {
	v := r.URL.Query()
	l := List{Query: v.Get("q")}
	var err error
	if l.State, err = p.o.Record.State(r.Context(), r.Actor); err != nil {
		return err
	}
	if l.Operations, err = p.o.Record.Operations(r.Context(), r.Actor); err != nil {
		return err
	}
	status := 0
	found, err := p.ask(r, core.Request{After: core.Cursor(v.Get("after")), Limit: shownRows})
	if problem.Is(err, problem.Invalid) {
		l.Fault, status = err.Error(), http.StatusUnprocessableEntity
	} else if err != nil {
		return err
	}
	l.Items, l.Next = found.Items, found.Next
	return p.Page(w, r, shell.Page{Title: r.T("audit.title"), Section: "audit", Body: listPage(l), Status: status})
}

// ask answers the question of a request's URL.
func (p *page) ask(r *shell.Request, ask core.Request) (core.Page[audit.Line], error) {
	q, err := audit.Ask(r.URL.Query().Get("q"), r.Zone())
	if err != nil {
		return core.Page[audit.Line]{}, err
	}
	q.Request = ask
	return p.o.Record.List(r.Context(), r.Actor, q)
}

// One is the page of an entry.
type One struct {
	audit.Line
	Erased      *audit.Line // tells of the erasure of its content; nil: there was none
	Missing     bool        // there is no content, and nobody erased it
	Differences []audit.Difference
	More        int
}

func (p *page) one(w http.ResponseWriter, r *shell.Request) error {
	line, erased, err := p.o.Record.One(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	o := One{Line: line, Erased: erased, Missing: line.Operation == "" && erased == nil}
	o.Differences, o.More = audit.Differences(line.Before, line.After)
	title := line.Operation
	if title == "" {
		title = r.T("audit.erased")
	}
	crumbs := []ui.Link{{Text: r.T("audit.title"), Href: path}}
	return p.Page(w, r, shell.Page{Title: title, Section: "audit", Crumbs: crumbs, Body: onePage(o)})
}

func oneURL(id string) string { return path + "/" + url.PathEscape(id) }

func listURL(q string) string {
	if q == "" {
		return path
	}
	return path + "?" + url.Values{"q": {q}}.Encode()
}

func exportURL(q string) string { return exportPath + "?" + url.Values{"q": {q}}.Encode() }

// find offers the record to who types its name.
func (p *page) find(_ context.Context, r *shell.Request, q string) ([]shell.Hit, error) {
	if len(q) < 3 || !strings.HasPrefix(strings.ToLower(r.T("audit.title")), strings.ToLower(q)) || r.Actor.Authorise(record.OpRead, "audit") != nil {
		return nil, nil
	}
	return []shell.Hit{{Text: r.T("audit.title"), Href: path, Icon: "list-check", Kind: r.T("audit.title")}}, nil
}
