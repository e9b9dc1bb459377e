package playbook

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// rankStep is what lies between the ranks of tasks that are made together, so that others fit in.
const rankStep = 1000

// MaxTasks bounds the tasks of an incident.
const MaxTasks = 500

// Start starts a playbook on an incident: each of its steps that hangs on no answer becomes a task. Errors: NotFound, Conflict if it runs there already
// or the incident has ended.
func (s *Service) Start(ctx context.Context, actor identity.Actor, name, book string) (out Run, err error) {
	if err := actor.Authorise(OpStart, name); err != nil {
		return out, err
	}
	b, ok := s.o.Shelf.Book(book)
	if !ok {
		return out, goneBook(book)
	}
	err = s.o.Incidents.Work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		if err := goingOn(in); err != nil {
			return err
		}
		r := run{id.NewAt(in.Now), in.ID, b.ID, b.Version, b.Digest, in.Now, actor.ID}
		if err := s.begin(tx, &r, &b, in); err != nil {
			return err
		}
		out = Run{ID: r.id, Book: b.ID, Version: b.Version, Title: b.Title, Started: in.Now, By: actor.ID}
		if err := s.tell(tx, actor, in, "task.started", b.Title.args("version", strconv.Itoa(b.Version))); err != nil {
			return err
		}
		return actor.Audit(tx, in.Now, OpStart, in.ID, nil, map[string]any{"run": r.id, "playbook": b.ID, "version": b.Version, "digest": b.Digest})
	})
	return out, err
}

func goingOn(in *incident.Inside) error {
	if in.Stage != incident.StageOpen {
		return problem.New(problem.Conflict, "incident %s is %s: reopen it before there is anything to do about it", in.Ref, in.Stage)
	}
	return nil
}

func (s *Service) tell(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, code string, args map[string]string) error {
	return s.o.Incidents.Tell(tx, actor, in, incident.Entry{Code: code, Args: args, Link: "/incidents/" + in.ID + "/tasks"})
}

