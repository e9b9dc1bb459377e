package figure

import (
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/rsit"
)

// Step is how long a period is.
type Step string

// The steps.
const (
	Day     Step = "day"
	Week    Step = "week" // from Monday
	Month   Step = "month"
	Quarter Step = "quarter"
	Year    Step = "year"
)

// Steps lists them, the shortest first.
func Steps() []Step { return []Step{Day, Week, Month, Quarter, Year} }

// MostPeriods bounds how many periods one question may ask of.
const MostPeriods = 60

// Question is what somebody wants to know. Its zero value asks of the last twelve weeks.
type Question struct {
	Step         Step
	Periods      int       // 1 to MostPeriods
	Until        time.Time // any time in the last period; zero: now
	Class        rsit.Class
	Organisation string // id: what concerns it
	Sector       string // what concerns organisations of it
}

// check fills what is not said. Errors: Invalid.
func (q *Question) check(now time.Time) error {
	if q.Step == "" {
		q.Step = Week
	}
	if q.Periods == 0 {
		q.Periods = 12
	}
	if q.Until.IsZero() {
		q.Until = now
	}
	switch {
	case !slices.Contains(Steps(), q.Step):
		return problem.New(problem.Invalid, "there is no step %.40q: %v are", q.Step, Steps())
	case q.Periods < 1 || q.Periods > MostPeriods:
		return problem.New(problem.Invalid, "ask of 1 to %d periods, and not of %d", MostPeriods, q.Periods)
	case q.Until.Year() < 1970 || q.Until.Year() > 9998:
		return problem.New(problem.Invalid, "there are no figures of the year %d", q.Until.Year())
	case len(q.Organisation) > 100 || len(q.Sector) > 100:
		return problem.New(problem.Invalid, "that is no organisation, or no sector")
	}
	if q.Class != "" {
		if _, ok := rsit.LookupClass(string(q.Class)); !ok {
			return problem.New(problem.Invalid, "%.60q is no class of the taxonomy", q.Class)
		}
	}
	return nil
}

// begin is when the period of a time began, in its zone.
func (s Step) begin(t time.Time) time.Time {
	y, m, d := t.Date()
	switch s {
	case Week:
		d -= (int(t.Weekday()) + 6) % 7
	case Month:
		d = 1
	case Quarter:
		m, d = (m-1)/3*3+1, 1
	case Year:
		m, d = 1, 1
	}
	return time.Date(y, m, d, 0, 0, 0, 0, t.Location())
}

// add is the beginning of the period n periods on.
func (s Step) add(begin time.Time, n int) time.Time {
	y, m, d := begin.Date()
	switch s {
	case Day:
		d += n
	case Week:
		d += 7 * n
	case Month:
		m += time.Month(n)
	case Quarter:
		m += time.Month(3 * n)
	case Year:
		y += n
	}
	return time.Date(y, m, d, 0, 0, 0, 0, begin.Location())
}

// bounds are where the periods begin, and where the last ends: one more than there are periods.
func (q *Question) bounds(zone *time.Location) (list []time.Time) {
	last := q.Step.begin(q.Until.In(zone))
	for n := 1 - q.Periods; n <= 1; n++ {
		list = append(list, q.Step.add(last, n))
	}
	return list
}
