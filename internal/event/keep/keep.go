package keep

import (
	"context"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
)

// What a person may do here.
const (
	OpCompact identity.Operation = "event.compact"
	OpExpire  identity.Operation = "event.expire"
	OpErase   identity.Operation = "event.erase"
	OpSweep   identity.Operation = "event.sweep"
)

// The folders below the data folder, as the doors lay them out.
const (
	dirSpool  = "spool"
	dirBlobs  = "blobs"
	dirEvents = "events"
	dirFolds  = "folds"
	dirAside  = "aside"
)

// Options is what a keeper stands on.
type Options struct {
	DB    *sqldb.DB
	FS    disk.FS
	Dir   string // the data folder
	Clock clock.Clock
	// Retention and Feeds say how long events are kept.
	Retention config.Retention
	Feeds     map[string]config.Feed
	// DedupeWindow is for how long segments must hold their keys.
	DedupeWindow time.Duration
	// Deadline is the longest that a question about events may take.
	Deadline time.Duration
	// Alone tells that nothing else works on this installation, in this process or another: no intake is under way, no question asked
	// by who could not ask again. Leases of processes that died are seized then.
	Alone bool
	// Holder names this process in leases.
	Holder string
	Log    *slog.Logger
}

// Keeper does the keeping. Safe for concurrent use: one operation at a time runs, anywhere.
type Keeper struct {
	Options
	leases   *lease.Leases
	manifest *event.Manifest
	limits   limits
}

// limits bound the work done at once, and so its memory.
type limits struct {
	bytes int64 // of the segments that are joined to one
	rows  int64 // of these
	group int   // rows of a row group
}

var defaultLimits = limits{bytes: 128 << 20, rows: 4 << 20, group: 128 << 10}

// New makes a keeper.
func New(o Options) *Keeper {
	return &Keeper{Options: o, leases: lease.New(o.DB, o.Clock), manifest: event.NewManifest(o.DB), limits: defaultLimits}
}

// Grace is for how long a replaced file stays: longer than any question that may still read it.
func (k *Keeper) Grace() time.Duration { return max(2*k.Deadline, 10*time.Minute) }

const leaseTime = time.Minute

// hold takes the lease for one operation; ctx ends when it is lost. Conflict if another keeper works.
func (k *Keeper) hold(ctx context.Context) (context.Context, lease.Token, func(), error) {
	acquire := k.leases.Acquire
	if k.Alone {
		acquire = k.leases.Seize
	}
	token, err := acquire(ctx, "keep", k.Holder, leaseTime)
	if err != nil {
		return ctx, token, nil, err
	}
	held, giveBack := k.leases.Keep(ctx, token, leaseTime)
	return held, token, func() {
		if err := giveBack(); err != nil {
			k.Log.WarnContext(ctx, "giving the keeper's lease back", "error", err)
		}
	}, nil
}

// change runs fn in a transaction that commits only while the lease holds.
func (k *Keeper) change(ctx context.Context, token lease.Token, fn func(tx *sqldb.Tx) error) error {
	return k.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := lease.Check(tx, token); err != nil {
			return err
		}
		return fn(tx)
	})
}

func (k *Keeper) path(folder, name string) string {
	return filepath.Join(k.Dir, folder, filepath.FromSlash(name))
}
