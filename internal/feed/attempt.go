package feed

import (
	"context"
	"errors"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/dedupe"
	"github.com/firehall/firehall/internal/event/rollup"
	"github.com/firehall/firehall/internal/feed/enrich"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/platform/outbox"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
)

// attempt is one run over an intake's rows: its files, and its keys in the memory.
type attempt struct {
	*admission
	intake *Intake
	opened format.Opened
	header []byte
	only   bool // a replay: rows that were set aside, nothing else

	writer *writer
	seen   *dedupe.Attempt
	counts Counts
	kept   *rollup.Counts // for charts
}

func (t *attempt) run(ctx context.Context, parts cutter, after func() error) error {
	day := event.DayOf(t.intake.Arrived)
	since := event.DayOf(t.intake.Arrived.Add(-t.Options.Config.DedupeWindow))
	if err := t.remember(ctx, t.intake.Feed, since); err != nil {
		return err
	}
	t.writer = newWriter(t.Layout, *t.intake)
	if t.Config.DedupeWindow > 0 {
		t.seen = t.memory.Begin(dedupe.Day(day), dedupe.Day(since)) //nolint:gosec // days fit
	}
	blocks := enrich.Blocks{DocumentationIsReal: t.terms.DocumentationAddresses}
	matcher := t.Matcher()
	r := &run{
		intake: *t.intake, decoder: t.opened.Decoder, parts: parts, after: after, workers: max(t.Workers, 1),
		secret: t.streamSecret(t.intake.Feed, t.intake.Report, t.header), seen: t.seen, out: t.writer, report: t.src.Progress,
		hangUp: t.hangUp, newAttr: func() *attributor { return &attributor{matcher: matcher, table: t.Table, blocks: blocks} },
	}
	var err error
	t.counts, err = r.do(ctx)
	t.kept = &r.counts
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = errors.Join(err, cause)
	}
	return err
}

// publish makes the attempt's files durable and then visible, in one transaction.
func (t *attempt) publish(ctx context.Context, from State) (Accounts, error) {
	in := t.intake
	if err := t.writer.close(); err != nil {
		return Accounts{}, acceptedNotVisible(*in, err)
	}
	in.State, in.Done, in.Error = Done, t.Clock.Now(), ""
	if t.writer.aside != nil {
		in.Aside = t.writer.aside.name
	} else {
		in.Aside = ""
	}
	if latest := latestOf(t.writer.segments); latest.After(in.Latest) {
		in.Latest = latest
	}
	delta := t.counts
	t.total(&in.Counts)
	err := t.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := lease.Check(tx, t.token); err != nil {
			return err
		}
		if err := event.Publish(tx, t.writer.segments, t.writer.folds); err != nil {
			return err
		}
		if err := rollup.Add(tx, event.DayOf(in.Arrived), in.Feed, t.kept); err != nil {
			return err
		}
		if err := settle(tx, *in, from); err != nil {
			return err
		}
		if err := t.noteColumns(tx); err != nil {
			return err
		}
		if err := outbox.Post(tx, t.Clock.Now(), "intake.done", in.ID); err != nil {
			return err
		}
		return t.actor.Audit(tx, t.Clock.Now(), t.op, in.ID, map[string]any{"state": from}, map[string]any{"state": Done, "counts": in.Counts})
	})
	if err != nil && !t.visible(ctx) {
		return Accounts{}, acceptedNotVisible(*in, err)
	}
	t.publishedUpTo(in.Feed, t.writer.segments)
	if t.seen != nil {
		t.seen.Commit()
	}
	t.figures.arrived(*in)
	kept := t.writer.inKept
	t.writer, t.seen = nil, nil
	return Accounts{Counts: delta, Intake: in.ID, Name: in.Name, Report: in.Report, Notes: in.Notes, Bytes: in.Bytes, Kept: kept}, nil
}

// visible finds out whether a publication that ended in an error was committed after all: the answer to a commit can get lost. Where the
// database cannot say, the files stay: they may be visible, and if not they are swept later.
func (t *attempt) visible(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseTime)
	defer cancel()
	var state string
	var attempt int64
	err := t.DB.Write(ctx, func(tx *sqldb.Tx) error { // writing the row waits for a transaction that is still on its way
		return tx.QueryRow(`UPDATE intake SET attempt = attempt WHERE id = $1 RETURNING state, attempt`, t.intake.ID).Scan(&state, &attempt)
	})
	if err != nil {
		t.writer = nil
		return false
	}
	return State(state) == Done && attempt == t.intake.Attempt
}

// total gives the intake's counts after the attempt: a replay takes its rows from those set aside.
func (t *attempt) total(c *Counts) {
	if !t.only {
		*c = t.counts
		return
	}
	c.Events += t.counts.Events
	c.Attributed += t.counts.Attributed
	c.Unattributed += t.counts.Unattributed
	c.Duplicates += t.counts.Duplicates
	c.SetAside = t.counts.SetAside
}

// drop forgets an attempt that was not published: its files and its keys.
func (t *attempt) drop() {
	if t.writer != nil {
		t.writer.discard()
		t.writer = nil
	}
	if t.seen != nil {
		t.seen.Drop()
		t.seen = nil
	}
}
