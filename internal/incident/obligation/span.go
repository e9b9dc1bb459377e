package obligation

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
)

// Unit is what a Span counts in.
type Unit string

// The units. Minutes and hours pass; days and months are the calendar's.
const (
	Minutes Unit = "minutes"
	Hours   Unit = "hours"
	Days    Unit = "days"
	Months  Unit = "months"
)

// Span is a time as laws give it: "24 hours", "14 days", "1 month".
type Span struct {
	N    int
	Unit Unit
}

// maxSpan bounds what a law may give, in its unit.
const maxSpan = 10_000

// ParseSpan reads "24 hours", "72h", "14 days", "1 month", "30 minutes"; "0 hours" is the anchor itself. Errors: Invalid.
func ParseSpan(s string) (Span, error) {
	digits := 0
	for digits < len(s) && s[digits] >= '0' && s[digits] <= '9' {
		digits++
	}
	n, err := strconv.Atoi(s[:digits])
	unit := strings.TrimSpace(s[digits:])
	if unit == "h" {
		unit = string(Hours)
	}
	u := Unit(strings.TrimSuffix(unit, "s") + "s")
	if err != nil || n > maxSpan || !slices.Contains([]Unit{Minutes, Hours, Days, Months}, u) {
		return Span{}, problem.New(problem.Invalid, "%q is no time that a law gives: write 24 hours, 14 days, 1 month or 30 minutes", s)
	}
	return Span{n, u}, nil
}

// UnmarshalText reads what ParseSpan does.
func (s *Span) UnmarshalText(text []byte) (err error) {
	*s, err = ParseSpan(string(text))
	return err
}

// MarshalText writes it as ParseSpan reads it.
func (s Span) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// IsZero tells whether there is none.
func (s Span) IsZero() bool { return s == Span{} }

func (s Span) String() string {
	if s.IsZero() {
		return ""
	}
	if s.N == 1 {
		return "1 " + strings.TrimSuffix(string(s.Unit), "s")
	}
	return fmt.Sprintf("%d %s", s.N, s.Unit)
}

// After gives the end of the span that begins at a moment. Hours are hours that pass, whatever clocks on walls do meanwhile. Days and months end at the
// same time of day by the zone's calendar; a month that has no such day ends with its last (31 January and a month: the last of February). A time of
// day that occurs twice is the first of both, and one that is skipped is the moment of the change.
func (s Span) After(t time.Time, zone *time.Location) time.Time {
	switch s.Unit {
	case Minutes:
		return t.Add(time.Duration(s.N) * time.Minute)
	case Hours:
		return t.Add(time.Duration(s.N) * time.Hour)
	case Days:
		local := t.In(zone)
		return wall(local.Year(), local.Month(), local.Day()+s.N, local, zone)
	case Months:
		local := t.In(zone)
		last := time.Date(local.Year(), local.Month()+time.Month(s.N)+1, 0, 0, 0, 0, 0, time.UTC) // of the month that it ends in
		return wall(last.Year(), last.Month(), min(local.Day(), last.Day()), local, zone)
	}
	return t
}

// wall gives the moment at which a zone's clocks show a day and another moment's time of day.
func wall(year int, month time.Month, day int, of time.Time, zone *time.Location) time.Time {
	shown := time.Date(year, month, day, of.Hour(), of.Minute(), of.Second(), of.Nanosecond(), time.UTC)
	var found []time.Time
	for _, near := range []time.Time{shown.Add(-36 * time.Hour), shown.Add(36 * time.Hour)} { // before and after any change of that day
		_, offset := near.In(zone).Zone()
		moment := shown.Add(-time.Duration(offset) * time.Second)
		if _, there := moment.In(zone).Zone(); there == offset {
			found = append(found, moment)
		}
	}
	if len(found) == 0 {
		_, offset := shown.Add(-36 * time.Hour).In(zone).Zone()
		change, _ := shown.Add(-time.Duration(offset) * time.Second).In(zone).ZoneBounds()
		return change.In(zone)
	}
	return slices.MinFunc(found, time.Time.Compare).In(zone)
}
