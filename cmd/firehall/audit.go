package main

import (
	"encoding/json"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/identity/record"
)

type auditCmd struct {
	List       auditListCmd       `cmd:"" default:"withargs" help:"Who did what, newest first."`
	Verify     auditVerifyCmd     `cmd:"" help:"Compute the chain again: was the record tampered with?"`
	Checkpoint auditCheckpointCmd `cmd:"" help:"Print a signed checkpoint of everything recorded until now, to be kept on another machine."`
	Seal       auditSealCmd       `cmd:"" help:"Chain what was recorded since the last time."`
}

type auditListCmd struct {
	Actor     string `help:"Only what this actor did." placeholder:"ID"`
	Operation string `help:"Only this operation, such as feed.ingest, or feed for all of a room." placeholder:"NAME"`
	Object    string `help:"Only what was done to this." placeholder:"ID"`
	Text      string `help:"Only entries in which this stands." placeholder:"TEXT"`
	Limit     int    `help:"At most so many (1000 at most)." default:"50"`
	After     string `help:"Go on after this cursor, which the page before ended with." placeholder:"CURSOR"`
	JSON      bool   `help:"Print JSON."`
}

// Run lists one page.
func (c *auditListCmd) Run(s *session) error {
	a, actor, stop, err := s.open(false)
	if err != nil {
		return err
	}
	defer stop()
	list, err := a.Record.List(s.ctx, actor, audit.Query{
		Actor: c.Actor, Operation: c.Operation, Object: c.Object, Text: c.Text, Request: page.Request{After: page.Cursor(c.After), Limit: c.Limit},
	})
	if err != nil {
		return err
	}
	if c.JSON {
		if list.Items == nil {
			list.Items = []audit.Line{}
		}
		return json.NewEncoder(s.out).Encode(list)
	}
	s.tellAudit(list)
	return nil
}

func (s *session) tellAudit(list page.Page[audit.Line]) {
	if len(list.Items) == 0 {
		s.printf("Nothing is recorded that fits.\n")
		return
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "WHEN\tWHO\tWHAT\tTO\tSEALED")
	for _, l := range list.Items {
		sealed := "not yet"
		if l.Sealed > 0 {
			sealed = fmt.Sprint(l.Sealed)
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", l.At.Format(time.DateTime), render.Clean(l.Actor, 24), l.Operation, render.Clean(l.Object, 40), sealed)
	}
	_ = w.Flush()
	if list.Next != "" {
		s.printf("There is more: %s\n", s.command("audit", "list", "--after", string(list.Next)))
	}
}

type auditVerifyCmd struct {
	Checkpoint string `type:"existingfile" help:"A file of checkpoints that was kept elsewhere, one a line (- is standard input): finds entries that were cut off at the end, a record that was built anew and a data folder that was rolled back, too." placeholder:"FILE"`
	Against    string `help:"The same with the end of the chain as audit seal prints it, which nobody signed." placeholder:"END"`
	JSON       bool   `help:"Print JSON."`
}

// verdict is the result of a verification.
type verdict struct {
	Whole       bool     `json:"whole"`
	Entries     int      `json:"entries"`
	Erased      int      `json:"erased"`
	Unsealed    int      `json:"unsealed"`
	Checkpoints int      `json:"checkpoints"`
	Head        string   `json:"checkpoint"`
	Faults      []string `json:"faults"`
}

// Run verifies the chain; a broken one is exit code 1.
func (c *auditVerifyCmd) Run(s *session) error {
	against, closing, err := c.against(s)
	if err != nil {
		return err
	}
	defer closing()
	a, actor, stop, err := s.open(false)
	if err != nil {
		return err
	}
	defer stop()
	rep, err := a.Record.Verify(s.ctx, actor, against)
	if err != nil {
		return err
	}
	v := verdict{
		Whole: rep.Whole(), Entries: rep.Entries, Erased: rep.Erased, Unsealed: rep.Unsealed, Checkpoints: rep.Checkpoints, Head: rep.Head.String(), Faults: rep.Faults(),
	}
	if c.JSON {
		err = json.NewEncoder(s.out).Encode(v)
	} else {
		s.tellVerdict(v)
	}
	if err == nil && !v.Whole {
		err = problem.New(problem.Conflict, "the audit record is not as it was written: keep a copy of the data folder as it is, and find out who could write to it")
	}
	return err
}

// against opens what the chain is compared with.
func (c *auditVerifyCmd) against(s *session) (out record.Against, closing func(), err error) {
	closing = func() {}
	if c.Against != "" {
		head, err := audit.ParseHead(c.Against)
		if err != nil {
			return out, closing, err
		}
		out.Heads = []audit.Known{{Head: head}}
	}
	switch c.Checkpoint {
	case "":
	case "-":
		out.Lines = s.in
	default:
		f, err := os.Open(c.Checkpoint)
		if err != nil {
			return out, closing, problem.Wrap(problem.Invalid, err, "read the checkpoints")
		}
		out.Lines, closing = f, func() { _ = f.Close() }
	}
	return out, closing, nil
}

func (s *session) tellVerdict(v verdict) {
	for _, f := range v.Faults {
		s.printf("broken: %s\n", render.Clean(f, 1000))
	}
	if !v.Whole {
		return
	}
	s.printf("The record is whole: %d entries sealed, %d erased on record, %d waiting for the sealer.\n", v.Entries, v.Erased, v.Unsealed)
	s.printf("Checkpoint: %s\n", v.Head)
	if v.Checkpoints > 0 {
		s.printf("It passes through %s.\n", every(v.Checkpoints, "checkpoint"))
		return
	}
	s.printf("Without a checkpoint a cut at the end and a roll-back cannot be seen: keep what %s prints on another machine.\n", s.command("audit", "checkpoint"))
}

func every(n int, what string) string {
	if n == 1 {
		return "the one " + what
	}
	return fmt.Sprintf("all %d %ss", n, what)
}

type auditCheckpointCmd struct{}

// Run prints the checkpoint as one line.
func (c *auditCheckpointCmd) Run(s *session) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	k, err := a.Record.Checkpoint(s.ctx, actor, nil)
	if err != nil {
		return err
	}
	s.printf("%s\n", k.Checkpoint)
	return nil
}

type auditSealCmd struct{}

// Run seals what waits.
func (c *auditSealCmd) Run(s *session) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	n, head, err := a.Record.Seal(s.ctx, actor)
	if err != nil {
		return err
	}
	s.printf("%d entries sealed.\nCheckpoint: %s\n", n, head)
	return nil
}
