package release

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Stage is a label from a moment on.
type Stage struct {
	At    time.Time
	Label tlp.Label
	Told  time.Time // when who holds a copy was told; zero before
}

// Schedule is what the source of an item agreed about its label in time.
type Schedule struct {
	Kind, ID string
	Base     tlp.Label // the label of the item that it was agreed for; one made stricter since stays stricter
	Stages   []Stage   // by time; each label wider than the one before
	Embargo  time.Time // before which nothing leaves; zero for none
	Review   time.Time // when the team looks at it again; zero for never
	Source   string    // whose word it is, as Item.Source
	Word     string    // who of them said so, how and when; one plain line
	By       string    // the actor's id
	Agreed   time.Time
	Version  int64
}

// MaxStages is how many steps a label takes at most.
const MaxStages = 10

// at gives the label in force, and the end of the embargo.
func (s Schedule) at(label tlp.Label, embargo, now time.Time) (tlp.Label, time.Time) {
	if s.Embargo.After(embargo) {
		embargo = s.Embargo
	}
	if label > s.Base {
		return label, embargo
	}
	for _, g := range s.Stages {
		if !now.Before(g.At) {
			label = min(label, g.Label)
		}
	}
	return label, embargo
}

// Relaxation is the word of a source that its label may step down.
type Relaxation struct {
	Item    Item // as ItemOf gives it
	Stages  []Stage
	Embargo time.Time
	Review  time.Time
	// Word says who of the source agreed, how and when. It may be left out only for what we ourselves labelled.
	Word    string
	Version int64 // of the schedule that was looked at; 0 for none
}

// Relax records what the source of an item agreed: labels that step down, an embargo, a review. It replaces what stood before; a step that has come cannot
// be taken back by it. Errors: Invalid if the source's word is missing, or the steps are none; Conflict if the schedule was changed meanwhile.
func (s *Service) Relax(ctx context.Context, actor identity.Actor, r Relaxation) (out Schedule, err error) {
	if err := actor.Authorise(OpSchedule, r.Item.ID); err != nil {
		return out, err
	}
	if actor.Kind == identity.SystemKind {
		return out, problem.New(problem.Forbidden, "a label is relaxed by its source's word, which a person records, and %s is no person", actor)
	}
	if !r.Item.lasting() {
		return out, problem.New(problem.Invalid, "a %s has no label of its own: relax the label of what it is about", r.Item.Kind)
	}
	now := s.o.Clock.Now().UTC().Truncate(time.Millisecond)
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		about := r.Item.about()
		before, err := scheduleOf(tx, about.kind, about.id)
		if err != nil {
			return err
		}
		if before.Version != r.Version {
			return problem.New(problem.Conflict, "the schedule was changed by somebody else meanwhile: look at it again")
		}
		if out, err = r.schedule(before, now); err != nil {
			return err
		}
		out.By = actor.ID
		if err := keepSchedule(tx, out); err != nil {
			return err
		}
		return actor.AuditReason(tx, now, OpSchedule, out.ID, out.Word, before.audited(), out.audited())
	})
	return out, err
}

// schedule checks what was said.
func (r Relaxation) schedule(before Schedule, now time.Time) (out Schedule, err error) {
	about := r.Item.about()
	out = Schedule{
		Kind: about.kind, ID: about.id, Base: r.base(before, now), Embargo: milli(r.Embargo), Review: milli(r.Review), Source: r.Item.Source, Agreed: now,
		Version: before.Version + 1,
	}
	if out.Word, err = r.word(); err != nil {
		return out, err
	}
	if !out.Embargo.IsZero() && !out.Embargo.After(now) && !out.Embargo.Equal(before.Embargo) {
		return out, problem.New(problem.Invalid, "an embargo until %s holds nothing back any more: give a time to come, or none to lift it", out.Embargo.Format(time.RFC3339))
	}
	if !out.Review.IsZero() && !out.Review.After(now) {
		return out, problem.New(problem.Invalid, "the review is due at a time to come")
	}
	out.Stages, err = r.stages(before, now)
	return out, err
}

