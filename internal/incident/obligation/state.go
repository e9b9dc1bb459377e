package obligation

import (
	"context"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// skew is how far ahead of ours somebody's clock may be.
const skew = 2 * time.Minute

// State records when something happened from which times are counted: for the whole incident, or for one obligation. A zero time takes back what was
// said. Due times are calculated anew, and what was said before stays on record. Errors: NotFound; Invalid; Conflict if something was submitted before
// the new moment, or would hang on nothing.
func (s *Service) State(ctx context.Context, actor identity.Actor, name string, a Statement, why string) error {
	if err := actor.Authorise(OpAnchor, name); err != nil {
		return err
	}
	why, err := short("how you know", why, true)
	if err != nil {
		return err
	}
	if !slices.Contains(Stated(), a.Anchor) {
		return problem.New(problem.Invalid, "%q is nothing that one states: %v are", a.Anchor, Stated())
	}
	return s.o.Incidents.Work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		if a.At.After(in.Now.Add(skew)) && a.Anchor != Wanted {
			return problem.New(problem.Invalid, "%s lies ahead: say when it happened", stamp(a.At))
		}
		return s.state(tx, actor, in, a, why)
	})
}

func (s *Service) state(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, a Statement, why string) error {
	before, err := s.obligations(tx, in)
	if err != nil {
		return err
	}
	if a.Obligation != "" && !slices.ContainsFunc(before, func(o Obligation) bool { return o.ID == a.Obligation }) {
		return gone("obligation", a.Obligation)
	}
	said, err := write(tx, actor, in, a)
	if err == nil {
		err = s.tellIncident(tx, in, a)
	}
	if err != nil {
		return err
	}
	if err := s.count(tx, in, before); err != nil {
		return err
	}
	if err := record(tx, actor, in, Record{Obligation: a.Obligation, What: "anchor", Object: string(a.Anchor), Before: stamp(said), After: stamp(a.At), Reason: why}); err != nil {
		return err
	}
	args := map[string]string{"anchor": string(a.Anchor), "time": stamp(a.At)}
	if err := s.o.Incidents.Tell(tx, actor, in, incident.Entry{Code: "clock.anchor", Args: args, Link: link(in)}); err != nil {
		return err
	}
	return actor.Audit(tx, in.Now, OpAnchor, in.ID, map[string]any{"at": stamp(said)}, map[string]any{"anchor": a.Anchor, "obligation": a.Obligation, "at": stamp(a.At)})
}

// moved refuses an edit of an incident that moves a moment against what was submitted, as State does, and counts anew.
func (s *Service) moved(tx *sqldb.Tx, before, after *incident.Inside) error {
	list, err := s.obligations(tx, before)
	if err != nil {
		return err
	}
	return s.count(tx, after, list)
}

// count writes the clocks of an incident whose moments changed. Errors: Conflict where one contradicts what was submitted.
func (s *Service) count(tx *sqldb.Tx, in *incident.Inside, before []Obligation) error {
	after, err := s.obligations(tx, in)
	if err != nil {
		return err
	}
	for i := range after {
		if err := consistent(&before[i], &after[i]); err != nil {
			return err
		}
		if err := s.renewOne(tx, in, &after[i]); err != nil {
			return err
		}
	}
	return nil
}

// write puts a statement in the place of those before it, and gives the time that was said last; zero for none.
func write(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, a Statement) (said time.Time, err error) {
	all, err := anchors(tx, in)
	if err != nil {
		return said, err
	}
	for _, old := range all {
		if old.Obligation == a.Obligation && old.Anchor == a.Anchor && said.IsZero() {
			said = old.At
		}
	}
	cond, args := in.Rows("incident", 3)
	_, err = tx.Exec(`DELETE FROM obligation_anchor WHERE obligation = $1 AND anchor = $2 AND `+cond, append([]any{a.Obligation, string(a.Anchor)}, args...)...)
	if err != nil || a.At.IsZero() {
		return said, err
	}
	_, err = tx.Exec(`INSERT INTO obligation_anchor (incident, obligation, anchor, at, actor, stated) VALUES ($1, $2, $3, $4, $5, $6)`,
		in.ID, a.Obligation, string(a.Anchor), a.At, actor.ID, in.Now)
	return said, err
}

// tellIncident lets the incident itself know when it is said that somebody became aware of it, or classified it: it says the same everywhere.
func (s *Service) tellIncident(tx *sqldb.Tx, in *incident.Inside, a Statement) error {
	aware, classified := in.Aware, in.Classified
	switch {
	case a.Obligation != "":
		return nil
	case a.Anchor == Aware:
		aware = a.At
	case a.Anchor == Classified:
		classified = a.At
	}
	return s.o.Incidents.Moments(tx, in, aware, classified)
}

// consistent refuses a moment that contradicts what was submitted.
func consistent(before, after *Obligation) error {
	for _, one := range after.Stages {
		if !after.Applies || !submitted(after, one.ID) {
			continue
		}
		if !one.FromAt.IsZero() && one.Submitted.Before(one.FromAt) {
			return problem.New(problem.Conflict, "%s of %s was submitted at %s, which is before %s: correct or withdraw that submission first, or state an earlier moment",
				one.Name, after.Law, stamp(one.Submitted), stamp(one.FromAt))
		}
		if one.State != Pending && one.FromAt.IsZero() && had(before, one.ID) {
			return problem.New(problem.Conflict, "%s of %s was submitted, and is counted from what you take back: withdraw that submission first", one.Name, after.Law)
		}
	}
	return nil
}

// submitted tells whether a stage has a submission that counts.
func submitted(o *Obligation, stage string) bool {
	return slices.ContainsFunc(o.Submissions, func(s Submission) bool { return s.Stage == stage && s.Withdrawn.IsZero() })
}

// had tells whether a stage had its anchor.
func had(o *Obligation, stage string) bool {
	return slices.ContainsFunc(o.Stages, func(s Stage) bool { return s.ID == stage && !s.FromAt.IsZero() })
}
