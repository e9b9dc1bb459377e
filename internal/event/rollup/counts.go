package rollup

import (
	"slices"

	"github.com/firehall/firehall/internal/core/rsit"
)

// Unknown stands for the hour of events that have no time, or one before 1970.
const Unknown = int64(-1)

// Bounds of what one intake, or one rebuild, adds to a part: so many different keys. Texts longer than mostText are Other too.
const (
	mostFine = 8 << 10
	mostText = 255
)

// fine is the key of counts by the hour.
type fine struct {
	arrived, observed int64 // hours since 1970 (UTC); observed may be Unknown
	report, kind      string
	attributed        bool
}

// class is the counts of one class.
type class struct {
	fine   map[fine]int64
	most   int  // different keys
	beyond bool // something was counted under Other
}

// Counts are what was counted of some events of one feed and one day of arrival, by class. It is used by one goroutine at a time; the
// zero value is empty.
type Counts struct {
	classes map[string]*class
	intakes int // how many brought these events, at most: the bound is as many times as high; 0 is one
}

// of is the counts of a class, by the name of the folder that its segments lie in.
func (c *Counts) of(taxonomy string) *class {
	if !slices.Contains(rsit.Classes(), rsit.Class(taxonomy)) {
		taxonomy = string(rsit.Other)
	}
	if c.classes == nil {
		c.classes = map[string]*class{}
	}
	if c.classes[taxonomy] == nil {
		c.classes[taxonomy] = &class{fine: map[fine]int64{}, most: mostFine * max(1, c.intakes)}
	}
	return c.classes[taxonomy]
}

// Merge adds what another counted.
func (c *Counts) Merge(o *Counts) {
	for taxonomy, from := range o.classes {
		to := c.of(taxonomy)
		to.beyond = to.beyond || from.beyond
		for k, n := range from.fine {
			to.addFine(k, n)
		}
	}
}

func (c *class) addFine(k fine, n int64) {
	if len(k.report) > mostText || len(k.kind) > mostText {
		k.report, k.kind, c.beyond = shortened(k.report), shortened(k.kind), true
	}
	if _, known := c.fine[k]; !known && len(c.fine) >= c.most {
		k, c.beyond = fine{arrived: k.arrived, observed: Unknown, report: Other, kind: Other, attributed: k.attributed}, true
	}
	c.fine[k] += n
}

func shortened(s string) string {
	if len(s) > mostText {
		return Other
	}
	return s
}

// Events is how many events were counted.
func (c *Counts) Events() (n int64) {
	for _, one := range c.classes {
		for _, m := range one.fine {
			n += m
		}
	}
	return n
}
