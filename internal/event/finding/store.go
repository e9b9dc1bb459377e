package finding

import (
	"context"
	"log/slog"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
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

var errLater = problem.New(problem.Internal, "findings are not built yet")

// Apply writes all waiting facts to the findings, under a lease; progress, if not nil, hears how many facts of how many are done.
func (s *Store) Apply(ctx context.Context, actor identity.Actor, progress func(done, all int64)) (Applied, error) {
	return Applied{}, errLater
}

// Waiting is how many facts are not applied yet.
func (s *Store) Waiting(ctx context.Context) (rows int64, err error) { return 0, errLater }

// Sources lists the sources met so far.
func (s *Store) Sources(ctx context.Context) ([]Source, error) { return nil, errLater }

// SourceOf gives a function that tells the bit of an event of an intake with a label of its own (tlp.Clear: none); ok is false where
// nothing of the kind was applied.
func (s *Store) SourceOf(ctx context.Context) (func(intake string, label tlp.Label) (bit int, ok bool), error) {
	return nil, errLater
}

// DueGroups sums up what is due.
func (s *Store) DueGroups(ctx context.Context, q DueQuery) ([]DueGroup, error) { return nil, errLater }

// DueFindings lists what is due for an organisation, of some types (none: all), in order of key, after a key.
func (s *Store) DueFindings(ctx context.Context, q DueQuery, organisation string, types []string, after Key, limit int) ([]Finding, error) {
	return nil, errLater
}

// Tell notes that a message tells the owners of findings.
func (s *Store) Tell(tx *sqldb.Tx, now time.Time, message string, told []Told) (changed []Key, err error) {
	return nil, errLater
}

// Untell takes back what Tell noted for a message that reached nobody.
func (s *Store) Untell(tx *sqldb.Tx, now time.Time, message string) (n int64, err error) {
	return 0, errLater
}

// ToldIn lists the findings of a message.
func (s *Store) ToldIn(ctx context.Context, message string, limit int) ([]Key, error) {
	return nil, errLater
}

// Move makes a person's move with findings.
func (s *Store) Move(ctx context.Context, actor identity.Actor, keys []Key, m Request) (Moved, error) {
	return Moved{}, errLater
}

// Get finds a finding by its id or a unique beginning of it.
func (s *Store) Get(ctx context.Context, actor identity.Actor, id string) (Finding, error) {
	return Finding{}, errLater
}

// History lists what happened to a finding, oldest first.
func (s *Store) History(ctx context.Context, actor identity.Actor, key Key) ([]Entry, error) {
	return nil, errLater
}

// Reattribute asks again whose the due findings are, after the register changed.
func (s *Store) Reattribute(ctx context.Context, actor identity.Actor, owner func(Finding) (organisation, network, rule string)) (n int64, err error) {
	return 0, errLater
}

// Wake opens muted findings whose time has come.
func (s *Store) Wake(ctx context.Context, actor identity.Actor) (n int64, err error) {
	return 0, errLater
}
