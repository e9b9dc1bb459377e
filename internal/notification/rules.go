package notification

import (
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/platform/config"
)

// frequency is how often one organisation is told of one class at most.
type frequency uint8

const (
	atOnce frequency = iota
	daily
	weekly
)

var frequencies = map[string]frequency{"at once": atOnce, "at-once": atOnce, "once": atOnce, "": daily, "daily": daily, "weekly": weekly}

func (f frequency) String() string { return [...]string{"at once", "daily", "weekly"}[f] }

func parseFrequency(where, s string) (frequency, error) {
	f, ok := frequencies[strings.ToLower(strings.TrimSpace(s))]
	if !ok {
		return 0, problem.New(problem.Invalid, "%s in the configuration: %q is no frequency: use at once, daily or weekly", where, s)
	}
	return f, nil
}

// rules are the configuration, understood.
type rules struct {
	every         frequency
	classes       map[string]frequency // RSIT type
	organisations map[string]frequency // name, or name/type; lower case
	dailyAt       int                  // minutes of the day
	zone          *time.Location
	quiet         span
	compromised   time.Duration
	vulnerable    time.Duration
	oldest        time.Duration
	maxMessages   int
	odd           int64
	maxParts      int64
	partEvents    int64    // how many events fit into one part, about: the renderer knows
	informational []string // reports that are told all the same
}

// span is hours of a day, in minutes; it may go past midnight. Empty when both are the same.
type span struct{ from, to int }

func readRules(c config.Notify, zone *time.Location) (rules, error) {
	r := rules{
		zone: zone, compromised: c.AgainCompromised, vulnerable: c.AgainVulnerable, oldest: c.Oldest, maxMessages: c.MaxMessages,
		odd: int64(c.Odd), maxParts: int64(c.MaxParts), informational: c.Informational,
		classes: map[string]frequency{}, organisations: map[string]frequency{},
	}
	if r.zone == nil {
		r.zone = time.UTC
	}
	var err error
	if r.every, err = parseFrequency("notify.every", c.Every); err != nil {
		return r, err
	}
	if r.dailyAt, err = minuteOf("notify.daily_at", c.DailyAt); err != nil {
		return r, err
	}
	if r.quiet, err = parseQuiet(c.Quiet); err != nil {
		return r, err
	}
	return r, r.readExceptions(c)
}

func (r *rules) readExceptions(c config.Notify) error {
	for name, text := range c.Classes {
		class, ok := rsit.Lookup(name)
		if !ok {
			return problem.New(problem.Invalid, "notify.classes in the configuration: %q is no type of the taxonomy (RSIT), such as infected-system", name)
		}
		f, err := parseFrequency("notify.classes", text)
		if err != nil {
			return err
		}
		r.classes[string(class)] = f
	}
	for name, text := range c.Organisations {
		f, err := parseFrequency("notify.organisations", text)
		if err != nil {
			return err
		}
		r.organisations[strings.ToLower(strings.TrimSpace(name))] = f
	}
	return nil
}

// of is how often an organisation is told of a class: the most particular rule counts.
func (r *rules) of(organisation, class string) frequency {
	name := strings.ToLower(organisation)
	if f, ok := r.organisations[name+"/"+class]; ok {
		return f
	}
	if f, ok := r.organisations[name]; ok {
		return f
	}
	if f, ok := r.classes[class]; ok {
		return f
	}
	return r.every
}

// again is after how long the owner of a finding that is still seen is told once more; 0 for never.
func (r *rules) again(class string) time.Duration {
	if rsit.Type(class).Class() == rsit.Vulnerable {
		return r.vulnerable
	}
	return r.compromised
}

// told tells whether an informational report is sent all the same.
func (r *rules) told(report string) bool { return slices.Contains(r.informational, report) }

func parseQuiet(s string) (span, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return span{}, nil
	}
	from, to, ok := strings.Cut(s, "-")
	if !ok {
		return span{}, problem.New(problem.Invalid, "notify.quiet in the configuration: %q: write hours such as 22:00-06:00", s)
	}
	var q span
	var err error
	if q.from, err = minuteOf("notify.quiet", from); err != nil {
		return q, err
	}
	q.to, err = minuteOf("notify.quiet", to)
	return q, err
}

// minuteOf reads a time of day.
func minuteOf(where, s string) (int, error) {
	t, err := time.Parse("15:04", strings.TrimSpace(s))
	if err != nil {
		return 0, problem.New(problem.Invalid, "%s in the configuration: %q is no time of day: write it such as 06:00", where, s)
	}
	return t.Hour()*60 + t.Minute(), nil
}
