package api

import (
	"context"
	"net/http"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/observable"
)

type (
	// SightingBody is that somebody saw an observable.
	SightingBody struct {
		At      *time.Time `json:"at,omitempty" doc:"None: now."`
		Count   int        `json:"count,omitempty" minimum:"0" maximum:"1000000000" doc:"How often; none: once."`
		Verdict string     `json:"verdict,omitempty" enum:"true,false," doc:"Whether it was what it was taken for; false is a false positive."`
		Seer    string     `json:"seer" minLength:"1" maxLength:"300" doc:"Who saw it."`
		Note    string     `json:"note,omitempty" maxLength:"4000"`
	}
	observablesInput struct {
		ByID
		Paged
		Kind      []string `query:"kind,explode" maxItems:"30" doc:"Only these kinds." example:"ip"`
		Role      string   `query:"role" maxLength:"40"`
		Source    string   `query:"source" maxLength:"40"`
		Q         string   `query:"q" maxLength:"1000" doc:"A text in the value, harmless or not."`
		Detection bool     `query:"detection" doc:"Only those for detection."`
		Listed    bool     `query:"listed" doc:"Only those on a warning list."`
		Removed   bool     `query:"removed" doc:"Those that were removed, instead of the others."`
		Sort      string   `query:"sort" enum:"added,age,kind," doc:"None is added: the newest first."`
	}
	// ByObservable is a request for one observable of an incident.
	ByObservable struct {
		ByID
		Observable string `path:"observable" maxLength:"100"`
	}
	observableAddInput struct {
		ByID
		Body observable.Draft
	}
	observablesAddInput struct {
		ByID
		Body struct {
			Observables []observable.Draft `json:"observables,omitempty" maxItems:"10000"`
			Text        string             `json:"text,omitempty" maxLength:"1000000" doc:"Instead: a text, of which all is added that is found in it and that no warning list speaks against."`
			Report      string             `json:"report,omitempty" maxLength:"100" doc:"Instead: a report of the incident, whose indicators are taken over in the same way."`
		}
	}
	observableEditInput struct {
		ByObservable
		Body struct {
			Version int64 `json:"version,omitempty" minimum:"0" doc:"Of the observable as it was read; 0: whatever it is."`
			observable.Revision
		}
	}
	observablesRemoveInput struct {
		ByID
		Body struct {
			IDs    []string `json:"ids" minItems:"1" maxItems:"10000"`
			Reason string   `json:"reason" minLength:"1" maxLength:"1000"`
		}
	}
	observablesRestoreInput struct {
		ByID
		Body struct {
			IDs []string `json:"ids" minItems:"1" maxItems:"10000"`
		}
	}
	relateInput struct {
		ByObservable
		Body struct {
			Kind string `json:"kind" maxLength:"40" doc:"What this one does to the other." example:"resolves-to"`
			To   string `json:"to" maxLength:"100" doc:"Id of the other, of the same incident."`
		}
	}
	unrelateInput struct {
		ByID
		Relation string `path:"relation" maxLength:"100"`
	}
	sightInput struct {
		ByObservable
		Body SightingBody
	}
	unsightInput struct {
		ByID
		Sighting string `path:"sighting" maxLength:"100"`
	}
	observableSearchInput struct {
		Value string `query:"value" required:"true" minLength:"1" maxLength:"4096" doc:"As people write it: hxxp and [.] are understood."`
		Kind  string `query:"kind" maxLength:"40" doc:"None: found out, if the value tells."`
	}
	observablesExportInput struct {
		ByID
		Defanged bool `query:"defanged" doc:"Values that do no harm when somebody clicks on them."`
	}
)

func (a *API) addObservables() {
	const path, one = "/incidents/{id}/observables", "/incidents/{id}/observables/{observable}"
	add(a, operation{method: http.MethodGet, path: "/observables", id: "search-observables", tag: tagIncidents, summary: "Look for a value, and what has to do with it, in all incidents"},
		func(ctx context.Context, actor identity.Actor, in *observableSearchInput) (*body[observable.Found], error) {
			return given(a.Observables.Search(ctx, actor, observable.Kind(in.Kind), in.Value))
		})
	add(a, operation{method: http.MethodGet, path: path, id: "list-observables", tag: tagIncidents, summary: "List what was seen in an incident"}, a.observables)
	add(a, operation{
		method: http.MethodPost, path: path, id: "add-observable", tag: tagIncidents, summary: "Add one observable, or find it if it is there", status: http.StatusCreated,
		detail: "Its label is never looser than the incident's.",
	}, a.addObservable)
	add(a, operation{
		method: http.MethodPost, path: path + "/bulk", id: "add-observables", tag: tagIncidents, summary: "Add many observables, those of a text, or those of a report",
		detail: "What cannot be added is listed with the reason; the others are added.",
	}, a.addMany)
	add(a, operation{method: http.MethodGet, path: path + "/export", id: "export-observables", tag: tagIncidents, summary: "All observables of an incident, with the label that holds for all"},
		func(ctx context.Context, actor identity.Actor, in *observablesExportInput) (*body[observable.Leaving], error) {
			return given(a.Observables.Export(ctx, actor, in.ID, observable.Filter{}, in.Defanged))
		})
	add(a, operation{method: http.MethodPost, path: path + "/remove", id: "remove-observables", tag: tagIncidents, summary: "Take observables out of an incident"},
		func(ctx context.Context, actor identity.Actor, in *observablesRemoveInput) (*body[observable.Done], error) {
			return given(a.Observables.Remove(ctx, actor, in.ID, in.Body.IDs, in.Body.Reason))
		})
	add(a, operation{method: http.MethodPost, path: path + "/restore", id: "restore-observables", tag: tagIncidents, summary: "Put removed observables back"},
		func(ctx context.Context, actor identity.Actor, in *observablesRestoreInput) (*body[observable.Done], error) {
			return given(a.Observables.Restore(ctx, actor, in.ID, in.Body.IDs))
		})
	add(a, operation{method: http.MethodGet, path: one, id: "get-observable", tag: tagIncidents, summary: "One observable with its relations, its sightings and what matches it elsewhere"},
		func(ctx context.Context, actor identity.Actor, in *ByObservable) (*body[observable.One], error) {
			return given(a.Observables.One(ctx, actor, in.ID, in.Observable))
		})
	add(a, operation{method: http.MethodPatch, path: one, id: "edit-observable", tag: tagIncidents, summary: "Change an observable", clashes: true},
		func(ctx context.Context, actor identity.Actor, in *observableEditInput) (*body[observable.Observable], error) {
			return given(a.Observables.Edit(ctx, actor, in.ID, in.Observable, in.Body.Version, in.Body.Revision))
		})
	a.addObservableLinks(path, one)
}

