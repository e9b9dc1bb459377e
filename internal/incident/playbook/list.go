package playbook

import (
	"context"
	"slices"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Of lists what is to be done about an incident, the playbooks that run on it and those that may fit. Errors: NotFound.
func (s *Service) Of(ctx context.Context, actor identity.Actor, name string) (out Sheet, err error) {
	err = s.o.Incidents.Look(ctx, actor, OpRead, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		out = Sheet{Incident: in}
		cond, args := in.Rows("t.incident", 1)
		list, err := records(tx, cond+" ORDER BY t.rank, t.id", args...)
		if err != nil {
			return err
		}
		for i := range list {
			t, err := s.task(tx, in, &list[i], list)
			if err != nil {
				return err
			}
			out.Tasks = append(out.Tasks, t)
		}
		if out.Runs, err = s.runsOf(tx, in); err != nil {
			return err
		}
		for _, g := range s.o.Shelf.Suggest(in.Class, in.Title) {
			if !slices.ContainsFunc(out.Runs, func(r Run) bool { return r.Book == g.Book.ID }) {
				out.Suggested = append(out.Suggested, g)
			}
		}
		return nil
	})
	if err != nil {
		return Sheet{}, err
	}
	return out, nil
}

// runsOf lists the playbooks that run on an incident, with what a later text would change.
func (s *Service) runsOf(tx *sqldb.Tx, in *incident.Inside) (out []Run, err error) {
	cond, args := in.Rows("incident", 1)
	list, err := runs(tx, cond, args...)
	if err != nil {
		return nil, err
	}
	for _, r := range list {
		old, err := s.text(tx, r.digest)
		if err != nil {
			return nil, err
		}
		one := Run{ID: r.id, Book: r.book, Version: r.version, Title: old.Title, Started: r.started, By: r.actor}
		if now, ok := s.o.Shelf.Book(r.book); ok && now.Digest != r.digest {
			one.Newer, one.Changes = now.Version, Diff(old, &now)
		}
		out = append(out, one)
	}
	return out, nil
}

// task makes a task of its row. others are the rows of its incident, for what it waits for; nil leaves that out.
func (s *Service) task(tx *sqldb.Tx, in *incident.Inside, r *record, others []record) (t Task, err error) {
	var b body
	if err := in.Get(r.incident, field(r.id), r.sealed, &b); err != nil {
		return t, err
	}
	step, book, err := s.stepOf(tx, r)
	if err != nil {
		return t, err
	}
	t = Task{
		ID: r.id, Incident: in.ID, Ref: in.Ref, About: in.Title, Restricted: in.Restricted, TLP: in.TLP, Run: r.run, Step: r.step, Title: titleOf(&step, b), Text: step.Text,
		Note: b.Note, State: r.state, Why: r.why, Reason: b.Reason, Assignee: r.assignee, Role: step.Role, Due: r.due, Overdue: r.overdue(in.Now), Ask: step.Ask,
		Answer: r.answer, Optional: step.Optional, Rank: r.rank, Created: r.created, Changed: r.changed, Ended: r.ended, By: r.actor, Version: r.version,
		Moves: movesFrom(r.state),
	}
	if book == nil {
		return t, nil
	}
	t.Book = book.ID
	if t.Due.IsZero() && step.Due.After != "" {
		t.After, t.In = step.Due.After, step.Due.In
	}
	if !slices.Contains(undone, r.state) {
		return t, nil
	}
	same := slices.DeleteFunc(slices.Clone(others), func(o record) bool { return o.run != r.run || o.incident != r.incident })
	t.Waits = waiting(book, &step, same)
	return t, nil
}

// Task gives one task. Errors: NotFound.
func (s *Service) Task(ctx context.Context, actor identity.Actor, name string) (out Task, err error) {
	if err := actor.Authorise(OpRead, name); err != nil {
		return out, err
	}
	of, err := s.incidentOf(ctx, name)
	if err != nil {
		return out, err
	}
	err = s.o.Incidents.Look(ctx, actor, OpRead, of, func(tx *sqldb.Tx, in *incident.Inside) error {
		r, err := one(tx, in, name)
		if err != nil {
			return err
		}
		others, err := records(tx, "t.run = $1 AND t.run <> ''", r.run)
		if err == nil {
			out, err = s.task(tx, in, &r, others)
		}
		return err
	})
	if problem.Is(err, problem.NotFound) {
		err = goneTask(name)
	}
	if err != nil {
		return Task{}, err
	}
	return out, nil
}

// Filter says which tasks are listed.
type Filter struct {
	// Query is words of the form state:open,doing who:me|nobody|ACCOUNT is:overdue incident:REF playbook:ID; what it does not name is not filtered by.
	Query string
	Sort  string // due (the default), -due, changed, -changed
	page.Request
}

// Lists that are often asked for.
const (
	Mine    = "who:me state:open,doing"
	Team    = "state:open,doing"
	Overdue = "is:overdue"
)

