package constituency

import (
	"fmt"
	"maps"
	"slices"
)

// lineage finds out which rows of a file name a parent that cannot be: one that
// is neither in the register nor in the file, one that would close a cycle, or
// one that is too far down already. A row set aside may take its organisation along, and with it the parent of
// others, so the search goes on until nothing more falls.
type lineage struct {
	entries  []entry
	keys     []string // of the organisation, by entry
	parents  []string // of the parent, by entry; "" for none
	dead     []bool
	alive    map[string]int   // how many entries still speak of an organisation
	naming   map[string][]int // the entries that name it as parent
	register map[string]string
	rejected []Rejected
}

// newLineage takes the register as a map from each organisation's key to its parent's.
func newLineage(entries []entry, register map[string]string) *lineage {
	l := &lineage{
		entries: entries, register: register, keys: make([]string, len(entries)), parents: make([]string, len(entries)),
		dead: make([]bool, len(entries)), alive: map[string]int{}, naming: map[string][]int{},
	}
	for i, e := range entries {
		l.keys[i] = nameKey(e.organisation)
		l.alive[l.keys[i]]++
		if name := e.facts[factParent]; name != "" {
			l.parents[i] = nameKey(name)
			l.naming[l.parents[i]] = append(l.naming[l.parents[i]], i)
		}
	}
	return l
}

// settle sets the impossible rows aside.
func (l *lineage) settle() {
	if len(l.naming) == 0 {
		return // nothing can be wrong, and the register may be large
	}
	for parent := range l.naming {
		l.orphan(parent)
	}
	for l.breakCycles() || l.shorten() {
	}
}

// living returns the entries that were not set aside.
func (l *lineage) living() (list []entry) {
	for i, e := range l.entries {
		if !l.dead[i] {
			list = append(list, e)
		}
	}
	return list
}

func (l *lineage) known(key string) bool {
	_, ok := l.register[key]
	return ok || l.alive[key] > 0
}

// orphan sets aside the rows that name a parent which is not known, and then
// those that named what vanished with them.
func (l *lineage) orphan(key string) {
	for queue := []string{key}; len(queue) > 0; {
		key, queue = queue[0], queue[1:]
		if l.known(key) {
			continue
		}
		for _, i := range l.naming[key] {
			if !l.dead[i] {
				l.kill(i, fmt.Sprintf("the parent %q is neither in the register nor in this file", clip(l.entries[i].facts[factParent])))
				queue = append(queue, l.keys[i])
			}
		}
	}
}

func (l *lineage) kill(i int, reason string) {
	e := l.entries[i]
	l.dead[i] = true
	l.alive[l.keys[i]]--
	l.rejected = append(l.rejected, Rejected{Line: e.line, Column: "parent", Value: clip(e.facts[factParent]), Reason: reason})
}

// part sets aside all rows that state an organisation's parent: one that stayed
// would keep the edge.
func (l *lineage) part(key string, stated map[string][]int, reason string) {
	for _, i := range stated[key] {
		if !l.dead[i] {
			l.kill(i, reason)
		}
	}
	l.orphan(key)
}

// breakCycles finds every cycle of parents and sets aside, of each, the edge that
// the file states last. It reports whether it found any.
func (l *lineage) breakCycles() bool {
	stated := l.stated()
	seen := map[string]int{} // key -> the walk that came by
	found := false
	for i, e := range l.entries {
		if l.dead[i] || l.parents[i] == "" {
			continue
		}
		if last := l.walk(l.keys[i], i+1, seen, stated); last >= 0 {
			l.part(l.keys[last], stated, fmt.Sprintf("%q would be above itself, by way of %q", clip(l.entries[last].organisation), clip(e.organisation)))
			found = true
		}
	}
	return found
}

// stated returns the rows that give each organisation its parent. All of one
// organisation name the same, since contradictions were set aside before.
func (l *lineage) stated() map[string][]int {
	rows := map[string][]int{}
	for i := range l.entries {
		if !l.dead[i] && l.parents[i] != "" {
			rows[l.keys[i]] = append(rows[l.keys[i]], i)
		}
	}
	return rows
}

// walk goes up from key; if it comes to where it has been on this very walk, it
// returns the last row among those of the cycle, else -1.
func (l *lineage) walk(key string, walk int, seen map[string]int, stated map[string][]int) int {
	for key != "" {
		if by := seen[key]; by != 0 {
			if by != walk {
				return -1 // an earlier walk went on from here
			}
			return l.lastOfCycle(key, stated)
		}
		seen[key] = walk
		key = l.up(key, stated)
	}
	return -1
}

func (l *lineage) up(key string, stated map[string][]int) string {
	if rows := stated[key]; len(rows) > 0 {
		return l.parents[rows[0]]
	}
	return l.register[key]
}

func (l *lineage) lastOfCycle(start string, stated map[string][]int) int {
	last := -1
	for key := start; ; {
		if rows := stated[key]; len(rows) > 0 {
			last = max(last, rows[0])
		}
		if key = l.up(key, stated); key == start {
			return last
		}
	}
}

// shorten sets aside the edges of the file by which an organisation, its own or
// one of the register beneath, would have more than maxDepth above it. It
// reports whether it found any. There are no cycles, save in the register itself.
func (l *lineage) shorten() bool {
	stated := l.stated()
	depths := map[string]int{}
	found := false
	for i := range l.entries {
		found = !l.dead[i] && l.measure(l.keys[i], depths, stated) || found
	}
	for _, key := range slices.Sorted(maps.Keys(l.register)) {
		found = l.measure(key, depths, stated) || found
	}
	return found
}

// measure notes how many are above key, and parts what is too deep.
func (l *lineage) measure(key string, depths map[string]int, stated map[string][]int) (found bool) {
	var path []string
	depth := -1
	for at := key; at != ""; at = l.up(at, stated) {
		if d, ok := depths[at]; ok {
			depth = d
			break
		}
		depths[at] = 0 // ends the walk in a cycle of the register
		path = append(path, at)
	}
	for _, at := range slices.Backward(path) {
		if depth++; depth > maxDepth {
			depth = 0
			if near := l.nearestStated(at, stated); near != "" {
				l.part(near, stated, fmt.Sprintf("%q, or one below it, would have more than %d organisations above it", clip(l.entries[stated[near][0]].organisation), maxDepth))
				found = true
			}
		}
		depths[at] = depth
	}
	return found
}

// nearestStated goes up from key to the first edge that the file states, "" if
// the register alone is too deep.
func (l *lineage) nearestStated(key string, stated map[string][]int) string {
	for range maxDepth + 1 {
		if rows := stated[key]; len(rows) > 0 {
			if l.dead[rows[0]] {
				return "" // parted already: the next round measures anew
			}
			return key
		}
		key = l.up(key, stated)
	}
	return ""
}
