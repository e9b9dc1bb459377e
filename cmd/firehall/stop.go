package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/logging"
)

// stopWait is how long stop waits for what is under way to be cut off.
const stopWait = 3 * time.Second

type stopCmd struct {
	Kind   string `arg:"" optional:"" default:"all" enum:"all,channel,feed,batch" help:"What to stop: all, a channel (mail, webhook), a feed, a batch."`
	Name   string `arg:"" optional:"" help:"Its name."`
	Reason string `help:"Why: others will ask." placeholder:"TEXT"`
	List   bool   `help:"Stop nothing; show what is stopped."`
	JSON   bool   `help:"Print JSON."`
}

// Run stops, and says whether all is quiet.
func (c *stopCmd) Run(s *session) error {
	w, actor, done, err := s.openSwitch()
	if err != nil {
		return err
	}
	defer done()
	if c.List {
		return c.tell(s, w, actor)
	}
	scope, err := delivery.ScopeOf(c.Kind, c.Name)
	if err != nil {
		return err
	}
	if err := w.Delivery.Stop(s.ctx, actor, scope, c.Reason); err != nil {
		return err
	}
	quiet, err := w.Delivery.Quiet(s.ctx, stopWait)
	if err != nil {
		return err
	}
	if !quiet {
		_, _ = fmt.Fprint(s.err, "One message still counts as being sent: it ends, or the process that sent it has died. No other begins.\n")
	}
	return c.tell(s, w, actor)
}

func (c *stopCmd) tell(s *session, w *app.Switch, actor identity.Actor) error {
	orders, err := w.Delivery.Stops(s.ctx, actor)
	if err != nil {
		return err
	}
	if c.JSON {
		if orders == nil {
			orders = []delivery.StopOrder{}
		}
		return json.NewEncoder(s.out).Encode(orders)
	}
	s.tellStops(orders)
	if len(orders) == 0 {
		s.printf("Nothing is stopped.\n")
	}
	return nil
}

// tellStops prints what is stopped, by whom and why.
func (s *session) tellStops(orders []delivery.StopOrder) {
	for _, o := range orders {
		s.printf("STOPPED: %s, since %s, by %s: %s\n", render.Clean(o.Scope.String(), 80), o.At.Format(time.DateTime), render.Clean(o.By, 60), render.Clean(o.Reason, 200))
		s.printf("  %s waiting. %s\n", plural(o.Waiting, "message"), s.command(append([]string{"resume"}, o.Scope.Words()...)...))
	}
}

type resumeCmd struct {
	Kind string `arg:"" optional:"" default:"all" enum:"all,channel,feed,batch" help:"What to let go again: all, a channel, a feed, a batch."`
	Name string `arg:"" optional:"" help:"Its name."`
}

// Run lifts one order; others stay.
func (c *resumeCmd) Run(s *session) error {
	scope, err := delivery.ScopeOf(c.Kind, c.Name)
	if err != nil {
		return err
	}
	w, actor, done, err := s.openSwitch()
	if err != nil {
		return err
	}
	defer done()
	if err := w.Delivery.Resume(s.ctx, actor, scope); err != nil {
		return err
	}
	orders, err := w.Delivery.Stops(s.ctx, actor)
	if err != nil {
		return err
	}
	s.printf("%s may be sent again. %s sends what waits.\n", render.Clean(scope.String(), 80), s.command("outbox", "send"))
	s.tellStops(orders)
	return nil
}

// openSwitch opens the installation for one small change, without waiting for another process.
func (s *session) openSwitch() (*app.Switch, identity.Actor, func(), error) {
	actor, err := identity.OSUser()
	if err != nil {
		return nil, actor, nil, err
	}
	c, err := s.existing()
	if err != nil {
		return nil, actor, nil, err
	}
	log, err := logging.New(s.err, c.Log.Level, c.Log.Format)
	if err != nil {
		return nil, actor, nil, err
	}
	w, err := app.OpenSwitch(s.ctx, app.Options{Config: c, Log: log, Version: release()})
	if err != nil {
		return nil, actor, nil, err
	}
	return w, actor, func() {
		if err := w.Close(context.WithoutCancel(s.ctx)); err != nil {
			log.ErrorContext(s.ctx, "closing", "error", err)
		}
	}, nil
}
