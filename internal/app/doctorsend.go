package app

import (
	"fmt"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/delivery/queue"
)

// sending looks at everything between a finding and its owner: facts that wait, the ways out, what stops or holds messages, and what waits
// for a person.
func (e *examination) sending() {
	e.facts()
	channels, err := e.channels()
	if err != nil {
		e.bad("mail", "mend [mail] of the configuration: firehall config explains each key", "%v", err)
	} else {
		e.ways(channels)
	}
	e.Delivery, e.Queue = e.deliveryBy(channels, nil), queue.New(e.DB, e.Clock)
	e.outbox()
	e.tasks()
}

func (e *examination) facts() {
	if err := e.openFindings(); err != nil {
		e.bad("findings", "", "%v", err)
		return
	}
	n, err := e.Findings.Waiting(e.ctx)
	switch {
	case err != nil:
		e.bad("findings", "", "%v", err)
	case n > 0:
		e.good("findings", "facts that wait to be applied: %d; firehall findings and firehall notify do it", n)
	default:
		e.good("findings", "all facts are applied")
	}
}

// ways tells by which channels messages can leave.
func (e *examination) ways(channels []delivery.Channel) {
	const check = "mail"
	m := e.Config.Mail
	switch {
	case len(channels) < 2:
		e.good(check, "none is sent: team.email, and mail.relay or mail.maildir, are not set")
	case m.Relay != "":
		e.good(check, "by the relay %s, TLS %s", m.Relay, m.TLS)
	case m.Maildir != "":
		e.good(check, "into the maildir %s", m.Maildir)
	default:
		e.good(check, "none is sent: mail.relay and mail.maildir are not set")
	}
}

// outbox tells what is stopped, down, held, in doubt.
func (e *examination) outbox() {
	const check = "outbox"
	stops, err := e.Delivery.Stops(e.ctx, e.actor)
	if err != nil {
		e.bad(check, "", "%v", err)
		return
	}
	for _, o := range stops {
		e.warn(check, "firehall resume "+strings.Join(o.Scope.Words(), " "), "%s is stopped by %s since %s: %s; messages that wait for it: %d",
			o.Scope, o.By, o.At.UTC().Format("2006-01-02 15:04"), strings.TrimRight(o.Reason, ". "), o.Waiting)
	}
	all, err := e.Delivery.Count(e.ctx, e.actor)
	if err != nil {
		e.bad(check, "", "%v", err)
		return
	}
	if all.Down != "" {
		e.bad(check, "see to the relay; what waits is tried again by itself", "a channel does not work: %s", all.Down)
	}
	if n := all.States[delivery.Held] + all.States[delivery.InDoubt]; n > 0 {
		e.warn(check, "firehall outbox, and release, retry or cancel them", "messages held or in doubt: %d", n)
	}
	if len(stops) == 0 && all.Down == "" {
		e.good(check, "%s", counted(all.States))
	}
}

// counted says how many messages are in each state.
func counted(states map[delivery.State]int64) string {
	var parts []string
	for _, s := range delivery.States() {
		if n := states[s]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
		}
	}
	if len(parts) == 0 {
		return "no message was made yet"
	}
	return strings.Join(parts, ", ")
}

func (e *examination) tasks() {
	list, err := e.Queue.List(e.ctx, e.actor, false, 1000)
	var oldest time.Time
	for _, t := range list {
		if oldest.IsZero() || t.Raised.Before(oldest) {
			oldest = t.Raised
		}
	}
	switch {
	case err != nil:
		e.bad("queue", "", "%v", err)
	case len(list) > 0:
		e.warn("queue", "firehall queue shows them", "tasks that wait for a person: %d, the oldest since %s", len(list), oldest.UTC().Format("2006-01-02 15:04"))
	default:
		e.good("queue", "nothing waits for a person")
	}
}
