package playbook

import (
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Part is what hangs on incidents: tasks that are undone are listed before one ends, and with its end they are not needed.
func (s *Service) Part() incident.Part {
	return incident.Part{Name: Name, Open: s.openOf, Close: s.closeAll, Carry: s.carry, Carriable: s.carriable, Home: home}
}

// home is the incident that a task was made for.
func home(tx *sqldb.Tx, in *incident.Inside, name string) (string, error) {
	t, err := one(tx, in, name)
	return t.incident, err
}

// carry takes tasks over to another incident. A playbook's keeps its step, and so what it says; it waits only for steps that hang on the same incident. A
// question stays, since steps hang on its answer.
func (s *Service) carry(tx *sqldb.Tx, actor identity.Actor, from, to *incident.Inside, ids []string) error {
	for _, name := range ids {
		t, err := one(tx, from, name)
		if err != nil {
			return err
		}
		if err := s.carryOne(tx, from, to, &t); err != nil {
			return err
		}
	}
	if err := enough(tx, to); err != nil {
		return err
	}
	return actor.Audit(tx, to.Now, OpChange, to.ID, map[string]any{"incident": from.ID}, map[string]any{"incident": to.ID, "tasks": ids})
}

func (s *Service) carryOne(tx *sqldb.Tx, from, to *incident.Inside, t *record) error {
	step, _, err := s.stepOf(tx, t)
	if err != nil {
		return err
	}
	if step.Ask {
		return problem.New(problem.Invalid, "a question of a playbook stays with its incident, since other steps hang on the answer: start the playbook on the other too")
	}
	var b body
	if err := from.Get(t.incident, field(t.id), t.sealed, &b); err != nil {
		return err
	}
	if t.run != "" && step.Title != (Words{}) {
		b.Step = step.Title
	}
	if t.sealed, err = to.Put(field(t.id), b); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE incident_task SET incident = $2 WHERE id = $1`, t.id, to.ID); err != nil {
		return err
	}
	t.incident = to.ID
	return save(tx, t)
}

// carriable lists the tasks that can be taken over, done ones too.
func (s *Service) carriable(tx *sqldb.Tx, in *incident.Inside) (list []incident.Hanging, err error) {
	cond, args := in.Rows("t.incident", 1)
	tasks, err := records(tx, cond+" ORDER BY t.rank, t.id", args...)
	if err != nil {
		return nil, err
	}
	return s.hanging(tx, in, tasks, func(t *Task) bool { return !t.Ask })
}

// hanging lists tasks as what hangs on an incident.
func (s *Service) hanging(tx *sqldb.Tx, in *incident.Inside, tasks []record, counts func(*Task) bool) (list []incident.Hanging, err error) {
	for i := range tasks {
		t, err := s.task(tx, in, &tasks[i], nil)
		if err != nil {
			return nil, err
		}
		if counts(&t) {
			list = append(list, incident.Hanging{Kind: Name, ID: t.ID, Ref: t.ID, Title: t.Title.In("en"), French: t.Title.french(), Link: "/incidents/" + in.ID + "/tasks"})
		}
	}
	return list, nil
}

func undoneOf(tx *sqldb.Tx, in *incident.Inside) ([]record, error) {
	cond, args := in.Rows("t.incident", 1)
	return records(tx, cond+" AND t.state IN ('open', 'doing') ORDER BY t.rank, t.id", args...)
}

func (s *Service) openOf(tx *sqldb.Tx, in *incident.Inside) ([]incident.Hanging, error) {
	tasks, err := undoneOf(tx, in)
	if err != nil {
		return nil, err
	}
	return s.hanging(tx, in, tasks, func(*Task) bool { return true })
}

// closeAll ends what is undone: nothing of it acts in the world, so nobody need be asked. Each keeps why, and can be taken up again.
func (s *Service) closeAll(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, why string, _ bool) error {
	tasks, err := undoneOf(tx, in)
	if err != nil || len(tasks) == 0 {
		return err
	}
	ids := make([]string, len(tasks))
	for i := range tasks {
		t := &tasks[i]
		t.state, t.why, t.ended, t.changed, t.actor = NotNeeded, WhyClosed, in.Now, in.Now, actor.ID
		if err := save(tx, t); err != nil {
			return err
		}
		ids[i] = t.id
	}
	return actor.AuditReason(tx, in.Now, OpChange, in.ID, why, nil, map[string]any{"tasks": ids, "state": NotNeeded, "why": WhyClosed})
}

// overdueFirst orders tasks by due time; what is due whenever comes last.
func overdueFirst(a, b Task) int {
	far := time.Unix(1<<40, 0)
	at := func(t Task) time.Time {
		if t.Due.IsZero() {
			return far
		}
		return t.Due
	}
	return at(a).Compare(at(b))
}

func isUndone(t Task) bool { return slices.Contains(undone, t.State) }
