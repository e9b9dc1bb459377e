package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/identity"
)

type feedTokenCmd struct {
	Feed   string `arg:"" help:"The feed."`
	Name   string `help:"Whose it is, for people." placeholder:"NAME"`
	List   bool   `help:"List the feed's tokens instead."`
	Revoke string `help:"End a token instead." placeholder:"ID"`
	JSON   bool   `help:"Print JSON."`
}

// Run makes a token, lists tokens or ends one.
func (c *feedTokenCmd) Run(s *session) error {
	if c.List && c.Revoke != "" {
		return problem.New(problem.Invalid, "--list and --revoke do not go together")
	}
	a, actor, stop, err := s.open(!c.List)
	if err != nil {
		return err
	}
	defer stop()
	if err := a.KnowsFeed(c.Feed); err != nil {
		return err
	}
	switch {
	case c.List:
		return c.list(s, a, actor)
	case c.Revoke != "":
		if err := a.Tokens.Revoke(s.ctx, actor, c.Revoke); err != nil {
			return err
		}
		s.printf("Token %s is revoked: nobody pushes with it any more.\n", c.Revoke)
		return nil
	}
	return c.make(s, a, actor)
}

// make prints the token alone on standard output, so that a script can keep it.
func (c *feedTokenCmd) make(s *session, a *app.App, actor identity.Actor) error {
	text, tok, err := a.Tokens.New(s.ctx, actor, c.Name, c.Feed)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(map[string]any{"token": text, "id": tok.ID, "feed": tok.Feed, "name": tok.Name})
	}
	s.printf("%s\n", text)
	_, _ = fmt.Fprintf(s.err, "This is shown once. Who has it may push to %s: POST /api/v1/feeds/%s/push with Authorization: Bearer TOKEN.\nIt is ended by %s\n",
		c.Feed, c.Feed, s.command("feed", "token", c.Feed, "--revoke", tok.ID))
	return nil
}

func (c *feedTokenCmd) list(s *session, a *app.App, actor identity.Actor) error {
	list, err := a.Tokens.List(s.ctx, actor, c.Feed)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(list)
	}
	if len(list) == 0 {
		s.printf("Nobody may push to %s. %s makes a token.\n", c.Feed, s.command("feed", "token", c.Feed))
	}
	for _, t := range list {
		state := "never used"
		if !t.Used.IsZero() {
			state = "last used " + t.Used.Format(time.DateTime) + " UTC"
		}
		if !t.Revoked.IsZero() {
			state = "revoked " + t.Revoked.Format(time.DateTime) + " UTC"
		}
		s.printf("%s  made %s UTC, %s  %s\n", t.ID, t.Created.Format(time.DateTime), state, render.Clean(t.Name, 200))
	}
	return nil
}

type feedHealthCmd struct {
	JSON bool `help:"Print JSON."`
}

// Run tells how the feeds are; the exit code says whether one is not well.
func (c *feedHealthCmd) Run(s *session) error {
	a, actor, stop, err := s.open(false)
	if err != nil {
		return err
	}
	defer stop()
	list, err := a.Feeds.Health(s.ctx, actor)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(list)
	}
	if len(list) == 0 {
		s.printf("There is no feed yet.\n")
	}
	well := true
	for _, h := range list {
		since := ""
		if !h.Since.IsZero() {
			since = ", since " + h.Since.Format("2006-01-02 15:04") + " UTC"
			if h.State == feed.Well {
				since = ", last " + h.Since.Format("2006-01-02 15:04") + " UTC"
			}
		}
		s.hang("    ", fmt.Sprintf("%s: %s: %s%s", h.Feed, strings.ToUpper(string(h.State)), render.Clean(h.Reason, 500), since))
		if h.Do != "" {
			s.hang("      ", h.Do)
		}
		well = well && h.State == feed.Well
	}
	if !well {
		return errPartly
	}
	return nil
}

type feedRunsCmd struct {
	Feed  string `arg:"" optional:"" help:"Only this feed."`
	Limit int    `help:"At most so many." default:"50"`
}

// Run lists when feeds came.
func (c *feedRunsCmd) Run(s *session) error {
	a, actor, stop, err := s.open(false)
	if err != nil {
		return err
	}
	defer stop()
	p, err := a.Feeds.Runs(s.ctx, actor, c.Feed, page.Request{Limit: c.Limit})
	if err != nil {
		return err
	}
	for _, r := range p.Items {
		door := r.Door
		if door == "" {
			door = "command line"
		}
		s.printf("%s UTC  %s, %s: %s\n", r.At.Format(time.DateTime), r.Feed, door, r.Outcome)
		s.hang("    ", runLine(r))
	}
	if len(p.Items) == 0 {
		s.printf("Nothing came yet.\n")
	}
	return nil
}

// runLine says what a run brought.
func runLine(r feed.Run) string {
	switch {
	case r.Error != "":
		return render.Clean(r.Error, 300)
	case r.Intake == nil:
		return "nothing new"
	}
	if r.Outcome == feed.RunKnown {
		return fmt.Sprintf("%s: came before as intake %s: %s, nothing new in it", render.Clean(r.Name, 200), r.Intake.ID, plural(r.Intake.Counts.Rows, "row"))
	}
	text := render.Clean(r.Name, 200) + ": " + outcome(*r.Intake)
	if lag, ok := r.Lag(); ok {
		text += fmt.Sprintf("; its latest event was %s old; %s rows a second", lag.Truncate(time.Second), grouped(int64(r.Rate())))
	}
	return text
}
