package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/feed"
)

type feedCmd struct {
	List     feedListCmd     `cmd:"" help:"What was taken in, newest first."`
	SetAside feedSetAsideCmd `cmd:"" help:"Rows and files set aside, with line and reason."`
	Replay   feedReplayCmd   `cmd:"" help:"Read what was set aside once more, after a fix."`
	Resume   feedResumeCmd   `cmd:"" help:"Finish what was accepted when a process died."`
}

type feedListCmd struct {
	Feed  string `arg:"" optional:"" help:"Only this feed."`
	Limit int    `help:"At most so many." default:"50"`
	JSON  bool   `help:"Print JSON."`
}

// Run lists intakes.
func (c *feedListCmd) Run(s *session) error {
	a, _, stop, err := s.open(false)
	if err != nil {
		return err
	}
	defer stop()
	list, err := a.Feeds.List(s.ctx, c.Feed, c.Limit)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(list)
	}
	s.tellIntakes(list)
	return nil
}

func (s *session) tellIntakes(list []feed.Intake) {
	if len(list) == 0 {
		s.printf("Nothing yet. firehall ingest --feed NAME FILE takes a file in.\n")
		return
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "INTAKE\tARRIVED\tFEED\tREPORT\tSTATE\tROWS\tEVENTS\tDUPLICATES\tSET ASIDE\tNAME")
	for _, in := range list {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%s\n", in.ID, in.Arrived.Format(time.RFC3339), in.Feed, in.Report, in.State,
			in.Counts.Rows, in.Counts.Events, in.Counts.Duplicates, in.Counts.SetAside, render.Clean(in.Name, 60))
	}
	_ = w.Flush()
}

type feedSetAsideCmd struct {
	Intake string `arg:"" optional:"" help:"Show this intake's rows; without it the intakes that have any."`
	JSON   bool   `help:"Print JSON."`
}

// Run shows what was set aside.
func (c *feedSetAsideCmd) Run(s *session) error {
	a, _, stop, err := s.open(false)
	if err != nil {
		return err
	}
	defer stop()
	if c.Intake == "" {
		list, err := a.Feeds.WithAside(s.ctx, 1000)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(s.out).Encode(list)
		}
		s.tellIntakes(list)
		return nil
	}
	in, err := a.Feeds.Get(s.ctx, c.Intake)
	if err != nil {
		return err
	}
	rows, err := a.Feeds.Aside(in)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(rows)
	}
	if in.Error != "" {
		s.printf("%s: the whole input: %s\n", render.Clean(in.Name, 200), render.Clean(in.Error, 500))
	}
	for _, r := range rows {
		s.printf("line %d, byte %d (%d bytes): %s: %s\n", r.Line, r.Offset, r.Length, r.Code, render.Clean(r.Reason, 300))
	}
	return nil
}

type feedReplayCmd struct {
	Intake string `arg:"" help:"The intake."`
	Report string `help:"What an undecided file is, such as scan_telnet." placeholder:"NAME"`
	JSON   bool   `help:"Print JSON."`
}

// Run replays one intake.
func (c *feedReplayCmd) Run(s *session) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	acc, err := a.Feeds.Replay(s.ctx, actor, c.Intake, c.Report)
	if err != nil {
		return err
	}
	if c.JSON {
		err = json.NewEncoder(s.out).Encode(acc)
	} else {
		s.printf("%s: %d rows read again: %d events, %d duplicates, %d still set aside\n", acc.Name, acc.Rows, acc.Events, acc.Duplicates, acc.SetAside)
	}
	if err == nil && acc.SetAside > 0 {
		return errPartly
	}
	return err
}

type feedResumeCmd struct{}

// Run finishes accepted intakes.
func (c *feedResumeCmd) Run(s *session) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	res, err := a.Feeds.Resume(s.ctx, actor)
	s.printf("%d intakes finished, %d events\n", len(res.Intakes), res.Events)
	return err
}
