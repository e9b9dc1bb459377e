package app

import (
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/platform/jobs"
)

// openOffice makes the desks for long work: moving many findings, and files for the register.
func (a *App) openOffice() error {
	a.Bulk = &desk.Bulk{Desk: a.Desk, Queue: a.Jobs}
	a.Imports = &desk.Imports{DB: a.DB, Clock: a.Clock, FS: a.FS, Dir: a.dir("uploads"), Register: a.Register, Queue: a.Jobs}
	a.Jobs.Handle(jobs.Kind{Name: desk.KindMove, Do: a.Bulk.Do})
	a.Jobs.Handle(jobs.Kind{Name: desk.KindPreview, Do: a.Imports.Do})
	a.Jobs.Handle(jobs.Kind{Name: desk.KindApply, Do: a.Imports.Do})
	return nil
}
