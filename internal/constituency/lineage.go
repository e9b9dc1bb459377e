package constituency

import "fmt"

// lineage finds out which rows of a file name a parent that cannot be: one that
// is neither in the register nor in the file, or one that would close a cycle.
// A row set aside may take its organisation along, and with it the parent of
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
	for parent := range l.naming {
		l.orphan(parent)
	}
	for l.breakCycles() {
	}
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

// breakCycles finds every cycle of parents and sets aside, of each, the last row
// that states one of its edges. It reports whether it found any.
func (l *lineage) breakCycles() bool {
	stated := l.stated()
	seen := map[string]int{} // key -> the walk that came by
	found := false
	for i, e := range l.entries {
		if l.dead[i] || l.parents[i] == "" {
			continue
		}
		if last := l.walk(l.keys[i], i+1, seen, stated); last >= 0 {
			l.kill(last, fmt.Sprintf("%q would be above itself, by way of %q", clip(l.entries[last].organisation), clip(e.organisation)))
			l.orphan(l.keys[last])
			found = true
		}
	}
	return found
}

// stated returns the row that gives each organisation its parent: the first one.
func (l *lineage) stated() map[string]int {
	rows := map[string]int{}
	for i := len(l.entries) - 1; i >= 0; i-- {
		if !l.dead[i] && l.parents[i] != "" {
			rows[l.keys[i]] = i
		}
	}
	return rows
}

// walk goes up from key; if it comes to where it has been on this very walk, it
// returns the last row among those of the cycle, else -1.
func (l *lineage) walk(key string, walk int, seen map[string]int, stated map[string]int) int {
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

func (l *lineage) up(key string, stated map[string]int) string {
	if i, ok := stated[key]; ok {
		return l.parents[i]
	}
	return l.register[key]
}

func (l *lineage) lastOfCycle(start string, stated map[string]int) int {
	last := -1
	for key := start; ; {
		if i, ok := stated[key]; ok {
			last = max(last, i)
		}
		if key = l.up(key, stated); key == start {
			return last
		}
	}
}
