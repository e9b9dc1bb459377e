package finding

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
)

// Operations on findings.
const (
	OpApply       identity.Operation = "finding.apply"
	OpRead        identity.Operation = "finding.read"
	OpMove        identity.Operation = "finding.move"
	OpReattribute identity.Operation = "finding.reattribute"
	OpWake        identity.Operation = "finding.wake"
)

// One process at a time applies, under this lease.
const (
	leaseName = "findings"
	leaseTime = 30 * time.Second
)

// chunk is how many facts a transaction writes at most: others who write wait no longer than that takes.
const chunk = 5000

// applying is one call of Apply.
type applying struct {
	*Store
	token    lease.Token
	actor    identity.Actor
	known    map[string]IntakeFacts
	numbers  numbers
	done     Applied
	progress func(done, all int64)
	rows     int64 // of files, applied
	all      int64
}

// Apply writes all waiting facts to the findings, under a lease; progress, if not nil, hears how many facts of how many are done. A call
// that was cut off is gone on with by the next. Files of facts are removed, with their rows in the manifest, once they are applied.
// Errors: Conflict if another process applies; Unavailable if a file cannot be read.
func (s *Store) Apply(ctx context.Context, actor identity.Actor, progress func(done, all int64)) (Applied, error) {
	if err := actor.Authorise(OpApply, "findings"); err != nil {
		return Applied{}, err
	}
	start := time.Now()
	leases := lease.New(s.DB, s.Clock)
	take := leases.Acquire
	if s.Alone {
		take = leases.Seize
	}
	token, err := take(ctx, leaseName, s.Holder+" "+id.New(), leaseTime)
	if err != nil {
		return Applied{}, err
	}
	held, giveBack := leases.Keep(ctx, token, leaseTime)
	a := &applying{Store: s, token: token, actor: actor, known: map[string]IntakeFacts{}, numbers: newNumbers(), progress: progress}
	err = a.run(held)
	if lost := context.Cause(held); err != nil && lost != nil && ctx.Err() == nil {
		err = lost
	}
	if backErr := giveBack(); backErr != nil {
		s.Log.WarnContext(ctx, "the lease on findings was not given back", "error", backErr)
	}
	a.done.Seconds = time.Since(start).Seconds()
	return a.done, err
}

func (a *applying) run(ctx context.Context) error {
	for {
		b, err := a.next(ctx)
		if err != nil {
			return err
		}
		if b == nil {
			return errors.Join(a.conclude(ctx), a.settleCounts(ctx), a.audit(ctx))
		}
		if err := a.apply(ctx, b); err != nil {
			return err
		}
	}
}

// audit records what was applied, if anything was.
func (a *applying) audit(ctx context.Context) error {
	if a.done == (Applied{}) {
		return nil
	}
	return a.write(ctx, func(tx *sqldb.Tx) error { return a.actor.Audit(tx, a.Clock.Now(), OpApply, "findings", nil, a.done) })
}

// write runs a transaction under the lease.
func (a *applying) write(ctx context.Context, fn func(tx *sqldb.Tx) error) error {
	return a.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := lease.Check(tx, a.token); err != nil {
			return err
		}
		return fn(tx)
	})
}

// intake tells what is known of an intake, asking once.
func (a *applying) intake(ctx context.Context, name string) (IntakeFacts, error) {
	if in, ok := a.known[name]; ok {
		return in, nil
	}
	in, err := a.Intake(ctx, name)
	if err == nil {
		a.known[name] = in
	}
	return in, err
}

