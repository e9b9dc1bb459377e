package app

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/countermeasure"
	"github.com/firehall/firehall/internal/incident/dossier"
	"github.com/firehall/firehall/internal/incident/lesson"
	"github.com/firehall/firehall/internal/incident/observable"
	"github.com/firehall/firehall/internal/release/redact"
	"github.com/firehall/firehall/internal/web"
	"github.com/firehall/firehall/internal/web/figures"
	"github.com/firehall/firehall/internal/web/printed"
	"github.com/firehall/firehall/internal/web/words"
)

// openDossier makes the room of the reports of incidents that are printed.
func (a *App) openDossier() {
	a.Dossier = dossier.New(dossier.Options{
		DB: a.DB, Clock: a.Clock, Incidents: a.Incidents, Team: a.Config.Team.Name, Names: a.Register.Names, People: a.peopleNames,
		Contained: a.Figures.Contained, Concerned: a.Incidents.ConcernedBy,
		Secret: func() ([32]byte, error) { return a.Keys.Secret(redact.Secret) },
		Sources: []dossier.Source{
			{Kind: dossier.KindObservables, Ask: told(a.printedObservables)},
			{Kind: dossier.KindCountermeasures, Ask: told(a.printedCountermeasures)},
			{Kind: dossier.KindClocks, Ask: told(a.printedClocks)},
			{Kind: dossier.KindLessons, Ask: told(a.printedLessons)},
		},
	})
}

// told leaves out what a reader may not read at all.
func told(ask func(ctx context.Context, actor identity.Actor, incident string) ([]dossier.Item, int, error)) func(context.Context, identity.Actor, string) ([]dossier.Item, int, error) {
	return func(ctx context.Context, actor identity.Actor, incident string) ([]dossier.Item, int, error) {
		list, more, err := ask(ctx, actor, incident)
		if problem.Is(err, problem.Forbidden) {
			return nil, 0, nil
		}
		return list, more, err
	}
}

// printedObservables are the first thousand, which is what a reader of paper can bear: the others are for the export.
func (a *App) printedObservables(ctx context.Context, actor identity.Actor, incident string) (out []dossier.Item, more int, err error) {
	if a.Observables == nil {
		return nil, 0, nil
	}
	found, err := a.Observables.List(ctx, actor, incident, observable.Filter{}, page.Request{Limit: page.MaxLimit})
	for _, o := range found.Items {
		label := o.TLP
		out = append(out, dossier.Item{At: o.Added, Cells: []string{string(o.Kind), o.Value, label.String()}, Label: &label, By: o.By, Own: o.Secret, Victim: o.Role == observable.Victim})
	}
	return out, found.Total - len(found.Items), err
}

func (a *App) printedCountermeasures(ctx context.Context, actor identity.Actor, incident string) (out []dossier.Item, more int, err error) {
	if a.Countermeasures == nil {
		return nil, 0, nil
	}
	list, err := a.Countermeasures.OfIncident(ctx, actor, incident)
	for i := range list {
		c := &list[i]
		out = append(out, dossier.Item{At: c.Opened, Cells: []string{string(c.Kind), c.Asset.Value, string(c.State)}, By: c.OpenedBy, Own: ours(c)})
	}
	return out, 0, err
}

// ours tells whether a countermeasure is the team's own matter: nobody was asked yet, or the police want nobody to hear of it.
func ours(c *countermeasure.Countermeasure) bool {
	return c.Asked.IsZero() || c.Checklist.Police == countermeasure.Objects
}

func (a *App) printedClocks(ctx context.Context, actor identity.Actor, incident string) (out []dossier.Item, more int, err error) {
	if a.Clocks == nil {
		return nil, 0, nil
	}
	list, err := a.Clocks.Of(ctx, actor, incident)
	for _, s := range list {
		due := ""
		if !s.Due.IsZero() {
			due = s.Due.UTC().Format(time.RFC3339) // the page writes it in the team's zone
		}
		out = append(out, dossier.Item{At: s.Due, Cells: []string{a.lawName(s.Law), s.In(string(words.Of(ctx))), due, string(s.State)}, Own: true})
	}
	return out, 0, err
}

func (a *App) printedLessons(ctx context.Context, actor identity.Actor, incident string) (out []dossier.Item, more int, err error) {
	board, err := lesson.New(lesson.Options{DB: a.DB, Clock: a.Clock, Incidents: a.Incidents}).Board(ctx, actor, incident)
	for _, l := range board.Lessons {
		out = append(out, dossier.Item{At: l.Created, Cells: []string{string(l.Kind), l.Text}, By: l.By, Own: true})
	}
	return out, 0, err
}

// figureOptions says what the pages of figures and of printed reports ask.
func (a *App) figureOptions(o *web.Options) {
	o.Figures = figures.Options{Figures: a.Figures, Names: a.Register.Names, People: a.peopleNames}
	o.Incidents.Contained = a.Figures.Contained
	o.Printed = printed.Options{Incidents: a.Incidents, Dossier: a.Dossier, Names: a.Register.Names, Concerned: a.Incidents.ConcernedBy, People: a.peopleNames, Stage: a.stageName}
}
