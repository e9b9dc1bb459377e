package desk

import (
	"cmp"
	"context"
	"hash/maphash"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/firehall/firehall/internal/event/query/plan"
)

// memory is what is remembered of answers about events. A segment never changes, so what was found in it stays true: when the question is
// asked again, only the segments that came since are read. When one goes (joined with others, expired, erased) the answer is forgotten.
type memory struct {
	mu    sync.Mutex
	list  map[string]*remembered
	clock uint64 // counts questions
}

// remembered is what is known of the answer to one question. Who has its turn may read and change it.
type remembered struct {
	turn   chan struct{}
	used   uint64
	weight int // roughly its size, in values; under memory.mu

	looked map[string]bool // segments that are in it
	counts map[string]counted
	sorted []counted  // the most frequent first; nil when it has to be made
	rows   []EventRow // the newest of a page's
}

// mostRemembered bounds what all answers together hold: some 60 MB.
const mostRemembered = 400_000

// ask gives the turn at what is known of a question; done gives it back. Who asks the same at the same time waits, and then knows it.
func (m *memory) ask(ctx context.Context, question string) (r *remembered, done func(), err error) {
	m.mu.Lock()
	r = m.list[question]
	if r == nil {
		if m.list == nil {
			m.list = map[string]*remembered{}
		}
		r = &remembered{turn: make(chan struct{}, 1)}
		m.list[question] = r
	}
	m.clock++
	r.used = m.clock
	m.mu.Unlock()
	select {
	case r.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, context.Cause(ctx)
	}
	return r, func() {
		m.weigh(question, r)
		<-r.turn
	}, nil
}

// weigh notes how large an answer is now, and makes room: what was not asked for longest goes.
func (m *memory) weigh(question string, r *remembered) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r.weight = 16 + len(r.looked)/4 + len(r.counts)
	for i := range r.rows {
		r.weight += len(r.rows[i].Cells)
	}
	if m.list[question] != r { // forgotten meanwhile
		return
	}
	all := 0
	for _, o := range m.list {
		all += o.weight
	}
	for all > mostRemembered {
		oldest := ""
		for q, o := range m.list {
			if oldest == "" || o.used < m.list[oldest].used {
				oldest = q
			}
		}
		all -= m.list[oldest].weight
		delete(m.list, oldest)
	}
}

// Forget forgets what is remembered of earlier questions. Answers stay what they are; they take longer.
func (d *Desk) Forget() {
	d.memory.mu.Lock()
	defer d.memory.mu.Unlock()
	d.memory.list = nil
	d.costly.moved()
}

// unread gives the segments that are not in the answer yet. If one of those that are is gone, nothing is known any more.
func (r *remembered) unread(files []plan.File) []plan.File {
	there := 0
	for i := range files {
		if r.looked[nameOf(&files[i])] {
			there++
		}
	}
	if there < len(r.looked) || r.looked == nil {
		r.looked, r.counts, r.sorted, r.rows = map[string]bool{}, map[string]counted{}, nil, nil
	}
	return slices.DeleteFunc(slices.Clone(files), func(f plan.File) bool { return r.looked[nameOf(&f)] })
}

// has notes that segments are in the answer now.
func (r *remembered) has(files []plan.File) {
	for i := range files {
		r.looked[nameOf(&files[i])] = true
	}
}

func nameOf(f *plan.File) string { return f.Path + "\x00" + strconv.FormatInt(f.Rows, 10) }

// question is what two questions have in common that have the same answer over the same segments.
func (a *asked) question(parts ...string) string {
	return strings.Join(append(parts, a.req.Where.String(), strconv.FormatUint(sumOf(a.names), 36)), "\x00")
}

var seed = maphash.MakeSeed()

// sumOf stands for the organisations' names: questions name organisations by them.
func sumOf(names map[string]string) (sum uint64) {
	for id, name := range names {
		sum += maphash.String(seed, id+"\x00"+name)
	}
	return sum
}

// counted is how many events have the same values.
type counted struct {
	values []string // as queries write them
	null   []bool
	events int64
}

func (c counted) key() string {
	var b strings.Builder
	for i, v := range c.values {
		if c.null[i] {
			b.WriteByte(1)
		}
		b.WriteString(v)
		b.WriteByte(0)
	}
	return b.String()
}

// before puts counts in order: the most frequent first, then by their values, numbers as numbers, those without a value last.
func (c counted) before(o counted) int {
	by := cmp.Compare(o.events, c.events)
	for i := 0; by == 0 && i < len(c.values); i++ {
		switch {
		case c.null[i] != o.null[i]:
			by = 1
			if o.null[i] {
				by = -1
			}
		default:
			by = compareValues(c.values[i], o.values[i])
		}
	}
	return by
}

func compareValues(a, b string) int {
	x, noX := strconv.ParseInt(a, 10, 64)
	y, noY := strconv.ParseInt(b, 10, 64)
	if noX == nil && noY == nil {
		return cmp.Compare(x, y)
	}
	return cmp.Compare(a, b)
}
