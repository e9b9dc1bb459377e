package app

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/figure"
	"github.com/firehall/firehall/internal/incident/obligation"
)

// openFigures makes the room that says how the team does, in the team's zone.
func (a *App) openFigures() error {
	zone, err := a.zone()
	if err != nil {
		return err
	}
	a.Figures = figure.New(figure.Options{DB: a.DB, Clock: a.Clock, Zone: zone, Incidents: a.Incidents, Clocks: a.clocksKept})
	a.openDossier()
	return nil
}

// clocksKept counts how the duties were kept that fell due in a time; who may not read clocks is told of none.
func (a *App) clocksKept(ctx context.Context, actor identity.Actor, q figure.Question, from, to time.Time) ([]figure.Clock, error) {
	if a.Clocks == nil || !actor.May(obligation.OpRead) {
		return nil, nil
	}
	list, err := a.Clocks.Tally(ctx, actor, obligation.Window{From: from, To: to, Organisation: q.Organisation, Incidents: q.Incidents, Reports: q.Reports})
	out := make([]figure.Clock, len(list))
	for i, t := range list {
		out[i] = figure.Clock{Duty: t.Duty, Law: t.Law, Stage: t.Stage, Name: t.Name, French: t.French, By: string(t.By), Kept: t.Kept, Missed: t.Missed, Open: t.Open}
	}
	return out, err
}
