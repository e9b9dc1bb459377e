package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery/bounce"
	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/identity"
)

type bounceCmd struct {
	JSON  bool     `help:"Print JSON, one object a report."`
	Files []string `arg:"" name:"file" help:"Mail that came to the return paths: messages or mboxes; - is standard input."`
}

// Run acts on what came back. The same file may be given again.
func (c *bounceCmd) Run(s *session) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	unused := 0
	for _, name := range c.Files {
		out, err := s.takeBounces(a, actor, name)
		if err := c.tell(s, name, out); err != nil {
			return err
		}
		if err == nil && len(out.Results) == 0 {
			err = problem.New(problem.Invalid, "there is no message in it")
		}
		if k := problem.KindOf(err); err != nil && k != problem.NotFound && k != problem.Invalid {
			return problem.Wrap(k, err, "%s", name)
		}
		if err != nil { // this file cannot be used; the others can
			_, _ = fmt.Fprintf(s.err, "firehall: %s: %v\n", name, err)
			unused++
		}
		unused += out.Unused
	}
	if unused > 0 {
		return errPartly
	}
	return nil
}

func (s *session) takeBounces(a *app.App, actor identity.Actor, name string) (bounce.Outcome, error) {
	if name == "-" {
		return a.TakeBounces(s.ctx, actor, s.in)
	}
	f, err := os.Open(s.path(name))
	if err != nil {
		return bounce.Outcome{}, problem.Wrap(problem.NotFound, err, "open what came back")
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return bounce.Outcome{}, problem.New(problem.Invalid, "this is a folder: give the files in it (of a maildir those in new and cur)")
	}
	return a.TakeBounces(s.ctx, actor, io.Reader(f))
}

// bounceLine is one report as --json prints it.
type bounceLine struct {
	File string `json:"file"`
	bounce.Result
}

func (c *bounceCmd) tell(s *session, name string, out bounce.Outcome) error {
	enc := json.NewEncoder(s.out)
	enc.SetEscapeHTML(false) // addresses stand in angle brackets
	for _, r := range out.Results {
		if c.JSON {
			if err := enc.Encode(bounceLine{name, r}); err != nil {
				return err
			}
			continue
		}
		about := r.Delivery
		if about == "" {
			about = "-"
		}
		s.printf("%-8s %s", r.Did, about)
		for _, word := range []string{r.Action, r.Status, r.Recipient} {
			if word != "" {
				s.printf("  %s", render.Clean(word, 100))
			}
		}
		s.printf("\n         %s\n", render.Clean(r.Why, 300))
	}
	return nil
}
