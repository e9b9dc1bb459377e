package desk

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event/query/plan"
	"github.com/firehall/firehall/internal/identity"
)

// LongState is how far a long question is.
type LongState string

// The states of a long question.
const (
	LongRunning   LongState = "running"
	LongDone      LongState = "done"
	LongFailed    LongState = "failed"
	LongCancelled LongState = "cancelled"
)

// LongQuestion is a question that takes its time: it works on when its reader looks elsewhere, tells how far it is, and can be cancelled.
// Its answer is kept for an hour, for who asked it; it does not outlive the process.
type LongQuestion struct {
	ID        string
	Query     BreakdownQuery
	State     LongState
	Asked     time.Time
	Ended     time.Time // zero while it goes on
	Rows, Of  int64     // events read, and to be read
	Error     string
	Breakdown Breakdown // of what was read so far, the newest first
}

// Bounds of long questions.
const (
	longKept     = time.Hour
	longEach     = 2  // under way, of one actor
	longAll      = 8  // under way
	longMost     = 64 // kept
	longRows     = 4 << 20
	longLimit    = 10 * time.Minute
	longGroups   = 50_000  // of one piece
	longDistinct = 200_000 // kept apart
)

// Quick tells whether a breakdown by a field is answered at once. A feed's own fields (extra.NAME), and those of which nearly each event
// has a value of its own, are asked as long questions.
func Quick(field string) bool { return quick(field) }

// long is one long question.
type long struct {
	LongQuestion
	actor  string
	cancel context.CancelFunc
	counts map[string]Value // by Raw
}

// longs are the long questions of this process.
type longs struct {
	mu      sync.Mutex
	list    []*long
	running sync.WaitGroup
	closed  bool
}

// AskLong begins a breakdown as a long question. Errors: Conflict when too many are under way.
func (d *Desk) AskLong(ctx context.Context, actor identity.Actor, q BreakdownQuery) (LongQuestion, error) {
	if err := actor.Authorise(OpQuery, "events"); err != nil {
		return LongQuestion{}, err
	}
	ask, err := d.askBreakdown(ctx, actor, &q)
	if err != nil {
		return LongQuestion{}, err
	}
	if _, err := plan.Make(ask.req); err != nil { // say so now
		return LongQuestion{}, err
	}
	now := d.o.Clock.Now()
	work, cancel := context.WithTimeout(context.WithoutCancel(ctx), longLimit)
	l := &long{
		LongQuestion: LongQuestion{ID: id.New(), Query: q, State: LongRunning, Asked: now, Breakdown: Breakdown{Field: q.Field}},
		actor:        actor.String(), cancel: cancel, counts: map[string]Value{},
	}
	for _, f := range ask.req.Files {
		l.Of += f.Rows
	}
	out := l.LongQuestion
	if err := d.longs.begin(l, now, func() { d.work(work, l, ask) }); err != nil {
		cancel()
		return LongQuestion{}, err
	}
	return out, nil
}

// begin makes room for a question and runs it.
func (s *longs) begin(l *long, now time.Time, work func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = slices.DeleteFunc(s.list, func(o *long) bool { return o.State != LongRunning && now.Sub(o.Ended) > longKept })
	mine, all := 0, 0
	for _, o := range s.list {
		if o.State == LongRunning {
			all++
			if o.actor == l.actor {
				mine++
			}
		}
	}
	if s.closed || mine >= longEach || all >= longAll {
		return problem.New(problem.Conflict, "%d long questions are under way, %d of them yours: wait for one, or cancel it", all, mine)
	}
	if len(s.list) >= longMost { // the oldest answer goes
		if i := slices.IndexFunc(s.list, func(o *long) bool { return o.State != LongRunning }); i >= 0 {
			s.list = slices.Delete(s.list, i, i+1)
		}
	}
	s.list = append(s.list, l)
	s.running.Go(work)
	return nil
}

