package obligation

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

// Proof is that a stage was submitted.
type Proof struct {
	Obligation string    `json:"obligation"`
	Stage      string    `json:"stage"`
	At         time.Time `json:"at"`
	To         string    `json:"to,omitempty"`
	Reference  string    `json:"reference,omitempty"`
	Note       string    `json:"note,omitempty"`
	Item       string    `json:"item,omitempty"` // a file of the incident
}

func (p *Proof) check() (err error) {
	for _, f := range []struct {
		what string
		text *string
	}{{"whom it went to", &p.To}, {"the reference", &p.Reference}, {"the note", &p.Note}} {
		if *f.text, err = short(f.what, *f.text, false); err != nil {
			return err
		}
	}
	if p.To == "" && p.Reference == "" && p.Note == "" && p.Item == "" {
		return problem.New(problem.Invalid, "say what proves it: to whom it went, the reference that they gave, or a file")
	}
	return nil
}

// Submit records that a stage was submitted: by the constituent to us or to an authority, or by us. What hangs on it begins to run. Errors: NotFound;
// Invalid; Conflict if the stage cannot have been submitted then.
func (s *Service) Submit(ctx context.Context, actor identity.Actor, name string, p Proof) (out Submission, err error) {
	if err := actor.Authorise(OpSubmit, name); err != nil {
		return out, err
	}
	if err := p.check(); err != nil {
		return out, err
	}
	err = s.o.Incidents.Work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		if p.At.IsZero() || p.At.After(in.Now.Add(skew)) {
			return problem.New(problem.Invalid, "say when it was submitted: a time that has passed")
		}
		o, err := s.find(tx, in, p.Obligation)
		if err != nil {
			return err
		}
		if err := o.takes(&p); err != nil {
			return err
		}
		if err := owned(tx, in, p.Item); err != nil {
			return err
		}
		out, err = s.submit(tx, actor, in, &o, &p)
		return err
	})
	return out, err
}

// find gives an obligation of an incident, with its stages.
func (s *Service) find(tx *sqldb.Tx, in *incident.Inside, name string) (Obligation, error) {
	list, err := s.obligations(tx, in)
	if err != nil {
		return Obligation{}, err
	}
	for _, o := range list {
		if o.ID == name {
			return o, nil
		}
	}
	return Obligation{}, gone("obligation", name)
}

// takes refuses what cannot have been submitted.
func (o *Obligation) takes(p *Proof) error {
	if !o.Applies {
		return problem.New(problem.Conflict, "it was decided that %s does not apply: change that decision first", o.Law)
	}
	i := slices.IndexFunc(o.Stages, func(s Stage) bool { return s.ID == p.Stage })
	if i < 0 {
		return problem.New(problem.Invalid, "%s has no stage %q here", o.Law, p.Stage)
	}
	one := o.Stages[i]
	switch before := one.From.Stage(); {
	case one.FromAt.IsZero() && before != "":
		return problem.New(problem.Conflict, "%s hangs on the submission of %s: record that first", one.Name, before)
	case one.FromAt.IsZero() && one.From != Wanted:
		return problem.New(problem.Conflict, "%s is counted from a moment that nobody stated yet (%s): state it first", one.Name, one.From)
	case p.At.Before(one.FromAt) && one.From != Wanted:
		return problem.New(problem.Conflict, "%s cannot have been submitted at %s: what it is counted from happened at %s", one.Name, stamp(p.At), stamp(one.FromAt))
	}
	return nil
}

// owned refuses a file that does not hang on the incident.
func owned(tx *sqldb.Tx, in *incident.Inside, item string) error {
	if item == "" {
		return nil
	}
	var n int
	cond, args := in.Rows("parent", 2)
	err := tx.QueryRow(`SELECT count(*) FROM evidence_item WHERE id = $1 AND `+cond, append([]any{item}, args...)...).Scan(&n)
	if err == nil && n == 0 {
		return gone("file", item)
	}
	return err
}

func (s *Service) submit(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, o *Obligation, p *Proof) (out Submission, err error) {
	out = Submission{
		ID: id.NewAt(in.Now), Obligation: o.ID, Stage: p.Stage, At: p.At.UTC(), To: p.To, Reference: p.Reference, Note: p.Note, Item: p.Item, By: actor.ID, Recorded: in.Now,
		incident: in.ID,
	}
	if err := saveSubmission(tx, in, &out); err != nil {
		return out, err
	}
	if _, err := s.one(tx, in, o.ID); err != nil {
		return out, err
	}
	if err := record(tx, actor, in, Record{Obligation: o.ID, What: "submitted", Object: p.Stage, After: stamp(p.At), Reason: p.To}); err != nil {
		return out, err
	}
	args := map[string]string{"law": o.Law, "stage": p.Stage, "time": stamp(p.At)}
	if err := s.o.Incidents.Tell(tx, actor, in, incident.Entry{Code: "clock.submitted", Args: args, Link: link(in)}); err != nil {
		return out, err
	}
	return out, actor.Audit(tx, in.Now, OpSubmit, in.ID, nil, map[string]any{"obligation": o.ID, "stage": p.Stage, "submission": out.ID, "at": stamp(p.At), "item": p.Item})
}

// Withdraw takes back the record of a submission that was none: it stays, marked and with the reason. Errors: NotFound; Invalid; Conflict if it is
// withdrawn already, or if a later submission hangs on it.
func (s *Service) Withdraw(ctx context.Context, actor identity.Actor, name, submission, why string) error {
	if err := actor.Authorise(OpSubmit, name); err != nil {
		return err
	}
	why, err := short("why it is withdrawn", why, true)
	if err != nil {
		return err
	}
	return s.o.Incidents.Work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		list, err := submissions(tx, in)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(one Submission) bool { return one.ID == submission })
		if i < 0 {
			return gone("submission", submission)
		}
		if !list[i].Withdrawn.IsZero() {
			return problem.New(problem.Conflict, "it is withdrawn already: %s", list[i].Why)
		}
		return s.withdraw(tx, actor, in, &list[i], why)
	})
}

func (s *Service) withdraw(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, sub *Submission, why string) error {
	before, err := s.find(tx, in, sub.Obligation)
	if err != nil {
		return err
	}
	sub.Withdrawn, sub.Why = in.Now, why
	if err := saveSubmission(tx, in, sub); err != nil {
		return err
	}
	after, err := s.one(tx, in, sub.Obligation)
	if err != nil {
		return err
	}
	for _, one := range after.Stages {
		if one.FromAt.IsZero() && submitted(&after, one.ID) && had(&before, one.ID) {
			return problem.New(problem.Conflict, "%s was submitted too, and hangs on it: withdraw that first", one.Name)
		}
	}
	if err := consistent(&before, &after); err != nil {
		return err
	}
	if err := record(tx, actor, in, Record{Obligation: sub.Obligation, What: "withdrawn", Object: sub.Stage, Before: stamp(sub.At), Reason: why}); err != nil {
		return err
	}
	args := map[string]string{"law": after.Law, "stage": sub.Stage}
	if err := s.o.Incidents.Tell(tx, actor, in, incident.Entry{Code: "clock.withdrawn", Args: args, Link: link(in)}); err != nil {
		return err
	}
	return actor.Audit(tx, in.Now, OpSubmit, in.ID, map[string]any{"submission": sub.ID, "at": stamp(sub.At)}, map[string]any{"withdrawn": true})
}
