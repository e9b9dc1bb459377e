package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/identity"
)

type ingestCmd struct {
	Feed  string   `help:"The feed's name in the configuration, or the name of a format." placeholder:"NAME"`
	JSON  bool     `help:"Print one JSON object with the counts (with --watch one for each file)."`
	Watch string   `help:"Take files from this drop folder as they come; without --feed its folders are named for feeds. Files done move to the folder done, refused ones to failed." type:"existingdir" placeholder:"DIR"`
	Once  bool     `help:"With --watch: take what is there, and end."`
	Name  string   `help:"What to call standard input: the kind of report follows from a file's name." placeholder:"FILE"`
	Files []string `arg:"" optional:"" name:"file" help:"Files; - is standard input."`
}

// check says what is wrong with the flags.
func (c *ingestCmd) check() error {
	switch {
	case c.Watch == "" && len(c.Files) == 0:
		return problem.New(problem.Invalid, "nothing to take in: name files, - for standard input, or --watch DIR")
	case c.Watch != "" && len(c.Files) > 0:
		return problem.New(problem.Invalid, "--watch takes the files of its folder: name no others")
	case c.Name != "" && !slices.Contains(c.Files, "-"):
		return problem.New(problem.Invalid, "--name goes with - (standard input): files have their own")
	case c.Once && c.Watch == "":
		return problem.New(problem.Invalid, "--once goes with --watch")
	case c.Feed == "" && c.Watch == "":
		return problem.New(problem.Invalid, "--feed NAME is needed: a feed of the configuration, or a format such as shadowserver, intelmq or list")
	}
	return nil
}

// Run takes the files in, one after the other.
func (c *ingestCmd) Run(s *session) error {
	if err := c.check(); err != nil {
		return err
	}
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	if c.Feed != "" {
		if err := a.KnowsFeed(c.Feed); err != nil {
			return err
		}
	}
	app.TuneForIngest()
	run := &ingestion{session: s, app: a, actor: actor, cmd: c, progress: newProgress(s.err, c.JSON)}
	run.resume()
	if c.Watch != "" {
		return run.watch()
	}
	for _, name := range c.Files {
		if s.ctx.Err() != nil {
			run.failed = append(run.failed, fmt.Errorf("%s: not begun: stopped", name))
			continue
		}
		run.file(name)
	}
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
	partly   bool
}

// resume first finishes what a process that died had accepted. What cannot be finished waits on, and holds up nothing new.
func (r *ingestion) resume() {
	done, err := r.app.Feeds.Resume(r.ctx, r.actor)
	for _, acc := range done.Intakes {
		_, _ = fmt.Fprintf(r.err, "resumed %s (intake %s), which a process that died had accepted: %d events are visible now\n", acc.Name, acc.Intake, acc.Events)
	}
	if err != nil && r.ctx.Err() == nil {
		r.partly = true
		_, _ = fmt.Fprintln(r.err, "firehall: an earlier intake could not be finished and waits on:", err)
	}
}

// watch takes files from the drop folder.
func (r *ingestion) watch() error {
	if err := r.app.Start(r.ctx); err != nil {
		return err
	}
	if !r.cmd.JSON && !r.cmd.Once {
		_, _ = fmt.Fprintf(r.err, "watching %s; Ctrl-C ends it\n", r.tidyPath(r.cmd.Watch))
	}
	err := r.app.Watch(r.ctx, r.actor, app.Drop{Feed: r.cmd.Feed, Dir: r.cmd.Watch, Once: r.cmd.Once, Done: r.took, Progress: r.progress.of})
	if err != nil || !r.cmd.Once {
		return err
	}
	return r.verdict()
}