// work answers a long question piece by piece, from the newest segments to the oldest.
func (d *Desk) work(ctx context.Context, l *long, ask asked) {
	defer l.cancel()
	s := searcher{ask: ask}
	files := s.newest()
	var err error
	for len(files) > 0 && err == nil {
		n := take(files, longRows)
		err = d.piece(ctx, l, ask, files[:n])
		files = files[n:]
	}
	d.longs.mu.Lock()
	defer d.longs.mu.Unlock()
	l.Ended, l.State, l.counts = d.o.Clock.Now(), LongDone, nil
	switch {
	case errors.Is(err, context.Canceled):
		l.State = LongCancelled
	case err != nil:
		l.State, l.Error = LongFailed, err.Error()
	}
}

// piece counts in some segments.
func (d *Desk) piece(ctx context.Context, l *long, ask asked, files []plan.File) error {
	req, read := ask.req, int64(0)
	req.Files, req.Limit = files, longGroups
	for _, f := range files {
		read += f.Rows
	}
	total, err := d.countAll(ctx, req)
	if err != nil {
		return err
	}
	var values []Value
	if err := ask.groups(ctx, d, req, func(v Value) { values = append(values, v) }); err != nil {
		return err
	}
	d.longs.mu.Lock()
	defer d.longs.mu.Unlock()
	l.add(values, total, read)
	return nil
}

// add joins what a piece gave.
func (l *long) add(values []Value, total, read int64) {
	l.Rows += read
	l.Breakdown.Total += total
	l.Breakdown.Rough = l.Breakdown.Rough || len(values) >= longGroups
	for _, v := range values {
		v.Events += l.counts[v.Raw].Events
		l.counts[v.Raw] = v
	}
	all := make([]Value, 0, len(l.counts))
	for _, v := range l.counts {
		all = append(all, v)
	}
	slices.SortFunc(all, func(a, b Value) int { return cmp.Or(cmp.Compare(b.Events, a.Events), cmp.Compare(a.Raw, b.Raw)) })
	if len(all) > longDistinct { // the rarest go
		l.Breakdown.Rough = true
		for _, v := range all[longDistinct/2:] {
			delete(l.counts, v.Raw)
		}
	}
	l.Breakdown.Values = slices.Clone(all[:min(len(all), l.Query.Limit)])
	l.Breakdown.rest()
}

// Long tells how far a long question of the actor's is. NotFound if there is none such.
func (d *Desk) Long(_ context.Context, actor identity.Actor, id string) (LongQuestion, error) {
	if err := actor.Authorise(OpQuery, "events"); err != nil {
		return LongQuestion{}, err
	}
	d.longs.mu.Lock()
	defer d.longs.mu.Unlock()
	l, err := d.longs.find(actor, id)
	if err != nil {
		return LongQuestion{}, err
	}
	return l.LongQuestion, nil
}

func (s *longs) find(actor identity.Actor, id string) (*long, error) {
	for _, l := range s.list {
		if l.ID == id && l.actor == actor.String() {
			return l, nil
		}
	}
	return nil, problem.New(problem.NotFound, "there is no long question %s: its answer is kept for an hour; ask again", id)
}

// CancelLong ends a long question of the actor's. One that has ended stays as it is.
func (d *Desk) CancelLong(_ context.Context, actor identity.Actor, id string) error {
	if err := actor.Authorise(OpQuery, "events"); err != nil {
		return err
	}
	d.longs.mu.Lock()
	defer d.longs.mu.Unlock()
	l, err := d.longs.find(actor, id)
	if err == nil {
		l.cancel()
	}
	return err
}

// Close ends the long questions under way, and waits for them.
func (d *Desk) Close() {
	d.longs.mu.Lock()
	d.longs.closed = true
	for _, l := range d.longs.list {
		l.cancel()
	}
	d.longs.mu.Unlock()
	d.longs.running.Wait()
}
