package history

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"os"
	"slices"
	"sync"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query/plan"
	"github.com/firehall/firehall/internal/event/segment"
)

// ErrCannot says that only the engine can answer.
var ErrCannot = errors.New("history: this is for the query engine")

// mostKept bounds the layouts kept in memory, in bytes: some hundreds of millions of events.
const mostKept = 48 << 20

// Archive reads segments, and remembers where in them things lie. Safe for concurrent use; the zero value is ready.
type Archive struct {
	mu    sync.Mutex
	list  map[string]*kept // by path: a segment never changes
	held  int64
	clock uint64
}

type kept struct {
	layout *segment.Layout
	used   uint64
}

// open gives a segment and its layout; the caller closes the file.
func (a *Archive) open(path string) (*os.File, *segment.Layout, error) {
	f, err := os.Open(path) //nolint:gosec // a segment of the manifest
	if err != nil {
		return nil, nil, err
	}
	if l := a.known(path); l != nil {
		return f, l, nil
	}
	info, err := f.Stat()
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	l, err := segment.NewLayout(f, info.Size())
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	a.keep(path, l)
	return f, l, nil
}

func (a *Archive) known(path string) *segment.Layout {
	a.mu.Lock()
	defer a.mu.Unlock()
	k := a.list[path]
	if k == nil {
		return nil
	}
	a.clock++
	k.used = a.clock
	return k.layout
}

// keep remembers a layout. For room, those that were not used for longest are forgotten.
func (a *Archive) keep(path string, l *segment.Layout) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.list == nil {
		a.list = map[string]*kept{}
	}
	if a.list[path] != nil {
		return
	}
	a.clock++
	a.list[path] = &kept{l, a.clock}
	if a.held += l.Size(); a.held > mostKept {
		a.forget(mostKept * 3 / 4)
	}
}

// forget forgets what was not used for longest, until no more than so many bytes are held.
func (a *Archive) forget(most int64) {
	paths := slices.SortedFunc(maps.Keys(a.list), func(p, q string) int { return cmp.Compare(a.list[p].used, a.list[q].used) })
	for _, p := range paths {
		if a.held <= most {
			return
		}
		a.held -= a.list[p].layout.Size()
		delete(a.list, p)
	}
}

// search looks for one question in one segment after the other. It keeps its buffers.
type search struct {
	archive *Archive
	q       Question
	hi, lo  uint64
	chunk   segment.Chunk
	rows    []int32
	more    []int32
	longs   []int64
}

func (a *Archive) search(q Question) *search {
	s := &search{archive: a, q: q}
	s.hi, s.lo = event.Words(q.Addr)
	return s
}

// each calls do for the rows of each row group that have the address and are meant, with their times.
func (s *search) each(ctx context.Context, files []plan.File, do func(file, group int, rows []int32, times []int64) error) error {
	for i := range files {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if files[i].Part.Rows > 0 {
			return ErrCannot
		}
		if !s.q.meets(files[i].Source) {
			continue
		}
		if err := s.file(files[i].Path, func(g int, rows []int32, times []int64) error { return do(i, g, rows, times) }); err != nil {
			return err
		}
	}
	return nil
}

// meets tells whether events of a segment may be meant, by the times that the manifest knows of it: those of the events that have one.
func (q *Question) meets(s plan.Span) bool {
	if !q.Timed || s.Last.IsZero() || s.First.IsZero() {
		return true
	}
	return s.Last.UnixMilli() >= q.From && s.First.UnixMilli() < q.To
}

func (s *search) file(path string, do func(g int, rows []int32, times []int64) error) (err error) {
	f, l, err := s.archive.open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for g := range l.Groups() {
		rows, err := s.group(f, l, g)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			continue
		}
		if err := s.times(f, l, g, do); err != nil {
			return err
		}
	}
	return nil
}

// group finds the rows of a group that have the address, in rising order.
func (s *search) group(f *os.File, l *segment.Layout, g int) ([]int32, error) {
	s.rows = s.rows[:0]
	for _, field := range s.q.Fields {
		may, err := l.MayHold(f, g, field, s.lo)
		if err != nil {
			return nil, err
		}
		if !may {
			continue
		}
		before := len(s.rows)
		if err := s.in(f, l, g, field); err != nil {
			return nil, err
		}
		if before > 0 && len(s.rows) > before {
			s.rows = union(s.rows, before)
		}
	}
	return s.rows, nil
}

// in adds the rows that have the address in a field.
func (s *search) in(f *os.File, l *segment.Layout, g int, field string) error {
	if err := s.chunk.Read(f, l, g, field+segment.SuffixLo); err != nil {
		return err
	}
	s.more = s.chunk.Equal(s.more[:0], int64(s.lo)) //nolint:gosec // the bits
	if len(s.more) == 0 {
		return nil
	}
	if err := s.chunk.Read(f, l, g, field+segment.SuffixHi); err != nil {
		return err
	}
	s.longs = s.chunk.Longs(s.longs[:0], s.more)
	for i, r := range s.more {
		if uint64(s.longs[i]) == s.hi { //nolint:gosec // the bits
			s.rows = append(s.rows, r)
		}
	}
	return nil
}

// times keeps of the rows found those that are meant.
func (s *search) times(f *os.File, l *segment.Layout, g int, do func(g int, rows []int32, times []int64) error) error {
	s.longs = s.longs[:0]
	if l.Has(event.FieldTime) {
		if err := s.chunk.Read(f, l, g, event.FieldTime); err != nil {
			return err
		}
		s.longs = s.chunk.Longs(s.longs, s.rows)
	} else {
		for range s.rows {
			s.longs = append(s.longs, event.Null)
		}
	}
	n := 0
	for i, r := range s.rows {
		if s.q.wants(s.longs[i]) {
			s.rows[n], s.longs[n] = r, s.longs[i]
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return do(g, s.rows[:n], s.longs[:n])
}

// Times calls each with the time of every event that is meant, in milliseconds; event.Null for those without one.
func (a *Archive) Times(ctx context.Context, files []plan.File, q Question, each func(ms int64)) error {
	return a.search(q).each(ctx, files, func(_, _ int, _ []int32, times []int64) error {
		for _, t := range times {
			each(t)
		}
		return nil
	})
}

// Holding gives those of the files in which events of the question may be: a file that cannot be read stays, for the engine to tell.
func (a *Archive) Holding(ctx context.Context, files []plan.File, q Question) []plan.File {
	s := a.search(q)
	var out []plan.File
	for i := range files {
		if ctx.Err() != nil || s.mayHold(files[i].Path) {
			out = append(out, files[i])
		}
	}
	return out
}

func (s *search) mayHold(path string) bool {
	f, l, err := s.archive.open(path)
	if err != nil {
		return true
	}
	defer func() { _ = f.Close() }()
	for g := range l.Groups() {
		for _, field := range s.q.Fields {
			if may, err := l.MayHold(f, g, field, s.lo); may || err != nil {
				return true
			}
		}
	}
	return false
}
