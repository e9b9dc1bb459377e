package incident

import (
	"context"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// OpTimeline is to write into a timeline, and to change or take out what people wrote there.
const OpTimeline identity.Operation = "incident.timeline"

// MaxEntry bounds what is written into a timeline at once, in bytes; mostEarlier is how many wordings before an entry keeps.
const (
	MaxEntry    = 20 << 10
	mostEarlier = 50
)

// ahead is how far ahead of now something may be said to have happened: clocks differ.
const ahead = 24 * time.Hour

// EntryDraft is what somebody writes into a timeline.
type EntryDraft struct {
	At    time.Time // when it happened
	World bool      // it happened outside; else we did it
	Text  string    // in Markdown
}

func (d *EntryDraft) check(now time.Time) error {
	d.Text = strings.TrimSpace(text(d.Text))
	switch {
	case d.Text == "":
		return problem.New(problem.Invalid, "the entry is empty: write what happened")
	case len(d.Text) > MaxEntry:
		return problem.New(problem.Invalid, "the entry has %d KiB, and may have %d: put the rest into a note or a file", len(d.Text)>>10, MaxEntry>>10)
	case d.At.IsZero() || d.At.Year() < 1980:
		return problem.New(problem.Invalid, "say when it happened")
	case d.At.After(now.Add(ahead)):
		return problem.New(problem.Invalid, "a timeline says what happened: that time is still to come")
	}
	return nil
}

// AddEntry writes into an incident's timeline. Errors: NotFound, Invalid.
func (s *Service) AddEntry(ctx context.Context, actor identity.Actor, name string, d EntryDraft) (e Entry, err error) {
	if err := actor.Authorise(OpTimeline, name); err != nil {
		return e, err
	}
	if err := d.check(s.now()); err != nil {
		return e, err
	}
	err = s.Work(ctx, actor, name, func(tx *sqldb.Tx, in *Inside) error {
		e = Entry{ID: id.NewAt(in.Now), Incident: in.ID, At: d.At.UTC().Truncate(time.Millisecond), World: d.World, Text: d.Text, By: actor.ID, Version: 1}
		if err := insertEntry(tx, in, &e); err != nil {
			return err
		}
		return actor.Audit(tx, in.Now, OpTimeline, in.ID, nil, map[string]any{"entry": e.ID})
	})
	if err != nil {
		return Entry{}, err
	}
	return e, nil
}

// EditEntry changes what somebody wrote into a timeline; what stood there is kept. Errors: NotFound, Invalid; Conflict for what Firehall wrote, for
// what was taken out, and, with both texts in a Clash, if it was changed since version.
func (s *Service) EditEntry(ctx context.Context, actor identity.Actor, name, entry string, version int64, d EntryDraft) (e Entry, err error) {
	if err := actor.Authorise(OpTimeline, name); err != nil {
		return e, err
	}
	if err := d.check(s.now()); err != nil {
		return e, err
	}
	err = s.Work(ctx, actor, name, func(tx *sqldb.Tx, in *Inside) error {
		if e, err = entryOf(tx, in, entry); err != nil {
			return err
		}
		if e.Version != version {
			return conflict(&Clash{Field: "entry", Yours: d.Text, Theirs: e.Text, By: e.writer(), At: e.Changed, Version: e.Version})
		}
		e.reword(actor, in.Now, d)
		if err := updateEntry(tx, in, &e); err != nil {
			return err
		}
		return actor.Audit(tx, in.Now, OpTimeline, in.ID, nil, map[string]any{"entry": e.ID, "version": e.Version})
	})
	if err != nil {
		return Entry{}, err
	}
	return e, nil
}

// RemoveEntry takes out of a timeline what somebody wrote; it stays in the record, with the reason. Errors: NotFound; Invalid without a reason;
// Conflict as EditEntry.
func (s *Service) RemoveEntry(ctx context.Context, actor identity.Actor, name, entry string, version int64, why string) error {
	if err := actor.Authorise(OpTimeline, name); err != nil {
		return err
	}
	why, err := reason(why)
	if err != nil {
		return err
	}
	return s.Work(ctx, actor, name, func(tx *sqldb.Tx, in *Inside) error {
		e, err := entryOf(tx, in, entry)
		if err != nil {
			return err
		}
		if e.Version != version {
			return problem.New(problem.Conflict, "the entry was changed by somebody else meanwhile: look at it again")
		}
		e.Removed, e.Why, e.Editor, e.Changed, e.Version = in.Now, why, actor.ID, in.Now, e.Version+1
		if err := updateEntry(tx, in, &e); err != nil {
			return err
		}
		return actor.Audit(tx, in.Now, OpTimeline, in.ID, map[string]any{"entry": e.ID}, map[string]any{"removed": true})
	})
}

// entryOf reads an entry of an incident that people may change.
func entryOf(tx *sqldb.Tx, in *Inside, name string) (e Entry, err error) {
	cond, args := in.Rows("incident", 2)
	e, err = readEntry(in, tx.QueryRow(`SELECT `+entryColumns+` FROM incident_entry WHERE id = $1 AND `+cond, append([]any{name}, args...)...).Scan)
	switch {
	case sqldb.NoRows(err):
		return e, gone("entry", name)
	case err != nil:
		return e, err
	case e.Code != "":
		return e, problem.New(problem.Conflict, "Firehall wrote this entry: it says what was done, and stays as it is")
	case !e.Removed.IsZero():
		return e, problem.New(problem.Conflict, "the entry was taken out of the timeline")
	}
	return e, nil
}

// writer is who wrote what an entry says now.
func (e *Entry) writer() string {
	if e.Editor != "" {
		return e.Editor
	}
	return e.By
}

// reword puts another text in the place of what stands there.
func (e *Entry) reword(actor identity.Actor, now time.Time, d EntryDraft) {
	e.Earlier = append(e.Earlier, Wording{At: e.At, Text: e.Text, By: e.writer()})
	if n := len(e.Earlier); n > mostEarlier {
		e.Earlier = append(e.Earlier[:1], e.Earlier[n-mostEarlier+1:]...) // the first and the last say most
	}
	e.At, e.World, e.Text = d.At.UTC().Truncate(time.Millisecond), d.World, d.Text
	e.Editor, e.Changed, e.Version = actor.ID, now, e.Version+1
}

func updateEntry(tx *sqldb.Tx, in *Inside, e *Entry) error {
	sealed, err := e.seal(in)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE incident_entry SET at = $2, world = $3, version = $4, editor = $5, changed = $6, removed = $7, body = $8 WHERE id = $1`,
		e.ID, e.At, e.World, e.Version, e.Editor, e.Changed, e.Removed, sealed)
	return err
}
