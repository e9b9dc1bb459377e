package incidents

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// List is the page of the list.
type List struct {
	Query, Sort, Fault string
	Items              []incident.Listed
	Next               core.Cursor
	Count              ui.Count
	People             map[string]string
	Campaigns          []incident.Campaign
	Acts               bool // the reader may change incidents
}

// The list as it is opened, how many rows it shows, up to where they are counted, and how many are changed at once.
const (
	standing  = "state:open"
	rows      = 50
	mostCount = 2000
	mostMoved = 500
)

// list answers with the incidents that the reader sees.
func (p *page) list(w http.ResponseWriter, r *shell.Request) error {
	v := r.URL.Query()
	l := List{Query: standing, Sort: v.Get("sort")}
	if v.Has("q") {
		l.Query = strings.TrimSpace(v.Get("q"))
	}
	status := 0
	err := p.read(r, &l)
	if problem.Is(err, problem.Invalid) {
		l.Fault, status = err.Error(), http.StatusUnprocessableEntity
	} else if err != nil {
		return err
	}
	return p.Page(w, r, shell.Page{Title: r.T("incidents.title"), Section: "incidents", Body: listPage(l), Status: status})
}

// read asks for the page, its count, and the names on it.
func (p *page) read(r *shell.Request, l *List) error {
	ctx, ask := r.Context(), core.Request{After: core.Cursor(r.URL.Query().Get("after")), Limit: rows}
	found, err := p.o.Incidents.Incidents(ctx, r.Actor, incident.Filter{Query: l.Query, Sort: l.Sort, Request: ask})
	if err != nil {
		return err
	}
	n, err := p.o.Incidents.CountIncidents(ctx, r.Actor, l.Query, mostCount)
	if err != nil {
		return err
	}
	campaigns, err := p.o.Incidents.Campaigns(ctx, r.Actor, core.Request{Limit: mostCampaigns})
	if err != nil {
		return err
	}
	l.Items, l.Next, l.Campaigns, l.People = found.Items, found.Next, campaigns.Items, p.people(ctx)
	l.Count = ui.Count{N: int64(n), Least: n >= mostCount}
	l.Acts = r.Actor.Authorise(incident.OpIncidentMove, "") == nil
	return nil
}

// bulk does something with the chosen incidents.
func (p *page) bulk(w http.ResponseWriter, r *shell.Request) error {
	ids, back := r.PostForm["id"], r.PostFormValue("q")
	if r.PostFormValue("all") == "1" {
		var err error
		if ids, err = p.matching(r, back); err != nil {
			return err
		}
	}
	switch {
	case len(ids) == 0:
		return p.Done(w, r, listURL(back), r.T("incidents.bulk.none"))
	case len(ids) > mostMoved:
		return problem.New(problem.Invalid, "%d incidents were chosen, and %d can be changed at once", len(ids), mostMoved)
	}
	moved, err := p.several(r, r.PostFormValue("action"), ids)
	if err != nil {
		return err
	}
	return p.Done(w, r, listURL(back), toldMoved(r, moved))
}

// matching are the ids of what a filter means, the first of the list.
func (p *page) matching(r *shell.Request, query string) (ids []string, err error) {
	found, err := p.o.Incidents.Incidents(r.Context(), r.Actor, incident.Filter{Query: query, Request: core.Request{Limit: mostMoved}})
	for _, v := range found.Items {
		ids = append(ids, v.ID)
	}
	return ids, err
}

// several does one thing with several incidents.
func (p *page) several(r *shell.Request, action string, ids []string) (incident.Moved, error) {
	ctx, s := r.Context(), p.o.Incidents
	switch action {
	case "take":
		return s.AssignIncidents(ctx, r.Actor, ids, r.Actor.ID)
	case "assign":
		return s.AssignIncidents(ctx, r.Actor, ids, r.PostFormValue("assignee"))
	case "grade":
		return s.GradeIncidents(ctx, r.Actor, ids, triage.Severity(r.PostFormValue("severity")))
	case "group":
		return s.GroupIncidents(ctx, r.Actor, ids, r.PostFormValue("campaign"))
	}
	return s.MoveIncidents(ctx, r.Actor, ids, incident.MoveName(action), strings.TrimSpace(r.PostFormValue(action+"-reason")))
}

// toldMoved says what was done with how many, and why not with the others.
func toldMoved(r *shell.Request, moved incident.Moved) string {
	parts := []string{r.T("incidents.bulk.done", "n", len(moved.Moved))}
	for _, why := range []string{"state", "active", "parts", "gone"} {
		n := len(slices.DeleteFunc(slices.Clone(moved.Unmoved), func(u incident.Unmoved) bool { return u.Why != why }))
		if n > 0 {
			parts = append(parts, r.T("incidents.bulk."+why, "n", n))
		}
	}
	return strings.Join(parts, " ")
}

func listURL(query string) string {
	if query == standing {
		return path
	}
	return path + "?" + url.Values{"q": {query}}.Encode()
}
