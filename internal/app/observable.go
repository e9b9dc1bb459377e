package app

import (
	"github.com/firehall/firehall/internal/incident/observable"
)

// openObservables makes the room of what was seen in incidents.
func (a *App) openObservables() error {
	key, err := a.Keys.Secret(observable.Secret)
	if err != nil {
		return err
	}
	a.Observables = observable.New(observable.Options{DB: a.DB, Incidents: a.Incidents, Key: key})
	return nil
}