// begin writes a run down and makes its tasks.
func (s *Service) begin(tx *sqldb.Tx, r *run, b *Book, in *incident.Inside) error {
	cond, args := in.Rows("incident", 1)
	had, err := runs(tx, cond, args...)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(had, func(o run) bool { return o.book == b.ID }) {
		return problem.New(problem.Conflict, "the playbook %q runs on incident %s already", b.ID, in.Ref)
	}
	if err := keep(tx, b, in.Now); err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO playbook_run (id, incident, book, version, digest, started, actor, changed) VALUES ($1, $2, $3, $4, $5, $6, $7, $6)`,
		r.id, r.incident, r.book, r.version, r.digest, r.started, r.actor)
	if err != nil {
		return err
	}
	return s.fit(tx, in, r, b, r.actor)
}

// fit makes the tasks of a run agree with what was answered: steps that are to be done now become tasks, those that are not any more are not needed.
func (s *Service) fit(tx *sqldb.Tx, in *incident.Inside, r *run, b *Book, actor string) error {
	list, err := records(tx, "t.run = $1 ORDER BY t.rank, t.id", r.id)
	if err != nil {
		return err
	}
	have, answers := map[string]*record{}, map[string]Answer{}
	for i := range list {
		t := &list[i]
		if have[t.step] = t; t.state == Done {
			answers[t.step] = t.answer
		}
	}
	applies := b.applying(answers)
	rank, err := lastRank(tx, in)
	if err != nil {
		return err
	}
	for i, step := range b.Steps {
		t := have[step.ID]
		switch {
		case t == nil && applies[step.ID]:
			err = insert(tx, newTask(r, b, &step, in.Now, rank+int64(i+1)*rankStep, have))
		case t != nil && t.incident == r.incident: // one that a split took along goes its own way
			err = t.refit(tx, in.Now, actor, applies[step.ID])
		}
		if err != nil {
			return err
		}
	}
	return enough(tx, in)
}

// refit drops a task that does not apply any more, and takes up again one that was dropped so.
func (r *record) refit(tx *sqldb.Tx, now time.Time, actor string, applies bool) error {
	switch {
	case !applies && slices.Contains(undone, r.state):
		r.state, r.why, r.ended = NotNeeded, WhyAnswer, now
	case applies && r.state == NotNeeded && r.why == WhyAnswer:
		r.state, r.why, r.ended = Open, "", time.Time{}
	default:
		return nil
	}
	r.changed, r.actor = now, actor
	return save(tx, r)
}

func newTask(r *run, b *Book, s *Step, now time.Time, rank int64, have map[string]*record) *record {
	t := &record{id: id.NewAt(now), incident: r.incident, run: r.id, step: s.ID, rank: rank, state: Open, created: now, changed: now, actor: r.actor, version: 1}
	if s.Due.In > 0 && s.Due.After == "" {
		t.due = now.Add(s.Due.In)
	}
	if before := have[s.Due.After]; s.Due.After != "" && before != nil && !before.ended.IsZero() {
		t.due = before.ended.Add(s.Due.In)
	}
	return t
}

func lastRank(tx *sqldb.Tx, in *incident.Inside) (rank int64, err error) {
	cond, args := in.Rows("incident", 1)
	err = tx.QueryRow(`SELECT COALESCE(max(rank), 0) FROM incident_task WHERE `+cond, args...).Scan(&rank)
	return rank, err
}

// enough refuses more tasks than an incident may have.
func enough(tx *sqldb.Tx, in *incident.Inside) error {
	cond, args := in.Rows("incident", 1)
	n := 0
	err := tx.QueryRow(`SELECT count(*) FROM incident_task WHERE `+cond, args...).Scan(&n)
	if err == nil && n > MaxTasks {
		return problem.New(problem.Conflict, "incident %s would have %d tasks, and may have %d", in.Ref, n, MaxTasks)
	}
	return err
}

// runOf finds a run of the incident.
func runOf(tx *sqldb.Tx, in *incident.Inside, name string) (run, error) {
	list, err := runs(tx, "id = $1", name)
	if err == nil && (len(list) == 0 || !slices.Contains(in.IDs, list[0].incident)) {
		err = problem.New(problem.NotFound, "no such playbook runs on incident %s", in.Ref)
	}
	if err != nil {
		return run{}, err
	}
	return list[0], nil
}

// Upgrade goes on with the text of a playbook that can be started now: steps that came become tasks, what of those that went is undone is not needed.
// What was done stays. Errors: NotFound, Conflict if the run has that text.
func (s *Service) Upgrade(ctx context.Context, actor identity.Actor, name, runID string) error {
	if err := actor.Authorise(OpStart, name); err != nil {
		return err
	}
	return s.o.Incidents.Work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		r, err := runOf(tx, in, runID)
		if err != nil {
			return err
		}
		b, ok := s.o.Shelf.Book(r.book)
		if !ok || b.Digest == r.digest {
			return problem.New(problem.Conflict, "there is no other text of the playbook %q to go on with", r.book)
		}
		before := map[string]any{"version": r.version, "digest": r.digest}
		r.version, r.digest = b.Version, b.Digest
		if err := s.regrade(tx, actor, in, &r, &b); err != nil {
			return err
		}
		if err := s.tell(tx, actor, in, "task.upgraded", b.Title.args("version", strconv.Itoa(b.Version))); err != nil {
			return err
		}
		return actor.Audit(tx, in.Now, OpStart, in.ID, before, map[string]any{"run": r.id, "playbook": b.ID, "version": b.Version, "digest": b.Digest})
	})
}

// regrade changes the text of a run, and its tasks with it.
func (s *Service) regrade(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, r *run, b *Book) error {
	if err := goingOn(in); err != nil {
		return err
	}
	old, err := s.oldText(tx, r.id)
	if err != nil {
		return err
	}
	if err := keep(tx, b, in.Now); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE playbook_run SET version = $2, digest = $3, changed = $4 WHERE id = $1`, r.id, r.version, r.digest, in.Now); err != nil {
		return err
	}
	list, err := records(tx, "t.run = $1", r.id)
	if err != nil {
		return err
	}
	for i := range list {
		if _, stays := b.Step(list[i].step); stays || list[i].incident != r.incident {
			continue
		}
		if err := s.orphan(tx, actor, in, &list[i], old); err != nil {
			return err
		}
	}
	return s.fit(tx, in, r, b, actor.ID)
}

func (s *Service) oldText(tx *sqldb.Tx, runID string) (*Book, error) {
	var digest string
	if err := tx.QueryRow(`SELECT digest FROM playbook_run WHERE id = $1`, runID).Scan(&digest); err != nil {
		return nil, err
	}
	return s.text(tx, digest)
}

// orphan keeps a task whose step is no more under the title that it had, as a free one; undone, it is not needed.
func (s *Service) orphan(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, t *record, old *Book) error {
	var b body
	if err := in.Get(t.incident, field(t.id), t.sealed, &b); err != nil {
		return err
	}
	if step, ok := old.Step(t.step); ok {
		b.Title = step.Title.Both()
	}
	if slices.Contains(undone, t.state) {
		t.state, t.why, t.ended = NotNeeded, WhyUpgraded, in.Now
	}
	t.run, t.step, t.changed, t.actor = "", "", in.Now, actor.ID
	return s.put(tx, in, t, b)
}
