package pattern

import (
	"slices"
	"sort"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
)

// MaxCost is how many steps a match may take: a value compared, 8 bytes of a text looked at, an observation tried.
const MaxCost = 2_000_000

// MaxObservations is how many observations are matched at once.
const MaxObservations = 100_000

// Match says which observations, by their places, make the pattern hold: the first that are found, each once; none if it does not hold.
// Observations need no order. Errors: Invalid, if it would take more than MaxCost steps to know.
func (p *Pattern) Match(observations []Observation) ([]int, error) {
	if len(observations) > MaxObservations {
		return nil, problem.New(problem.Invalid, "there are %d observations, and %d are matched at once", len(observations), MaxObservations)
	}
	m := newMatcher(observations)
	var hit []int
	found := m.each(p.root, always, func(span) bool {
		for i, used := range m.used {
			if used {
				hit = append(hit, m.order[i])
			}
		}
		return true
	})
	if m.cost > MaxCost {
		return nil, problem.New(problem.Invalid, "the pattern is too costly: after %d steps it was not known whether it holds", MaxCost)
	}
	if !found {
		return nil, nil
	}
	slices.Sort(hit)
	return hit, nil
}

// matcher looks for observations that make a pattern hold.
type matcher struct {
	all   []Observation
	order []int // places in all, by First
	used  []bool
	boxes map[*box][]int8 // of each box, what is known of each observation: 0 nothing, 1 it holds, -1 it does not
	cost  int
}

func newMatcher(all []Observation) *matcher {
	m := &matcher{all: all, order: make([]int, len(all)), used: make([]bool, len(all)), boxes: map[*box][]int8{}}
	for i := range m.order {
		m.order[i] = i
	}
	slices.SortStableFunc(m.order, func(a, b int) int { return all[a].First.Compare(all[b].First) })
	return m
}

// window is when observations must lie, and above which place.
type window struct {
	from, until time.Time // zero: any time; until counts in
	above       int
}

var always = window{above: -1}

// narrow gives the part of a window that lies in another.
func (w window) narrow(from, until time.Time) window {
	if from.After(w.from) {
		w.from = from
	}
	if !until.IsZero() && (w.until.IsZero() || until.Before(w.until)) {
		w.until = until
	}
	return w
}

// span is what observations that were found cover.
type span struct {
	last time.Time
	low  int // the lowest place
	n    int // how many sightings
}

func (s span) with(t span) span {
	if t.last.After(s.last) {
		s.last = t.last
	}
	return span{s.last, min(s.low, t.low), s.n + t.n}
}

// step counts, and reports whether it is too much.
func (m *matcher) step(n int) bool {
	m.cost += n
	return m.cost > MaxCost
}

// each gives, one after the other, the ways in which an expression holds of observations that are not in use; while one is given its
// observations are. It ends, and reports true, when yield does.
func (m *matcher) each(x expr, w window, yield func(span) bool) bool {
	switch x := x.(type) {
	case *box:
		return m.eachBox(x, w, yield)
	case join:
		w.above = -1
		return m.eachJoin(x, x.parts, w, span{low: len(m.all)}, yield)
	case bound:
		w.above = -1
		return m.eachBound(x, w, yield)
	}
	return false
}

// eachBox tries the observations in a window.
func (m *matcher) eachBox(x *box, w window, yield func(span) bool) bool {
	i := sort.Search(len(m.order), func(i int) bool { return !m.all[m.order[i]].First.Before(w.from) })
	for i = max(i, w.above+1); i < len(m.order); i++ {
		o := &m.all[m.order[i]]
		if m.step(1) || !w.until.IsZero() && o.First.After(w.until) {
			return false
		}
		if m.used[i] || !w.until.IsZero() && o.Last.After(w.until) || !m.box(x, i) {
			continue
		}
		m.used[i] = true
		if yield(span{o.Last, i, max(o.Count, 1)}) {
			return true
		}
		m.used[i] = false
	}
	return false
}

// eachJoin goes through the parts of a join; of FOLLOWEDBY each begins when the one before has ended.
func (m *matcher) eachJoin(x join, parts []expr, w window, so span, yield func(span) bool) bool {
	if x.op == "OR" {
		for _, p := range parts {
			if m.each(p, w, yield) {
				return true
			}
		}
		return false
	}
	if len(parts) == 0 {
		return yield(so)
	}
	return m.each(parts[0], w, func(s span) bool {
		next := w
		if x.op == "FOLLOWEDBY" {
			next = w.narrow(s.last, time.Time{})
		}
		return m.eachJoin(x, parts[1:], next, so.with(s), yield)
	})
}

