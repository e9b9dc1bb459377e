package release

import "slices"

// oldestLaidOut is the first policy version whose facts were recorded.
const oldestLaidOut = 2

// added are the facts that a policy version brought, where it brought any: those before it did not have their bits, which moved the bits behind them. Who adds a
// fact, or takes one away, raises PolicyVersion and says so here, so that what an older version recorded can still be read.
var added = map[int][]fact{
	3: {aboveHandling},
	4: {compelled},
}

// layout gives the facts of a policy version as their bits are recorded, from the lowest; nil for a version that is not known.
func layout(version int) (list []fact) {
	if version < oldestLaidOut || version > PolicyVersion {
		return nil
	}
	var later []fact
	for v, facts := range added {
		if v > version {
			later = append(later, facts...)
		}
	}
	for f := fact(1); f < factsEnd; f <<= 1 {
		if !slices.Contains(later, f) {
			list = append(list, f)
		}
	}
	return list
}

// translate turns recorded facts, which are those of another policy version, into the facts of now; false if they cannot be read.
func (d *let) translate() bool {
	list := layout(d.Policy)
	then, now := d.have, fact(0)
	for i, f := range list {
		set(&now, f, then&(1<<i) != 0)
	}
	d.have = now
	return list != nil && then>>len(list) == 0
}
