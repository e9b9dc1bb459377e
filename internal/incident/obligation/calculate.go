package obligation

import (
	"slices"
	"strings"
	"time"
)

// State is how a stage stands.
type State string

// The states.
const (
	Pending State = "pending" // what it hangs on has not happened yet
	Running State = "running"
	Overdue State = "overdue"
	Done    State = "done"
	Late    State = "late" // done, after it was due
)

// Case is what a calculation goes by.
type Case struct {
	Now       time.Time
	Zone      *time.Location // the team's; nil: UTC. Zoneless moments keep the offset that they were given with
	Offsets   bool           // there is no team's zone: days and months are counted in the offset of their anchor
	Anchors   map[Anchor]time.Time
	Submitted map[string][]time.Time // by stage
	Facts     []string               // that hold
	Holidays  []string               // days that are no working days beside Saturdays and Sundays, as 2006-01-02
}

// Stage is a stage of a case.
type Stage struct {
	Obligation string    `json:"obligation,omitempty"` // id; empty outside an incident
	Law        string    `json:"law"`
	Track      string    `json:"track"`
	ID         string    `json:"stage"`
	Name       string    `json:"name"`
	French     string    `json:"fr,omitempty"`
	Article    string    `json:"article,omitempty"`
	By         Side      `json:"by"`
	State      State     `json:"state"`
	Due        time.Time `json:"due,omitzero"`       // zero while pending
	From       Anchor    `json:"from"`               // from which Due is counted, or which is waited for
	FromAt     time.Time `json:"from_at,omitzero"`   // zero while pending
	Within     Span      `json:"within"`             // of From
	Submitted  time.Time `json:"submitted,omitzero"` // the first time
	InForce    bool      `json:"in_force"`
	Moved      bool      `json:"moved,omitempty"` // Due would have been on no working day
}

// In gives the stage's name in a language.
func (s Stage) In(lang string) string { return in(lang, s.Name, s.French) }

// Stages calculates the stages of a track; "" is all tracks. Stages whose condition does not hold are left out.
func (l *Law) Stages(track string, c Case) (list []Stage) {
	for _, t := range l.Tracks {
		if track != "" && t.ID != track {
			continue
		}
		for _, r := range t.Stages {
			if holds(r.When, c.Facts) {
				list = append(list, l.stage(&t, &r, &c))
			}
		}
	}
	return list
}

// holds tells whether a condition is met.
func holds(when string, facts []string) bool {
	if fact, ok := strings.CutPrefix(when, "not "); ok {
		return !slices.Contains(facts, fact)
	}
	return when == "" || slices.Contains(facts, when)
}

func (l *Law) stage(t *Track, r *Rule, c *Case) Stage {
	s := Stage{
		Law: l.ID, Track: t.ID, ID: r.ID, Name: r.Name, French: r.French, Article: r.Article, By: r.By, State: Pending, From: r.From, Within: r.Within, InForce: l.Status == InForce,
	}
	l.due(r, c, &s)
	if !s.Due.IsZero() && r.Moves.To != "" && holds(r.Moves.When, c.Facts) {
		s.Due, s.Moved = r.Moves.apply(s.Due, l.zone(c, s.FromAt), c.Holidays)
	}
	s.Submitted = r.done(c)
	s.State = s.stands(c.Now)
	return s
}

// due finds when a stage is due: within its time of its anchor, but no later than the other limit, unless the anchor itself came later.
func (l *Law) due(r *Rule, c *Case, s *Stage) {
	from, known := c.at(r.From, r.Latest)
	if known {
		s.Due, s.FromAt = r.Within.After(from, l.zone(c, from)), from
	}
	most, ok := c.at(r.AtMost.From, r.Latest)
	if r.AtMost.From == "" || !ok {
		return
	}
	end := r.AtMost.Within.After(most, l.zone(c, most))
	if !known || end.Before(s.Due) && !end.Before(from) {
		s.Due, s.FromAt, s.From, s.Within = end, most, r.AtMost.From, r.AtMost.Within
	}
}

// at finds an anchor.
func (c *Case) at(a Anchor, latest bool) (time.Time, bool) {
	if stage := a.Stage(); stage != "" {
		list := c.Submitted[stage]
		if len(list) == 0 {
			return time.Time{}, false
		}
		if latest {
			return slices.MaxFunc(list, time.Time.Compare), true
		}
		return slices.MinFunc(list, time.Time.Compare), true
	}
	t, ok := c.Anchors[a]
	return t, ok && !t.IsZero()
}

// done is when a stage was first submitted, or met otherwise; zero if it was not.
func (r *Rule) done(c *Case) time.Time {
	at, ok := c.at(Submitted(r.ID), false)
	for _, a := range r.Met {
		if met, is := c.at(a, false); is && (!ok || met.Before(at)) {
			at, ok = met, true
		}
	}
	return at
}

func (s *Stage) stands(now time.Time) State {
	switch {
	case !s.Submitted.IsZero() && (s.Due.IsZero() || !s.Submitted.After(s.Due)):
		return Done
	case !s.Submitted.IsZero():
		return Late
	case s.Due.IsZero():
		return Pending
	case now.After(s.Due):
		return Overdue
	}
	return Running
}

// zone is where a law's days and months are counted from a moment.
func (l *Law) zone(c *Case, at time.Time) *time.Location {
	if l.Zone != "" {
		if zone, err := time.LoadLocation(l.Zone); err == nil { // it was checked when the law was read
			return zone
		}
	}
	switch {
	case c.Offsets:
		return at.Location()
	case c.Zone == nil:
		return time.UTC
	}
	return c.Zone
}

// apply moves an end off days on which nobody works, and tells whether it did.
func (m Move) apply(due time.Time, zone *time.Location, holidays []string) (time.Time, bool) {
	local := due.In(zone)
	if works(local, holidays) {
		return due, false
	}
	for !works(local, holidays) {
		local = wall(local.Year(), local.Month(), local.Day()+1, local, zone)
	}
	if m.To == ToNoon {
		return wall(local.Year(), local.Month(), local.Day(), time.Date(0, 1, 1, 12, 0, 0, 0, time.UTC), zone), true
	}
	return wall(local.Year(), local.Month(), local.Day()+1, time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), zone), true
}

func works(t time.Time, holidays []string) bool {
	return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday && !slices.Contains(holidays, t.Format(time.DateOnly))
}
