package keep

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/rollup"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
)

// Dropped is what an expiry took away, or would.
type Dropped struct {
	Partitions int   `json:"partitions"` // days of a class
	Segments   int   `json:"segments"`
	Rows       int64 `json:"rows"`
	Bytes      int64 `json:"bytes"`
	Intakes    int   `json:"intakes"` // whose raw input and set-aside rows went; their accounts stay
}

const oneDay = 24 * time.Hour

// ended tells that something of a day has been kept for so long; 0 is for ever. The whole day must be past.
func (k *Keeper) ended(day int64, keep time.Duration) bool {
	return keep > 0 && !time.Unix((day+1)*86400, 0).Add(keep).After(k.Clock.Now())
}

// keepFor is how long events of a feed and class are kept; 0 is for ever.
func (k *Keeper) keepFor(feed, taxonomy string) time.Duration {
	if f, ok := k.Feeds[feed]; ok && f.Retention > 0 {
		return f.Retention
	}
	if d, ok := k.Retention.Classes[taxonomy]; ok {
		return d
	}
	return k.Retention.Default
}

// longest is how long anything of a feed is kept, whatever its class; 0 is for ever.
func (k *Keeper) longest(feed string) time.Duration {
	if f, ok := k.Feeds[feed]; ok && f.Retention > 0 {
		return f.Retention
	}
	out := k.Retention.Default
	for _, d := range k.Retention.Classes {
		if d <= 0 || out <= 0 {
			return 0
		}
		out = max(out, d)
	}
	return out
}

// Expire drops the events that are older than they may be kept, and the raw input and set-aside rows of intakes none of whose events may
// be kept any longer. Errors: Conflict if another keeper works.
func (k *Keeper) Expire(ctx context.Context, actor identity.Actor, dry bool) (Dropped, error) {
	return k.drop(ctx, actor, event.Filter{}, dry, func(ctx context.Context, token lease.Token, sum *Dropped) error {
		return k.expireIntakes(ctx, actor, token, dry, sum)
	}, func(s event.Segment) bool { return k.ended(s.Day, k.keepFor(s.Feed, s.Taxonomy)) })
}

// Drop drops a day's events of a class, however old they are. Errors: Conflict if another keeper works.
func (k *Keeper) Drop(ctx context.Context, actor identity.Actor, day int64, taxonomy string) (Dropped, error) {
	return k.drop(ctx, actor, event.Filter{FromDay: day, BeforeDay: day + 1, Taxonomies: []string{taxonomy}}, false,
		func(context.Context, lease.Token, *Dropped) error { return nil }, func(event.Segment) bool { return true })
}

// partition is what is dropped together and audited as one.
type partition struct {
	day            int64
	taxonomy, feed string
}

func (p partition) String() string { return event.DayName(p.day) + "/" + p.taxonomy + "/" + p.feed }

func (k *Keeper) drop(ctx context.Context, actor identity.Actor, f event.Filter, dry bool,
	after func(context.Context, lease.Token, *Dropped) error, old func(event.Segment) bool,
) (Dropped, error) {
	var sum Dropped
	if err := actor.Authorise(OpExpire, "events"); err != nil {
		return sum, err
	}
	ctx, token, release, err := k.hold(ctx)
	if err != nil {
		return sum, err
	}
	defer release()
	segments, err := k.manifest.Segments(ctx, f)
	if err != nil {
		return sum, err
	}
	parts := map[partition][]event.Segment{}
	for _, s := range segments {
		if old(s) {
			p := partition{s.Day, s.Taxonomy, s.Feed}
			parts[p] = append(parts[p], s)
		}
	}
	for _, p := range slices.SortedFunc(maps.Keys(parts), func(a, b partition) int { return cmp.Compare(a.String(), b.String()) }) {
		if !dry {
			if err := k.dropPartition(ctx, actor, token, p, parts[p]); err != nil {
				return sum, err
			}
		}
		bytes, rows := sizes(parts[p])
		sum.Partitions++
		sum.Segments += len(parts[p])
		sum.Rows += rows
		sum.Bytes += bytes
	}
	return sum, after(ctx, token, &sum)
}

func (k *Keeper) dropPartition(ctx context.Context, actor identity.Actor, token lease.Token, p partition, segments []event.Segment) error {
	bytes, rows := sizes(segments)
	return k.change(ctx, token, func(tx *sqldb.Tx) error {
		if err := event.Replace(tx, k.Clock.Now(), paths(segments), nil); err != nil {
			return err
		}
		if err := rollup.Drop(tx, segments); err != nil {
			return err
		}
		return actor.Audit(tx, k.Clock.Now(), OpExpire, p.String(), map[string]any{"segments": len(segments), "rows": rows, "bytes": bytes}, nil)
	})
}

// expireIntakes strips the intakes whose time is over, feed by feed. The files themselves go with the sweep, which asks who else
// refers to them.
func (k *Keeper) expireIntakes(ctx context.Context, actor identity.Actor, token lease.Token, dry bool, sum *Dropped) error {
	var list []intake
	err := k.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		list, err = withFiles(tx)
		return err
	})
	if err != nil {
		return err
	}
	old := map[string][]string{} // feed -> intakes
	for _, in := range list {
		if in.settled() && k.ended(event.DayOf(in.arrived), k.longest(in.feed)) {
			old[in.feed] = append(old[in.feed], in.id)
			sum.Intakes++
		}
	}
	if dry {
		return nil
	}
	for _, feed := range slices.Sorted(maps.Keys(old)) {
		for some := range slices.Chunk(old[feed], 500) {
			err := k.change(ctx, token, func(tx *sqldb.Tx) error {
				now := k.Clock.Now()
				if err := strip(tx, some, "the raw input was removed on "+now.UTC().Format(time.DateOnly)+": it was kept as long as it may be", true); err != nil {
					return err
				}
				return actor.Audit(tx, now, OpExpire, "raw/"+feed, map[string]any{"intakes": len(some)}, nil)
			})
			if err != nil {
				return problem.Wrap(problem.KindOf(err), err, "expire raw input of feed %s", feed)
			}
		}
	}
	return nil
}
