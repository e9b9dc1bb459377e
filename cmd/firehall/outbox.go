package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/identity"
)

type outboxCmd struct {
	List    outboxListCmd    `cmd:"" default:"withargs" help:"The messages, newest first, and what keeps those that wait."`
	Show    outboxShowCmd    `cmd:"" help:"One message: where it stands, what the other side said, its bytes."`
	Send    outboxSendCmd    `cmd:"" help:"Send what is due."`
	Release outboxReleaseCmd `cmd:"" help:"Let a held message go."`
	Arrived outboxArrivedCmd `cmd:"" help:"A message in doubt has arrived, you know."`
	Cancel  outboxCancelCmd  `cmd:"" help:"Keep a message from being sent, for good."`
	Retry   outboxRetryCmd   `cmd:"" help:"Send a message that waits, or was refused, with the next run."`
}

type outboxListCmd struct {
	State string `help:"Only those in this state: queued, sending, accepted, doubtful, held, refused, bounced, cancelled." placeholder:"STATE"`
	Batch string `help:"Only those of one run of notify." placeholder:"ID"`
	Limit int    `help:"At most so many (1000 at most)." default:"50"`
	After string `help:"Go on after this cursor, which the page before ended with." placeholder:"CURSOR"`
	JSON  bool   `help:"Print JSON."`
}

// outboxView is what outbox list prints as JSON.
type outboxView struct {
	delivery.Outbox
	Stops    []delivery.StopOrder `json:"stops"`
	Messages []delivery.Delivery  `json:"messages"`
	More     page.Cursor          `json:"more,omitempty"`
}

// Run lists messages.
func (c *outboxListCmd) Run(s *session) error {
	q := delivery.Query{Batch: c.Batch, Request: page.Request{After: page.Cursor(c.After), Limit: c.Limit}}
	if c.State != "" {
		var err error
		if q.State, err = delivery.ParseState(c.State); err != nil {
			return err
		}
	}
	a, actor, stop, err := s.open(false)
	if err != nil {
		return err
	}
	defer stop()
	v, err := c.view(s, a, actor, q)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(v)
	}
	s.tellOutbox(v)
	return nil
}

func (c *outboxListCmd) view(s *session, a *app.App, actor identity.Actor, q delivery.Query) (v outboxView, err error) {
	if v.Outbox, err = a.Delivery.Count(s.ctx, actor); err != nil {
		return v, err
	}
	if v.Stops, err = a.Delivery.Stops(s.ctx, actor); err != nil {
		return v, err
	}
	list, err := a.Delivery.List(s.ctx, actor, q)
	v.Messages, v.More = list.Items, list.Next
	if v.Stops == nil {
		v.Stops = []delivery.StopOrder{}
	}
	if v.Messages == nil {
		v.Messages = []delivery.Delivery{}
	}
	return v, err
}

func (s *session) tellOutbox(v outboxView) {
	s.tellStops(v.Stops)
	if v.Down != "" {
		s.hang("NOT WORKING: ", render.Clean(v.Down, 500))
	}
	var sums []string
	for _, state := range delivery.States() {
		if n := v.States[state]; n > 0 {
			sums = append(sums, grouped(n)+" "+words(state))
		}
	}
	if len(sums) == 0 {
		s.printf("There are no messages yet.\n")
		return
	}
	s.printf("%s.\n", strings.Join(sums, ", "))
	if v.Withheld > 0 {
		s.hang("", grouped(v.Withheld)+" kept back, as they may not go as things are now; firehall outbox show ID says why.")
	}
	if !v.Next.IsZero() {
		s.printf("The next is due %s.\n", v.Next.Format(time.DateTime))
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, d := range v.Messages {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", d.ID, d.Created.Format(time.DateTime), words(d.State), render.Clean(d.Address, 40), render.Clean(d.Subject, 60))
	}
	_ = w.Flush()
	if v.More != "" {
		s.printf("There is more: %s\n", s.command("outbox", "--after", string(v.More)))
	}
}

// words is a state as people say it.
func words(s delivery.State) string {
	if s == delivery.InDoubt {
		return "in doubt"
	}
	return string(s)
}

type outboxSendCmd struct {
	JSON bool `help:"Print JSON."`
}

// Run sends what is due.
func (c *outboxSendCmd) Run(s *session) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	t, err := s.deliver(a, actor, c.JSON)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(t)
	}
	return s.tellTally(a, actor, t)
}

// deliver sends what is due, and shows how it goes.
func (s *session) deliver(a *app.App, actor identity.Actor, quiet bool) (delivery.Tally, error) {
	p := newProgress(s.err, quiet)
	defer p.end()
	return a.Deliver(s.ctx, actor, func(t delivery.Tally) {
		p.say("%s sent, %s put off, %s refused", grouped(t.Sent), grouped(t.Deferred+t.Doubtful), grouped(t.Failed))
	})
}

