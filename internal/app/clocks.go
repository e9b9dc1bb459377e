package app

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/delivery/queue"
	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/figure"
	"github.com/firehall/firehall/internal/incident/obligation"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// clockPause is between looks for clocks that are due.
const clockPause = 30 * time.Second

// openClocks makes the room of what the law, and the team itself, want by when.
func (a *App) openClocks() error {
	zone, err := a.zone()
	if err != nil {
		return err
	}
	c := a.Config.Clocks
	laws, err := obligation.Load(c.Laws)
	if err != nil {
		return err
	}
	o := obligation.Options{
		DB: a.DB, Clock: a.Clock, Log: a.Log, Incidents: a.Incidents, Laws: laws, Zone: zone, Holidays: c.Holidays, Always: c.Always, Tell: a.tellClock,
		Send: a.sendForward, Moments: figure.When, Worked: figure.WhenOf,
	}
	for _, s := range c.Remind {
		d, err := config.ParseDuration(s)
		if err != nil {
			return problem.New(problem.Invalid, "clocks.remind in the configuration: %v", err)
		}
		o.Remind = append(o.Remind, d)
	}
	if a.Clocks, err = obligation.New(o); err != nil {
		return err
	}
	a.Incidents.Hang(a.Clocks.Part())
	return nil
}

// sendForward mails what is passed on of an incident, in a dialogue of its own. Whom the law names is told whom it happened to.
func (a *App) sendForward(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, to incident.Party, subject, text string) (string, error) {
	v, err := a.Incidents.SendIn(tx, actor, in, to, subject, text, nil, incident.Whole)
	return v.ID, err
}

// remindOfClocks reminds of what is due soon, and escalates what is overdue.
func (a *App) remindOfClocks(ctx context.Context) error {
	for {
		r, err := a.Clocks.Remind(ctx, identity.System("clocks"))
		if r.Reminders+r.Escalated > 0 {
			a.Log.InfoContext(ctx, "the team is told of clocks", "reminders", r.Reminders, "overdue", r.Escalated)
			a.Live.Wake()
		}
		if err != nil || !r.More {
			return err
		}
	}
}

// tellClock tells the team of a clock: what is overdue stands in its queue too, unless the incident is restricted; that is told to its members alone.
func (a *App) tellClock(tx *sqldb.Tx, n obligation.Notice) error {
	zone, err := a.zone()
	if err != nil {
		return err
	}
	subject, text := clockNotice(n, a.clockURL(n), zone)
	if n.Overdue && !n.Restricted {
		t := queue.Task{
			Kind: "clock-overdue", Object: n.Obligation + "/" + n.Stage, Title: subject, Detail: "It was due at " + stamp(n.Due, zone) + ".",
			Advice: "Submit it now and record that you did, on the page of the incident's clocks; or decide there that it does not apply.",
		}
		if n.Report != "" {
			t.Object, t.Advice = n.Report+"/"+n.Stage, "Deal with the report now: take it, answer who reported it, or say what becomes of it. That ends its clock."
		}
		if _, err := queue.Raise(tx, n.Now, t); err != nil {
			return err
		}
	}
	return a.mailClock(tx, n, subject, text)
}

// clockNotice writes subject and text: numbers and times, and nothing of what happened.
func clockNotice(n obligation.Notice, url string, zone *time.Location) (subject, text string) {
	what := render.Clean(n.Law, 100) + ", " + render.Clean(n.Stage, 100)
	about := "incident " + n.Ref
	if n.Report != "" {
		about = "report " + n.Ref
	}
	if n.Overdue {
		return fmt.Sprintf("Overdue: %s, %s", what, about), fmt.Sprintf("%s was due at %s.\n\n%s\n\nThis is told once.\n", what, stamp(n.Due, zone), url)
	}
	return fmt.Sprintf("Due in %s: %s, %s", span(n.Due.Sub(n.Now)), what, about), fmt.Sprintf("%s is due at %s.\n\n%s\n", what, stamp(n.Due, zone), url)
}

// span writes a time for people: "1 d 3 h", "59 min".
func span(d time.Duration) string {
	d = d.Round(time.Minute)
	var parts []string
	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{day, "d"}, {time.Hour, "h"}, {time.Minute, "min"}} {
		if n := d / unit.of; n > 0 && len(parts) < 2 {
			parts, d = append(parts, fmt.Sprintf("%d %s", n, unit.name)), d%unit.of
		}
	}
	if len(parts) == 0 {
		return "less than a minute"
	}
	return strings.Join(parts, " ")
}

func (a *App) clockURL(n obligation.Notice) string {
	base := a.Config.Serve.PublicURL
	if base == "" {
		base = "http://" + a.Config.Serve.Listen
	}
	if n.Report != "" {
		return base + "/reports/" + n.Ref
	}
	return base + "/incidents/" + n.Ref + "/clocks"
}

// mailClock writes to those whom it concerns; of what is not restricted the team's mailbox hears too, if it is overdue or nobody else heard.
func (a *App) mailClock(tx *sqldb.Tx, n obligation.Notice, subject, text string) error {
	m := a.Config.Mail
	if a.mailFault != nil || m.Relay == "" && m.Maildir == "" {
		return nil // the page and the queue say it
	}
	told := 0
	for _, account := range n.People {
		address, language, err := a.mailboxOf(tx, account)
		if err != nil {
			return err
		}
		if address == "" {
			continue
		}
		permit, to, err := a.Release.ForPerson(tx, identity.System("clocks"), cmp.Or(n.Incident, n.Report), address)
		if err := a.mailNotice(tx, permit, to, language, subject, text, err); err != nil {
			return err
		}
		told++
	}
	if n.Restricted || told > 0 && !n.Overdue || a.Config.Team.Email == "" {
		return nil
	}
	permit, to, err := a.Release.ForTeam(tx, identity.System("clocks"), cmp.Or(n.Incident, n.Report))
	return a.mailNotice(tx, permit, to, "en", subject, text, err)
}

// mailNotice enqueues a notice under a permit. That there is no way to somebody keeps nothing from going on: the page says it too.
func (a *App) mailNotice(tx *sqldb.Tx, permit release.Permit, to constituency.Contact, language, subject, text string, err error) error {
	if problem.Is(err, problem.Invalid) {
		a.Log.WarnContext(tx.Context(), "somebody could not be written to about a clock", "error", err)
		return nil
	}
	if err != nil {
		return err
	}
	ready, err := a.Delivery.Compose(tx.Context(), permit, delivery.Draft{
		ID: id.NewAt(a.Clock.Now()), To: to, ToName: a.Config.Team.Name, Subject: subject, Generic: subject, Text: text, Label: permit.Label(), Language: language,
		Date: a.Clock.Now(),
	})
	if err != nil {
		return err
	}
	return a.Delivery.Enqueue(tx, permit, ready)
}
