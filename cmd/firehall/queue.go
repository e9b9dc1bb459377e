package main

import (
	"encoding/json"
	"time"

	"github.com/firehall/firehall/internal/delivery/queue"
	"github.com/firehall/firehall/internal/event/render"
)

type queueCmd struct {
	List queueListCmd `cmd:"" default:"withargs" help:"What a person has to look at, newest first."`
	Done queueDoneCmd `cmd:"" help:"A task is done; say what came of it."`
}

type queueListCmd struct {
	All   bool `help:"Those that are done, too."`
	Limit int  `help:"At most so many (1000 at most)." default:"50"`
	JSON  bool `help:"Print JSON."`
}

// Run lists tasks.
func (c *queueListCmd) Run(s *session) error {
	w, actor, done, err := s.openSwitch()
	if err != nil {
		return err
	}
	defer done()
	tasks, err := w.Queue.List(s.ctx, actor, c.All, c.Limit)
	if err != nil {
		return err
	}
	if c.JSON {
		if tasks == nil {
			tasks = []queue.Task{}
		}
		return json.NewEncoder(s.out).Encode(tasks)
	}
	if len(tasks) == 0 {
		s.printf("Nothing waits for a person.\n")
		return nil
	}
	for _, t := range tasks {
		s.tellTask(t)
	}
	return nil
}

func (s *session) tellTask(t queue.Task) {
	s.printf("%s  %s  %s", t.ID, t.Last.Format(time.DateTime), t.Kind)
	if t.Count > 1 {
		s.printf(", %s times since %s", grouped(int64(t.Count)), t.Raised.Format(time.DateTime))
	}
	s.printf("\n")
	s.hang("  ", render.Clean(t.Title, 300))
	if !t.Done.IsZero() {
		s.hang("  done: ", render.Clean(t.Done.Format(time.DateTime)+" by "+t.DoneBy+": "+t.Outcome, 300))
		return
	}
	if t.Detail != "" {
		s.hang("  why: ", render.Clean(t.Detail, 400))
	}
	if t.Advice != "" {
		s.hang("  what to do: ", render.Clean(t.Advice, 400))
	}
	s.printf("  then: %s\n\n", s.command("queue", "done", t.ID, "--outcome", "TEXT"))
}

type queueDoneCmd struct {
	ID      string `arg:"" help:"The task."`
	Outcome string `help:"What came of it." required:"" placeholder:"TEXT"`
}

// Run ends a task.
func (c *queueDoneCmd) Run(s *session) error {
	w, actor, done, err := s.openSwitch()
	if err != nil {
		return err
	}
	defer done()
	if err := w.Queue.Done(s.ctx, actor, c.ID, c.Outcome); err != nil {
		return err
	}
	s.printf("Task %s is done.\n", c.ID)
	return nil
}
