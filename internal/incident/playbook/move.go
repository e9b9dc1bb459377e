package playbook

import (
	"context"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// MaxBulk is how many tasks can be moved at a time.
const MaxBulk = 200

// Move makes a move with a task. Errors: NotFound; Invalid without a reason or an answer that it takes; Conflict if from its state there is no such move, if
// it waits for others, or if somebody was faster.
func (s *Service) Move(ctx context.Context, actor identity.Actor, name string, move MoveName, how Manner) (Task, error) {
	m, err := findMove(move)
	if err != nil {
		return Task{}, err
	}
	return s.work(ctx, actor, name, how.Version, func(tx *sqldb.Tx, in *incident.Inside, t *record) error {
		return s.move(tx, actor, in, t, m, how)
	})
}

func (s *Service) move(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, t *record, m Move, how Manner) error {
	step, book, err := s.stepOf(tx, t)
	if err != nil {
		return err
	}
	if err := s.possible(tx, t, m, &step, how); err != nil {
		return err
	}
	if m.To == Open || m.To == Doing {
		if err := goingOn(in); err != nil {
			return err
		}
	}
	var b body
	if err := in.Get(t.incident, field(t.id), t.sealed, &b); err != nil {
		return err
	}
	t.become(in.Now, actor, m, how)
	if b.Reason = ""; m.Reason {
		b.Reason = how.Reason
	}
	if err := s.put(tx, in, t, b); err != nil {
		return err
	}
	if book != nil {
		if err := s.follow(tx, in, t, book, actor.ID); err != nil {
			return err
		}
	}
	return s.told(tx, actor, in, t, m, titleOf(&step, b))
}

// possible refuses a move that cannot be made now, and says what is missing.
func (s *Service) possible(tx *sqldb.Tx, t *record, m Move, step *Step, how Manner) error {
	switch {
	case !slices.Contains(m.From, t.state):
		return problem.New(problem.Conflict, "the task is %s: from there one cannot %s it", t.state, m.Name)
	case m.Reason && clean(how.Reason, true) == "":
		return problem.New(problem.Invalid, "say why the task is not needed")
	case m.Name == End && step.Ask && how.Answer != Yes && how.Answer != No:
		return problem.New(problem.Invalid, "the task is a question: answer it with yes or no")
	case m.Name == End && !step.Ask && how.Answer != "":
		return problem.New(problem.Invalid, "the task is no question, and takes no answer")
	}
	if !m.Ready || t.run == "" {
		return nil
	}
	waits, err := s.waits(tx, t, step)
	if err == nil && len(waits) > 0 {
		err = problem.New(problem.Conflict, "the task waits for %q: end that first, or say that it is not needed", waits[0].EN)
	}
	return err
}

// become is the move itself. Whoever begins or ends a task of nobody's has it.
func (r *record) become(now time.Time, actor identity.Actor, m Move, how Manner) {
	r.state, r.why, r.answer, r.ended = m.To, "", "", time.Time{}
	switch m.To {
	case Doing, Done:
		if r.assignee == "" {
			r.assignee = actor.ID
		}
		r.answer = how.Answer
	case NotNeeded:
		r.why = WhySaid
	}
	if !slices.Contains(undone, m.To) {
		r.ended = now
	}
}

// stepOf is the step that a task was made of, and its playbook; nil for a free task.
func (s *Service) stepOf(tx *sqldb.Tx, t *record) (Step, *Book, error) {
	if t.run == "" {
		return Step{}, nil, nil
	}
	book, err := s.oldText(tx, t.run)
	if err != nil {
		return Step{}, nil, err
	}
	step, _ := book.Step(t.step)
	return step, book, nil
}

// waits lists the titles of the steps that have to end before a task's, and have not.
func (s *Service) waits(tx *sqldb.Tx, t *record, step *Step) (list []Words, err error) {
	if len(step.Needs) == 0 {
		return nil, nil
	}
	book, err := s.oldText(tx, t.run)
	if err != nil {
		return nil, err
	}
	others, err := records(tx, "t.run = $1 AND t.incident = $2", t.run, t.incident)
	return waiting(book, step, others), err
}

func waiting(book *Book, step *Step, others []record) (list []Words) {
	for _, need := range step.Needs {
		for i := range others {
			if o := &others[i]; o.run != "" && o.step == need && slices.Contains(undone, o.state) {
				before, _ := book.Step(need)
				list = append(list, before.Title)
			}
		}
	}
	return list
}

// follow does what hangs on the end of a step: due times that are counted from it, and steps that hang on the answer.
func (s *Service) follow(tx *sqldb.Tx, in *incident.Inside, t *record, b *Book, actor string) error {
	list, err := records(tx, "t.run = $1 AND t.incident = $2", t.run, t.incident)
	if err != nil {
		return err
	}
	for i := range list {
		o := &list[i]
		step, ok := b.Step(o.step)
		if !ok || step.Due.After != t.step || !slices.Contains(undone, o.state) {
			continue
		}
		if o.due = (time.Time{}); !t.ended.IsZero() {
			o.due = t.ended.Add(step.Due.In)
		}
		o.changed = in.Now
		if err := save(tx, o); err != nil {
			return err
		}
	}
	if step, _ := b.Step(t.step); !step.Ask {
		return nil
	}
	r, err := runOf(tx, in, t.run)
	if err != nil {
		return err
	}
	return s.fit(tx, in, &r, b, actor)
}

func titleOf(step *Step, b body) Words {
	if b.Title != "" {
		return Words{b.Title, b.Title}
	}
	if step.Title == (Words{}) {
		return b.Step
	}
	return step.Title
}

// told are the moves that the timeline tells of.
func (s *Service) told(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, t *record, m Move, title Words) error {
	code := map[MoveName]string{End: "task.done", Drop: "task.dropped", Reopen: "task.reopened"}[m.Name]
	if t.answer != "" {
		code = "task.answered." + string(t.answer)
	}
	if code == "" {
		return nil
	}
	return s.tell(tx, actor, in, code, title.args())
}

// MoveAll makes a move with several tasks, each for itself: what cannot be moved is named, with why. Errors: Invalid.
func (s *Service) MoveAll(ctx context.Context, actor identity.Actor, names []string, move MoveName, how Manner) (out Moved, err error) {
	if err := actor.Authorise(OpChange, ""); err != nil {
		return out, err
	}
	m, err := findMove(move)
	if err != nil {
		return out, err
	}
	if m.Reason && clean(how.Reason, true) == "" {
		return out, problem.New(problem.Invalid, "say why the tasks are not needed")
	}
	how.Version, how.Answer = 0, ""
	return severally(names, func(name string) error {
		_, err := s.Move(ctx, actor, name, move, how)
		return err
	})
}

// severally is incident.Severally, where what is invalid is a question that wants an answer of its own.
func severally(names []string, do func(name string) error) (Moved, error) {
	out, err := incident.Severally(names, MaxBulk, do)
	for i := range out.Unmoved {
		if out.Unmoved[i].Why == "invalid" {
			out.Unmoved[i].Why = "answer"
		}
	}
	return out, err
}
