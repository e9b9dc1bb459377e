package reports

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/obligation"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// List is the page of the queue.
type List struct {
	Query  string
	Items  []incident.Row
	Next   core.Cursor
	Count  ui.Count
	Fault  string // what is wrong with the query
	Names  map[string]string
	People map[string]string
	Passed []incident.Passed
	Open   []incident.Listed // that reports can be linked to
	Undo   []string          // ids of what was moved just now
	Did    incident.MoveName // the move
	Of     string            // the incident that they were linked to
	Fresh  string            // the URL of the stream
	Due    map[string]obligation.Due
}

// The queue as it is opened, how many rows it shows, and up to where they are counted.
const (
	queue     = "state:new"
	rows      = 50
	mostCount = 2000
	mostOpen  = 50 // open incidents offered for linking
	mostUndo  = 50
)

// list answers with the queue. A query that cannot be understood is shown again, with what is wrong.
func (p *page) list(w http.ResponseWriter, r *shell.Request) error {
	v := r.URL.Query()
	l := List{Query: queue}
	if v.Has("q") {
		l.Query = strings.TrimSpace(v.Get("q"))
	} else if v.Has("pick") {
		return p.Done(w, r, path+"?"+url.Values{"q": {picked(v)}}.Encode(), "")
	}
	l.Did, l.Of = incident.MoveName(v.Get("did")), v.Get("of")
	for _, id := range strings.Split(v.Get("moved"), " ") {
		if id != "" && len(l.Undo) < mostUndo {
			l.Undo = append(l.Undo, id)
		}
	}
	status := 0
	err := p.read(r, &l, core.Request{After: core.Cursor(v.Get("after")), Limit: limit(v.Get("rows"))})
	if problem.Is(err, problem.Invalid) {
		l.Fault, status = err.Error(), http.StatusUnprocessableEntity
	} else if err != nil {
		return err
	}
	return p.Page(w, r, shell.Page{Title: r.T("reports.title"), Section: "reports", Body: listPage(l), Status: status})
}

// read asks for the page, its count, and the names on it.
func (p *page) read(r *shell.Request, l *List, ask core.Request) error {
	ctx := r.Context()
	found, err := p.o.Incidents.Reports(ctx, r.Actor, incident.Filter{Query: l.Query, Folded: !strings.Contains(l.Query, "fold:"), Request: ask})
	if err != nil {
		return err
	}
	l.Items, l.Next = found.Items, found.Next
	n, err := p.o.Incidents.Count(ctx, r.Actor, l.Query, mostCount)
	if err != nil {
		return err
	}
	l.Count = ui.Count{N: int64(n), Least: n >= mostCount}
	l.Fresh = newPath + "?" + params("q", l.Query, "had", strconv.Itoa(n), "since", shell.Since(r))
	if l.Passed, err = p.o.Incidents.PassedOn(ctx, r.Actor); err != nil && !problem.Is(err, problem.Forbidden) {
		return err
	}
	if l.Open, err = p.openIncidents(r); err != nil {
		return err
	}
	l.Names, l.People = p.names(r), p.people(ctx)
	l.Due, err = p.due(r, l.Items)
	return err
}

// openIncidents are those that reports can be linked to, as far as the reader sees them.
func (p *page) openIncidents(r *shell.Request) ([]incident.Listed, error) {
	found, err := p.o.Incidents.Incidents(r.Context(), r.Actor, incident.Filter{Query: "state:open", Request: core.Request{Limit: mostOpen}})
	if problem.Is(err, problem.Forbidden) {
		return nil, nil
	}
	return found.Items, err
}

// names are the organisations'; who may not read the register sees ids.
func (p *page) names(r *shell.Request) map[string]string {
	if p.o.Names == nil {
		return nil
	}
	names, err := p.o.Names(r.Context(), r.Actor)
	if err != nil {
		return nil
	}
	return names
}

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

func limit(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return rows
	}
	return min(n, core.MaxLimit)
}

// newer counts how many more there are than when the list was read.
func (p *page) newer(r *shell.Request, _ time.Time) (int64, error) {
	v := r.URL.Query()
	had, _ := strconv.Atoi(v.Get("had"))
	n, err := p.o.Incidents.Count(r.Context(), r.Actor, v.Get("q"), mostCount)
	return int64(max(0, n-had)), err
}
