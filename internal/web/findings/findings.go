// Package findings holds the pages of findings: the list, which is filtered, counted and worked through, and one finding with all that is known
// of it.
package findings

import (
	"context"

	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/live"
	"github.com/firehall/firehall/internal/web/shell"
)

// Options is what the pages ask.
type Options struct {
	Desk *desk.Desk
	Bulk *desk.Bulk
	// Message gives a message by its id, for its state and to whom it went.
	Message func(ctx context.Context, actor identity.Actor, id string) (delivery.Delivery, []delivery.Attempt, error)
	Live    *live.Hub // tells of changes; nil for none
}

// page is the handlers of this package.
type page struct {
	*shell.Shell
	o Options
}

// Where the pages are.
const (
	path       = "/findings"
	movePath   = "/findings/move"
	exportPath = "/findings/export"
	newPath    = "/findings/new"
	facetsPath = "/findings/facets"
)

// Register adds the pages to a shell.
func Register(s *shell.Shell, o Options) {
	p := &page{s, o}
	s.Handle("GET "+path, p.list)
	s.Handle("GET "+facetsPath, p.facets)
	s.Handle("GET /findings/complete", p.complete)
	s.Handle("GET "+exportPath, p.export)
	s.Handle("GET "+newPath, p.fresh)
	s.Handle("POST "+movePath, p.move)
	s.Handle("GET /findings/-/moves/{job}", p.moving)
	s.Handle("GET /findings/-/moves/{job}/progress", p.progress)
	s.Handle("GET /findings/{id}", p.one)
	s.Handle("GET /findings/-/events/{id}", p.sights)
	s.Handle("POST /findings/{id}/move", p.moveOne)
	s.Handle("POST /findings/{id}/owner", p.handOne)
	s.Palette(p.find)
}