// base is the label from which the steps go down: the item's own. What stands in collections follows its schedule, and then carries the label of a step: of it
// the base stays what it was.
func (r Relaxation) base(before Schedule, now time.Time) tlp.Label {
	if label, _ := before.at(before.Base, time.Time{}, now); before.Version > 0 && label == r.Item.Terms.Label {
		return before.Base
	}
	return r.Item.Terms.Label
}

func (r Relaxation) word() (string, error) {
	if r.Item.Source == "" && r.Item.Terms.Feed == "" && r.Word == "" {
		return "we ourselves set the label", nil
	}
	word, err := cleanReason(r.Word)
	if err != nil && r.Word == "" {
		err = problem.New(problem.Invalid, "only the source may relax its label: say who of them agreed, how and when, or ask them first")
	}
	return word, err
}

// stages checks the steps, and keeps that holders were told of one that stood before.
func (r Relaxation) stages(before Schedule, now time.Time) (out []Stage, err error) {
	if len(r.Stages) > MaxStages {
		return nil, problem.New(problem.Invalid, "a label takes %d steps at most", MaxStages)
	}
	label, at := r.base(before, now), time.Time{}
	for _, g := range r.Stages {
		g = Stage{At: milli(g.At), Label: g.Label}
		if g.At.IsZero() || g.At.Before(now) && !before.has(g) {
			g.At = now
		}
		if g.Label >= label || !g.At.After(at) {
			return nil, problem.New(problem.Invalid, "each step comes after the one before and has a wider label: %s at %s does not", g.Label, g.At.Format(time.RFC3339))
		}
		g.Told = before.told(g)
		label, at, out = g.Label, g.At, append(out, g)
	}
	return out, nil
}

func (s Schedule) has(g Stage) bool {
	for _, b := range s.Stages {
		if b.At.Equal(g.At) && b.Label == g.Label {
			return true
		}
	}
	return false
}

func (s Schedule) told(g Stage) time.Time {
	for _, b := range s.Stages {
		if b.At.Equal(g.At) && b.Label == g.Label {
			return b.Told
		}
	}
	return time.Time{}
}

// audited is what the record says of a schedule.
func (s Schedule) audited() any {
	if s.Version == 0 {
		return nil
	}
	return map[string]any{"kind": s.Kind, "base": s.Base, "stages": s.Stages, "embargo": s.Embargo, "review": s.Review, "source": s.Source}
}

func milli(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC().Truncate(time.Millisecond)
}

// ScheduleOf gives what was agreed about an item; the zero Schedule, of version 0, if nothing was.
func (s *Service) ScheduleOf(ctx context.Context, actor identity.Actor, item Item) (out Schedule, err error) {
	if err := actor.Authorise(OpRead, item.ID); err != nil {
		return out, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		about := item.about()
		out, err = scheduleOf(tx, about.kind, about.id)
		return err
	})
	return out, err
}

// EmbargoOf gives until when an embargo was recorded about an item, zero for none. It is a step of somebody's operation; of the item itself release knows it.
func EmbargoOf(tx *sqldb.Tx, item Item) (time.Time, error) {
	about := item.about()
	s, err := scheduleOf(tx, about.kind, about.id)
	return s.Embargo, err
}

// Effective gives the label of an item that is in force now, and the end of its embargo, zero for none.
func (s *Service) Effective(ctx context.Context, actor identity.Actor, item Item) (tlp.Label, time.Time, error) {
	schedule, err := s.ScheduleOf(ctx, actor, item)
	now := s.o.Clock.Now()
	item = item.under(now)
	label, embargo := schedule.at(item.Terms.Label, item.Embargo, now)
	if !now.Before(embargo) {
		embargo = time.Time{}
	}
	return label, embargo, err
}
