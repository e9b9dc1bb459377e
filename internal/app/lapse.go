package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/delivery/queue"
	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
)

// The team is told before somebody's agreement or account runs out, so early, each once: into its queue, and by mail.
const (
	lapsePause = time.Hour
	lapseTime  = 5 * time.Minute
	lapseLease = "account.lapse"
	day        = 24 * time.Hour
)

var lapseAhead = []time.Duration{7 * day, 30 * day} // the nearest first

// lapse is something that runs out.
type lapse struct {
	kind, object string // of the task
	what, advice string
	expires      time.Time
	tell         func(*sqldb.Tx) error // tells whom else it concerns; nil: nobody
}

// remindOfLapses tells the team what runs out soon. Of several processes one does.
func (a *App) remindOfLapses(ctx context.Context) (err error) {
	leases := lease.New(a.DB, a.Clock)
	token, err := leases.Acquire(ctx, lapseLease, "lapse "+id.New(), lapseTime)
	if err != nil {
		return err // Conflict: another process does it
	}
	defer func() { err = errors.Join(err, leases.Release(context.WithoutCancel(ctx), token)) }()
	actor := identity.System("accounts")
	list, err := a.lapses(ctx, actor)
	if err != nil || len(list) == 0 {
		return err
	}
	return a.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := lease.Check(tx, token); err != nil {
			return err
		}
		untold, err := a.raiseLapses(tx, list)
		if err != nil || len(untold) == 0 {
			return err
		}
		return a.mailLapses(ctx, tx, actor, untold)
	})
}

// lapses lists what runs out within the longest time.
func (a *App) lapses(ctx context.Context, actor identity.Actor) (list []lapse, err error) {
	most := slices.Max(lapseAhead)
	agreements, err := a.Accounts.Lapsing(ctx, actor, most)
	if err != nil {
		return nil, err
	}
	for _, g := range agreements {
		list = append(list, lapse{
			kind: "agreement-lapse", object: g.ID, expires: g.Expires, what: fmt.Sprintf("The agreement (%s) of %s ends", g.Kind, render.Clean(g.Login, 100)),
			advice: "Ask for a signature under a new one, and record it on the page of the person: without one in force nobody can be a member of an incident.",
		})
	}
	teams, err := a.teamLapses(ctx, actor, most)
	if err != nil {
		return nil, err
	}
	list = append(list, teams...)
	people, err := a.Accounts.List(ctx, actor)
	now := a.Clock.Now()
	for _, p := range people {
		if p.State == account.Active && p.Expires.After(now) && !p.Expires.After(now.Add(most)) {
			list = append(list, lapse{
				kind: "account-lapse", object: p.ID, expires: p.Expires, what: "The account of " + render.Clean(p.Login, 100) + " ends",
				advice: "Give it a later end on the page of the person, or see that their work is handed over.",
			})
		}
	}
	return list, err
}

// raiseLapses puts into the queue what was not told yet at this distance, and gives it back.
func (a *App) raiseLapses(tx *sqldb.Tx, list []lapse) (untold []lapse, err error) {
	now := a.Clock.Now()
	for _, l := range list {
		// Another end of the same thing, and a nearer time, are told anew.
		object := fmt.Sprintf("%s/%s/%d", l.object, l.expires.UTC().Format(time.DateOnly), l.ahead(now)/day)
		told, err := queue.Raised(tx, l.kind, object)
		if err != nil {
			return nil, err
		}
		if told {
			continue
		}
		_, err = queue.Raise(tx, now, queue.Task{
			Kind: l.kind, Object: object, Title: l.what + " on " + l.expires.UTC().Format(time.DateOnly), Detail: "At " + l.expires.UTC().Format(time.RFC3339) + ".", Advice: l.advice,
		})
		if err != nil {
			return nil, err
		}
		if l.tell != nil {
			if err := l.tell(tx); err != nil {
				return nil, err
			}
		}
		untold = append(untold, l)
	}
	return untold, nil
}

// ahead is which of the times before the end has come.
func (l lapse) ahead(now time.Time) time.Duration {
	for _, d := range lapseAhead {
		if !l.expires.After(now.Add(d)) {
			return d
		}
	}
	return slices.Max(lapseAhead)
}

// mailLapses writes to the team, if it has a mailbox and a way to it.
func (a *App) mailLapses(ctx context.Context, tx *sqldb.Tx, actor identity.Actor, list []lapse) error {
	m := a.Config.Mail
	if a.Config.Team.Email == "" || a.mailFault != nil || m.Relay == "" && m.Maildir == "" {
		return nil
	}
	permit, to, err := a.Release.ForTeam(tx, actor, "accounts")
	if err != nil {
		return err
	}
	zone, err := a.zone()
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, l := range list {
		fmt.Fprintf(&b, "%s on %s.\n  what to do: %s\n\n", l.what, stamp(l.expires, zone), l.advice)
	}
	b.WriteString("This is told 30 and 7 days before, once each. The same stands in the team's queue.\n")
	subject := fmt.Sprintf("Accounts: %d to look at", len(list))
	ready, err := a.Delivery.Compose(ctx, permit, delivery.Draft{
		ID: id.NewAt(a.Clock.Now()), To: to, ToName: a.Config.Team.Name, Subject: subject, Generic: subject, Text: b.String(),
		Label: permit.Label(), Language: "en", Date: a.Clock.Now(),
	})
	if err != nil {
		return err
	}
	return a.Delivery.Enqueue(tx, permit, ready)
}
