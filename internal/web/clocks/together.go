package clocks

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident/obligation"
	"github.com/firehall/firehall/internal/web/incidents/tabs"
	"github.com/firehall/firehall/internal/web/several"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// What can be done with several clocks. A submission is one authority's, with one proof: it is recorded one by one.
const (
	dismiss = "dismiss"
	give    = "assign"
)

// rowID names a clock and its incident in a form.
func rowID(d *obligation.Due) string { return d.Incident + ":" + d.Obligation + ":" + d.Stage }

// actions are what can be done with the chosen clocks.
func (l *listing) actions(ctx context.Context) (list []ui.Action) {
	if l.decides {
		list = append(list, ui.Action{Name: dismiss, Text: T(ctx, "clocks.dismiss"), Icon: "circle-x", Confirm: T(ctx, "clocks.dismiss.sure"), Fields: dismissField()})
	}
	if l.gives {
		nobody := ui.Option{Text: T(ctx, "clocks.nobody")}
		list = append(list, ui.Action{
			Name: give, Text: T(ctx, "clocks.assign"), Icon: "users", Key: "a", Confirm: T(ctx, "clocks.assign.sure"),
			Fields: ui.Select(ui.FieldProps{Name: "assignee", ID: "bulk-assignee", Label: T(ctx, "clocks.assignee"), Options: append([]ui.Option{nobody}, ui.Accounts(l.people, "")...)}),
		})
	}
	return list
}

// together does one thing with the clocks that were chosen, or with all that the filter means.
func (p *page) together(w http.ResponseWriter, r *shell.Request) error {
	filter, err := url.ParseQuery(r.PostFormValue("q"))
	if err != nil {
		return problem.Wrap(problem.Invalid, err, "the filter of the list cannot be read")
	}
	ids := r.PostForm["id"]
	if r.PostFormValue("all") == "1" {
		if ids, err = p.matching(r, filter); err != nil {
			return err
		}
	}
	incidents, obligations := split(ids)
	a := several.Answer{Section: "clocks", Back: path + "?" + filter.Encode()}
	switch action := r.PostFormValue("action"); {
	case action == dismiss:
		a.Moved, err = p.o.Clocks.Dismiss(r.Context(), r.Actor, obligations, r.PostFormValue("reason"))
		a.Done, a.Named = r.T("clocks.dismissed", "n", len(a.Moved.Moved)), p.duty(r)
	case action == give && p.o.Incidents != nil:
		a.Moved, err = p.o.Incidents.AssignIncidents(r.Context(), r.Actor, incidents, r.PostFormValue("assignee"))
		a.Done, a.Named = r.T("clocks.assigned", "n", len(a.Moved.Moved)), p.incident(r)
	default:
		err = problem.New(problem.Invalid, "%q is nothing that is done with several clocks", action)
	}
	if err != nil {
		return err
	}
	return several.Show(p.Shell, w, r, a)
}

// matching are the clocks that a filter means, the first of the list.
func (p *page) matching(r *shell.Request, filter url.Values) (ids []string, err error) {
	f, _ := asked(filter)
	f.Request = core.Request{Limit: obligation.MaxBulk}
	found, err := p.o.Clocks.List(r.Context(), r.Actor, f)
	for i := range found.Items {
		ids = append(ids, rowID(&found.Items[i]))
	}
	return ids, err
}

// split gives the incidents and the obligations of clocks that were chosen.
func split(ids []string) (incidents, obligations []string) {
	for _, id := range ids {
		in, rest, _ := strings.Cut(id, ":")
		duty, _, _ := strings.Cut(rest, ":")
		incidents, obligations = append(incidents, in), append(obligations, duty)
	}
	return incidents, obligations
}

// duty says what an obligation is that the reader sees.
func (p *page) duty(r *shell.Request) func(string) (string, string) {
	return func(id string) (string, string) {
		o, ref, err := p.o.Clocks.Obligation(r.Context(), r.Actor, id)
		if err != nil {
			return id, ""
		}
		return ref + ": " + title(&o), tabs.Path(o.Incident, tab)
	}
}

// incident says what an incident is called that the reader sees.
func (p *page) incident(r *shell.Request) func(string) (string, string) {
	return func(id string) (string, string) {
		i, err := p.o.Incidents.Incident(r.Context(), r.Actor, id)
		if err != nil {
			return id, ""
		}
		return i.Ref + " " + i.Title, tabs.Path(i.ID, "")
	}
}
