// Package desk answers the questions that take several registers: which events, which findings, whose they are and why, in the words that
// people and programs read. The faces (web, api) and the command line ask the same desk, so they say the same.
package desk

import (
	"context"
	"log/slog"
	"time"

	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/duck"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/event/history"
	"github.com/firehall/firehall/internal/event/rollup"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Options is what the desk asks. All of it is needed.
type Options struct {
	DB       *sqldb.DB
	Clock    clock.Clock
	Log      *slog.Logger
	Zone     *time.Location // the team's
	Register *constituency.Register
	Manifest *event.Manifest
	Events   string // absolute path of the folder of segments
	Duck     *duck.Client
	Slow     *duck.Client // for exports and long questions; nil: Duck does these too
	Rollup   *rollup.Store
	Findings *finding.Store
	// Recall takes back messages that tell of what is muted or closed now and were not sent yet, and lets the other rooms react to that. It
	// gives how many messages that were.
	Recall func(ctx context.Context, actor identity.Actor) (int, error)
	// Owner tells whose network a finding is in now.
	Owner func(finding.Finding) (organisation, network, rule string)
	Audit *audit.Log
	// Registry is what is needed to ask registries; its zero value: nobody outside is asked.
	Registry Registries
}

// Desk answers. Safe for concurrent use.
type Desk struct {
	o      Options
	longs  longs
	memory memory
	costly costly
	sums   nameSums

	archive history.Archive
}

// New makes a desk.
func New(o Options) *Desk { return &Desk{o: o} }
