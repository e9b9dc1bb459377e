package desk

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// weeks is how many weeks back the usual is taken from.
const weeks = 4

// ClassHours is how many events of a class arrived in each hour.
type ClassHours struct {
	Class string
	Hours []int64 // from the hour that was asked for on, one each
}

// HoursFunc counts the events that arrived from an hour on until a time, by class and hour.
type HoursFunc func(ctx context.Context, from, to time.Time) ([]ClassHours, error)

// Today is what came in since midnight in the team's zone, against what is usual on this day of the week until this hour.
type Today struct {
	Since   time.Time
	Events  int64
	Usual   int64
	Known   int         // weeks of which something is known: without, there is no usual
	Classes []ClassDay  // the most first; at most mostClasses, and the rest in one
	Days    []time.Time // beginnings of the days in Series
}

// ClassDay is one class today.
type ClassDay struct {
	Class  string  // "" for all others together
	Events int64   // today
	Usual  int64   // median of the same weekday, until the same hour, of the last weeks
	Series []int64 // events of each of the last days, today last
}

// mostClasses is how many classes are shown by themselves.
const mostClasses = 8

// Odd tells that a class is far from usual: more than twice as much, or less than half, where it is not about a handful.
func (c ClassDay) Odd() bool {
	const handful = 20
	return max(c.Events, c.Usual) >= handful && (c.Events > 2*c.Usual || 2*c.Events < c.Usual)
}

func (b *Board) askToday(ctx context.Context) (Today, error) {
	d := b.o.Desk
	now := d.o.Clock.Now()
	if b.o.Hours == nil {
		return todayOf(nil, now, d.o.Zone), nil
	}
	hours, err := b.o.Hours(ctx, firstDay(now, d.o.Zone), now)
	return todayOf(hours, now, d.o.Zone), err
}

// midnight is when the day of t begins.
func midnight(t time.Time, zone *time.Location) time.Time {
	y, m, day := t.In(zone).Date()
	return time.Date(y, m, day, 0, 0, 0, 0, zone)
}

// firstDay is the first of the days that are compared.
func firstDay(now time.Time, zone *time.Location) time.Time {
	return midnight(now, zone).AddDate(0, 0, -7*weeks).UTC().Truncate(time.Hour)
}

// todayOf compares. Which day an hour belongs to is the zone's matter: days of 23 and 25 hours compare by the clock on the wall.
func todayOf(list []ClassHours, now time.Time, zone *time.Location) Today {
	from := firstDay(now, zone)
	t := Today{Since: midnight(now, zone).UTC()}
	for i := range 7*weeks + 1 {
		t.Days = append(t.Days, midnight(now, zone).AddDate(0, 0, i-7*weeks))
	}
	all := newDays(now, zone)
	for _, l := range list {
		days := newDays(now, zone)
		days.add(l.Hours, from)
		all.add(l.Hours, from)
		if c := days.compare(l.Class, weeks); c.Events+c.Usual > 0 {
			t.Classes = append(t.Classes, c)
		}
	}
	t.Known = all.known()
	sum := all.compare("", t.Known)
	t.Events, t.Usual = sum.Events, sum.Usual
	slices.SortFunc(t.Classes, func(a, b ClassDay) int {
		return cmp.Or(cmp.Compare(b.Events, a.Events), cmp.Compare(b.Usual, a.Usual), cmp.Compare(a.Class, b.Class))
	})
	t.fold()
	return t
}

// fold puts the smallest classes together.
func (t *Today) fold() {
	if len(t.Classes) <= mostClasses {
		return
	}
	rest := ClassDay{Series: make([]int64, len(t.Days))}
	for _, c := range t.Classes[mostClasses-1:] {
		rest.Events += c.Events
		rest.Usual += c.Usual
		for i, n := range c.Series {
			rest.Series[i] += n
		}
	}
	t.Classes = append(t.Classes[:mostClasses-1:mostClasses-1], rest)
}

// days adds hours up to days, whole ones and until the present time of day.
type days struct {
	zone  *time.Location
	today time.Time     // its midnight
	clock time.Duration // since midnight, on the wall
	whole []int64
	until []float64
}

func newDays(now time.Time, zone *time.Location) *days {
	return &days{zone: zone, today: midnight(now, zone), clock: onWall(now, zone), whole: make([]int64, 7*weeks+1), until: make([]float64, 7*weeks+1)}
}

func onWall(t time.Time, zone *time.Location) time.Duration {
	h, m, s := t.In(zone).Clock()
	return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(s)*time.Second
}

// add adds hours up from a time on. Of the present hour, other days count the part that has gone by.
func (d *days) add(hours []int64, from time.Time) {
	last := len(d.whole) - 1
	for i, n := range hours {
		at := from.Add(time.Duration(i) * time.Hour)
		day := d.place(at)
		if day < 0 || day > last {
			continue
		}
		d.whole[day] += n
		part := float64(d.clock-onWall(at, d.zone)) / float64(time.Hour)
		if day == last {
			part = 1
		}
		d.until[day] += float64(n) * max(0, min(1, part))
	}
}

// place is the number of the day that a time belongs to.
func (d *days) place(at time.Time) int {
	// Noon to noon is whole days, give or take an hour, whatever the clocks did.
	between := d.today.Add(12 * time.Hour).Sub(midnight(at, d.zone).Add(12 * time.Hour))
	return len(d.whole) - 1 - int((between+6*time.Hour)/(24*time.Hour))
}

// known is of how many of the weeks there is anything.
func (d *days) known() (n int) {
	for w := 1; w <= weeks; w++ {
		if d.whole[len(d.whole)-1-7*w] > 0 {
			n++
		}
	}
	return n
}

func (d *days) compare(class string, known int) ClassDay {
	last := len(d.whole) - 1
	c := ClassDay{Class: class, Events: d.whole[last], Series: d.whole}
	var same []float64
	for w := 1; w <= min(known, weeks); w++ {
		same = append(same, d.until[last-7*w])
	}
	c.Usual = int64(middle(same) + 0.5)
	return c
}

// middle is the median; 0 of nothing.
func middle(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	if n := len(list); n%2 == 0 {
		return (list[n/2-1] + list[n/2]) / 2
	}
	return list[len(list)/2]
}
