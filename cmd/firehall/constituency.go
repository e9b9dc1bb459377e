package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event/render"
)

type constituencyCmd struct {
	Import importCmd `cmd:"" help:"Read organisations, networks and contacts from CSV or YAML."`
	Export exportCmd `cmd:"" help:"Write the register as CSV or YAML."`
	Check  checkCmd  `cmd:"" help:"Find overlaps, organisations without contact, keys that end."`
}

type importCmd struct {
	DryRun bool   `help:"Show what would change and change nothing."`
	JSON   bool   `help:"Print the report as JSON."`
	Format string `help:"csv or yaml; by the file's name if not given." enum:"csv,yaml," default:""`
	File   string `arg:"" help:"The file; - is standard input."`
}

// Run imports the file; good rows go in even when others are bad.
func (c *importCmd) Run(s *session) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	in := s.in
	if c.File != "-" {
		f, err := os.Open(s.path(c.File))
		if err != nil {
			return problem.Wrap(problem.NotFound, err, "open the register")
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	rep, err := a.Register.Import(s.ctx, actor, in, constituency.ImportOptions{
		Name: c.File, Format: constituency.Format(c.Format), DryRun: c.DryRun,
	})
	if err != nil {
		return err
	}
	if err := c.tell(s, rep); err != nil {
		return err
	}
	if len(rep.Rejected) > 0 {
		return errPartly
	}
	return nil
}

func (c *importCmd) tell(s *session, rep constituency.Report) error {
	if c.JSON {
		return json.NewEncoder(s.out).Encode(rep)
	}
	verb := "changed"
	if c.DryRun {
		verb = "would change"
		for _, d := range rep.Changes {
			s.printf("%s\n", d)
		}
	}
	s.printf("%d rows: %s %d organisations, %d networks, %d contacts; %d rows rejected\n",
		rep.Rows, verb, rep.Organisations, rep.Networks, rep.Contacts, len(rep.Rejected))
	for _, r := range rep.Rejected {
		_, _ = fmt.Fprintln(s.err, r)
	}
	return nil
}

type exportCmd struct {
	Format string `help:"csv or yaml." enum:"csv,yaml" default:"csv"`
	File   string `arg:"" optional:"" help:"The file; standard output if none."`
}

// Run writes the register.
func (c *exportCmd) Run(s *session) (err error) {
	a, actor, stop, err := s.open(false)
	if err != nil {
		return err
	}
	defer stop()
	if err := s.taken(a, actor, "constituency export", c.Format, c.File); err != nil {
		return err
	}
	var out io.Writer = s.out
	if c.File != "" {
		f, err := os.OpenFile(s.path(c.File), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err != nil {
			return problem.Wrap(problem.Unavailable, err, "write the register")
		}
		defer func() { err = firstError(err, f.Close()) }()
		out = f
	}
	done, err := a.Register.Export(s.ctx, actor, out, constituency.Format(c.Format))
	for _, o := range done.Omitted {
		_, _ = fmt.Fprintln(s.err, "left out:", o)
	}
	return err
}

func firstError(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

type checkCmd struct {
	JSON    bool          `help:"Print JSON."`
	KeyEnds time.Duration `help:"Report keys that end within this time." default:"720h"`
}

// Run checks the register. What it finds is no failure of the command: the exit code is 0.
func (c *checkCmd) Run(s *session) error {
	a, actor, stop, err := s.open(false)
	if err != nil {
		return err
	}
	defer stop()
	list, err := a.Register.Check(s.ctx, actor, constituency.CheckOptions{KeyWarning: c.KeyEnds})
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(list)
	}
	for _, f := range list {
		s.hang(fmt.Sprintf("%-8s %-17s ", f.Severity, f.Code), render.Clean(f.Organisation+": "+f.Message, 500))
	}
	if len(list) == 0 {
		s.printf("All is well.\n")
	}
	return nil
}
