// Package observables holds the pages of what was seen in an incident: the list, what a text or a report holds before it is added, and one
// observable with its relations, its sightings and what matches it elsewhere.
package observables

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/observable"
	"github.com/firehall/firehall/internal/web/incidents/tabs"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// Options is what the pages ask.
type Options struct {
	Observables *observable.Service
	Incidents   *incident.Service
	People      func(ctx context.Context) (map[string]string, error) // names of accounts by id; nil: unknown
}

// page is the handlers of this package.
type page struct {
	*shell.Shell
	o Options
}

// largest is the longest form, in bytes: a text that is pasted, and which of what it holds is chosen.
const largest = 3 * observable.MaxPaste

// Register adds the pages to a shell.
func Register(s *shell.Shell, o Options) {
	if o.Observables == nil {
		return // a program without the room
	}
	p := &page{s, o}
	const path = "/incidents/{id}/observables"
	s.Handle("GET "+path, p.list)
	s.Handle("GET "+path+"/-/add", p.fresh)
	s.Handle("POST "+path+"/-/look", p.look, shell.Body(largest))
	s.Handle("POST "+path+"/-/take", p.take, shell.Body(largest))
	s.Handle("POST "+path+"/-/one", p.add)
	s.Handle("POST "+path+"/-/bulk", p.bulk)
	s.Handle("GET "+path+"/-/export", p.export)
	s.Handle("GET "+path+"/{observable}", p.one)
	s.Handle("POST "+path+"/{observable}/edit", p.edit)
	s.Handle("POST "+path+"/{observable}/relate", p.relate)
	s.Handle("POST "+path+"/{observable}/unrelate", p.unrelate)
	s.Handle("POST "+path+"/{observable}/sight", p.sight)
	s.Handle("POST "+path+"/{observable}/unsight", p.unsight)
	s.Palette(p.find)
}

// listURL is the path of an incident's observables, or of what is below it.
func listURL(incident string, more ...string) string {
	out := tabs.Path(incident, "observables")
	for _, m := range more {
		out += "/" + url.PathEscape(m)
	}
	return out
}

func head(h observable.Head) tabs.Of {
	return tabs.Of{ID: h.ID, Ref: h.Ref, Title: h.Title, Stage: h.Stage, Restricted: h.Restricted, TLP: h.TLP}
}

// List is the page of the list.
type List struct {
	observable.Listing
	Filter observable.Filter
	URL    url.Values // the filter as it stands in the URL, without the place in the list
	Sort   string
	Fault  string
}

// rows is how many the list shows.
const rows = 100

// sorts are the orders as the table names them; the first is that of "".
var sorts = map[string]observable.Order{"": observable.ByAdded, "-added": observable.ByAdded, "added": observable.ByAge, "kind": observable.ByKind, "-kind": observable.ByKind}

// filterOf reads a filter from a URL's query, and gives it as it is kept in links.
func filterOf(v url.Values) (observable.Filter, url.Values) {
	f := observable.Filter{
		Role: observable.Role(v.Get("role")), Source: observable.Source(v.Get("source")), Text: strings.TrimSpace(v.Get("q")),
		Detection: v.Get("detection") == "1", Listed: v.Get("listed") == "1", Removed: v.Get("removed") == "1", Order: sorts[v.Get("sort")],
	}
	keep := url.Values{}
	for _, k := range v["kind"] {
		if k != "" && !slices.Contains(f.Kinds, observable.Kind(k)) {
			f.Kinds = append(f.Kinds, observable.Kind(k))
		}
	}
	for _, name := range []string{"q", "kind", "role", "source", "detection", "listed", "removed", "sort"} {
		if v.Get(name) != "" {
			keep[name] = v[name]
		}
	}
	return f, keep
}

// list answers with a page of the list.
func (p *page) list(w http.ResponseWriter, r *shell.Request) error {
	v := r.URL.Query()
	var l List
	l.Filter, l.URL = filterOf(v)
	l.Sort = v.Get("sort")
	status := 0
	found, err := p.o.Observables.List(r.Context(), r.Actor, r.PathValue("id"), l.Filter, core.Request{After: core.Cursor(v.Get("after")), Limit: rows})
	if problem.Is(err, problem.Invalid) {
		l.Fault, status = err.Error(), http.StatusUnprocessableEntity
		found, err = p.o.Observables.List(r.Context(), r.Actor, r.PathValue("id"), observable.Filter{}, core.Request{Limit: rows})
	}
	if err != nil {
		return err
	}
	l.Listing = found
	return p.Page(w, r, shell.Page{Title: r.T("observables.title") + " " + found.In.Ref, Section: "incidents", Crumbs: crumbs(r, found.In), Body: listPage(l), Status: status})
}

func crumbs(r *shell.Request, h observable.Head) []ui.Link {
	return []ui.Link{{Text: r.T("incidents.title"), Href: "/incidents"}, {Text: h.Ref, Href: tabs.Path(h.ID, "")}}
}

func below(r *shell.Request, h observable.Head) []ui.Link {
	return append(crumbs(r, h), ui.Link{Text: r.T("observables.title"), Href: listURL(h.ID)})
}

// draft reads what is said of all that is added.
func draft(r *shell.Request) observable.Draft {
	d := observable.Draft{
		Role: observable.Role(r.PostFormValue("role")), Note: r.PostFormValue("note"), Detection: r.PostFormValue("detection") == "1", TLP: labelOf(r), PAP: papOf(r),
	}
	return d
}

// labelOf is the chosen label; nil for the incident's.
func labelOf(r *shell.Request) *tlp.Label {
	l, err := tlp.Parse(r.PostFormValue("tlp"))
	if err != nil {
		return nil
	}
	return &l
}

func papOf(r *shell.Request) *tlp.PAP {
	l, err := tlp.ParsePAP(r.PostFormValue("pap"))
	if err != nil {
		return nil
	}
	return &l
}

// timeOf reads a time of a form, in the team's zone; the zero time for none.
func timeOf(r *shell.Request, name string) (time.Time, error) {
	text := strings.TrimSpace(r.PostFormValue(name))
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, text, r.Zone()); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, problem.New(problem.Invalid, "%q is no time: write it as 2026-11-22 09:30", text)
}

// people are the names of accounts by id, as far as they are known.
func (p *page) people(ctx context.Context) map[string]string {
	if p.o.People == nil {
		return nil
	}
	people, err := p.o.People(ctx)
	if err != nil {
		return nil
	}
	return people
}