// next gives the backlog to apply: the one begun, or what waits now; nil if there is nothing.
func (a *applying) next(ctx context.Context) (*backlog, error) {
	var begun *backlog
	err := a.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		begun, err = stored(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	if begun != nil {
		b, err := a.load(ctx, begun.pieces)
		if err == nil {
			b.last = begun.last
		}
		return b, err
	}
	folds, err := event.NewManifest(a.DB).Folds(ctx)
	if err != nil || len(folds) == 0 {
		return nil, err
	}
	var pieces []piece
	a.all = a.rows
	for _, f := range folds {
		pieces = append(pieces, piece{f.Path, f.Intake, f.Done, math.MaxInt64})
		a.all += f.Rows - f.Done
	}
	b, err := a.load(ctx, pieces)
	if err != nil {
		return nil, err
	}
	return b, a.write(ctx, b.store)
}

// apply writes a backlog in chunks.
func (a *applying) apply(ctx context.Context, b *backlog) error {
	rest := b.rest()
	whole := max(len(b.facts), 1)
	for {
		some := rest[:min(chunk, len(rest))]
		rest = rest[len(some):]
		if err := a.chunk(ctx, b, some, len(rest) == 0); err != nil {
			return err
		}
		if a.progress != nil {
			share := b.rows() * int64(whole-len(rest)) / int64(whole)
			a.progress(a.rows+share, max(a.all, a.rows+share))
		}
		if len(rest) == 0 {
			a.rows += b.rows()
			return a.remove(ctx, b)
		}
	}
}

// chunk is one transaction: facts, the moves they make, and the cursor.
func (a *applying) chunk(ctx context.Context, b *backlog, some []*fact, end bool) error {
	var fresh, again int64
	err := a.write(ctx, func(tx *sqldb.Tx) (err error) {
		now := sqldb.Millis(a.Clock.Now())
		if fresh, err = write(tx, some, now); err != nil {
			return err
		}
		if again, err = a.moved(tx); err != nil {
			return err
		}
		if err := addUp(tx); err != nil {
			return err
		}
		if end {
			return b.finish(tx)
		}
		_, err = tx.Exec(`UPDATE finding_apply SET last_key = $1 WHERE one = 1`, some[len(some)-1].key[:])
		return err
	})
	if err == nil {
		a.done.Facts += int64(len(some))
		a.done.New += fresh
		a.done.Reopened += again
	}
	return err
}

// moved writes the history of findings that the chunk moved, and counts those that were reopened.
func (a *applying) moved(tx *sqldb.Tx) (again int64, err error) {
	if err := byIndex(tx); err != nil {
		return 0, err
	}
	var marked int64
	err = tx.QueryRow(`SELECT count(*), count(CASE WHEN mark IN (1, 2) THEN 1 END) FROM finding_row WHERE mark IS NOT NULL`).Scan(&marked, &again)
	if err != nil || marked == 0 {
		return 0, err
	}
	_, err = tx.Exec(`INSERT INTO finding_history (key, version, at, from_state, to_state, actor, name, reason)
		SELECT key, version, since, CASE mark WHEN 1 THEN 'fixed' WHEN 2 THEN 'no-longer-seen' WHEN 3 THEN 'notified' ELSE 'acknowledged' END,
			state, $1, CASE WHEN mark < 3 THEN 'see again' ELSE 'change owner' END, ''
		FROM finding_row WHERE mark IS NOT NULL`, a.actor.ID)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(`UPDATE finding_row SET mark = NULL, reason = '', until_at = 0 WHERE mark IS NOT NULL`)
	return again, err
}

// byIndex keeps PostgreSQL from reading the whole table for the few rows that are marked, for the rest of the transaction: a table that grew
// just now has no statistics yet, and without them it believes that nearly all are.
func byIndex(tx *sqldb.Tx) error {
	if tx.Engine() != sqldb.Postgres {
		return nil
	}
	_, err := tx.Exec(`SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)`)
	return err
}

// finish ends a backlog: its files are done as far as it took them. A file that is done to its end leaves the manifest.
func (b *backlog) finish(tx *sqldb.Tx) error {
	for _, p := range b.pieces {
		if _, err := tx.Exec(`UPDATE fold SET done_rows = $1 WHERE path = $2`, p.To, p.Path); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM fold WHERE path = $1 AND done_rows >= row_count`, p.Path); err != nil {
			return err
		}
	}
	for intake, p := range b.intakes {
		_, err := tx.Exec(`INSERT INTO finding_intake AS t (intake, earliest, facts) VALUES ($1, $2, $3) ON CONFLICT (intake) DO UPDATE
			SET earliest = CASE WHEN excluded.earliest < t.earliest THEN excluded.earliest ELSE t.earliest END,
			facts = t.facts + excluded.facts, settled = 0`, intake, p.earliest, p.facts)
		if err != nil {
			return err
		}
	}
	_, err := tx.Exec(`DELETE FROM finding_apply`)
	return err
}

// remove removes the files that were applied to their end. One that is left by a crash is an orphan, which the sweep takes.
func (a *applying) remove(ctx context.Context, b *backlog) error {
	left, err := event.NewManifest(a.DB).Folds(ctx)
	if err != nil {
		return err
	}
	waits := map[string]bool{}
	for _, f := range left {
		waits[f.Path] = true
	}
	l := loader{fs: a.FS, dir: a.Dir}
	for _, p := range b.pieces {
		if waits[p.Path] {
			continue
		}
		if err := a.FS.Remove(l.path(p.Path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			a.Log.WarnContext(ctx, "a file of facts that are applied was not removed; firehall keep removes it", "file", p.Path, "error", err)
		}
	}
	return nil
}

// Waiting is how many facts are not applied yet. Facts of a backlog under way count until all of it is applied.
func (s *Store) Waiting(ctx context.Context) (rows int64, err error) {
	err = s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(`SELECT CAST(coalesce(sum(row_count - done_rows), 0) AS BIGINT) FROM fold`).Scan(&rows)
	})
	return rows, err
}
