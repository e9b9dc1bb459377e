package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/sharing"
)

type keepSharedCmd struct{ keepFlags }

// Run erases what is kept for too long.
func (c *keepSharedCmd) Run(s *session) error {
	return keeping(s, c.keepFlags, func(a *app.App, actor identity.Actor) (sharing.Expired, error) {
		p := newProgress(s.err, c.JSON)
		defer p.end()
		return a.ExpireShared(s.ctx, actor, c.DryRun, heedErased(p))
	}, func(r sharing.Expired) { tellErased(s, c.keepFlags, r) })
}

// heedErased shows how far an erasing is.
func heedErased(p *progress) sharing.Heed {
	return func(_ *sqldb.Tx, so sharing.Expired) error {
		p.say("erased: %s, stay: %s", grouped(int64(so.Sum())), grouped(int64(so.Staying())))
		return nil
	}
}

// tellErased says what was erased, and what stays.
func tellErased(s *session, f keepFlags, r sharing.Expired) {
	s.printf("%s:\n", f.would("Erased", "Would be erased"))
	for _, line := range []struct {
		n    int
		what string
	}{
		{r.Old, "objects whose time is over"},
		{r.Revoked, "objects that their makers took back"},
		{r.Ended, "objects of teams with whom no agreement is in force any more"},
		{r.Back, "objects that who gave them asked to have erased"},
		{r.Aside, "things that had been set aside"},
		{r.Held, "copies that waited for the end of an embargo"},
	} {
		s.printf("  %s %s\n", grouped(int64(line.n)), line.what)
	}
	for _, why := range slices.Sorted(maps.Keys(r.Stay)) {
		s.printf("  %s more stay: %s\n", grouped(int64(r.Stay[why])), why)
	}
	if r.Stay[sharing.StayKept] > 0 {
		s.printf("What is kept, and why: firehall sharing kept\n")
	}
}

// sharingEraseCmd is `firehall sharing erase ORGANISATION --reason WHY`.
type sharingEraseCmd struct {
	keepFlags
	Organisation string `arg:"" help:"The team that gave it: its id or name in the register, or the id under which its objects are left."`
	Object       string `help:"The id of one object; all of theirs if not given." placeholder:"ID"`
	Reason       string `required:"" help:"Why: it stands on record."`
}

// Run erases.
func (c *sharingEraseCmd) Run(s *session) error {
	return keeping(s, c.keepFlags, func(a *app.App, actor identity.Actor) (sharing.Expired, error) {
		p := newProgress(s.err, c.JSON)
		defer p.end()
		return c.erase(s, a, actor, heedErased(p))
	}, func(r sharing.Expired) { tellErased(s, c.keepFlags, r) })
}

// erase erases what a team gave. Of one that left the register objects may be left, under its id.
func (c *sharingEraseCmd) erase(s *session, a *app.App, actor identity.Actor, heed sharing.Heed) (sharing.Expired, error) {
	organisation, unknown := s.registered(a, actor, c.Organisation)
	switch {
	case problem.Is(unknown, problem.NotFound):
		organisation = c.Organisation
	case unknown != nil:
		return sharing.Expired{}, unknown
	}
	out, err := a.Sharing.TakeBack(s.ctx, actor, organisation, c.Object, c.Reason, c.DryRun, heed)
	if unknown != nil && problem.Is(err, problem.NotFound) {
		err = unknown
	}
	return out, err
}

// sharingKeepCmd is `firehall sharing keep OBJECT --reason WHY`.
type sharingKeepCmd struct {
	Object string `arg:"" help:"The id of the object."`
	Reason string `required:"" help:"Why: it stands on record."`
}

// Run has an object stay.
func (c *sharingKeepCmd) Run(s *session) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	return a.Sharing.Keep(s.ctx, actor, c.Object, c.Reason)
}

// sharingLetGoCmd is `firehall sharing let-go OBJECT --reason WHY`.
type sharingLetGoCmd struct {
	Object string `arg:"" help:"The id of the object."`
	Reason string `required:"" help:"Why: it stands on record."`
}

// Run lets it go.
func (c *sharingLetGoCmd) Run(s *session) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	return a.Sharing.LetGo(s.ctx, actor, c.Object, c.Reason)
}

// sharingKeptCmd is `firehall sharing kept`.
type sharingKeptCmd struct {
	JSON bool `help:"Print JSON."`
}

// Run lists what is kept.
func (c *sharingKeptCmd) Run(s *session) error {
	a, actor, stop, err := s.open(false)
	if err != nil {
		return err
	}
	defer stop()
	list, err := a.Sharing.KeptObjects(s.ctx, actor)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(list)
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, k := range list {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", k.Object, k.Since.UTC().Format(time.RFC3339), printable(k.Actor), printable(k.Reason))
	}
	return w.Flush()
}

// sharingTakeCmd is `firehall sharing take ID`.
type sharingTakeCmd struct {
	ID string `arg:"" help:"The number of what was set aside."`
}

// Run takes it in.
func (c *sharingTakeCmd) Run(s *session) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	report, err := a.Hear.TakeIn(s.ctx, actor, c.ID)
	if err != nil {
		return err
	}
	s.printf("It is part of the report %s.\n", report)
	return nil
}

// sharingReplayCmd is `firehall sharing replay`.
type sharingReplayCmd struct{}

// Run hands on what came before.
func (c *sharingReplayCmd) Run(s *session) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	p := newProgress(s.err, false)
	n, err := a.Hear.Replay(s.ctx, actor, func(_ *sqldb.Tx, n int) error {
		p.say("handed on: %s", grouped(int64(n)))
		return nil
	})
	p.end()
	if err != nil {
		return err
	}
	s.printf("%s handed on. Incidents beyond what one team may send in a day are set aside, and can be taken in from there.\n", plural(int64(n), "object"))
	return nil
}
