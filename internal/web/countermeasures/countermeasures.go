// Package countermeasures holds the pages of blocks and take-downs: the list, those of one incident, and one with its checklist, its letters as they were
// sent, its checks and its moves.
package countermeasures

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/countermeasure"
	"github.com/firehall/firehall/internal/web/incidents/tabs"
	"github.com/firehall/firehall/internal/web/notes"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/stopped"
	"github.com/firehall/firehall/internal/web/ui"
)

// Options is what the pages ask.
type Options struct {
	Countermeasures *countermeasure.Service
	People          func(ctx context.Context) (map[string]string, error) // names of accounts by id; nil: unknown
}

// page is the handlers of this package.
type page struct {
	*shell.Shell
	o Options
}

const (
	path = "/countermeasures"
	tab  = "countermeasures"
	rows = 50
	most = 1000 // counted
)

// Register adds the pages to a shell.
func Register(s *shell.Shell, o Options) {
	if o.Countermeasures == nil {
		return // a program without the room
	}
	p := &page{s, o}
	s.Handle("GET "+path, p.list)
	s.Handle("GET "+path+"/-/export", p.export)
	s.Handle("POST "+path+"/-/move", p.bulk)
	s.Handle("GET "+path+"/{id}", p.one)
	s.Handle("POST "+path+"/{id}/edit", p.edit)
	s.Handle("POST "+path+"/{id}/checklist", p.checklist)
	s.Handle("POST "+path+"/{id}/ladder", p.ladder)
	s.Handle("POST "+path+"/{id}/suggest", p.suggest)
	s.Handle("POST "+path+"/{id}/move", p.move)
	s.Handle("POST "+path+"/{id}/check", p.check)
	s.Handle("GET /incidents/{id}/"+tab, p.inIncident)
	s.Handle("POST /incidents/{id}/"+tab, p.open)
}

// listing is the page of the list.
type listing struct {
	filter countermeasure.Filter
	items  []countermeasure.Countermeasure
	next   core.Cursor
	count  ui.Count
	fault  string
}

// asked reads the filter of the URL. What is none of the choices is left out.
func asked(v url.Values) countermeasure.Filter {
	f := countermeasure.Filter{
		Party: strings.TrimSpace(v.Get("party")), Overdue: v.Get("overdue") == "1", Waiting: v.Get("waiting") == "1",
		Request: core.Request{After: core.Cursor(v.Get("after")), Limit: rows},
	}
	if s := countermeasure.State(v.Get("state")); slices.Contains(countermeasure.States(), s) {
		f.State = s
	}
	if r := countermeasure.Role(v.Get("role")); slices.Contains(countermeasure.Roles(), r) {
		f.Role = r
	}
	if s := strings.TrimPrefix(v.Get("sort"), "-"); slices.Contains(countermeasure.Sorts(), s) {
		f.Sort = s
	}
	return f
}

func (p *page) list(w http.ResponseWriter, r *shell.Request) error {
	l := listing{filter: asked(r.URL.Query())}
	found, err := p.o.Countermeasures.Countermeasures(r.Context(), r.Actor, l.filter)
	status := 0
	if problem.Is(err, problem.Invalid) {
		l.fault, status = err.Error(), http.StatusUnprocessableEntity
	} else if err != nil {
		return err
	}
	l.items, l.next = found.Items, found.Next
	l.count.None = l.filter.Party != ""
	if !l.count.None && l.fault == "" {
		n, err := p.o.Countermeasures.Count(r.Context(), r.Actor, l.filter, most)
		if err != nil {
			return err
		}
		l.count.N, l.count.Least = int64(n), n == most
	}
	return p.Page(w, r, shell.Page{Title: r.T("countermeasures.title"), Section: "countermeasures", Body: listPage(l), Status: status})
}

// bulk chases or withdraws those that were chosen.
func (p *page) bulk(w http.ResponseWriter, r *shell.Request) error {
	m := countermeasure.Moving{Move: countermeasure.MoveName(r.PostFormValue("action")), Reason: strings.TrimSpace(r.PostFormValue("reason"))}
	moved, err := p.o.Countermeasures.MoveAll(r.Context(), r.Actor, r.PostForm["id"], m)
	if err != nil {
		return err
	}
	text := r.T("countermeasures.moved", "n", len(moved.Moved))
	if n := len(moved.Unmoved); n > 0 {
		text += " " + r.T("countermeasures.moved.not", "n", n)
	}
	return p.Done(w, r, path, text)
}

// inView is the tab of an incident.
type inView struct {
	of   tabs.Of
	list []countermeasure.Countermeasure
	form ui.Form
	may  bool
}

func (p *page) inIncident(w http.ResponseWriter, r *shell.Request) error {
	return p.showIn(w, r, inView{}, 0)
}

func (p *page) showIn(w http.ResponseWriter, r *shell.Request, v inView, status int) error {
	in, list, err := p.o.Countermeasures.Beneath(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	v.of, v.list, v.may = tabs.Inside(&in), list, r.Actor.May(countermeasure.OpOpen) && in.Stage == incident.StageOpen
	return p.Page(w, r, shell.Page{Title: in.Ref + " " + r.T("tabs.countermeasures"), Section: "incidents", Crumbs: crumbs(r, v.of.ID, v.of.Ref), Body: inPage(v), Status: status})
}

func crumbs(r *shell.Request, id, ref string) []ui.Link {
	return []ui.Link{{Text: r.T("incidents.title"), Href: "/incidents"}, {Text: ref, Href: tabs.Path(id, "")}}
}

// open opens a draft.
func (p *page) open(w http.ResponseWriter, r *shell.Request) error {
	plan := planOf(r.PostForm)
	kind := countermeasure.Kind(r.PostFormValue("kind"))
	plan.Kind = &kind
	c, err := p.o.Countermeasures.Open(r.Context(), r.Actor, r.PathValue("id"), plan)
	if refused(err) {
		return p.showIn(w, r, inView{form: wrong(r, err)}, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, countermeasure.Link(c.ID), r.T("countermeasures.opened", "ref", c.Ref))
}

// planOf reads what is asked for from a form.
func planOf(v url.Values) countermeasure.Plan {
	abuse, words := countermeasure.Abuse(v.Get("abuse")), v.Get("words")
	return countermeasure.Plan{
		Asset: &countermeasure.Asset{
			Kind: countermeasure.AssetKind(v.Get("asset")), Value: v.Get("value"), Seen: v.Get("seen"), Marker: v.Get("marker"), Hash: v.Get("hash"),
		},
		Abuse: &abuse, Words: &words, Quarantined: v.Get("quarantined") == "1",
	}
}

// refused tells whether an error is for who typed.
func refused(err error) bool {
	return problem.Is(err, problem.Invalid) || problem.Is(err, problem.Conflict) || problem.Is(err, problem.Unavailable)
}

func wrong(r *shell.Request, err error) ui.Form {
	return ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Text: stopped.Words(r.Context(), err)}}}
}

func names(ctx context.Context, o Options) map[string]string {
	return notes.Options{People: o.People}.Names(ctx)
}
