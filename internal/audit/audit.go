// Package audit keeps the record of who did what, in a chain that shows when it
// was tampered with.
//
// An entry is recorded in the transaction of the change that it tells about, so
// the two commit together or not at all. It consists of a payload (what
// happened) with a random salt, and a commitment to both. Later a sealer, one at
// a time by lease, gives each entry its position and chains the commitments:
//
//	hash(n) = SHA-256(domain, hash(n-1), n, commitment(n))
//
// Payloads lie in a table apart. Erasing one (by a person's right, or at the
// end of its time) leaves the chain whole, and the salt, erased with it, keeps
// anybody from guessing what it said. An erasure is itself an entry.
//
// Verify finds entries rewritten, cut out, added or put in another order.
// Somebody who can write to the whole database can build another, consistent
// chain, or go back to an old one: a Checkpoint kept on another machine finds
// that too. What was not sealed yet is protected by nothing; seal often.
package audit

import (
	"encoding/json"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
)

// maxValue bounds what one entry says about the object before and after, each,
// in bytes of JSON.
const maxValue = 1 << 20

// Entry is one thing that somebody did.
type Entry struct {
	Actor     string // who: an identity's id
	ActorKind string // "person", "os-user", "system"
	Via       string // "cli", "api", "web": by which door; may be empty
	Operation string // "constituency.import"
	Object    string // what it was done to: an id, or a name if it has none
	Reason    string // why, in the actor's words; may be empty
	Before    any    // the object as it was, as JSON; nil if there was none
	After     any    // the object as it is now, as JSON; nil if there is none
}

// Record writes an entry in the transaction of the change.
func Record(tx *sqldb.Tx, now time.Time, e Entry) error {
	_, err := record(tx, now, e)
	return err
}

// RecordIf runs a statement, an INSERT, UPDATE or DELETE without RETURNING that changes one row or none, and writes an entry if it changed one: on PostgreSQL
// all in one way to the server. It tells whether it did.
func RecordIf(tx *sqldb.Tx, now time.Time, e Entry, statement string, args ...any) (changed bool, err error) {
	p, err := describe(now, e)
	if err != nil {
		return false, err
	}
	n, err := insertIf(tx, p, statement, args)
	if err == nil && n > 1 {
		err = problem.New(problem.Internal, "audit of %s on %s: %d rows were changed, where one entry tells of one", e.Operation, e.Object, n)
	}
	return n == 1, err
}

func record(tx *sqldb.Tx, now time.Time, e Entry) (string, error) {
	p, err := describe(now, e)
	if err != nil {
		return "", err
	}
	return p.ID, insert(tx, p)
}

// describe makes the payload of an entry.
func describe(now time.Time, e Entry) (p payload, err error) {
	if e.Actor == "" || e.Operation == "" {
		return p, problem.New(problem.Internal, "an audit entry needs an actor and an operation: %q, %q", e.Actor, e.Operation)
	}
	p = payload{
		ID: id.NewAt(now), At: sqldb.Millis(now), Actor: e.Actor, ActorKind: e.ActorKind, Via: e.Via,
		Operation: e.Operation, Object: e.Object, Reason: e.Reason, Salt: newSalt(),
	}
	if p.Before, err = asJSON(e, e.Before); err != nil {
		return p, err
	}
	p.After, err = asJSON(e, e.After)
	return p, err
}

// asJSON returns a value as JSON text, and nothing for nil.
func asJSON(e Entry, v any) (string, error) {
	if v == nil {
		return "", nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return "", problem.Wrap(problem.Internal, err, "audit of %s on %s", e.Operation, e.Object)
	}
	if len(b) > maxValue {
		return "", problem.New(problem.Internal, "audit of %s on %s: the object's description has %d bytes, more than %d: record a summary of it",
			e.Operation, e.Object, len(b), maxValue)
	}
	return string(b), nil
}

// Log is the record as a whole.
type Log struct {
	db     *sqldb.DB
	clock  clock.Clock
	leases *lease.Leases
	holder string
}

// New returns the log kept in db.
func New(db *sqldb.DB, c clock.Clock) *Log {
	return &Log{db: db, clock: c, leases: lease.New(db, c), holder: "sealer " + id.New()}
}

// Erase removes what an entry says and leaves its place in the chain. by tells
// who erases and why, and is recorded; its Operation and Object are set here.
//
// Errors: NotFound if there is no such payload (any more), Conflict if it tells
// of an erasure itself: those stay, or nobody could tell an erasure from a theft.
func Erase(tx *sqldb.Tx, now time.Time, by Entry, entry string) error {
	p, err := load(tx, entry)
	if sqldb.NoRows(err) {
		return problem.Wrap(problem.NotFound, err, "audit entry %s has no content to erase", entry)
	}
	if err != nil {
		return err
	}
	if p.Operation == OperationErase {
		return problem.New(problem.Conflict, "audit entry %s tells of an erasure and cannot be erased", entry)
	}
	if err := remove(tx, entry); err != nil {
		return err
	}
	by.Operation, by.Object, by.Before, by.After = OperationErase, entry, nil, nil
	return Record(tx, now, by)
}

// OperationErase is the operation of entries that tell of an erasure.
const OperationErase = "audit.erase"