// tellTally says what was sent, and what waits for what.
func (s *session) tellTally(a *app.App, actor identity.Actor, t delivery.Tally) error {
	s.printf("%s messages sent.\n", grouped(t.Sent))
	for _, l := range []struct {
		n    int64
		text string
	}{
		{t.Deferred, "put off by the other side; tried again later"},
		{t.Doubtful, "in doubt, since the connection broke at their end; repeated later with the same Message-ID"},
		{t.Failed, "refused for good: " + s.command("queue")},
		{t.Held, "in doubt and held: " + s.command("queue")},
		{t.Stopped, "stopped"},
		{t.Withheld, "kept back, as they may not go as things are now: " + s.command("outbox", "--state", "held")},
	} {
		if l.n > 0 {
			s.hang("  ", grouped(l.n)+" "+l.text)
		}
	}
	if t.Waiting > 0 {
		s.printf("  %s wait; the next is due %s\n", grouped(t.Waiting), t.Next.Format(time.DateTime))
	}
	if t.Down != "" {
		s.hang("NOT WORKING: ", render.Clean(t.Down, 500))
	}
	stops, err := a.Delivery.Stops(s.ctx, actor)
	s.tellStops(stops)
	return err
}

type outboxReleaseCmd struct {
	ID string `arg:"" help:"The message."`
}

// Run lets a held message go.
func (c *outboxReleaseCmd) Run(s *session) error {
	return s.change(c.ID, "goes with the next run", func(w *delivery.Service, actor identity.Actor) error { return w.Release(s.ctx, actor, c.ID) })
}

type outboxRetryCmd struct {
	ID string `arg:"" help:"The message."`
}

// Run makes a message due.
func (c *outboxRetryCmd) Run(s *session) error {
	return s.change(c.ID, "goes with the next run", func(w *delivery.Service, actor identity.Actor) error { return w.Retry(s.ctx, actor, c.ID) })
}

type outboxArrivedCmd struct {
	ID     string `arg:"" help:"The message."`
	Reason string `help:"How you know." required:"" placeholder:"TEXT"`
}

// Run ends a doubt.
func (c *outboxArrivedCmd) Run(s *session) error {
	return s.change(c.ID, "counts as accepted", func(w *delivery.Service, actor identity.Actor) error {
		return w.Confirm(s.ctx, actor, c.ID, c.Reason)
	})
}

type outboxCancelCmd struct {
	ID     string `arg:"" help:"The message."`
	Reason string `help:"Why." required:"" placeholder:"TEXT"`
}

// Run cancels a message.
func (c *outboxCancelCmd) Run(s *session) error {
	return s.change(c.ID, "is cancelled; what it was to tell is due again", func(w *delivery.Service, actor identity.Actor) error {
		return w.Cancel(s.ctx, actor, c.ID, c.Reason)
	})
}

// change makes one small change to one message, and says what is so now.
func (s *session) change(id, now string, do func(*delivery.Service, identity.Actor) error) error {
	w, actor, done, err := s.openSwitch()
	if err != nil {
		return err
	}
	defer done()
	if err := do(w.Delivery, actor); err != nil {
		return err
	}
	s.printf("Message %s %s.\n", id, now)
	return nil
}

type outboxShowCmd struct {
	ID   string `arg:"" help:"The message."`
	Raw  bool   `help:"Print what is sent, byte for byte."`
	JSON bool   `help:"Print JSON."`
}

// messageView is what outbox show prints as JSON.
type messageView struct {
	delivery.Delivery
	History []delivery.Attempt `json:"history,omitempty"`
}

// Run shows a message.
func (c *outboxShowCmd) Run(s *session) error {
	a, actor, stop, err := s.open(false)
	if err != nil {
		return err
	}
	defer stop()
	if c.Raw {
		if err := s.taken(a, actor, "outbox show", c.ID, ""); err != nil {
			return err
		}
		b, err := a.Delivery.Bytes(s.ctx, actor, c.ID)
		if err != nil {
			return err
		}
		_, err = s.out.Write(b)
		return err
	}
	d, history, err := a.Delivery.Get(s.ctx, actor, c.ID)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(messageView{d, history})
	}
	s.tellMessage(d, history)
	return nil
}

func (s *session) tellMessage(d delivery.Delivery, history []delivery.Attempt) {
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	line := func(name, value string) {
		if value != "" {
			_, _ = fmt.Fprintf(w, "%s\t%s\n", name, render.Clean(value, 300))
		}
	}
	line("state", words(d.State))
	line("to", d.Address+" ("+d.ToName+")")
	line("subject", d.Subject)
	line("label", d.Label.String())
	line("message-id", d.MessageID)
	line("return path", d.ReturnPath)
	line("feeds", strings.Join(d.Feeds, ", "))
	line("batch", d.Batch)
	line("released by", d.Decision)
	line("size", grouped(d.Size)+" bytes")
	for _, t := range []struct {
		name string
		at   time.Time
	}{{"queued", d.Created}, {"first attempt", d.First}, {"latest attempt", d.Last}, {"ended", d.Settled}, {"due", d.Next}} {
		if !t.at.IsZero() {
			line(t.name, t.at.Format(time.DateTime))
		}
	}
	line("attempts", fmt.Sprint(d.Attempts))
	line("stopped by", d.Stopped.String())
	if d.Withheld != "" {
		line("kept back", d.Withheld+": "+d.Detail)
		d.Detail = ""
	}
	line("they said", strings.TrimSpace(fmt.Sprint(nonzero(d.Code), " ", d.Status, " ", d.Detail)))
	_ = w.Flush()
	for _, h := range history {
		s.hang("  "+h.At.Format(time.DateTime)+"  "+h.Outcome+": ", render.Clean(fmt.Sprint(nonzero(h.Code), " ", h.Status, " ", h.Detail), 300))
	}
}

// nonzero writes a number, or nothing for 0.
func nonzero(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}
