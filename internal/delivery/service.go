package delivery

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/seal"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
	"github.com/firehall/firehall/internal/release"
)

// The operations that actors are authorised for.
const (
	OpRead    identity.Operation = "delivery.read"
	OpSend    identity.Operation = "delivery.send"
	OpRelease identity.Operation = "delivery.release"
	OpConfirm identity.Operation = "delivery.confirm"
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
	// Sealer encrypts the bytes of messages as they lie in the database; nil: they lie as they are.
	Sealer *seal.Sealer
	// Again asks release whether what it let out under a label may still go, at the moment at which it would. nil: only the grants are asked about.
	Again func(tx *sqldb.Tx, decisions []string, under tlp.Label) (release.Withheld, error)
	// Unseen gives the condition that deliveries, under an alias, meet that an actor may not know of, with its arguments; first is the number of
	// the first. nil: who may read deliveries may read all.
	Unseen func(tx *sqldb.Tx, actor identity.Actor, alias string, first int) (condition string, args []any, err error)
}

// Service keeps the deliveries of a database and sends them.
type Service struct {
	Options
	leases   *lease.Leases
	channels map[string]Channel
	codec    codec
	mu       sync.Mutex
	paces    map[string]*pace
	still    time.Duration     // awaitStill if 0
	secret   [sha256.Size]byte // of seals: what this process composed it knows again
}

// New returns the service. The channels are its own from now on: Close closes them.
func New(o Options) *Service {
	o.Lease = cmp.Or(o.Lease, 15*time.Second)
	o.Doubt = cmp.Or(o.Doubt, Repeat)
	if o.Log == nil {
		o.Log = slog.Default()
	}
	s := &Service{Options: o, leases: lease.New(o.DB, o.Clock), channels: map[string]Channel{}, codec: newCodec(o.Sealer), paces: map[string]*pace{}}
	rand.Read(s.secret[:]) // never fails
	for _, c := range o.Channels {
		s.channels[c.Name()] = c
	}
	return s
}

// paceOf is the pace of a channel, kept from one run to the next.
func (s *Service) paceOf(channel string) *pace {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.paces[channel]
	if p == nil {
		limit := s.Pace
		if s.policyOf(channel).traits.Local {
			limit = 0
		}
		p = newPace(limit)
		s.paces[channel] = p
	}
	return p
}

// Close closes the channels.
func (s *Service) Close() error {
	var errs []error
	for _, c := range s.Channels {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}
