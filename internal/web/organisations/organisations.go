// Package organisations holds the pages of the register: the list of organisations, one with its networks, contacts and findings, what is amiss
// in the register, and files that change it, which are looked at before they do.
package organisations

import (
	"context"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/web/shell"
)

// Options is what the pages ask.
type Options struct {
	Desk     *desk.Desk
	Register *constituency.Register
	Imports  *desk.Imports
	// Messages lists messages to an organisation, the newest first.
	Messages func(ctx context.Context, actor identity.Actor, q delivery.Query) (page.Page[delivery.Delivery], error)
	// Grants lists who may be told about an organisation's networks besides it.
	Grants func(ctx context.Context, actor identity.Actor, about string) ([]release.Grant, error)
}

// pages is the handlers of this package.
type pages struct {
	*shell.Shell
	o Options
}

// Where the pages are.
const (
	path       = "/organisations"
	importPath = "/organisations/import"
	checkPath  = "/organisations/check"
	exportPath = "/organisations/export"
)

// Register adds the pages to a shell.
func Register(s *shell.Shell, o Options) {
	p := &pages{s, o}
	s.Handle("GET "+path, p.list)
	s.Handle("GET "+exportPath, p.export)
	s.Handle("GET /organisations/register", p.register)
	s.Handle("GET "+checkPath, p.check)
	s.Handle("GET "+importPath, p.ask)
	s.Handle("POST "+importPath, p.upload, shell.Body(desk.MaxUpload+formRoom))
	s.Handle("GET /organisations/import/{upload}", p.preview)
	s.Handle("GET /organisations/import/{upload}/progress", p.progress)
	s.Handle("POST /organisations/import/{upload}/apply", p.apply)
	s.Handle("POST /organisations/import/{upload}/again", p.again)
	s.Handle("POST /organisations/import/{upload}/discard", p.discard)
	s.Handle("GET /organisations/{id}", p.one)
	s.Handle("GET /organisations/history/{id}", p.history)
	s.Palette(p.find)
}