func (r *ingestion) file(name string) {
	in, size, err := r.openFile(name)
	if err != nil {
		r.took(name, feed.Result{}, err)
		return
	}
	defer func() { _ = in.Close() }()
	if name == "-" && r.cmd.Name != "" {
		name = r.cmd.Name
	}
	res, err := r.app.Feeds.Ingest(r.ctx, r.actor, feed.Source{
		Feed: r.cmd.Feed, Name: name, Size: size, Reader: in, Progress: r.progress.of(name),
	})
	r.took(name, res, err)
}

func (r *ingestion) openFile(name string) (io.ReadCloser, int64, error) {
	if name == "-" {
		return interruptible(r.ctx, r.in), 0, nil
	}
	f, err := os.Open(r.path(name))
	if err != nil {
		return nil, 0, problem.Wrap(problem.NotFound, err, "open the input")
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = problem.New(problem.Invalid, "this is a folder: --watch %s --once takes what is in it", name)
	}
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
	if r.cmd.JSON && r.cmd.Watch != "" {
		if err := json.NewEncoder(r.out).Encode(res); err != nil {
			r.failed = append(r.failed, err)
		}
	}
	if !r.cmd.JSON {
		for _, acc := range res.Intakes {
			r.tell(acc)
		}
	}
	if err != nil {
		_, _ = fmt.Fprintf(r.err, "firehall: %s: not taken in: %v\n", render.Clean(name, 500), err)
	}
}

func (r *ingestion) tell(a feed.Accounts) {
	a.Name = render.Clean(a.Name, 500) // of a file, which somebody else may have named
	switch {
	case a.Undec != "":
		r.printf("%s: set aside whole: %s\n  once you know what it is: %s\n", a.Name, strings.TrimPrefix(a.Undec, a.Name+": "), r.command("feed", "replay", a.Intake, "--report", "NAME"))
		return
	case a.Known:
		r.printf("%s: came before (intake %s): %s, 0 events, nothing new\n", a.Name, a.Intake, plural(a.Rows, "row"))
		return
	}
	r.printf("%s (%s): %s: %s, %s, %s set aside; with an owner %s, without %s\n", a.Name, a.Report,
		plural(a.Rows, "row"), plural(a.Events, "event"), plural(a.Duplicates, "duplicate"), grouped(a.SetAside), grouped(a.Attributed), grouped(a.Unattributed))
	if a.SetAside > 0 {
		r.printf("  which rows, and why: %s\n", r.command("feed", "set-aside", a.Intake))
	}
	for _, n := range a.Notes {
		r.printf("  note: %s\n", n)
	}
}

func (r *ingestion) finish() error {
	r.progress.end()
	if r.cmd.JSON {
		if err := json.NewEncoder(r.out).Encode(r.total); err != nil {
			return err
		}
	} else if len(r.cmd.Files) > 1 {
		t := r.total
		r.printf("Together: %s rows: %s events, %s duplicates, %s set aside; %.1f seconds, %s rows a second\n", grouped(t.Rows), grouped(t.Events),
			grouped(t.Duplicates), grouped(t.SetAside), t.Seconds, grouped(int64(float64(t.Rows)/max(t.Seconds, 1e-3))))
	}
	return r.verdict()
}

// verdict is the exit code as an error. What failed was told in its place.
func (r *ingestion) verdict() error {
	if n := len(r.failed); n > 0 {
		return problem.New(problem.Unavailable, "%d of %d inputs were not taken in", n, max(n, len(r.cmd.Files)))
	}
	if r.partly || r.total.Partly() {
		return errPartly
	}
	return nil
}

// interruptible reads in until ctx ends: reading a terminal or a pipe to which nobody writes cannot be broken off.
func interruptible(ctx context.Context, in io.Reader) io.ReadCloser {
	r, w := io.Pipe()
	context.AfterFunc(ctx, func() { _ = w.CloseWithError(context.Cause(ctx)) })
	go func() {
		_, err := io.CopyBuffer(w, struct{ io.Reader }{in}, make([]byte, 1<<20))
		_ = w.CloseWithError(err)
	}()
	return r
}
