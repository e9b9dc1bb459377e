package app

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/event/rollup"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/notification"
	"github.com/firehall/firehall/internal/platform/jobs"
)

// openBoard makes what the overview asks, each room by what it is asked here, and says what pages hear of.
func (a *App) openBoard() error {
	a.Live.Watch(desk.Marks)
	a.Board = desk.NewBoard(desk.BoardOptions{
		Desk: a.Desk, Delivery: a.Delivery, Tasks: a.Queue, Approvals: a.approvals, Hours: a.hours, Intakes: a.intakes,
		Health: []desk.HealthFunc{a.feedHealth, a.diskHealth, a.loopHealth, a.jobHealth, a.mailHealth},
	})
	return nil
}

// approvals is what waits for a person's word.
func (a *App) approvals(ctx context.Context, actor identity.Actor) (out desk.Approvals, err error) {
	p, err := a.planned(ctx, actor, notification.PlanOptions{})
	for _, m := range p.Messages {
		if len(m.Waits) > 0 && m.Held == "" && !m.Approved {
			out.Messages++
			out.Findings += m.Findings
			out.Waits = append(out.Waits, m.Waits...)
		}
	}
	slices.Sort(out.Waits)
	out.Waits = slices.Compact(out.Waits)
	return out, err
}

// planned is what would be sent now, asked once for everybody who looks: to plan for many findings takes a second. What people decide about
// messages is in it at once.
func (a *App) planned(ctx context.Context, actor identity.Actor, o notification.PlanOptions) (notification.Plan, error) {
	if err := actor.Authorise(notification.OpPlan, o.Organisation); err != nil {
		return notification.Plan{}, err
	}
	q := desk.Dear{
		Text: fmt.Sprintf("plan %q", o), Of: []string{desk.LiveFindings},
		AtOnce: []string{desk.LiveApproval, desk.LiveMessages, desk.LiveRegister, desk.LiveStops},
	}
	return desk.Remembered(ctx, a.Desk, q, func(ctx context.Context) (notification.Plan, error) { return a.Notify.Plan(ctx, actor, o) })
}

// hours counts the events that arrived, by class and hour.
func (a *App) hours(ctx context.Context, from, to time.Time) ([]desk.ClassHours, error) {
	got, err := a.Rollup().Ask(ctx, rollup.Question{From: from, To: to.Add(time.Second), Clock: rollup.Arrived, Step: rollup.Hour, By: rollup.ByType, Zone: time.UTC})
	if err != nil {
		return nil, err
	}
	hours := int(to.Sub(from)/time.Hour) + 1
	out := make([]desk.ClassHours, 0, len(got.Series))
	for _, s := range got.Series {
		c := desk.ClassHours{Class: s.Value, Hours: make([]int64, hours)}
		for _, p := range s.Points {
			if i := int(p.At.Sub(from) / time.Hour); !p.At.Before(from) && i < hours {
				c.Hours[i] += p.Events
			}
		}
		out = append(out, c)
	}
	return out, nil
}

// intakes tells whether anything was ever delivered.
func (a *App) intakes(ctx context.Context) (int64, error) {
	some, err := a.Feeds.List(ctx, identity.System("overview"), "", 1)
	return int64(len(some)), err
}

// feedHealth tells of feeds that are not well.
func (a *App) feedHealth(ctx context.Context, actor identity.Actor) (out []desk.Condition, err error) {
	list, err := a.Feeds.Health(ctx, actor)
	for _, c := range list {
		if c.State == feed.Well {
			continue
		}
		out = append(out, desk.Condition{
			Check: "feed", Object: c.Feed, Level: desk.Warns, Since: c.Since, Message: fmt.Sprintf("feed %s: %s", c.Feed, c.Reason), Do: c.Do, Page: "/feeds/" + c.Feed,
		})
	}
	return out, err
}

// diskHealth tells of a disk that fills up.
func (a *App) diskHealth(context.Context, identity.Actor) ([]desk.Condition, error) {
	free, err := a.FS.Free(a.dir())
	switch {
	case err != nil:
		return nil, err
	case free < noSpace:
		return []desk.Condition{{Check: "disk", Level: desk.Broken, Message: fmt.Sprintf("the disk is full: %d MB are free, and nothing is taken in", free>>20), Do: "free some space"}}, nil
	case free < littleSpace:
		return []desk.Condition{{Check: "disk", Level: desk.Warns, Message: fmt.Sprintf("the disk fills up: %d MB are free", free>>20), Do: "free some space, or shorten [retention]"}}, nil
	}
	return nil, nil
}

// loopHealth tells of what runs by itself and failed in its last rounds.
func (a *App) loopHealth(context.Context, identity.Actor) (out []desk.Condition, err error) {
	for _, l := range a.Loops() {
		if l.Failures == 0 {
			continue
		}
		c := desk.Condition{Check: "loop", Object: l.Name, Level: desk.Warns, Since: l.LastRun, Message: fmt.Sprintf("%s fails: %s", l.Name, l.LastError)}
		if l.Vital {
			c.Level = desk.Broken
		}
		out = append(out, c)
	}
	return out, nil
}

// jobHealth tells of jobs that failed for good.
func (a *App) jobHealth(ctx context.Context, actor identity.Actor) ([]desk.Condition, error) {
	counts, err := a.JobDesk().Counts(ctx, actor)
	if n := counts[jobs.Dead]; n > 0 {
		return []desk.Condition{{Check: "jobs", Level: desk.Warns, Page: "/jobs?state=dead", Message: fmt.Sprintf("%d jobs failed for good", n), Do: "look at each, then retry or discard it"}}, err
	}
	return nil, err
}

// mailHealth tells that mail cannot be sent at all as it is configured.
func (a *App) mailHealth(context.Context, identity.Actor) ([]desk.Condition, error) {
	if a.mailFault == nil {
		return nil, nil
	}
	return []desk.Condition{{Check: "mail", Level: desk.Broken, Message: "no mail can be sent: " + a.mailFault.Error(), Do: "mend [mail] in the configuration"}}, nil
}
