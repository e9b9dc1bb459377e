package app

import "github.com/firehall/firehall/internal/release"

// openRelease makes the room that decides what may be told.
func (a *App) openRelease() error {
	a.Release = release.New(release.Options{DB: a.DB, Clock: a.Clock, Register: a.Register, Team: a.Config.Team.Email})
	return nil
}
