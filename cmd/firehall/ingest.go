package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/identity"
)

type ingestCmd struct {
	Feed  string   `help:"The feed's name in the configuration, or the name of a format." required:""`
	JSON  bool     `help:"Print one JSON object with the counts."`
	Watch string   `help:"Take files from this drop folder as they come; done ones move to its done folder, refused ones to failed." type:"existingdir" placeholder:"DIR"`
	Once  bool     `help:"With --watch: take what is there and end."`
	Files []string `arg:"" optional:"" help:"Files; - is standard input."`
}

// Run takes the files in, one after the other.
func (c *ingestCmd) Run(s *session) error {
	if c.Watch == "" && len(c.Files) == 0 {
		return problem.New(problem.Invalid, "name a file, - for standard input, or --watch DIR")
	}
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	run := &ingestion{session: s, app: a, actor: actor, cmd: c, progress: newProgress(s.err, c.JSON)}
	if err := run.resume(); err != nil {
		return err
	}
	if c.Watch != "" {
		if err := a.Start(s.ctx); err != nil {
			return err
		}
		return a.Watch(s.ctx, actor, app.Drop{Feed: c.Feed, Dir: c.Watch, Once: c.Once, Done: run.took})
	}
	for _, name := range c.Files {
		run.file(name)
	}
	run.progress.end()
	return run.finish()
}

// ingestion is one run of the command.
type ingestion struct {
	*session
	app      *app.App
	actor    identity.Actor
	cmd      *ingestCmd
	progress *progress
	total    feed.Result
	failed   []error
}

// resume first finishes what a process that died had accepted.
func (r *ingestion) resume() error {
	done, err := r.app.Feeds.Resume(r.ctx, r.actor)
	for _, acc := range done.Intakes {
		_, _ = fmt.Fprintf(r.err, "resumed %s (intake %s): %d events are visible now\n", acc.Name, acc.Intake, acc.Events)
	}
	return err
}

func (r *ingestion) file(name string) {
	in, size, err := r.openFile(name)
	if err != nil {
		r.failed = append(r.failed, err)
		return
	}
	defer func() { _ = in.Close() }()
	res, err := r.app.Feeds.Ingest(r.ctx, r.actor, feed.Source{
		Feed: r.cmd.Feed, Name: name, Size: size, Reader: in, Progress: r.progress.of(name),
	})
	r.took(name, res, err)
}

func (r *ingestion) openFile(name string) (io.ReadCloser, int64, error) {
	if name == "-" {
		return io.NopCloser(r.in), 0, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, problem.Wrap(problem.NotFound, err, "open the input")
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}

// took notes what became of one file.
func (r *ingestion) took(name string, res feed.Result, err error) {
	r.progress.end()
	r.total.Add(res.Counts)
	r.total.Seconds += res.Seconds
	r.total.Intakes = append(r.total.Intakes, res.Intakes...)
	if err != nil {
		r.failed = append(r.failed, fmt.Errorf("%s: %w", name, err))
	}
	if r.cmd.JSON {
		return
	}
	for _, acc := range res.Intakes {
		r.tell(acc)
	}
	if err != nil {
		_, _ = fmt.Fprintf(r.err, "%s: %v\n", name, err)
	}
}

func (r *ingestion) tell(a feed.Accounts) {
	switch {
	case a.Undec != "":
		r.printf("%s: set aside whole: %s\n  firehall feed replay %s --report NAME reads it once you know\n", a.Name, a.Undec, a.Intake)
		return
	case a.Known:
		r.printf("%s: taken before (intake %s): %d duplicates\n", a.Name, a.Intake, a.Duplicates)
		return
	}
	r.printf("%s (%s): %d rows, %d events, %d duplicates, %d set aside; %d have an owner, %d have none\n",
		a.Name, a.Report, a.Rows, a.Events, a.Duplicates, a.SetAside, a.Attributed, a.Unattributed)
	if a.SetAside > 0 {
		r.printf("  firehall feed set-aside %s shows the rows set aside and why\n", a.Intake)
	}
	for _, n := range a.Notes {
		r.printf("  note: %s\n", n)
	}
}

func (r *ingestion) finish() error {
	if r.cmd.JSON {
		if err := json.NewEncoder(r.out).Encode(r.total); err != nil {
			return err
		}
	}
	if len(r.failed) > 0 {
		if r.cmd.JSON { // otherwise each was told in its place
			return problem.Wrap(problem.Unavailable, errors.Join(r.failed...), "not taken in")
		}
		return problem.New(problem.Unavailable, "%d of the files were not taken in", len(r.failed))
	}
	if r.total.Partly() {
		return errPartly
	}
	return nil
}
