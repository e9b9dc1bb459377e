package feed

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// lateAfter is how many cadences a feed may stay away: one that comes once a day may come a little later today.
const lateAfter = 2

// stuckAfter is how long an accepted input may wait for its events, and how long an undecided one is a matter of today.
const (
	stuckAfter     = time.Hour
	undecidedFor   = 7 * 24 * time.Hour
	failuresToTell = 3 // one failure of a source is nothing yet
	usualRuns      = 10
)

// vitals is what is known of one feed.
type vitals struct {
	feed      string
	terms     config.Feed
	named     bool      // in the configuration
	heard     time.Time // when it came last, or answered that nothing has changed
	changed   time.Time // when it brought something last
	rows      int64     // of its last input
	usual     int64     // most rows of the inputs before it
	inputs    int
	lastName  string
	lastAt    time.Time
	undecided int
	firstUnd  time.Time
	stuck     int
	firstStk  time.Time
	fetch     Fetched
	columns   []columnMemory
}

func (s *Service) health(ctx context.Context) (out []Condition, err error) {
	now := s.Clock.Now()
	var all map[string]*vitals
	err = s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		all, err = s.vitals(tx, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, v := range all {
		out = append(out, v.conditions(now)...)
	}
	slices.SortFunc(out, func(a, b Condition) int {
		return cmp.Or(strings.Compare(a.Feed, b.Feed), cmp.Compare(rank(a.State), rank(b.State)))
	})
	return out, nil
}

func rank(h Health) int { return slices.Index([]Health{Failing, Late, Empty, Changed, Well}, h) }

// conditions judges one feed.
func (v *vitals) conditions(now time.Time) (out []Condition) {
	for _, judge := range []func(time.Time) (Condition, bool){v.failing, v.late, v.empty, v.columnsChanged} {
		if c, is := judge(now); is {
			c.Feed = v.feed
			out = append(out, c)
		}
	}
	if len(out) > 0 {
		return out
	}
	c := Condition{Feed: v.feed, State: Well, Since: v.heard, Reason: "came in time"}
	if quiet := v.heard.Sub(v.changed); !v.changed.IsZero() && quiet > lateAfter*v.terms.Cadence {
		c.Reason = "answers in time, and has brought nothing new since " + v.changed.Format(time.DateTime) + " UTC"
	}
	return []Condition{c}
}

func (v *vitals) failing(time.Time) (Condition, bool) {
	c := Condition{State: Failing}
	switch {
	case v.fetch.Failures >= failuresToTell:
		c.Since, c.Reason = v.fetch.Failing, fmt.Sprintf("asking its source failed %d times in a row: %s", v.fetch.Failures, v.fetch.Error)
		c.Do = "see whether the source answers, and whether feeds." + v.feed + " in the configuration is right"
	case v.stuck > 0:
		c.Since, c.Reason = v.firstStk, fmt.Sprintf("inputs that are accepted and not visible after an hour: %d", v.stuck)
		c.Do = "look at the jobs that failed; firehall doctor says what is wrong"
	case v.undecided > 0:
		c.Since, c.Reason = v.firstUnd, fmt.Sprintf("inputs set aside whole, since nobody knows what they are: %d", v.undecided)
		c.Do = "firehall feed set-aside lists them; firehall feed replay INTAKE --report NAME reads one"
	default:
		return c, false
	}
	return c, true
}

// neverCame is the reason for a feed of which nothing came yet.
const neverCame = "is configured, and nothing came yet"

func (v *vitals) late(now time.Time) (Condition, bool) {
	c := Condition{State: Late, Do: "ask its source, or see what brings it; feeds." + v.feed + ".cadence in the configuration says how often it comes"}
	if v.heard.IsZero() {
		c.Reason = neverCame
		return c, v.named
	}
	if now.Sub(v.heard) <= lateAfter*v.terms.Cadence {
		return c, false
	}
	c.Since = v.heard.Add(v.terms.Cadence)
	c.Reason = fmt.Sprintf("came last %s ago, and should come every %s", config.FormatDuration(roughly(now.Sub(v.heard))),
		config.FormatDuration(v.terms.Cadence))
	return c, true
}

// roughly leaves out what nobody asks of a time that long.
func roughly(d time.Duration) time.Duration {
	if d >= 24*time.Hour {
		return d.Truncate(time.Hour)
	}
	return d.Truncate(time.Minute)
}

func (v *vitals) empty(time.Time) (Condition, bool) {
	c := Condition{
		State: Empty, Since: v.lastAt, Reason: fmt.Sprintf("its last input, %s, held no rows; those before had up to %d", v.lastName, v.usual),
		Do: "ask its source: a feed that suddenly is empty is seldom good news",
	}
	if v.inputs == 1 { // nobody knows what is usual
		c.Reason = fmt.Sprintf("its first input, %s, held no rows", v.lastName)
	}
	return c, v.inputs > 0 && v.rows == 0 && (v.usual > 0 || v.inputs == 1)
}

func (v *vitals) columnsChanged(now time.Time) (Condition, bool) {
	c := Condition{State: Changed, Do: "look whether the new columns mean something to you, and whether the feed's mapping still fits"}
	var parts []string
	for _, m := range v.columns {
		fresh, missing, since := m.changes(now)
		if len(fresh)+len(missing) == 0 {
			continue
		}
		if c.Since.IsZero() || since.Before(c.Since) {
			c.Since = since
		}
		parts = append(parts, tellChange(m.Report, fresh, missing))
	}
	c.Reason = strings.Join(parts, "; ")
	return c, len(parts) > 0
}

// tellChange says what changed, with a few names.
func tellChange(report string, fresh, missing []string) string {
	var parts []string
	if len(fresh) > 0 {
		parts = append(parts, "columns never seen before: "+few(fresh))
	}
	if len(missing) > 0 {
		parts = append(parts, "columns missing: "+few(missing))
	}
	if report != "" {
		return report + ": " + strings.Join(parts, ", ")
	}
	return strings.Join(parts, ", ")
}

func few(names []string) string {
	const most = 8
	rest := ""
	if len(names) > most {
		names, rest = names[:most], fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ") + rest
}