// List lists the tasks of all incidents that the actor sees. Errors: Invalid for a query that cannot be understood.
func (s *Service) List(ctx context.Context, actor identity.Actor, f Filter) (out page.Page[Task], err error) {
	if err := actor.Authorise(OpRead, ""); err != nil {
		return out, err
	}
	hidden := map[string]bool{}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		out, err = s.list(tx, actor, f, hidden)
		return err
	})
	if err == nil {
		err = s.recordReading(ctx, actor, hidden)
	}
	if err != nil {
		return page.Page[Task]{}, err
	}
	return out, nil
}

func (s *Service) list(tx *sqldb.Tx, actor identity.Actor, f Filter, hidden map[string]bool) (out page.Page[Task], err error) {
	c, err := s.condition(tx, actor, f.Query)
	if err != nil {
		return out, err
	}
	order, err := c.order(f)
	if err != nil {
		return out, err
	}
	c.args = append(c.args, f.Rows()+1)
	list, err := records(tx, c.String()+order+" LIMIT $"+itoa(len(c.args)), c.args...)
	if err != nil {
		return out, err
	}
	rows := page.Cut(list, f.Rows(), sorting(f.Sort).key)
	out.Next = rows.Next
	out.Items, err = s.tasks(tx, actor, rows.Items, hidden)
	return out, err
}

// tasks makes tasks of rows of many incidents. What those that are restricted are is noted in hidden: that they were read is put on record.
func (s *Service) tasks(tx *sqldb.Tx, actor identity.Actor, rows []record, hidden map[string]bool) (list []Task, err error) {
	ins := map[string]*incident.Inside{}
	for i := range rows {
		r := &rows[i]
		in := ins[r.incident]
		if in == nil {
			if in, err = s.o.Incidents.Inside(tx, actor, r.incident); err != nil {
				return nil, err
			}
			ins[r.incident] = in
		}
		if in.Restricted {
			hidden[in.ID] = true
		}
		t, err := s.task(tx, in, r, nil)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, nil
}

// recordReading puts on record that tasks of restricted incidents were read. What is not on record is not shown.
func (s *Service) recordReading(ctx context.Context, actor identity.Actor, hidden map[string]bool) error {
	if len(hidden) == 0 || actor.Kind == identity.SystemKind {
		return nil
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		for id := range hidden {
			if err := actor.Audit(tx, s.o.Clock.Now(), OpRead, id, nil, map[string]any{"restricted": true}); err != nil {
				return err
			}
		}
		return nil
	})
}

// mostNext is how many tasks a Load names.
const mostNext = 5

// Due says how much is to be done, by the whole team and by the actor; of one incident, or of all ("").
func (s *Service) Due(ctx context.Context, actor identity.Actor, name string) (out Load, err error) {
	if name != "" {
		sheet, err := s.Of(ctx, actor, name)
		if err != nil {
			return out, err
		}
		return loadOf(sheet.Tasks, actor), nil
	}
	if err := actor.Authorise(OpRead, ""); err != nil {
		return out, err
	}
	hidden := map[string]bool{}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		out, err = s.load(tx, actor, hidden)
		return err
	})
	if err == nil {
		err = s.recordReading(ctx, actor, hidden)
	}
	return out, err
}

func loadOf(tasks []Task, actor identity.Actor) (out Load) {
	for _, t := range tasks {
		if !isUndone(t) {
			continue
		}
		out.Undone++
		if t.Assignee == actor.ID {
			out.Mine++
		}
		if t.Overdue {
			out.Overdue++
		}
		out.Next = append(out.Next, t)
	}
	slices.SortStableFunc(out.Next, overdueFirst)
	out.Next = out.Next[:min(mostNext, len(out.Next))]
	return out
}

func (s *Service) load(tx *sqldb.Tx, actor identity.Actor, hidden map[string]bool) (out Load, err error) {
	v, err := s.o.Incidents.SightOf(tx, actor)
	if err != nil {
		return out, err
	}
	// What is out of sight is little: it is left out, rather than each incident asked for.
	cond, args := v.Incidents("i", 1)
	args = append(args, actor.ID, s.o.Clock.Now())
	me, now := "$"+itoa(len(args)-1), "$"+itoa(len(args))
	err = tx.QueryRow(`SELECT count(*), count(*) FILTER (WHERE t.assignee = `+me+`), count(*) FILTER (WHERE t.due > 0 AND t.due <= CAST(`+now+` AS BIGINT)) FROM incident_task t
		WHERE t.state IN ('open', 'doing') AND t.incident NOT IN (SELECT i.id FROM incident i WHERE i.restricted = 1 AND NOT `+cond+`)`, millis(args)...).
		Scan(&out.Undone, &out.Mine, &out.Overdue)
	if err != nil {
		return out, err
	}
	next, err := s.list(tx, actor, Filter{Query: Mine, Request: page.Request{Limit: mostNext}}, hidden)
	out.Next = next.Items
	return out, err
}
