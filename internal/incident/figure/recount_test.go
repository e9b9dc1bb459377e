package figure

import (
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/incident"
)

// toll is what is counted of a time, without anything that the room counts with.
type toll struct {
	counts                                 Counts
	acknowledged, triaged, contained, done []time.Duration
}

// part recomputes the figures of a time.
func (r *record) part(about incident.About, from, to time.Time, counts func(*life) bool) Part {
	var s toll
	for _, l := range r.lives {
		if l.incident == (about == incident.AboutIncident) && counts(l) {
			s.life(l, from, to)
		}
	}
	return Part{s.counts, Lapses{Acknowledge: lasting(s.acknowledged), Triage: lasting(s.triaged), Contain: lasting(s.contained), Close: lasting(s.done)}}
}

func (s *toll) life(l *life, from, to time.Time) {
	within := func(t time.Time) bool { return !t.IsZero() && !t.Before(from) && t.Before(to) }
	if l.began.Before(to) {
		s.counts.Open++
	}
	if within(l.began) {
		s.counts.New++
	}
	for _, one := range []struct {
		at   time.Time
		into *[]time.Duration
	}{{l.acked, &s.acknowledged}, {l.triaged, &s.triaged}, {l.contained, &s.contained}} {
		if within(one.at) {
			*one.into = append(*one.into, one.at.Sub(l.began))
		}
	}
	for _, t := range l.reopened {
		if within(t) {
			s.counts.Reopened++
		}
		if t.Before(to) {
			s.counts.Open++
		}
	}
	for _, e := range l.ends {
		if within(e.at) {
			s.counts.Closed++
			if e.stands {
				s.done = append(s.done, e.at.Sub(l.began))
			}
		}
		if e.at.Before(to) {
			s.counts.Open--
		}
	}
}

// lasting gives the percentiles by their definition: the smallest of the values that so many per cent of all do not exceed.
func lasting(list []time.Duration) Lapse {
	for i := range list {
		list[i] = max(0, list[i])
	}
	return Lapse{N: len(list), Median: percentile(list, 50), P90: percentile(list, 90)}
}

func percentile(list []time.Duration, percent int) (found time.Duration) {
	found = -1
	for _, v := range list {
		within := 0
		for _, other := range list {
			if other <= v {
				within++
			}
		}
		if within*100 >= percent*len(list) && (found < 0 || v < found) {
			found = v
		}
	}
	return max(0, found)
}

// concerns tells whether a report, or an incident with all that it became one with, concerns one of some organisations.
func (r *record) concerns(l *life, organisations ...string) bool {
	if !l.incident {
		return slices.ContainsFunc(l.concerned, func(o string) bool { return slices.Contains(organisations, o) })
	}
	for l.into != "" {
		l = r.lives[l.into]
	}
	for _, report := range r.lives {
		for i := range report.links {
			if r.root(i) == l && r.concerns(report, organisations...) {
				return true
			}
		}
	}
	return false
}

// classes recounts what came by class.
func (r *record) classes(from, to time.Time, counts func(*life) bool) map[rsit.Class]OfClass {
	found := map[rsit.Class]OfClass{}
	for _, l := range r.lives {
		if l.began.Before(from) || !l.began.Before(to) || !counts(l) {
			continue
		}
		class := rsit.Class(l.class)
		one := found[class]
		if one.Class = class; l.incident {
			one.Incidents++
		} else {
			one.Reports++
		}
		found[class] = one
	}
	return found
}

// people recounts who worked on what, and what waits for each.
func (r *record) people(from, to time.Time, counts func(*life) bool) map[string]Person {
	found, hours := map[string]Person{}, map[stint]bool{}
	seen := map[stint]bool{}
	for s := range r.work {
		l := r.lives[s.subject]
		if s.hour.Before(from.Truncate(time.Hour)) || !s.hour.Before(to) || !counts(l) {
			continue
		}
		p := found[s.actor]
		if p.Account = s.actor; !seen[stint{actor: s.actor, subject: s.subject}] {
			if seen[stint{actor: s.actor, subject: s.subject}] = true; l.incident {
				p.Incidents++
			} else {
				p.Reports++
			}
		}
		if !hours[stint{actor: s.actor, hour: s.hour}] {
			hours[stint{actor: s.actor, hour: s.hour}] = true
			p.Hours++
		}
		found[s.actor] = p
	}
	for _, l := range r.lives {
		if p := found[l.assignee]; l.assignee != "" && !over(l.state) && counts(l) {
			p.Account = l.assignee
			p.Assigned++
			found[l.assignee] = p
		}
	}
	return found
}

// workload recounts who worked on how much in which hour of the week.
func (r *record) workload(from, to time.Time, counts func(*life) bool) map[Stint]bool {
	found := map[Stint]int{}
	for s := range r.work {
		if !s.hour.Before(from.Truncate(time.Hour)) && s.hour.Before(to) && counts(r.lives[s.subject]) {
			at := s.hour.In(zone)
			found[Stint{Account: s.actor, Weekday: (int(at.Weekday())+6)%7 + 1, Hour: at.Hour()}]++
		}
	}
	out := map[Stint]bool{}
	for s, n := range found {
		s.Things = n
		out[s] = true
	}
	return out
}