// eachBound goes through what holds within a bound.
func (m *matcher) eachBound(x bound, w window, yield func(span) bool) bool {
	switch {
	case x.times > 0:
		return m.eachRepeat(x, w, span{low: len(m.all)}, yield)
	case x.within == 0:
		return m.each(x.of, w.narrow(x.start, x.stop.Add(-1)), yield)
	}
	var last time.Time
	for i, place := range m.order { // whatever holds has an earliest observation: all windows that begin with one
		first := m.all[place].First
		if m.step(1) {
			return false
		}
		if i > 0 && first.Equal(last) || first.Before(w.from) {
			continue
		}
		last = first
		if m.each(x.of, w.narrow(first, first.Add(x.within)), yield) {
			return true
		}
	}
	return false
}

// eachRepeat looks for enough different ways, in the order of their earliest observations.
func (m *matcher) eachRepeat(x bound, w window, so span, yield func(span) bool) bool {
	if so.n >= x.times {
		return yield(so)
	}
	_, simple := x.of.(*box)
	return m.each(x.of, w, func(s span) bool {
		if s.low <= w.above {
			return m.step(1)
		}
		if !simple {
			s.n = 1
		}
		next := w
		next.above = s.low
		return m.eachRepeat(x, next, so.with(s), yield)
	})
}

// box says whether an observation fulfils a box; what was found out is kept.
func (m *matcher) box(x *box, i int) bool {
	known := m.boxes[x]
	if known == nil {
		known = make([]int8, len(m.order))
		m.boxes[x] = known
	}
	if known[i] == 0 {
		known[i] = -1
		if m.observation(x.cond, &m.all[m.order[i]]) {
			known[i] = 1
		}
	}
	return known[i] > 0
}

func (m *matcher) observation(c cond, o *Observation) bool {
	for t := range o.Things {
		if m.step(1) || m.cond(c, o, &o.Things[t]) {
			return true
		}
	}
	return false
}

// cond says whether a condition holds of a thing.
func (m *matcher) cond(c cond, o *Observation, t *Thing) bool {
	switch c := c.(type) {
	case *test:
		if t.Type != c.path.Type {
			return m.step(1)
		}
		return m.test(c, o, t)
	case logic:
		for _, p := range c.parts {
			if m.cond(p, o, t) == (c.op == "OR") {
				return c.op == "OR"
			}
		}
		return c.op == "AND"
	}
	return false
}

// test says whether a test holds of a thing: whether it does of any value that its path leads to.
func (m *matcher) test(t *test, o *Observation, root *Thing) bool {
	hit := false
	exists := m.walk(o, root, found{root.Properties, root.Type, ""}, t.path.Steps, func(f found) bool {
		if m.step(t.cost(f.value)) {
			return true
		}
		hit = hit || t.holds(f)
		return hit
	})
	if t.op == "EXISTS" {
		return (exists || hit) != t.not
	}
	return hit
}

// cost is how many steps a comparison takes.
func (t *test) cost(value any) int {
	n := len(t.values)
	if s, ok := value.(string); ok {
		n += len(s) / 8
		if t.re != nil {
			n += len(s) * t.program / 64
		}
	}
	return n
}

// walk goes along a path and gives the values at its end, until yield has enough; it reports whether there were any.
func (m *matcher) walk(o *Observation, root *Thing, at found, steps []Step, yield func(found) bool) bool {
	if m.step(1) {
		return false
	}
	if len(steps) == 0 {
		return yield(at) || true
	}
	s := steps[0]
	if s.Name != "" {
		at, ok := m.enter(o, at, s.Name)
		return ok && m.walk(o, root, at, steps[1:], yield)
	}
	list, ok := at.value.(List)
	if !ok {
		return false
	}
	if s.Index != Any {
		return s.Index < len(list) && m.walk(o, root, found{list[s.Index], at.typ, at.name}, steps[1:], yield)
	}
	any := false
	for _, v := range list {
		any = m.walk(o, root, found{v, at.typ, at.name}, steps[1:], yield) || any
	}
	return any
}

// enter goes into a property: of what it is at, or of what that refers to.
func (m *matcher) enter(o *Observation, at found, name string) (found, bool) {
	if id, ok := at.value.(string); ok && reference(at.name) {
		for i := range o.Things {
			if t := &o.Things[i]; t.ID == id {
				at = found{t.Properties, t.Type, ""}
				break
			}
		}
	}
	p, ok := at.value.(Properties)
	if !ok {
		return at, false
	}
	v, ok := p.get(name)
	if name == "type" && !ok && at.name == "" {
		v, ok = at.typ, true
	}
	return found{v, at.typ, name}, ok
}
