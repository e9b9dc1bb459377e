// Package live tells those who look that something has changed, and never what: they ask again for what they show.
//
// A Hub reads cheap marks (the head of a list, the number of what is open) once a period, in one transaction for all, however many readers
// there are; without readers it reads nothing. A mark that differs from the one before is a change of its topic. A reader who is slow misses
// no change but learns of several at once. Changes made by other processes on the same database are seen alike.
package live

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Period is how often marks are read where nothing else is said.
const Period = time.Second

// Change says which topics have changed since the change before.
type Change struct {
	Topics []string // in order, each once
	At     time.Time
}

// Has tells whether a topic is among those that changed.
func (c Change) Has(topic string) bool { return slices.Contains(c.Topics, topic) }

// Marks reads marks: one text a topic, which differs when the topic has changed. It must be cheap: every second counts.
type Marks func(tx *sqldb.Tx) (map[string]string, error)

// Hub reads marks for all readers of a process. Safe for concurrent use.
type Hub struct {
	db     *sqldb.DB
	clock  clock.Clock
	period time.Duration
	log    *slog.Logger

	mu      sync.Mutex
	marks   []Marks
	readers map[*reader]struct{}
	known   map[string]string // nil when nothing was read yet
	era     int               // counts the times that somebody came when nobody listened
	failing bool
	woken   chan struct{}
}

// New makes a hub over db; a period of 0 is Period. It reads nothing until Run.
func New(db *sqldb.DB, c clock.Clock, period time.Duration) *Hub {
	if period <= 0 {
		period = Period
	}
	return &Hub{db: db, clock: c, period: period, log: slog.Default(), readers: map[*reader]struct{}{}, woken: make(chan struct{}, 1)}
}

// Watch adds marks to those that are read. Topics of several Watch calls must differ.
func (h *Hub) Watch(m Marks) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.marks = append(h.marks, m)
}

// Log sets where failures go; without it, to slog's default. Call it before Run.
func (h *Hub) Log(l *slog.Logger) { h.log = l }

// Wake has the marks read now rather than at the end of the period: for who has just changed something. It does not wait.
func (h *Hub) Wake() {
	select {
	case h.woken <- struct{}{}:
	default:
	}
}

// Run reads marks until ctx ends. A database that does not answer is asked again in the next period.
func (h *Hub) Run(ctx context.Context) error {
	tick := time.NewTicker(h.period)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-h.woken:
		}
		h.look(ctx)
	}
}

// Readers is how many listen now.
func (h *Hub) Readers() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.readers)
}

// Subscribe listens until ctx ends; then the channel is closed. Nobody is waited for: a change that is not taken is merged with the next.
func (h *Hub) Subscribe(ctx context.Context) <-chan Change {
	r := &reader{out: make(chan Change, 1)}
	h.mu.Lock()
	if len(h.readers) == 0 {
		h.known = nil // what was known may be hours old, and so may be what is being read
		h.era++
	}
	h.readers[r] = struct{}{}
	h.mu.Unlock()
	context.AfterFunc(ctx, func() {
		h.mu.Lock()
		delete(h.readers, r)
		h.mu.Unlock()
		r.close()
	})
	return r.out
}

// look reads the marks and tells the readers of what differs.
func (h *Hub) look(ctx context.Context) {
	h.mu.Lock()
	marks, idle, era := h.marks, len(h.readers) == 0, h.era
	h.mu.Unlock()
	if idle {
		return
	}
	now, err := h.read(ctx, marks)
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil {
		if !h.failing && ctx.Err() == nil {
			h.log.WarnContext(ctx, "looking for changes: pages stand still until the database answers", "error", err)
		}
		h.failing = true
		return
	}
	h.failing = false
	if era != h.era {
		return
	}
	topics := differing(h.known, now)
	h.known = now
	if len(topics) == 0 {
		return
	}
	for r := range h.readers {
		r.tell(Change{Topics: topics, At: h.clock.Now()})
	}
}

// read reads all marks at one moment. A look that takes longer than a few periods is given up.
func (h *Hub) read(ctx context.Context, marks []Marks) (map[string]string, error) {
	ctx, cancel := context.WithTimeout(ctx, max(5*h.period, time.Second))
	defer cancel()
	now := map[string]string{}
	err := h.db.Read(ctx, func(tx *sqldb.Tx) error {
		clear(now)
		for _, m := range marks {
			some, err := m(tx)
			if err != nil {
				return err
			}
			maps.Copy(now, some)
		}
		return nil
	})
	return now, err
}

// differing lists the topics whose marks differ; before anything is known, none does.
func differing(before, now map[string]string) []string {
	if before == nil {
		return nil
	}
	var topics []string
	for topic, mark := range now {
		if before[topic] != mark {
			topics = append(topics, topic)
		}
	}
	slices.Sort(topics)
	return topics
}
