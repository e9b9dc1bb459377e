package feed

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"log/slog"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/dedupe"
	"github.com/firehall/firehall/internal/event/segment"
	"github.com/firehall/firehall/internal/feed/enrich"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
	"github.com/firehall/firehall/internal/platform/unpack"
)

// What a person may do here.
const (
	OpIngest identity.Operation = "feed.ingest"
	OpReplay identity.Operation = "feed.replay"
	OpResume identity.Operation = "feed.resume"
	OpRead   identity.Operation = "feed.read"
	OpForget identity.Operation = "feed.forget"
)

// Options is what the service stands on.
type Options struct {
	DB      *sqldb.DB
	Layout  Layout
	Clock   clock.Clock
	Secret  [32]byte // of this installation, for dedupe keys
	Config  config.Ingest
	Workers int // processors, at least 1
	// Matcher gives the register as it is now.
	Matcher func() *constituency.Matcher
	// Table gives what addresses are enriched from; nil for none.
	Table *enrich.Table
	// Format gives the format and the terms of a feed.
	Format func(feed string) (format.Format, config.Feed, error)
	// Alone tells that no other process works on this state, so that leases left by a process that died may be seized.
	Alone bool
	// Holder names this process in leases.
	Holder string
	Log    *slog.Logger
	// Metrics takes the service's figures; nil for none.
	Metrics prometheus.Registerer
	// Enqueue posts a job of a kind about a subject in the transaction that makes it necessary, unless one of them waits or runs already.
	// nil: nobody works on jobs, and what is accepted waits for Resume.
	Enqueue func(tx *sqldb.Tx, now time.Time, kind, subject string, body any) error
	// Outside tells why who gives a feed may not send what is under a label, "" if they may: by the agreements with them. What they may not is set aside whole, for
	// a person. nil: there are none.
	Outside func(ctx context.Context, feed string, label tlp.Label) (string, error)
	// Apart lets Ingest accept first and read then, as a server must: reading while receiving would let a slow input hold up all others.
	Apart bool
	// Feeds are those of the configuration, for Health and the doors.
	Feeds map[string]config.Feed
}

// Service takes inputs in. Safe for concurrent use; inputs of one process are taken one after the other, each by all processors.
type Service struct {
	Options
	leases  *lease.Leases
	memory  *dedupe.Memory
	figures *figures

	waiting time.Duration // for a lease, between two tries; 0: a second

	turn   chan struct{} // held by the attempt under way
	mu     sync.Mutex
	loaded map[string]memorised // by feed
}

// memorised tells which of a feed's segments the memory holds: those that arrived since a day, up to a position.
type memorised struct{ since, position int64 }

// New makes the service.
func New(o Options) *Service {
	memory := dedupe.New(int64(o.Config.DedupeMemory))
	return &Service{
		Options: o, leases: lease.New(o.DB, o.Clock), memory: memory, turn: make(chan struct{}, 1), loaded: map[string]memorised{},
		figures: newFigures(o.Metrics, memory.Len),
	}
}

func (s *Service) limits() unpack.Limits {
	return unpack.Limits{Bytes: int64(s.Config.MaxDecompressed), Ratio: int64(s.Config.MaxRatio)}
}

// streamSecret makes identical rows of different streams differ: the header belongs to what a row says.
func (s *Service) streamSecret(feed, report string, header []byte) (out [32]byte) {
	mac := hmac.New(sha256.New, s.Secret[:])
	for _, part := range []string{feed, report, string(header)} {
		mac.Write([]byte(part))
		mac.Write([]byte{0})
	}
	mac.Sum(out[:0])
	return out
}

// leaseTime is how long after the death of a process its feed is given to another.
const leaseTime = 15 * time.Second

// holdFeed takes the feed for one live attempt and renews it until release is called; ctx ends when it is lost. It waits for its turn in
// this process and for another process that has the feed; unless patient, it gives up with Conflict on one that is alive.
func (s *Service) holdFeed(ctx context.Context, feed string, patient bool) (context.Context, lease.Token, func(), error) {
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx, lease.Token{}, nil, context.Cause(ctx)
	}
	token, err := s.lease(ctx, "feed:"+feed, patient)
	if err != nil {
		<-s.turn
		return ctx, token, nil, err
	}
	held, giveBack := s.leases.Keep(ctx, token, leaseTime)
	return held, token, func() {
		if err := giveBack(); err != nil {
			s.Log.WarnContext(ctx, "giving the feed back", "feed", feed, "error", err)
		}
		<-s.turn
	}, nil
}

