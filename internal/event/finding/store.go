package finding

import (
	"context"
	"log/slog"
	"strconv"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Options is what a Store needs.
type Options struct {
	DB     *sqldb.DB
	FS     disk.FS
	Dir    string // the data folder
	Clock  clock.Clock
	Log    *slog.Logger
	Holder string // who this process is, for people who ask who applies
	Alone  bool   // the data folder's lock is held: whoever else seems to apply is dead
	Intake func(ctx context.Context, id string) (IntakeFacts, error)
}

// Store keeps the findings in the state store. It is safe for concurrent use.
type Store struct{ Options }

// New gives the store of findings.
func New(o Options) *Store { return &Store{Options: o} }

// place is the n-th argument of a statement.
func place(n int) string { return "$" + strconv.Itoa(n) }
