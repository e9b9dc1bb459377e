package delivery

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
)

// The operations that actors are authorised for.
const (
	OpRead    identity.Operation = "delivery.read"
	OpSend    identity.Operation = "delivery.send"
	OpRelease identity.Operation = "delivery.release"
	OpRetry   identity.Operation = "delivery.retry"
	OpCancel  identity.Operation = "delivery.cancel"
	OpStop    identity.Operation = "delivery.stop"
	OpResume  identity.Operation = "delivery.resume"
	OpBounce  identity.Operation = "delivery.bounce"
	OpFail    identity.Operation = "delivery.fail" // by the lane: refused, given up, held in doubt
	OpForget  identity.Operation = "delivery.forget"
)

// What may be done with a message in doubt: Options.Doubt.
const (
	Repeat = "repeat"
	Hold   = "hold"
)

// Options is what a Service works with.
type Options struct {
	DB       *sqldb.DB
	Clock    clock.Clock
	Log      *slog.Logger
	Holder   string // names this process in leases and claims
	Alone    bool   // no other process sends on this database: what a dead one held is taken at once
	Channels []Channel
	Pace     int                      // messages a minute to one recipient domain; 0 is no limit
	GiveUp   map[string]time.Duration // by channel: how long a message is tried; 5 days for those not named
	Doubt    string                   // Repeat (if empty) or Hold
	Lease    time.Duration            // how long a lane is a dead process's; 15 s if 0
}

// Service keeps the deliveries of a database and sends them.
type Service struct {
	Options
	leases   *lease.Leases
	channels map[string]Channel
}

// New returns the service. The channels are its own from now on: Close closes them.
func New(o Options) *Service {
	o.Lease = cmp.Or(o.Lease, 15*time.Second)
	o.Doubt = cmp.Or(o.Doubt, Repeat)
	if o.Log == nil {
		o.Log = slog.Default()
	}
	s := &Service{Options: o, leases: lease.New(o.DB, o.Clock), channels: map[string]Channel{}}
	for _, c := range o.Channels {
		s.channels[c.Name()] = c
	}
	return s
}

var errUnfinished = problem.New(problem.Unavailable, "delivery is not built yet")

// Tally is what a run of sending has done so far, and what remains.
type Tally struct {
	Sent     int64 // accepted
	Deferred int64 // attempts that have to be made again
	Failed   int64 // refused or given up
	Doubtful int64 // attempts in doubt, to be repeated
	Held     int64 // in doubt, and held for a person
	// What remains, counted at the end of a run:
	Waiting int64     // due later, or now behind the pace
	Stopped int64     // would be due, but a stop order holds them
	Next    time.Time // when the first of those waiting is due; zero if none is
	Down    string    // why a channel does not work, "" if all do
}

// Drain sends until nothing is due now; progress, if not nil, hears of each step. A channel that does not work ends its lane, and Tally.Down
// says why. Errors: Forbidden; Unavailable if the database fails.
func (s *Service) Drain(ctx context.Context, actor identity.Actor, progress func(Tally)) (Tally, error) {
	return Tally{}, errUnfinished
}

// Run sends what becomes due until ctx ends, through all faults.
func (s *Service) Run(ctx context.Context, actor identity.Actor) error { return errUnfinished }

// Bounce is a report that a message did not arrive after all.
type Bounce struct {
	Permanent          bool
	Status, Diagnostic string // RFC 3463 and the server's words
}

// Bounced notes what came back for a delivery. A permanent failure makes it bounced; a report of delay changes no state. A second report
// for the same delivery changes nothing. Errors: NotFound, Conflict if the delivery was never sent.
func (s *Service) Bounced(ctx context.Context, actor identity.Actor, id string, b Bounce) error {
	return errUnfinished
}
