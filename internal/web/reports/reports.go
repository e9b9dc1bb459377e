// Package reports holds the pages of reports: the queue, which is worked through by keys, one report with all that is known of it, and the forms
// of the moves that take more than a reason.
package reports

import (
	"context"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/obligation"
	"github.com/firehall/firehall/internal/platform/live"
	"github.com/firehall/firehall/internal/web/shell"
)

// Options is what the pages ask.
type Options struct {
	Incidents *incident.Service
	// Names gives the organisations' names by id, Contacts an organisation's contacts, People the names of accounts by id; nil: unknown.
	Names    func(ctx context.Context, actor identity.Actor) (map[string]string, error)
	Contacts func(ctx context.Context, actor identity.Actor, organisation string) ([]constituency.Contact, error)
	People   func(ctx context.Context) (map[string]string, error)
	Clocks   *obligation.Service // what the team promises itself of reports; nil: nothing
	OnCall   OnCall
	Live     *live.Hub // tells of changes; nil for none
}

// OnCall is who is called when a report cannot wait.
type OnCall struct{ Mail, Phone string }

// page is the handlers of this package.
type page struct {
	*shell.Shell
	o Options
}

// Where the pages are.
const (
	path     = "/reports"
	movePath = "/reports/-/move"
	undoPath = "/reports/-/undo"
	newPath  = "/reports/-/new"
)

// topic is that of what changes when a report comes or moves.
const topic = "reports"

// Register adds the pages to a shell.
func Register(s *shell.Shell, o Options) {
	if o.Incidents == nil {
		return // a program without the room
	}
	p := &page{s, o}
	s.Handle("GET "+path, p.list)
	s.Handle("GET "+newPath, s.Changes(o.Live, p.newer, topic))
	s.Handle("POST "+movePath, p.move)
	s.Handle("POST "+undoPath, p.undo)
	s.Handle("GET /reports/{id}", p.one)
	s.Handle("POST /reports/{id}/note", p.note)
	s.Handle("POST /reports/{id}/note/{note}", p.renote)
	s.Handle("POST /reports/{id}/assign", p.assign)
	s.Handle("POST /reports/{id}/unmerge", p.unmerge)
	s.Handle("POST /reports/{id}/unlink", p.unlink)
	s.Handle("POST /reports/{id}/answered", p.answered)
	s.Handle("POST /reports/{id}/back", p.handBack)
	s.Handle("GET /reports/{id}/mail/{item}", p.mail)
	s.Handle("POST /reports/{id}/edit", p.edit)
	s.Handle("POST /reports/{id}/glass", p.glass)
	s.Handle("POST /reports/{id}/significance", p.significance)
	s.Handle("GET /reports/{id}/files/{item}", p.file)
	s.Handle("GET /reports/{id}/custody/{item}", p.custody)
	s.Handle("GET /reports/{id}/do/{move}", p.ask)
	s.Handle("POST /reports/{id}/do/{move}", p.do)
	s.Palette(p.find)
}
