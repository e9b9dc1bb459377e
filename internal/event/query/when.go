package query

import (
	"strconv"
	"time"
)

// span is the time that a word stands for: a whole day for a date, a second for
// an instant, nothing for `7d`.
type span struct {
	from, to time.Time
	day      bool // a date or a month: at the end of a range it belongs to it
	ago      bool // a length of time before now
}

func (p *parser) times(pc piece) (Match, error) {
	sign, from, to, has, err := ends(p, pc, p.span)
	if err != nil {
		return nil, err
	}
	r := Times{}
	switch {
	case sign == ">":
		r.From = from.to
	case sign == ">=", sign == "=" && from.ago:
		r.From = from.from
	case sign == "<":
		r.To = from.from
	case sign == "<=", sign == "=":
		r.To = from.to
		if sign == "=" {
			r.From = from.from
		}
	default:
		r = Times{from.from, to.end()}
		if !has[0] {
			r.From = time.Time{}
		}
		if !has[1] {
			r.To = time.Time{}
		}
	}
	if !r.From.IsZero() && !r.To.IsZero() && !r.From.Before(r.To) {
		return nil, p.fault(pc.pos, "the range %s ends before it begins", pc.text)
	}
	return r, nil
}

func (s span) end() time.Time {
	if s.day {
		return s.to
	}
	return s.from
}

// span reads one word about time.
func (p *parser) span(pc piece) (span, error) {
	s, ok := p.named(pc.text)
	if !ok {
		s, ok = p.ago(pc.text)
	}
	if !ok {
		s, ok = p.written(pc.text)
	}
	if !ok || s.from.Year() < 1 || s.to.Year() > 9998 {
		return span{}, p.fault(pc.pos, "%q is no time; write 2026-11-01, 2026-11-01T10:00:00Z, today, yesterday or 7d", pc.text)
	}
	s.from, s.to = milli(s.from), milli(s.to)
	return s, nil
}

func milli(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

func (p *parser) named(s string) (span, bool) {
	now := p.o.Now.In(p.o.Zone)
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, p.o.Zone)
	switch s {
	case "now":
		return span{from: now, to: now, ago: true}, true
	case "today":
		return span{from: today, to: today.AddDate(0, 0, 1), day: true}, true
	case "yesterday":
		return span{from: today.AddDate(0, 0, -1), to: today, day: true}, true
	}
	return span{}, false
}

// ago reads 30m, 24h, 7d, 2w. Days and weeks are so many times 24 hours.
func (p *parser) ago(s string) (span, bool) {
	if len(s) < 2 || len(s) > 7 {
		return span{}, false
	}
	unit, ok := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}[s[len(s)-1]]
	n, err := strconv.ParseUint(s[:len(s)-1], 10, 32)
	if !ok || err != nil || n > 100*366*24*3600 || time.Duration(n) > 100*366*24*time.Hour/unit {
		return span{}, false
	}
	t := p.o.Now.Add(-time.Duration(n) * unit)
	return span{from: t, to: t, ago: true}, true
}

// forms are how times may be written, and how long each is.
var forms = []struct {
	layout string
	length func(time.Time) time.Time
	day    bool
}{
	{"2006-01-02", func(t time.Time) time.Time { return t.AddDate(0, 0, 1) }, true},
	{"2006-01", func(t time.Time) time.Time { return t.AddDate(0, 1, 0) }, true},
	{"2006-01-02T15:04:05Z07:00", lasting(time.Second), false},
	{"2006-01-02T15:04:05.999Z07:00", lasting(time.Millisecond), false},
	{"2006-01-02T15:04Z07:00", lasting(time.Minute), false},
	{"2006-01-02T15:04:05", lasting(time.Second), false},
	{"2006-01-02T15:04", lasting(time.Minute), false},
	{"2006-01-02T15", lasting(time.Hour), false},
}

func lasting(d time.Duration) func(time.Time) time.Time {
	return func(t time.Time) time.Time { return t.Add(d) }
}

func (p *parser) written(s string) (span, bool) {
	for _, f := range forms {
		t, err := time.ParseInLocation(f.layout, s, p.o.Zone)
		if err != nil {
			continue
		}
		if t.Nanosecond() != 0 { // Parse takes a fraction after any seconds
			return span{from: t, to: t.Add(time.Millisecond)}, true
		}
		return span{from: t, to: f.length(t), day: f.day}, true
	}
	return span{}, false
}
