package main

import (
	"encoding/json"
	"fmt"
	"os"
	"text/tabwriter"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/sharing/give"
)

// sharingCmd is `firehall sharing`.
type sharingCmd struct {
	Put      sharingPutCmd      `cmd:"" help:"Put an incident or a finding into a collection: new versions of what has changed."`
	Withdraw sharingWithdrawCmd `cmd:"" help:"Take an incident or a finding out of a collection."`
	Erase    sharingEraseCmd    `cmd:"" help:"Erase what a fellow team gave, because it asks for it."`
	Keep     sharingKeepCmd     `cmd:"" help:"Have an object stay though its time is over, as for a court."`
	LetGo    sharingLetGoCmd    `cmd:"" help:"End that an object is kept."`
	Kept     sharingKeptCmd     `cmd:"" help:"Show which objects are kept, and why."`
	Take     sharingTakeCmd     `cmd:"" help:"Take in, as a report, an incident that was set aside since its team had sent too many that day."`
	Replay   sharingReplayCmd   `cmd:"" help:"Hand on, once, what fellow teams gave before the version that makes events and reports of it."`
	Sources  sharingSourcesCmd  `cmd:"" help:"Show how the TAXII servers are that are asked."`
	Bundle   sharingBundleCmd   `cmd:"" help:"Write an incident or a finding as a bundle of STIX 2.1, whole: for your team itself."`
}

// sharingPutCmd is `firehall sharing put ITEM --collection C`.
type sharingPutCmd struct {
	Item       string `arg:"" help:"The number or id of an incident, or the id of a finding."`
	Collection string `required:"" help:"The alias or id of the collection." placeholder:"NAME"`
	DryRun     bool   `help:"Show exactly what would go, and put nothing."`
	JSON       bool   `help:"Print JSON."`
}

// Run puts it there, if release lets it.
func (c *sharingPutCmd) Run(s *session) error {
	a, actor, stop, err := s.open(!c.DryRun)
	if err != nil {
		return err
	}
	defer stop()
	d, err := a.Give.Draft(s.ctx, actor, c.Item, c.Collection)
	if err != nil {
		return err
	}
	if c.DryRun {
		return c.show(s, &d)
	}
	st, err := a.Give.Put(s.ctx, actor, c.Item, c.Collection, d.Stamp)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(st)
	}
	s.printf("%s stands in %s: %d objects, %d of them new or changed, %d set aside.\n", d.Ref, printable(d.Collection.Title), st.Success, st.New, st.Failure)
	if st.Failure > 0 {
		return errPartly
	}
	return nil
}

// show prints what would go.
func (c *sharingPutCmd) show(s *session, d *give.Draft) error {
	if c.JSON {
		return json.NewEncoder(s.out).Encode(d)
	}
	s.printf("%s for %s: %s\n%s\n", d.Ref, printable(d.Collection.Title), d.Outcome, printable(d.Reason))
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, o := range d.Objects {
		change := "as before"
		if o.New {
			change = "new"
		}
		_, _ = fmt.Fprintf(w, "  %s\t%s\t%s\n", o.Type, change, printable(string(o.Raw)))
	}
	_ = w.Flush()
	for _, c := range d.Changed {
		s.printf("In %s, %s was %s\n", c.Type, c.Field, c.Became)
	}
	if d.Waits != "" {
		s.printf("Waits for a second person: firehall release approve %s\n", d.Waits)
	}
	for _, l := range d.Leaks {
		s.printf("Stopped: %s\n", printable(l))
	}
	for _, kind := range d.Without {
		s.printf("Left out: STIX has no form for %s\n", printable(kind))
	}
	if d.Stricter > 0 {
		s.printf("Left out: %d whose own label is stricter\n", d.Stricter)
	}
	return nil
}

// sharingWithdrawCmd is `firehall sharing withdraw ITEM --collection C --reason WHY`.
type sharingWithdrawCmd struct {
	Item       string `arg:"" help:"The number or id of an incident, or the id of a finding."`
	Collection string `required:"" help:"The alias or id of the collection." placeholder:"NAME"`
	Reason     string `required:"" help:"Why: it stands on record."`
}

// Run takes it out.
func (c *sharingWithdrawCmd) Run(s *session) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	n, err := a.Give.Withdraw(s.ctx, actor, c.Item, c.Collection, c.Reason)
	if err != nil {
		return err
	}
	s.printf("%d objects taken out. Who read them has them still: firehall release holders %s\n", n, c.Item)
	return nil
}

// sharingBundleCmd is `firehall sharing bundle ITEM`.
type sharingBundleCmd struct {
	Item string `arg:"" help:"The number or id of an incident, or the id of a finding."`
	Out  string `short:"o" help:"The file; standard output if not given." placeholder:"FILE"`
}

// Run writes the bundle.
func (c *sharingBundleCmd) Run(s *session) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	if err := s.taken(a, actor, "sharing bundle", c.Item, c.Out); err != nil {
		return err
	}
	b, err := a.Give.Bundle(s.ctx, actor, c.Item)
	if err != nil {
		return err
	}
	return writeBundle(s, &b, c.Out)
}

// writeBundle writes a bundle to a new file, or to standard output for "".
func writeBundle(s *session, b *give.Bundle, out string) error {
	if out == "" {
		return b.Write(s.out)
	}
	f, err := os.OpenFile(s.path(out), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return problem.Wrap(problem.Conflict, err, "make the file")
	}
	if err := b.Write(f); err != nil {
		_ = f.Close()
		return err
	}
	return problem.Wrap(problem.Unavailable, f.Close(), "write the bundle")
}
