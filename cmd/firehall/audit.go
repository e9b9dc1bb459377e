package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event/render"
)

type auditCmd struct {
	List   auditListCmd   `cmd:"" default:"withargs" help:"Who did what, newest first."`
	Verify auditVerifyCmd `cmd:"" help:"Compute the chain again: was the record tampered with?"`
	Seal   auditSealCmd   `cmd:"" help:"Chain what was recorded since the last time."`
}

type auditListCmd struct {
	Actor     string `help:"Only what this actor did." placeholder:"ID"`
	Operation string `help:"Only this operation, such as feed.ingest." placeholder:"NAME"`
	Object    string `help:"Only what was done to this." placeholder:"ID"`
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
	record, err := a.Record(actor, app.OpRecordRead)
	if err != nil {
		return err
	}
	list, err := record.List(s.ctx, audit.Query{
		Actor: c.Actor, Operation: c.Operation, Object: c.Object, Request: page.Request{After: page.Cursor(c.After), Limit: c.Limit},
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
	Against string `help:"A checkpoint kept on another machine: finds a chain that was built anew or rolled back, too." placeholder:"CHECKPOINT"`
	JSON    bool   `help:"Print JSON."`
}

// verdict is the result of a verification.
type verdict struct {
	Whole      bool     `json:"whole"`
	Entries    int      `json:"entries"`
	Erased     int      `json:"erased"`
	Unsealed   int      `json:"unsealed"`
	Checkpoint string   `json:"checkpoint"`
	Faults     []string `json:"faults"`
}

// Run verifies the chain; a broken one is exit code 1.
func (c *auditVerifyCmd) Run(s *session) error {
	a, actor, stop, err := s.open(false)
	if err != nil {
		return err
	}
	defer stop()
	record, err := a.Record(actor, app.OpRecordRead)
	if err != nil {
		return err
	}
	rep, err := c.verify(s, record)
	if err != nil {
		return err
	}
	v := verdict{Whole: rep.Whole(), Entries: rep.Entries, Erased: rep.Erased, Unsealed: rep.Unsealed, Checkpoint: rep.Head.String(), Faults: []string{}}
	for _, f := range rep.Faults {
		v.Faults = append(v.Faults, f.String())
	}
	if c.JSON {
		if err := json.NewEncoder(s.out).Encode(v); err != nil {
			return err
		}
	} else {
		s.tellVerdict(v, rep.More)
	}
	if !v.Whole {
		return problem.New(problem.Conflict, "the audit record is not as it was written: keep a copy of the database as it is, and find out who could write to it")
	}
	return nil
}

func (c *auditVerifyCmd) verify(s *session, log *audit.Log) (audit.Report, error) {
	if c.Against == "" {
		return log.Verify(s.ctx)
	}
	known, err := audit.ParseHead(c.Against)
	if err != nil {
		return audit.Report{}, err
	}
	return log.VerifyAgainst(s.ctx, audit.Known{Head: known})
}

func (s *session) tellVerdict(v verdict, more int) {
	for _, f := range v.Faults {
		s.printf("broken: %s\n", f)
	}
	if more > 0 {
		s.printf("and %d more\n", more)
	}
	if !v.Whole {
		return
	}
	s.printf("The record is whole: %d entries sealed, %d erased on record, %d waiting for the sealer.\n", v.Entries, v.Erased, v.Unsealed)
	s.printf("Checkpoint: %s\nKeep it on another machine; audit verify --against it finds a roll-back, too.\n", v.Checkpoint)
}

type auditSealCmd struct{}

// Run seals what waits.
func (c *auditSealCmd) Run(s *session) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	record, err := a.Record(actor, app.OpRecordSeal)
	if err != nil {
		return err
	}
	n, err := record.Seal(s.ctx)
	if err != nil {
		return err
	}
	at, err := record.Head(s.ctx)
	s.printf("%d entries sealed.\nCheckpoint: %s\n", n, at)
	return err
}
