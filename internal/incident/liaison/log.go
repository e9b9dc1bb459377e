package liaison

import (
	"context"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

func (d *EntryDraft) check(now time.Time) error {
	d.Who, d.Organisation, d.Approver, d.Asked, d.Said.Said = line(d.Who), line(d.Organisation), line(d.Approver), clean(d.Asked), clean(d.Said.Said)
	switch {
	case !slices.Contains(Tracks(), d.Track):
		return problem.New(problem.Invalid, "%q is no log: liaison and media are", string(d.Track))
	case d.Who == "" && d.Organisation == "":
		return problem.New(problem.Invalid, "say who asked: a person, or an organisation")
	case d.Asked == "" && d.Said.Said == "":
		return problem.New(problem.Invalid, "say what was asked, or what was said")
	case max(len(d.Who), len(d.Organisation), len(d.Approver)) > MaxName:
		return problem.New(problem.Invalid, "names have %d bytes at most", MaxName)
	case len(d.Asked)+len(d.Said.Said) > MaxText:
		return problem.New(problem.Invalid, "the text has %d KiB, and may have %d: attach the rest as a file", (len(d.Asked)+len(d.Said.Said))>>10, MaxText>>10)
	case d.Track == Media && d.Said.Said != "" && d.Approver == "":
		return problem.New(problem.Invalid, "say who approved what the press was told")
	case d.At.IsZero() || d.At.Year() < 1980 || d.At.After(now.Add(24*time.Hour)):
		return problem.New(problem.Invalid, "say when it was: a time that is past")
	}
	d.At = d.At.UTC().Truncate(time.Millisecond)
	return nil
}

// Log writes an entry. Errors: NotFound, Invalid; Conflict if there are too many.
func (s *Service) Log(ctx context.Context, actor identity.Actor, name string, d EntryDraft) (e Entry, err error) {
	if err := actor.Authorise(OpLog, name); err != nil {
		return e, err
	}
	err = s.incidents.Work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		if err := d.check(in.Now); err != nil {
			return err
		}
		if err := room(tx, in, "liaison_entry"); err != nil {
			return err
		}
		e = Entry{
			ID: id.NewAt(in.Now), Incident: in.ID, Track: d.Track, At: d.At, Said: d.Said, Approver: d.Approver, By: actor.ID,
			Editor: actor.ID, Changed: in.Now, Version: 1,
		}
		if err := insertEntry(tx, in, &e); err != nil {
			return err
		}
		err := s.incidents.Tell(tx, actor, in, incident.Entry{
			At: e.At, Code: string(e.Track) + ".logged", Args: map[string]string{"who": either(e.Who, e.Organisation)}, Link: "/incidents/" + in.ID + "/liaison",
		})
		if err != nil {
			return err
		}
		return actor.Audit(tx, in.Now, OpLog, in.ID, nil, map[string]any{"entry": e.ID, "track": e.Track, "approver": e.Approver})
	})
	return e, err
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// EditEntry changes an entry. Errors: NotFound, Invalid; Conflict, with both texts in a Clash, if it was changed since version.
func (s *Service) EditEntry(ctx context.Context, actor identity.Actor, name, entry string, version int64, d EntryDraft) (e Entry, err error) {
	if err := actor.Authorise(OpLog, name); err != nil {
		return e, err
	}
	err = s.incidents.Work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		if e, err = entryOf(tx, in, entry); err != nil {
			return err
		}
		d.Track = e.Track
		if err := d.check(in.Now); err != nil {
			return err
		}
		if e.Version != version {
			return problem.New(problem.Conflict, "nothing was saved: %w",
				&incident.Clash{Field: "entry", Yours: d.text(), Theirs: e.text(), By: e.Editor, At: e.Changed, Version: e.Version})
		}
		e.At, e.Said, e.Approver, e.Editor, e.Changed, e.Version = d.At, d.Said, d.Approver, actor.ID, in.Now, e.Version+1
		if err := updateEntry(tx, in, &e, 0); err != nil {
			return err
		}
		return actor.Audit(tx, in.Now, OpLog, in.ID, nil, map[string]any{"entry": e.ID, "version": e.Version, "approver": e.Approver})
	})
	return e, err
}

// text is all that was asked and said.
func (s Said) text() string {
	return line(s.Who+" "+s.Organisation) + "\n\n" + s.Asked + "\n\n" + s.Said
}

// RemoveEntry takes an entry out; it stays in the record. Errors: NotFound; Invalid without a reason; Conflict if it was changed since version.
func (s *Service) RemoveEntry(ctx context.Context, actor identity.Actor, name, entry string, version int64, why string) error {
	if err := actor.Authorise(OpLog, name); err != nil {
		return err
	}
	if why = line(why); why == "" || len(why) > MaxName {
		return problem.New(problem.Invalid, "say why it is taken out, in %d bytes", MaxName)
	}
	return s.incidents.Work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		e, err := entryOf(tx, in, entry)
		if err != nil {
			return err
		}
		if e.Version != version {
			return problem.New(problem.Conflict, "somebody else changed the entry meanwhile: look at it again")
		}
		e.Editor, e.Changed, e.Version = actor.ID, in.Now, e.Version+1
		if err := updateEntry(tx, in, &e, sqldb.Millis(in.Now)); err != nil {
			return err
		}
		return actor.AuditReason(tx, in.Now, OpLog, in.ID, why, map[string]any{"entry": e.ID}, map[string]any{"removed": true})
	})
}

// Book gives all of one incident. Errors: NotFound.
func (s *Service) Book(ctx context.Context, actor identity.Actor, name string) (b Book, err error) {
	err = s.incidents.Look(ctx, actor, OpRead, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		b = Book{Incident: *in}
		if b.Handovers, err = handoversOf(tx, in); err != nil {
			return err
		}
		if b.Entries, err = entriesOf(tx, in); err != nil {
			return err
		}
		files, err := s.incidents.FilesIn(tx, in)
		for _, f := range files {
			b.Files = append(b.Files, Item(f))
		}
		return err
	})
	if err != nil {
		return Book{}, err
	}
	return b, nil
}
