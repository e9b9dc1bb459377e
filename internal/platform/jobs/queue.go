package jobs

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Options is what a Queue needs.
type Options struct {
	DB     *sqldb.DB
	Clock  clock.Clock
	Log    *slog.Logger
	Holder string // who this process is, for people who ask who does a job
	// Alone tells that no other process works on this database: what a dead one held is taken at once, not after its lease.
	Alone bool
	// Metrics gets figures of the queue; may be nil.
	Metrics prometheus.Registerer
	// Grace is how long Run waits, once it is to end, for tasks that do not heed their context; 30 s if 0.
	Grace time.Duration
}

// Kind says how jobs of one kind are done.
type Kind struct {
	Name     string
	Attempts int // how often it is tried until it is dead; 5 if 0
	// Backoff gives the pause after the n-th attempt failed, n from 1; up to a quarter is added at random. nil doubles from 5 s to an hour.
	Backoff func(n int) time.Duration
	// Lease is how long after the last sign of life of its holder a job is given to another; 30 s if 0. It is renewed while Do runs, so it
	// bounds the wait after a death, not the work.
	Lease       time.Duration
	Concurrency int // how many run at a time in this process; 1 if 0
	// Do does the work. Its context ends when the lease is lost, somebody discards the job or the queue stops. nil as its error means done;
	// one made by Final is not tried again.
	Do func(ctx context.Context, t *Task) error
}

// What stands for zero in a Kind.
const (
	defaultAttempts = 5
	defaultLease    = 30 * time.Second
	firstBackoff    = 5 * time.Second
	lastBackoff     = time.Hour
	defaultGrace    = 30 * time.Second
)

// Queue claims jobs and does them. It is safe for concurrent use.
type Queue struct {
	Options
	wake    chan struct{}
	figures *figures

	mu    sync.Mutex
	kinds map[string]*worker // by name
	order []*worker
	tasks map[string]*Task // those that run in this process, by the job's id
}

// worker is a kind with what runs of it here.
type worker struct {
	Kind
	running int
}

// New makes a queue. It does nothing until Run.
func New(o Options) *Queue {
	o.Holder = o.Holder + " " + id.New() // another life of this process is another holder
	o.Grace = cmp.Or(o.Grace, defaultGrace)
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Queue{
		Options: o, wake: make(chan struct{}, 1), figures: newFigures(o.Metrics),
		kinds: map[string]*worker{}, tasks: map[string]*Task{},
	}
}

// Handle adds a kind that this process does. It is to be called before Run, once for each kind; a second time is a defect and panics.
func (q *Queue) Handle(k Kind) {
	k.Attempts, k.Lease, k.Concurrency = cmp.Or(k.Attempts, defaultAttempts), cmp.Or(k.Lease, defaultLease), cmp.Or(k.Concurrency, 1)
	if k.Backoff == nil {
		k.Backoff = doubling
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if k.Name == "" || k.Do == nil || q.kinds[k.Name] != nil {
		panic("jobs: a kind needs a name, which no other has, and something to do: " + k.Name)
	}
	w := &worker{Kind: k}
	q.kinds[k.Name], q.order = w, append(q.order, w)
}

// doubling is the pause after the n-th attempt where the kind does not say.
func doubling(n int) time.Duration { return min(firstBackoff<<min(max(n-1, 0), 20), lastBackoff) }

// Wake lets the queue look for work now. Call it after the commit of a transaction that posted.
func (q *Queue) Wake() {
	select {
	case q.wake <- struct{}{}:
	default: // it will look anyway
	}
}
