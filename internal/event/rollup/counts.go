package rollup

import (
	"slices"

	"github.com/firehall/firehall/internal/core/rsit"
)

// Unknown stands for the hour of events that have no time, or one before 1970.
const Unknown = int64(-1)

// Bounds of what one intake, or one rebuild, adds to a part: so many different keys. Texts longer than mostText are Other too.
const (
	mostFine   = 8 << 10
	mostOwners = 32 << 10
	mostText   = 255
)

// fine is the key of counts by the hour.
type fine struct {
	arrived, observed int64 // hours since 1970 (UTC); observed may be Unknown
	report, kind      string
	attributed        bool
}

// owner is the key of counts by organisation.
type owner struct {
	observed           int64 // days since 1970 (UTC), or Unknown
	kind, organisation string
}

// class is the counts of one class.
type class struct {
	fine   map[fine]int64
	owners map[owner]int64
	beyond bool // something was counted under Other
}

// Counts are what was counted of some events of one feed and one day of arrival, by class. It is used by one goroutine at a time; the
// zero value is empty.
type Counts struct{ classes map[string]*class }

// of is the counts of a class, by the name of the folder that its segments lie in.
func (c *Counts) of(taxonomy string) *class {
	if !slices.Contains(rsit.Classes(), rsit.Class(taxonomy)) {
		taxonomy = string(rsit.Other)
	}
	if c.classes == nil {
		c.classes = map[string]*class{}
	}
	if c.classes[taxonomy] == nil {
		c.classes[taxonomy] = &class{fine: map[fine]int64{}, owners: map[owner]int64{}}
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
		for k, n := range from.owners {
			to.addOwner(k, n)
		}
	}
}

func (c *class) addFine(k fine, n int64) {
	if len(k.report) > mostText || len(k.kind) > mostText {
		k.report, k.kind, c.beyond = shortened(k.report), shortened(k.kind), true
	}
	if _, known := c.fine[k]; !known && len(c.fine) >= mostFine {
		k, c.beyond = fine{arrived: k.arrived, observed: Unknown, report: Other, kind: Other, attributed: k.attributed}, true
	}
	c.fine[k] += n
}

func (c *class) addOwner(k owner, n int64) {
	k.kind = shortened(k.kind)
	if _, known := c.owners[k]; !known && len(c.owners) >= mostOwners {
		k, c.beyond = owner{Unknown, Other, Other}, true
	}
	c.owners[k] += n
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
