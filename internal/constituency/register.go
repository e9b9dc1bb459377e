package constituency

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/firehall/firehall/internal/constituency/rdap"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// The operations that this room asks identity about.
const (
	OpImport identity.Operation = "constituency.import"
	OpExport identity.Operation = "constituency.export"
	OpCheck  identity.Operation = "constituency.check"
	OpRead   identity.Operation = "constituency.read"
	OpChange identity.Operation = "constituency.change"
	OpWho    identity.Operation = "constituency.who"
)

// Location is what enrichment knows of an address; zero values are unknown.
type Location struct {
	ASN     uint32
	Country string // ISO 3166-1 alpha-2
}

// Locator tells where an address is. It is supplied by app, since enrichment
// lives on a higher floor; nil means that nothing is known.
type Locator func(netip.Addr) Location

// Options are the parts of a Register that have a sensible absence.
type Options struct {
	Clock    clock.Clock  // clock.Real if nil
	Snapshot string       // path of the matcher's snapshot file, "" for none
	FS       disk.FS      // disk.OS if nil
	Locate   Locator      // nil: country and AS number of an address are unknown
	RDAP     *rdap.Client // nil: registries are never asked, whatever a question allows
	// MayAsk decides whether a registry may be asked about something, since it learns what we look at, and says why not. nil: it may not.
	MayAsk func(ctx context.Context, actor identity.Actor, asked string) (allowed bool, reason string, err error)
	Log    *slog.Logger // slog.Default if nil
	// Guard gives the ids of organisations whose contacts change only by a second person's word, elsewhere: teams of the directory. nil: none.
	Guard func(tx *sqldb.Tx) (map[string]bool, error)
}

// Register is the service over the register in the state store. It is safe for
// concurrent use.
type Register struct {
	db      *sqldb.DB
	opts    Options
	current atomic.Pointer[Matcher]
	refresh sync.Mutex // one rebuild at a time
	names   atomic.Pointer[namesAt]
}

// New returns a register over db. Its matcher is empty until Load.
func New(db *sqldb.DB, opts Options) *Register {
	if opts.Clock == nil {
		opts.Clock = clock.Real{}
	}
	if opts.FS == nil {
		opts.FS = disk.OS{}
	}
	if opts.Log == nil {
		opts.Log = slog.Default()
	}
	r := &Register{db: db, opts: opts}
	r.current.Store(newBuilder().matcher())
	return r
}

// Matcher returns the picture of the register in force; it is never nil. It
// costs one atomic load, so take it once a batch and keep it for the batch.
func (r *Register) Matcher() *Matcher { return r.current.Load() }

// Load puts a matcher in place: from the snapshot file if that carries the
// register's present version and nothing has begun or ended since, else from
// the state store (and writes the snapshot for the next time).
func (r *Register) Load(ctx context.Context) error {
	r.refresh.Lock()
	defer r.refresh.Unlock()
	state, err := r.state(ctx)
	if err != nil {
		return err
	}
	if m := r.fromSnapshot(state); m != nil {
		r.current.Store(m)
		return nil
	}
	return r.rebuild(ctx)
}

// Refresh swaps the matcher if the register has changed, here or in another
// process, or if a network has come into force or left it since.
func (r *Register) Refresh(ctx context.Context) error {
	r.refresh.Lock()
	defer r.refresh.Unlock()
	state, err := r.state(ctx)
	if err != nil || r.Matcher().current(state, r.opts.Clock.Now()) {
		return err
	}
	return r.rebuild(ctx)
}

// rebuild makes a matcher from the store and swaps it in. The snapshot is a
// convenience: failing to write it is logged and costs only the next start.
func (r *Register) rebuild(ctx context.Context) error {
	start := time.Now()
	m, err := r.build(ctx)
	if err != nil {
		return err
	}
	r.current.Store(m)
	r.opts.Log.DebugContext(ctx, "matcher rebuilt", "networks", m.Len(), "version", m.state.version, "took", time.Since(start))
	if r.opts.Snapshot != "" {
		if err := writeSnapshot(r.opts.FS, r.opts.Snapshot, m); err != nil {
			r.opts.Log.WarnContext(ctx, "matcher snapshot not written: the next start will be slower", "file", r.opts.Snapshot, "error", err)
		}
	}
	return nil
}

func (r *Register) fromSnapshot(state registerState) *Matcher {
	if r.opts.Snapshot == "" {
		return nil
	}
	m, err := readSnapshot(r.opts.FS, r.opts.Snapshot)
	if err != nil {
		r.opts.Log.Debug("matcher snapshot not used", "file", r.opts.Snapshot, "error", err)
		return nil
	}
	if !m.current(state, r.opts.Clock.Now()) {
		return nil
	}
	return m
}

// pollEvery is how often Run looks for changes made by other processes.
const pollEvery = 10 * time.Second

// Run keeps the matcher true until ctx ends: it looks for changes of other
// processes and wakes when a validity begins or ends.
func (r *Register) Run(ctx context.Context) error {
	wait := r.untilNext()
	for {
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
		err := r.Refresh(ctx)
		wait = r.untilNext()
		if err != nil && ctx.Err() == nil {
			wait = pollEvery // a boundary that has passed would be tried a thousand times a second
			r.opts.Log.ErrorContext(ctx, "matcher not refreshed: the old one stays in use", "error", err)
		}
	}
}

// untilNext is the time to the next look: the poll, or a boundary before it.
func (r *Register) untilNext() time.Duration {
	until := r.Matcher().state.boundary
	if until.IsZero() {
		return pollEvery
	}
	return max(time.Millisecond, min(pollEvery, until.Sub(r.opts.Clock.Now())))
}
