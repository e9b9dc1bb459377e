package app

import (
	"github.com/firehall/firehall/internal/incident/figure"
)

// openFigures makes the room that says how the team does, in the team's zone.
func (a *App) openFigures() error {
	zone, err := a.zone()
	if err != nil {
		return err
	}
	a.Figures = figure.New(figure.Options{DB: a.DB, Clock: a.Clock, Zone: zone, Incidents: a.Incidents})
	a.openDossier()
	return nil
}
