// Package phone holds the form that somebody of the team fills in while a caller talks, or makes of an event or a finding, and the record of the
// call-back. A caller's number proves nothing: the pages offer the numbers of the register, and say that nothing is told before one was rung.
package phone

import (
	"context"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/call"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/web/shell"
)

// Number is a telephone of the register.
type Number struct{ Organisation, Number, Purpose string }

// Options is what the pages ask.
type Options struct {
	Incidents *incident.Service
	Drafts    *call.Drafts
	Clock     clock.Clock
	// Hints judges what is typed, and keeps nothing; nil: there are no hints.
	Hints func(ctx context.Context, actor identity.Actor, r triage.Report) (triage.Assessment, error)
	// Numbers gives the registered telephones of organisations that are called so; nil: none are offered.
	Numbers func(ctx context.Context, actor identity.Actor, organisation string) ([]Number, error)
	// From fills in the form from an event or a finding, by the door's name and what identifies it; nil: nothing is.
	From func(ctx context.Context, actor identity.Actor, door incident.Door, about string) (map[string]string, error)
}

type page struct {
	*shell.Shell
	o Options
}

// Where the pages are.
const (
	path      = "/reports/new"
	draftPath = "/reports/new/draft"
)

// Register adds the pages to a shell.
func Register(s *shell.Shell, o Options) {
	if o.Incidents == nil || o.Drafts == nil {
		return
	}
	p := &page{s, o}
	s.Handle("GET "+path, p.begin)
	s.Handle("POST "+path, p.take)
	s.Handle("POST "+draftPath, p.save)
	s.Handle("GET /reports/{id}/call-back", p.back)
	s.Handle("POST /reports/{id}/call-back", p.called)
}
