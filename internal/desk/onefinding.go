package desk

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/event/finding/search"
	"github.com/firehall/firehall/internal/identity"
)

// FindingOwner is whose a finding is.
type FindingOwner struct {
	ID      string `json:"id,omitempty"`   // of the organisation; "" for nobody that we know
	Name    string `json:"name,omitempty"` // its name
	Network string `json:"-"`              // id of the registered network
	Rule    string `json:"rule,omitempty"`
}

// FindingAbout is what a page tells of a finding; its events are asked for apart (FindingEvents), since they lie elsewhere.
type FindingAbout struct {
	FindingDetail
	Key     finding.Key
	Version int64 // to be given back with HandFinding
	Owner   FindingOwner
	Now     FindingOwner // what the register says at this moment
}

// Moved tells whether the register names another owner now.
func (a FindingAbout) Moved() bool { return a.Owner.ID != a.Now.ID }

// AboutFinding gives one finding by its id or a unique beginning of it.
func (d *Desk) AboutFinding(ctx context.Context, actor identity.Actor, id string) (FindingAbout, error) {
	detail, f, err := d.aboutFinding(ctx, actor, id)
	if err != nil {
		return FindingAbout{}, err
	}
	out := FindingAbout{
		FindingDetail: detail, Key: f.Key, Version: f.Version,
		Owner: FindingOwner{ID: f.Organisation, Name: detail.Finding.Organisation, Network: f.Network, Rule: f.Rule},
	}
	out.Now = out.Owner
	if d.o.Owner == nil {
		return out, nil
	}
	out.Now = FindingOwner{}
	out.Now.ID, out.Now.Network, out.Now.Rule = d.o.Owner(f)
	if out.Now.ID == "" {
		return out, nil
	}
	o, err := d.o.Register.Organisation(ctx, actor, out.Now.ID)
	out.Now.Name = o.Name
	return out, err
}

// HandFinding gives a finding to the owner whom the register names now. version is that of the finding as it was looked at. It reports whether
// anything changed. Errors: as finding.Store.Hand.
func (d *Desk) HandFinding(ctx context.Context, actor identity.Actor, key finding.Key, version int64) (bool, error) {
	if err := actor.Authorise(finding.OpReattribute, key.ID()); err != nil || d.o.Owner == nil {
		return false, err
	}
	return d.o.Findings.Hand(ctx, actor, key, version, d.o.Owner)
}

// Sight is how many events of a finding lie in a span of time.
type Sight struct {
	From, To time.Time
	Events   int
}

// Sights are a finding's events over time, and the newest of them.
type Sights struct {
	Spans  []Sight // the oldest first, without gaps
	Newest []FindingEvent
	Cut    bool // only the newest were counted
}

// mostSights is how many events of a finding are counted over time.
const mostSights = 2000

// FindingSights gives a finding's events over time, in days or hours of the team's zone, and the newest with all fields.
func (d *Desk) FindingSights(ctx context.Context, actor identity.Actor, id string) (Sights, error) {
	if err := actor.Authorise(search.OpSearch, id); err != nil {
		return Sights{}, err
	}
	f, err := d.o.Findings.Get(ctx, actor, id)
	if err != nil {
		return Sights{}, err
	}
	events, err := d.eventsBehind(ctx, f, mostSights)
	if err != nil {
		return Sights{}, err
	}
	out := Sights{Newest: events[:min(shownEvents, len(events))], Cut: len(events) == mostSights}
	out.Spans = spansOf(events, d.o.Zone)
	return out, nil
}

// The widths of spans: hours up to two days, days up to three months, then weeks.
const (
	hourly = 48 * time.Hour
	daily  = 92 * 24 * time.Hour
)

// spansOf counts events, the newest first, in spans of calendar time.
func spansOf(events []FindingEvent, zone *time.Location) []Sight {
	if len(events) == 0 {
		return nil
	}
	first, last := events[len(events)-1].Time, events[0].Time
	next := stepOf(last.Sub(first))
	var out []Sight
	for at := beginOf(first.In(zone), last.Sub(first)); !at.After(last); at = next(at) {
		out = append(out, Sight{From: at, To: next(at)})
	}
	i := len(out) - 1
	for _, e := range events {
		for i > 0 && e.Time.Before(out[i].From) {
			i--
		}
		out[i].Events++
	}
	return out
}

func beginOf(t time.Time, span time.Duration) time.Time {
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
	switch {
	case span <= hourly:
		return t.Truncate(time.Hour)
	case span <= daily:
		return day
	}
	return day.AddDate(0, 0, -(int(day.Weekday())+6)%7) // weeks begin on Monday
}

func stepOf(span time.Duration) func(time.Time) time.Time {
	switch {
	case span <= hourly:
		return func(t time.Time) time.Time { return t.Add(time.Hour) }
	case span <= daily:
		return func(t time.Time) time.Time { return t.AddDate(0, 0, 1) }
	}
	return func(t time.Time) time.Time { return t.AddDate(0, 0, 7) }
}
