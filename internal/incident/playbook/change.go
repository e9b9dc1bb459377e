package playbook

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Limits of what people write, in bytes.
const (
	MaxNote   = 50 << 10
	MaxReason = 1000
)

// clean takes away what is no text; a title is one line.
func clean(s string, line bool) string {
	s = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			if line {
				return ' '
			}
			return r
		}
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(strings.ReplaceAll(s, "\r\n", "\n"), ""))
	return strings.TrimSpace(s)
}

func (b *body) check(free bool) error {
	b.Title, b.Note, b.Reason = clean(b.Title, true), clean(b.Note, false), clean(b.Reason, true)
	switch {
	case free && b.Title == "":
		return problem.New(problem.Invalid, "the task needs a title: what is to be done")
	case len(b.Title) > maxTitle:
		return problem.New(problem.Invalid, "the title has %d bytes, and may have %d: put the rest into the note", len(b.Title), maxTitle)
	case len(b.Note) > MaxNote:
		return problem.New(problem.Invalid, "the note has %d KiB, and may have %d: attach the rest as evidence", len(b.Note)>>10, MaxNote>>10)
	case len(b.Reason) > MaxReason:
		return problem.New(problem.Invalid, "the reason has %d bytes, and may have %d", len(b.Reason), MaxReason)
	}
	return nil
}

// put seals what of a task is sealed, by the incident that it hangs on now, and writes it over the version that was read.
func (s *Service) put(tx *sqldb.Tx, in *incident.Inside, t *record, b body) (err error) {
	if err = b.check(t.run == ""); err != nil {
		return err
	}
	if t.sealed, err = seal(in, t, b); err != nil {
		return err
	}
	return save(tx, t)
}

// seal seals a task's body with the key of the incident that it was made for.
func seal(in *incident.Inside, t *record, b body) ([]byte, error) {
	if b == (body{}) {
		return nil, nil
	}
	return in.PutFor(t.incident, field(t.id), b)
}

// Add adds a task that no playbook has. Errors: NotFound, Invalid, Conflict if the incident has ended.
func (s *Service) Add(ctx context.Context, actor identity.Actor, name string, d Draft) (out Task, err error) {
	if err := actor.Authorise(OpChange, name); err != nil {
		return out, err
	}
	b := body{Title: d.Title, Note: d.Note}
	if err := b.check(true); err != nil {
		return out, err
	}
	err = s.o.Incidents.Work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		if err := goingOn(in); err != nil {
			return err
		}
		rank, err := lastRank(tx, in)
		if err != nil {
			return err
		}
		t := record{
			id: id.NewAt(in.Now), incident: in.ID, rank: rank + rankStep, state: Open, assignee: clean(d.Assignee, true), due: d.Due, created: in.Now, changed: in.Now,
			actor: actor.ID, version: 1,
		}
		if t.sealed, err = seal(in, &t, b); err != nil {
			return err
		}
		if err := insert(tx, &t); err != nil {
			return err
		}
		if err := enough(tx, in); err != nil {
			return err
		}
		if out, err = s.task(tx, in, &t, nil); err != nil {
			return err
		}
		return actor.Audit(tx, in.Now, OpChange, in.ID, nil, t.fields())
	})
	return out, err
}

// fields are what of a task is put on record.
func (r *record) fields() map[string]any {
	out := map[string]any{"task": r.id, "state": r.state}
	if r.assignee != "" {
		out["assignee"] = r.assignee
	}
	if !r.due.IsZero() {
		out["due"] = r.due
	}
	if r.answer != "" {
		out["answer"] = r.answer
	}
	return out
}

// work does something with a task within the actor's sight; version 0 is whatever it is.
func (s *Service) work(ctx context.Context, actor identity.Actor, name string, version int64, do func(tx *sqldb.Tx, in *incident.Inside, t *record) error) (out Task, err error) {
	if err := actor.Authorise(OpChange, name); err != nil {
		return out, err
	}
	of, err := s.incidentOf(ctx, name)
	if err != nil {
		return out, err
	}
	err = s.o.Incidents.Work(ctx, actor, of, func(tx *sqldb.Tx, in *incident.Inside) error {
		t, err := one(tx, in, name)
		if err != nil {
			return err
		}
		if version != 0 && version != t.version {
			return changedMeanwhile()
		}
		before := t.fields()
		t.changed, t.actor = in.Now, actor.ID
		if err := do(tx, in, &t); err != nil {
			return err
		}
		if out, err = s.task(tx, in, &t, nil); err != nil {
			return err
		}
		return actor.Audit(tx, in.Now, OpChange, in.ID, before, t.fields())
	})
	if problem.Is(err, problem.NotFound) {
		err = goneTask(name) // as for one out of sight
	}
	if err != nil {
		return Task{}, err
	}
	return out, nil
}

func goneTask(name string) error {
	return problem.New(problem.NotFound, "there is no task %q", clip(name))
}

// incidentOf tells of which incident a task is; whether the actor may know is asked after, of that incident.
func (s *Service) incidentOf(ctx context.Context, name string) (of string, err error) {
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(`SELECT incident FROM incident_task WHERE id = $1`, name).Scan(&of)
	})
	if sqldb.NoRows(err) {
		return "", goneTask(name)
	}
	return of, err
}

// one reads a task of the incident.
func one(tx *sqldb.Tx, in *incident.Inside, name string) (record, error) {
	list, err := records(tx, "t.id = $1", name)
	if err == nil && (len(list) == 0 || !slices.Contains(in.IDs, list[0].incident)) {
		err = goneTask(name)
	}
	if err != nil {
		return record{}, err
	}
	return list[0], nil
}

// Edit changes a task's title, note, assignee or due time. version is the one that was seen. Errors: NotFound, Invalid, Conflict if somebody was faster.
func (s *Service) Edit(ctx context.Context, actor identity.Actor, name string, version int64, r Revision) (Task, error) {
	return s.work(ctx, actor, name, version, func(tx *sqldb.Tx, in *incident.Inside, t *record) error {
		var b body
		if err := in.Get(t.incident, field(t.id), t.sealed, &b); err != nil {
			return err
		}
		if r.Title != nil && t.run != "" {
			return problem.New(problem.Invalid, "the title of a playbook's step cannot be changed: write a note, or a task of your own")
		}
		set(&b.Title, r.Title)
		set(&b.Note, r.Note)
		set(&t.assignee, r.Assignee)
		set(&t.due, r.Due)
		return s.put(tx, in, t, b)
	})
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// Shift moves a task one place up or down among those of its incident. At the end it stays.
func (s *Service) Shift(ctx context.Context, actor identity.Actor, name string, up bool) (Task, error) {
	return s.work(ctx, actor, name, 0, func(tx *sqldb.Tx, in *incident.Inside, t *record) error {
		cond, args := in.Rows("t.incident", 1)
		list, err := records(tx, cond+" ORDER BY t.rank, t.id", args...)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(list, func(o record) bool { return o.id == t.id })
		to := at + 1
		if up {
			to = at - 1
		}
		if to < 0 || to >= len(list) {
			return nil
		}
		other := &list[to]
		t.rank, other.rank = other.rank, t.rank
		if t.rank == other.rank { // of two incidents that were merged
			other.rank++
		}
		if err := save(tx, other); err != nil {
			return err
		}
		return save(tx, t)
	})
}

// overdue tells whether a task should have ended.
func (r *record) overdue(now time.Time) bool {
	return slices.Contains(undone, r.state) && !r.due.IsZero() && !r.due.After(now)
}
