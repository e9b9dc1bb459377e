package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// world is what the property test knows: several queues on one database, each task held open so that steps of all interleave.
type world struct {
	*shop
	rt      *rapid.T
	queues  []*Queue
	held    []*Task        // all tasks ever claimed whose Do has not returned: of the living, and of those who are dead or lost their lease
	effects map[string]int // by job: how often its work counted
	posted  []string
	dropped map[string]bool
	series  map[string]bool // jobs that were asked to run again
}

// Whatever deaths, clock steps and delays come in whatever order: every job is done once or is dead, none is lost, and of all who ever held a
// job only one at a time passes its fence.
func TestNothingIsLostNorDoneTwice(t *testing.T) {
	each(t, func(s *shop) {
		rapid.Check(t, func(rt *rapid.T) {
			s.ok(s.write(func(tx *sqldb.Tx) error { _, err := tx.Exec(`DELETE FROM job`); return err }))
			w := &world{shop: s, rt: rt, effects: map[string]int{}, dropped: map[string]bool{}, series: map[string]bool{}}
			for range 3 {
				w.queues = append(w.queues, w.fresh())
			}
			for range rapid.IntRange(1, 25).Draw(rt, "steps") {
				w.step()
			}
			w.finish()
		})
	})
}

func (w *world) fresh() *Queue {
	q := w.queue()
	q.Handle(Kind{Name: "test", Attempts: 3, Concurrency: 2, Do: nothing})
	return q
}

var steps = []string{
	"post", "post", "claim", "claim", "claim", "end", "end", "fail", "hand back", "die", "take away", "clock", "retry", "discard",
}

func (w *world) step() {
	i := rapid.IntRange(0, len(w.queues)-1).Draw(w.rt, "queue")
	switch rapid.SampledFrom(steps).Draw(w.rt, "step") {
	case "post":
		p := Post{Kind: "test", Subject: rapid.SampledFrom([]string{"a", "b"}).Draw(w.rt, "subject"), Unique: rapid.Bool().Draw(w.rt, "unique")}
		if p.Unique {
			p.Again = rapid.Bool().Draw(w.rt, "again")
		}
		p.Due = w.clock.Now().Add(time.Duration(rapid.IntRange(-1, 2).Draw(w.rt, "due")) * time.Minute)
		name := w.post(p)
		if !slices.Contains(w.posted, name) {
			w.posted = append(w.posted, name)
		}
		w.series[name] = w.series[name] || p.Again
	case "claim":
		tasks, _ := w.queues[i].claim(context.Background())
		w.held = append(w.held, tasks...)
	case "end":
		w.end()
	case "fail":
		w.settle(outcome{name: rapid.SampledFrom([]string{"failed", "dead"}).Draw(w.rt, "how"), pause: time.Minute, text: "boom"})
	case "hand back":
		w.settle(outcome{name: "returned"})
	case "die": // its tasks go on, as those of a process that only stood still
		w.queues[i] = w.fresh()
	case "take away":
		w.survive(w.queues[i])
	case "clock":
		w.clock.Advance(time.Duration(rapid.IntRange(-90, 90).Draw(w.rt, "minutes")) * time.Minute)
	case "retry":
		w.person(Retry)
	case "discard":
		if name := w.person(Discard); name != "" {
			w.dropped[name] = true
		}
	}
	w.onlyOne()
}

// pick takes a task out of those held.
func (w *world) pick() *Task {
	if len(w.held) == 0 {
		return nil
	}
	i := rapid.IntRange(0, len(w.held)-1).Draw(w.rt, "task")
	t := w.held[i]
	w.held = slices.Delete(w.held, i, i+1)
	t.queue.leave(t)
	return t
}

func (w *world) end() {
	t := w.pick()
	if t == nil {
		return
	}
	if err := w.write(t.End); err == nil {
		w.effects[fmt.Sprint(t.ID, t.epoch)]++
		w.effects[t.ID]++
	}
	if n, err := t.queue.write(context.Background(), t, outcome{name: "done"}); err != nil || n != 0 {
		w.rt.Errorf("ended twice: %d, %v", n, err)
	}
}

func (w *world) settle(o outcome) {
	if t := w.pick(); t != nil {
		_, err := t.queue.write(context.Background(), t, o)
		w.ok(err)
	}
}

// person lets a person act on some job; it gives the job's id if that was allowed.
func (w *world) person(act func(*sqldb.Tx, string) (Job, error)) string {
	if len(w.posted) == 0 {
		return ""
	}
	name := rapid.SampledFrom(w.posted).Draw(w.rt, "job")
	if err := w.write(func(tx *sqldb.Tx) error { _, err := act(tx, name); return err }); err != nil {
		return ""
	}
	return name
}

// onlyOne asks every task ever claimed to pass its fence, and to end its job, without a commit.
func (w *world) onlyOne() {
	for _, ask := range []func(*Task, *sqldb.Tx) error{(*Task).Fence, (*Task).End} {
		through := map[string]int{}
		for _, t := range w.held {
			err := w.write(func(tx *sqldb.Tx) error { return cmp.Or(ask(t, tx), errBoom) })
			if errors.Is(err, errBoom) {
				through[t.ID]++
			}
		}
		for name, n := range through {
			if n > 1 {
				w.rt.Errorf("%d hold %s", n, name)
			}
		}
	}
}

// finish lets everything go, and counts.
func (w *world) finish() {
	q := w.fresh()
	for range 12 {
		w.survive(q)
		w.clock.Advance(200 * time.Hour)
		tasks, _ := q.claim(context.Background())
		w.held = tasks
		for len(w.held) > 0 {
			w.end()
		}
	}
	list, err := q.List(context.Background(), Filter{})
	w.ok(err)
	left := map[string]State{}
	for _, j := range list.Items {
		left[j.ID] = j.State
		if j.State != Done && j.State != Dead {
			w.rt.Errorf("%s is %s in the end", j.ID, j.State)
		}
		if n := w.effects[j.ID]; j.State == Done && (n == 0 || n > 1 && !w.series[j.ID]) {
			w.rt.Errorf("%s is done, and counted %d times", j.ID, n)
		}
	}
	for _, name := range w.posted {
		if _, ok := left[name]; !ok && !w.dropped[name] {
			w.rt.Errorf("%s is lost", name)
		}
	}
	for name, n := range w.effects {
		if len(name) > 26 && n != 1 {
			w.rt.Errorf("attempt %s counted %d times", name, n)
		}
	}
}
