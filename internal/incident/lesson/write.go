package lesson

import (
	"context"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

func (d *Draft) check() error {
	d.Text, d.Grounds = clean(d.Text), clean(d.Grounds)
	sure := d.Kind == Hypothesis || d.Kind == Cause
	switch {
	case !slices.Contains(Kinds(), d.Kind):
		return problem.New(problem.Invalid, "%q is no kind of lesson: %v are", string(d.Kind), Kinds())
	case d.Text == "":
		return problem.New(problem.Invalid, "the text is empty: write what you think, found or learned")
	case len(d.Text)+len(d.Grounds) > MaxText:
		return problem.New(problem.Invalid, "the text has %d KiB, and may have %d: put the rest into a note or a file", (len(d.Text)+len(d.Grounds))>>10, MaxText>>10)
	case sure && d.State == None:
		d.State = Supposed
	case sure && !slices.Contains([]State{Supposed, Confirmed, Refuted}, d.State), !sure && d.State != None:
		return problem.New(problem.Invalid, "%q is no state of this: a hypothesis and a cause are supposed, confirmed or refuted", string(d.State))
	}
	if d.State == Refuted && d.Grounds == "" {
		return problem.New(problem.Invalid, "say what speaks against it: somebody will ask again")
	}
	return nil
}

func clean(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(strings.ToValidUTF8(s, "?"), "\x00", ""), "\r\n", "\n"))
}

// Add writes a lesson down. Errors: NotFound, Invalid; Conflict if the incident has too many.
func (s *Service) Add(ctx context.Context, actor identity.Actor, name string, d Draft) (l Lesson, err error) {
	if err := actor.Authorise(OpChange, name); err != nil {
		return l, err
	}
	if err := d.check(); err != nil {
		return l, err
	}
	err = s.o.Incidents.Work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		if err := room(tx, in, "lesson"); err != nil {
			return err
		}
		l = Lesson{
			ID: id.NewAt(in.Now), Incident: in.ID, Kind: d.Kind, State: d.State, Text: d.Text, Grounds: d.Grounds, By: actor.ID, Created: in.Now,
			Editor: actor.ID, Changed: in.Now, Version: 1,
		}
		if err := insertLesson(tx, in, &l); err != nil {
			return err
		}
		if err := s.tell(tx, actor, in, "lesson."+string(l.Kind), l.Text); err != nil {
			return err
		}
		return actor.Audit(tx, in.Now, OpChange, in.ID, nil, map[string]any{"lesson": l.ID, "kind": l.Kind, "state": l.State})
	})
	return l, err
}

// tell adds a line about a text to the timeline.
func (s *Service) tell(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, code, text string) error {
	return s.o.Incidents.Tell(tx, actor, in, incident.Entry{Code: code, Args: map[string]string{"what": brief(text)}, Link: "/incidents/" + in.ID + "/lessons"})
}

// brief is the first line of a text, cut.
func brief(text string) string {
	first, _, _ := strings.Cut(text, "\n")
	if r := []rune(first); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return first
}

// room refuses more of a kind than one incident may have.
func room(tx *sqldb.Tx, in *incident.Inside, table string) error {
	var n int
	err := tx.QueryRow(`SELECT count(*) FROM `+table+` WHERE incident = $1`, in.ID).Scan(&n)
	if err == nil && n >= MaxEach {
		return problem.New(problem.Conflict, "incident %s has %d of them already: put some together", in.Ref, n)
	}
	return err
}

// Edit changes a lesson. Errors: NotFound, Invalid; Conflict, with both texts in a Clash, if it was changed since version.
func (s *Service) Edit(ctx context.Context, actor identity.Actor, name, lesson string, version int64, d Draft) (l Lesson, err error) {
	if err := actor.Authorise(OpChange, name); err != nil {
		return l, err
	}
	err = s.o.Incidents.Work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		if l, err = lessonOf(tx, in, lesson); err != nil {
			return err
		}
		d.Kind = l.Kind
		if err := d.check(); err != nil {
			return err
		}
		if l.Version != version {
			return clash(d.Text, l.Text, l.Editor, &l)
		}
		before := l.State
		l.State, l.Text, l.Grounds, l.Editor, l.Changed, l.Version = d.State, d.Text, d.Grounds, actor.ID, in.Now, l.Version+1
		if err := updateLesson(tx, in, &l, 0); err != nil {
			return err
		}
		if before != l.State {
			if err := s.tell(tx, actor, in, "lesson."+string(l.Kind)+"."+string(l.State), l.Text); err != nil {
				return err
			}
		}
		return actor.Audit(tx, in.Now, OpChange, in.ID, map[string]any{"state": before}, map[string]any{"lesson": l.ID, "version": l.Version, "state": l.State})
	})
	return l, err
}

func clash(yours, theirs, by string, l *Lesson) error {
	return problem.New(problem.Conflict, "nothing was saved: %w", &incident.Clash{Field: "lesson", Yours: yours, Theirs: theirs, By: by, At: l.Changed, Version: l.Version})
}

// Remove takes a lesson out; it stays in the record. Errors: NotFound; Invalid without a reason; Conflict if it was changed since version.
func (s *Service) Remove(ctx context.Context, actor identity.Actor, name, lesson string, version int64, why string) error {
	if err := actor.Authorise(OpChange, name); err != nil {
		return err
	}
	if why = brief(clean(why)); why == "" {
		return problem.New(problem.Invalid, "say why it is taken out")
	}
	return s.o.Incidents.Work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		l, err := lessonOf(tx, in, lesson)
		if err != nil {
			return err
		}
		if l.Version != version {
			return changed()
		}
		l.Editor, l.Changed, l.Version = actor.ID, in.Now, l.Version+1
		if err := updateLesson(tx, in, &l, sqldb.Millis(in.Now)); err != nil {
			return err
		}
		return actor.AuditReason(tx, in.Now, OpChange, in.ID, why, map[string]any{"lesson": l.ID}, map[string]any{"removed": true})
	})
}

func changed() error {
	return problem.New(problem.Conflict, "somebody else changed it meanwhile: look at it again")
}
