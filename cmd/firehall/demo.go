package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/demo"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/notification"
	"github.com/firehall/firehall/internal/platform/logging"
)

type demoCmd struct {
	Rows  int    `help:"Rows of the largest file; 100,000 if nothing is said." placeholder:"N"`
	Dir   string `help:"The folder for it; --data, or demo-data, if none is named." placeholder:"DIR" type:"path"`
	Fresh bool   `help:"Clear what an earlier demonstration left in the folder, and begin anew."`
	Once  bool   `help:"Take everything in at once, print what came of it, and end; without it the server runs, and feeds arrive while you look."`

	Listen string `help:"Address and port of the server." placeholder:"HOST:PORT"`
}

// mostDemoRows bounds what is made in memory.
const mostDemoRows = 5_000_000

// Run makes the demonstration, or finds it, and serves it; with Once it takes it in and tells what came of it.
func (c *demoCmd) Run(s *session) error {
	if c.Rows < 0 || c.Rows > mostDemoRows {
		return problem.New(problem.Invalid, "--rows takes a number up to %s", grouped(mostDemoRows))
	}
	d, err := c.prepare(s)
	if err != nil {
		return err
	}
	s.cli.Data, s.cli.Config = d.Dir, "" // the demonstration brings its own
	if !c.Once {
		return c.serve(s, d)
	}
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	t := &demonstration{session: s, Demo: d, app: a, actor: actor, progress: newProgress(s.err, false)}
	if err := t.register(); err != nil {
		return err
	}
	for _, step := range []func() error{t.fellows, t.feeds, t.findings, t.tell, t.allReports, t.summary} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (c *demoCmd) prepare(s *session) (app.Demo, error) {
	dir := c.Dir
	if dir == "" {
		dir = s.cli.Data
	}
	if dir == "" {
		dir = "demo-data"
	}
	log, err := logging.New(s.err, "info", "text")
	if err != nil {
		return app.Demo{}, err
	}
	s.printf("Firehall: a demonstration\n\n")
	s.printf("Demonstra is a nation that does not exist. It lives in the addresses that are kept\nfree for documentation, so whatever you do here concerns nobody.\n\n")
	begun := time.Now()
	d, err := app.PrepareDemo(s.ctx, app.DemoOptions{Dir: dir, Rows: c.Rows, Fresh: c.Fresh, Now: time.Now(), Log: log, Making: func() {
		s.printf("1. Making a night's feeds in their real formats\n")
	}})
	if err != nil {
		return d, err
	}
	if d.Found {
		s.hang("1. ", fmt.Sprintf("Found the demonstration of %s UTC in %s. Its files are taken in once more, which should add nothing. --fresh begins anew.",
			d.Made.Format(time.DateTime), s.tidyPath(d.Dir)))
		return d, nil
	}
	s.printf("   %d files in %s (%.1f s)\n", len(d.Files), s.tidyPath(d.Dir)+"/feeds", time.Since(begun).Seconds())
	return d, nil
}

// demonstration is one run of the command.
type demonstration struct {
	*session
	app.Demo
	app      *app.App
	actor    identity.Actor
	progress *progress
	total    feed.Result
	again    []feed.Accounts // inputs whose content had come before
	applied  finding.Applied
	sent     notification.Run
	team     map[string]identity.Actor // by login
	url      string                    // where it is served
	code     string                    // opens the mailbox of the anonymous report
}

// importFile imports a register file and says how much it changed.
func (t *demonstration) importFile(path string) (changes int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, problem.Wrap(problem.Unavailable, err, "open the demonstration's register")
	}
	defer func() { _ = f.Close() }()
	rep, err := t.app.Register.Import(t.ctx, t.actor, f, constituency.ImportOptions{Name: path})
	return len(rep.Changes), err
}

// fellows gives the team its fellow teams, with what was agreed and shared.
func (t *demonstration) fellows() error { return t.app.DemoTeams(t.ctx, t.actor) }

func (t *demonstration) register() error {
	changes, err := t.importFile(t.Register())
	if err != nil {
		return err
	}
	if _, err := os.Stat(t.Peers()); err == nil { // an older demonstration has none
		n, err := t.importFile(t.Peers())
		if err != nil {
			return err
		}
		changes += n
	}
	orgs, networks, contacts, err := t.app.Register.Size(t.ctx, t.actor)
	if err != nil {
		return err
	}
	what := "Imported"
	if changes == 0 {
		what = "Nothing has changed in"
	}
	t.printf("2. %s the register: %d organisations, %d networks, %d contacts\n", what, orgs, networks, contacts)
	return nil
}

// feeds takes the files in, one after the other, and prints a line for each.
func (t *demonstration) feeds() error {
	t.printf("3. Taking the feeds in: each row is read, classified, given to its owner, compared\n   with what came before, and written to disk\n\n")
	if _, err := t.app.Feeds.Resume(t.ctx, t.actor); err != nil {
		return err
	}
	t.printf("   %-28s %9s %9s %6s\n", "REPORT", "ROWS", "NEW", "SECS")
	for _, f := range t.Files {
		res, err := t.file(f)
		t.progress.end()
		if err != nil {
			return err
		}
		t.total.Add(res.Counts)
		t.total.Seconds += res.Seconds
		for _, acc := range res.Intakes {
			t.total.Intakes = append(t.total.Intakes, acc)
			t.line(acc, res.Seconds)
		}
	}
	return nil
}

func (t *demonstration) file(f demo.File) (feed.Result, error) {
	in, err := os.Open(t.Path(f))
	if err != nil {
		return feed.Result{}, problem.Wrap(problem.Unavailable, err, "open a feed of the demonstration; --fresh makes them anew")
	}
	defer func() { _ = in.Close() }()
	info, err := in.Stat()
	if err != nil {
		return feed.Result{}, err
	}
	return t.app.Feeds.Ingest(t.ctx, t.actor, feed.Source{
		Feed: f.Feed, Name: f.Path, Size: info.Size(), Reader: in, Progress: t.progress.of("   " + f.Path),
	})
}

func (t *demonstration) line(acc feed.Accounts, seconds float64) {
	note := ""
	switch {
	case acc.Known:
		note = "came before: adds nothing"
		t.again = append(t.again, acc)
	case acc.SetAside > 0:
		note = grouped(acc.SetAside) + " set aside"
	}
	t.printf("   %s\n", strings.TrimRight(fmt.Sprintf("%-28s %9s %9s %6.2f  %s", acc.Report, grouped(acc.Rows), grouped(acc.Events), seconds, note), " "))
	for _, n := range acc.Notes {
		t.hang("     note: ", n)
	}
}
