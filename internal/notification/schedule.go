package notification

import "time"

// next is the first moment after last at which an organisation may be told of a class again. Days begin at dailyAt in the team's zone,
// whatever the clock does that night; a week begins with Monday's.
func (r *rules) next(f frequency, last time.Time) time.Time {
	if f == atOnce || last.IsZero() {
		return last
	}
	local := last.In(r.zone)
	year, month, day := local.Date()
	for n := 0; ; n++ {
		at := time.Date(year, month, day+n, r.dailyAt/60, r.dailyAt%60, 0, 0, r.zone)
		if at.After(last) && (f == daily || at.Weekday() == time.Monday) {
			return at
		}
	}
}

// quietUntil tells whether now is in the quiet hours, and when they end.
func (r *rules) quietUntil(now time.Time) (time.Time, bool) {
	q := r.quiet
	if q.from == q.to {
		return time.Time{}, false
	}
	local := now.In(r.zone)
	minute := local.Hour()*60 + local.Minute()
	inside := minute >= q.from && minute < q.to
	if q.from > q.to {
		inside = minute >= q.from || minute < q.to
	}
	if !inside {
		return time.Time{}, false
	}
	year, month, day := local.Date()
	if minute >= q.to {
		day++ // they go past midnight
	}
	return time.Date(year, month, day, q.to/60, q.to%60, 0, 0, r.zone), true
}

// waitsFor is why an organisation is not told of a class now, "" when it may be.
func (r *rules) waitsFor(f frequency, last, now time.Time) string {
	if next := r.next(f, last); next.After(now) {
		return f.String() + ": again from " + r.moment(next)
	}
	if end, quiet := r.quietUntil(now); quiet && f != atOnce {
		return "quiet hours until " + r.moment(end)
	}
	return ""
}

// moment is a time for people, in the team's zone.
func (r *rules) moment(t time.Time) string { return t.In(r.zone).Format("2006-01-02 15:04 MST") }

// day is the day that an approval of an amount counts for.
func (r *rules) day(t time.Time) string { return t.In(r.zone).Format(time.DateOnly) }