// addObservableLinks adds relations and sightings.
func (a *API) addObservableLinks(path, one string) {
	add(a, operation{method: http.MethodPost, path: one + "/relations", id: "relate-observable", tag: tagIncidents, summary: "Say what an observable has to do with another", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *relateInput) (*none, error) {
			return done(a.Observables.Relate(ctx, actor, in.ID, in.Observable, observable.RelationKind(in.Body.Kind), in.Body.To))
		})
	add(a, operation{method: http.MethodDelete, path: path + "/relations/{relation}", id: "unrelate-observable", tag: tagIncidents, summary: "Take a relation back", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *unrelateInput) (*none, error) {
			return done(a.Observables.Unrelate(ctx, actor, in.ID, in.Relation))
		})
	add(a, operation{method: http.MethodPost, path: one + "/sightings", id: "sight-observable", tag: tagIncidents, summary: "Note that somebody saw an observable", status: http.StatusNoContent}, a.sightObservable)
	add(a, operation{method: http.MethodDelete, path: path + "/sightings/{sighting}", id: "unsight-observable", tag: tagIncidents, summary: "Take a sighting back", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *unsightInput) (*none, error) {
			return done(a.Observables.Unsight(ctx, actor, in.ID, in.Sighting))
		})
}

func (a *API) observables(ctx context.Context, actor identity.Actor, in *observablesInput) (*rows[observable.Observable], error) {
	f := observable.Filter{
		Role: observable.Role(in.Role), Source: observable.Source(in.Source), Text: in.Q, Detection: in.Detection, Listed: in.Listed, Removed: in.Removed, Order: observable.Order(in.Sort),
	}
	for _, k := range in.Kind {
		f.Kinds = append(f.Kinds, observable.Kind(k))
	}
	l, err := a.Observables.List(ctx, actor, in.ID, f, in.request())
	if err != nil {
		return nil, err
	}
	return list(&in.Paged, l.Items, string(l.Next)), nil
}

func (a *API) addObservable(ctx context.Context, actor identity.Actor, in *observableAddInput) (*body[observable.Observable], error) {
	out, err := a.Observables.Add(ctx, actor, in.ID, []observable.Draft{in.Body})
	if err != nil {
		return nil, err
	}
	if len(out.Refused) > 0 {
		return nil, problem.New(problem.Invalid, "%s", out.Refused[0].Reason)
	}
	return &body[observable.Observable]{append(out.Added, out.Known...)[0]}, nil
}

// addMany adds what the body gives: drafts, or what a text or a report holds, save what a warning list speaks against.
func (a *API) addMany(ctx context.Context, actor identity.Actor, in *observablesAddInput) (*body[observable.Added], error) {
	b := &in.Body
	if (len(b.Observables) > 0) == (b.Text+b.Report != "") || b.Text != "" && b.Report != "" {
		return nil, problem.New(problem.Invalid, "give observables, a text or a report: one of the three")
	}
	if len(b.Observables) > 0 {
		return given(a.Observables.Add(ctx, actor, in.ID, b.Observables))
	}
	sheet, err := a.sheet(ctx, actor, in)
	if err != nil {
		return nil, err
	}
	c := observable.Choice{Text: b.Text, Report: b.Report}
	for _, p := range sheet.List {
		if p.Quiet {
			c.But = append(c.But, p.Value)
		}
	}
	return given(a.Observables.Take(ctx, actor, in.ID, c))
}

func (a *API) sheet(ctx context.Context, actor identity.Actor, in *observablesAddInput) (observable.Sheet, error) {
	if in.Body.Report != "" {
		return a.Observables.FromReport(ctx, actor, in.ID, in.Body.Report)
	}
	return a.Observables.Paste(ctx, actor, in.ID, in.Body.Text)
}

func (a *API) sightObservable(ctx context.Context, actor identity.Actor, in *sightInput) (*none, error) {
	g := observable.Sighting{Count: in.Body.Count, Verdict: observable.Verdict(in.Body.Verdict), Seer: in.Body.Seer, Note: in.Body.Note}
	if in.Body.At != nil {
		g.At = *in.Body.At
	}
	return done(a.Observables.Sight(ctx, actor, in.ID, in.Observable, g))
}