// lease takes a lease, waiting for who has it. A holder that renews is alive; one that died is waited for in any case.
func (s *Service) lease(ctx context.Context, name string, patient bool) (lease.Token, error) {
	if s.Alone {
		return s.leases.Seize(ctx, name, s.Holder, leaseTime)
	}
	var first time.Time
	for {
		token, err := s.leases.Acquire(ctx, name, s.Holder, leaseTime)
		if problem.KindOf(err) != problem.Conflict {
			return token, err
		}
		ends := s.heldUntil(ctx, name)
		if first.IsZero() {
			first = ends
			s.Log.InfoContext(ctx, "waiting for another process to finish with the feed", "lease", name)
		}
		if !patient && ends.After(first) {
			return token, err
		}
		select {
		case <-ctx.Done():
			return token, context.Cause(ctx)
		case <-time.After(s.pause()):
		}
	}
}

// heldUntil gives the end of a lease that somebody has, zero if nobody does.
func (s *Service) heldUntil(ctx context.Context, name string) time.Time {
	held, _ := s.leases.Held(ctx) // an error shows again at once
	for _, h := range held {
		if h.Name == name {
			return h.Expires
		}
	}
	return time.Time{}
}

// pause is how long to wait before a lease is asked for again.
func (s *Service) pause() time.Duration {
	if s.waiting > 0 {
		return s.waiting
	}
	return time.Second
}

// remember brings the memory up to the manifest for one feed: the keys of segments within the window that it has not read yet. An older
// intake looks back further than the ones before it; then all is read again, which changes nothing of what is known.
func (s *Service) remember(ctx context.Context, feed string, since int64) error {
	if s.Config.DedupeWindow <= 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	has, ok := s.loaded[feed]
	if !ok || since < has.since {
		has = memorised{since: since}
	}
	list, err := event.NewManifest(s.DB).Segments(ctx, event.Filter{Feed: feed, After: has.position, FromDay: since, Keys: true})
	if err != nil {
		return err
	}
	from := firstDay(list, s.memory.Cap())
	for _, seg := range list {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if seg.Day >= from {
			if err := s.rememberSegment(seg, has.since); err != nil {
				return err
			}
		}
		has.position = seg.Position
		s.loaded[feed] = has
	}
	s.loaded[feed] = has
	return nil
}

// firstDay gives the earliest day whose keys, with those of all days after it, the memory has room for: older ones would be dropped as soon as they
// are read. The latest day is always read.
func firstDay(list []event.Segment, room int) int64 {
	rows := map[int64]int64{}
	for _, seg := range list {
		rows[seg.Day] += seg.Rows
	}
	days := slices.SortedFunc(maps.Keys(rows), func(a, b int64) int { return cmp.Compare(b, a) })
	first, sum := int64(math.MaxInt64), int64(0)
	for _, day := range days {
		if sum += rows[day]; sum > int64(room) && first < math.MaxInt64 {
			break
		}
		first = day
	}
	return first
}

func (s *Service) rememberSegment(seg event.Segment, since int64) error {
	f, err := s.Layout.FS.Open(s.Layout.path(dirEvents, seg.Path))
	if err != nil {
		return problem.Wrap(problem.Internal, err, "segment %s is in the manifest but cannot be read: run firehall doctor, and restore the file from a backup", seg.Path)
	}
	defer func() { _ = f.Close() }()
	a := s.memory.Recall(dedupe.Day(seg.Day), dedupe.Day(since)) //nolint:gosec // days fit
	defer a.Commit()
	return segment.Keys(f, seg.Bytes, func(k event.DedupeKey) { a.Add(k) })
}

// publishedUpTo notes that the memory holds the keys of what was just made visible.
func (s *Service) publishedUpTo(feed string, segments []event.Segment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	has := s.loaded[feed]
	for _, seg := range segments {
		has.position = max(has.position, seg.Position)
	}
	s.loaded[feed] = has
}
