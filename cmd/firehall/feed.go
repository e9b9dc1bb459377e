package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/identity"
)

type feedCmd struct {
	List     feedListCmd     `cmd:"" help:"What was taken in, newest first."`
	SetAside feedSetAsideCmd `cmd:"" help:"Rows and files set aside, with line and reason."`
	Replay   feedReplayCmd   `cmd:"" help:"Read what was set aside once more, after a fix."`
	Resume   feedResumeCmd   `cmd:"" help:"Finish what was accepted when a process died."`
	Runs     feedRunsCmd     `cmd:"" help:"When feeds came, by which door, and what they brought; newest first."`
	Health   feedHealthCmd   `cmd:"" help:"How the feeds are: late, empty, failing, or with other columns."`
	Token    feedTokenCmd    `cmd:"" help:"Let somebody push to a feed: print a new token, once."`
}

type feedListCmd struct {
	Feed  string `arg:"" optional:"" help:"Only this feed."`
	Limit int    `help:"At most so many." default:"50"`
	JSON  bool   `help:"Print JSON."`
}

// Run lists intakes.
func (c *feedListCmd) Run(s *session) error {
	a, actor, stop, err := s.open(false)
	if err != nil {
		return err
	}
	defer stop()
	list, err := a.Feeds.List(s.ctx, actor, c.Feed, c.Limit)
	if err != nil {
		return err
	}
	if !c.JSON && len(list) == 0 {
		s.printf("Nothing was taken in yet. %s takes a file in.\n", s.command("ingest", "--feed", "NAME", "FILE"))
		return nil
	}
	return s.tellIntakes(list, c.JSON)
}

// intakeLine is an intake as printed.
type intakeLine struct {
	Intake  string `json:"intake"`
	Feed    string `json:"feed"`
	Report  string `json:"report"`
	Format  string `json:"format"`
	Name    string `json:"name"`
	State   string `json:"state"`
	Arrived string `json:"arrived"`
	Done    string `json:"done,omitempty"`
	Bytes   int64  `json:"bytes"`
	SHA256  string `json:"sha256"`
	feed.Counts
	Notes []string `json:"notes,omitempty"`
	Error string   `json:"error,omitempty"`
}

func lineOf(in feed.Intake) intakeLine {
	l := intakeLine{
		Intake: in.ID, Feed: in.Feed, Report: in.Report, Format: in.Format, Name: in.Name, State: string(in.State),
		Arrived: in.Arrived.Format(time.RFC3339), Bytes: in.Bytes, SHA256: in.Hash, Counts: in.Counts, Notes: in.Notes, Error: in.Error,
	}
	if !in.Done.IsZero() {
		l.Done = in.Done.Format(time.RFC3339)
	}
	return l
}

// tellIntakes prints two lines an intake: it fits a narrow terminal, and long names fit, too.
func (s *session) tellIntakes(list []feed.Intake, asJSON bool) error {
	if asJSON {
		lines := make([]intakeLine, len(list))
		for i, in := range list {
			lines[i] = lineOf(in)
		}
		return json.NewEncoder(s.out).Encode(lines)
	}
	for _, in := range list {
		what := in.Feed
		if in.Report != "" && in.Report != in.Feed {
			what += ", " + in.Report
		}
		state := ""
		if in.State != feed.Done {
			state = ": " + string(in.State)
		}
		s.printf("%s  %s UTC  %s%s\n", in.ID, in.Arrived.Format("2006-01-02 15:04"), render.Clean(what, 60), state)
		s.hang("    ", fmt.Sprintf("%s: %s", render.Clean(in.Name, 200), outcome(in)))
	}
	return nil
}

// reasonOf says why an input is set aside whole, without its name, which stands before it.
func reasonOf(in feed.Intake) string { return strings.TrimPrefix(in.Error, in.Name+": ") }

func outcome(in feed.Intake) string {
	switch in.State {
	case feed.Undecided:
		return "set aside whole: " + render.Clean(reasonOf(in), 300)
	case feed.Accepted:
		return "kept; its events are not visible yet"
	}
	c := in.Counts
	return fmt.Sprintf("%s, %s, %s, %s set aside", plural(c.Rows, "row"), plural(c.Events, "event"), plural(c.Duplicates, "duplicate"), grouped(c.SetAside))
}

type feedSetAsideCmd struct {
	Intake string `arg:"" optional:"" help:"Show this intake's rows; without it the intakes that have any."`
	JSON   bool   `help:"Print JSON."`
}

// Run shows what was set aside.
func (c *feedSetAsideCmd) Run(s *session) error {
	a, actor, stop, err := s.open(false)
	if err != nil {
		return err
	}
	defer stop()
	if c.Intake != "" {
		return c.one(s, a, actor)
	}
	list, err := a.Feeds.WithAside(s.ctx, actor, 1000)
	if err != nil {
		return err
	}
	if !c.JSON && len(list) == 0 {
		s.printf("Nothing is set aside.\n")
		return nil
	}
	if err := s.tellIntakes(list, c.JSON); err != nil || c.JSON {
		return err
	}
	s.printf("Which rows, and why: %s\nAfter a fix:         %s\n", s.command("feed", "set-aside", "INTAKE"), s.command("feed", "replay", "INTAKE"))
	return nil
}

// one shows the rows of one intake.
func (c *feedSetAsideCmd) one(s *session, a *app.App, actor identity.Actor) error {
	in, err := a.Feeds.Get(s.ctx, actor, c.Intake)
	if err != nil {
		return err
	}
	rows, err := a.Feeds.Aside(actor, in)
	if err != nil {
		return err
	}
	if c.JSON {
		if rows == nil {
			rows = []event.Reject{}
		}
		return json.NewEncoder(s.out).Encode(rows)
	}
	if in.State == feed.Undecided {
		s.hang("", fmt.Sprintf("%s is set aside whole: %s", render.Clean(in.Name, 200), render.Clean(reasonOf(in), 500)))
		s.printf("Once you know what it is: %s\n", s.command("feed", "replay", in.ID, "--report", "NAME"))
		return nil
	}
	for _, r := range rows {
		s.hang(fmt.Sprintf("line %d, byte %d (%d bytes): ", r.Line, r.Offset, r.Length), r.Code+": "+render.Clean(r.Reason, 300))
	}
	if len(rows) == 0 {
		s.printf("No row of it is set aside.\n")
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
	if err := c.check(s, a, actor); err != nil {
		return err
	}
	acc, err := a.Feeds.Replay(s.ctx, actor, c.Intake, c.Report)
	if err != nil {
		return err
	}
	if c.JSON {
		err = json.NewEncoder(s.out).Encode(acc)
	} else {
		s.printf("%s: %s read again: %s, %s, %s still set aside\n", acc.Name, plural(acc.Rows, "row"), plural(acc.Events, "event"),
			plural(acc.Duplicates, "duplicate"), grouped(acc.SetAside))
	}
	if err == nil && acc.SetAside > 0 {
		return errPartly
	}
	return err
}

// check refuses the name of a report that nobody knows.
func (c *feedReplayCmd) check(s *session, a *app.App, actor identity.Actor) error {
	if c.Report == "" {
		return nil
	}
	in, err := a.Feeds.Get(s.ctx, actor, c.Intake)
	if err != nil {
		return err
	}
	return a.KnowsReport(in.Feed, c.Report)
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
	if err == nil && len(res.Intakes) == 0 {
		s.printf("Nothing was waiting: all that was accepted is visible.\n")
		return nil
	}
	s.printf("%s finished, %s events\n", plural(int64(len(res.Intakes)), "intake"), grouped(res.Events))
	return err
}
