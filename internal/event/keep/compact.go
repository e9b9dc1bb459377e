package keep

import (
	"context"
	"errors"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
)

// Compacted is what a compaction did, or would do.
type Compacted struct {
	Segments int   `json:"segments"` // rewritten
	Into     int   `json:"into"`     // written
	Rows     int64 `json:"rows"`
	Before   int64 `json:"bytes_before"`
	After    int64 `json:"bytes_after"` // 0 in a dry run
}

// Compact joins small segments, and rewrites those that hold dedupe keys that nobody needs any more. What cannot be read stays as it is:
// the error says so, and the rest is done. Errors: Conflict if another keeper works.
func (k *Keeper) Compact(ctx context.Context, actor identity.Actor, dry bool) (Compacted, error) {
	var sum Compacted
	if err := actor.Authorise(OpCompact, "events"); err != nil {
		return sum, err
	}
	ctx, token, release, err := k.hold(ctx)
	if err != nil {
		return sum, err
	}
	defer release()
	segments, err := k.manifest.Segments(ctx, event.Filter{})
	if err != nil {
		return sum, err
	}
	var failed []error
	for _, j := range k.limits.plan(segments, event.DayOf(k.Clock.Now()), k.keysFrom()) {
		if err := context.Cause(ctx); err != nil {
			return sum, errors.Join(append(failed, err)...)
		}
		bytes, rows := sizes(j.segments)
		after := int64(0)
		if !dry {
			if after, err = k.compact(ctx, actor, token, j); err != nil {
				failed = append(failed, err)
				continue
			}
		}
		sum.Segments += len(j.segments)
		sum.Into++
		sum.Rows += rows
		sum.Before += bytes
		sum.After += after
	}
	return sum, errors.Join(failed...)
}

// keysFrom is the first day whose dedupe keys somebody may still ask for; a day more than the window, for clocks differ.
func (k *Keeper) keysFrom() int64 {
	return event.DayOf(k.Clock.Now().Add(-max(k.DedupeWindow, 0)-24*time.Hour)) - 1
}

// compact does one job.
func (k *Keeper) compact(ctx context.Context, actor identity.Actor, token lease.Token, j job) (bytes int64, err error) {
	if err := k.room(j.segments); err != nil {
		return 0, err
	}
	out, made, err := k.run(ctx, j)
	if err != nil {
		return 0, err
	}
	err = k.change(ctx, token, func(tx *sqldb.Tx) error {
		if err := event.Replace(tx, k.Clock.Now(), paths(j.segments), []event.Segment{made}); err != nil {
			return err
		}
		before, _ := sizes(j.segments)
		return actor.Audit(tx, k.Clock.Now(), OpCompact, made.Path, map[string]any{"segments": len(j.segments), "bytes": before},
			map[string]any{"segments": 1, "bytes": made.Bytes, "rows": made.Rows, "keys": made.Keys})
	})
	if err != nil {
		k.settleDoubt(ctx, out)
		return 0, err
	}
	return made.Bytes, nil
}

// settleDoubt removes a new segment whose transaction failed, unless it committed all the same: the connection may have gone before the
// answer came. When even that cannot be asked, the file stays for the sweep.
func (k *Keeper) settleDoubt(ctx context.Context, outs ...*output) {
	known, err := k.manifest.Known(context.WithoutCancel(ctx))
	if err != nil {
		return
	}
	for _, o := range outs {
		if !known[o.seg.Path] {
			o.discard()
		}
	}
}

// room refuses a rewrite for which the disk has no room.
func (k *Keeper) room(segments []event.Segment) error {
	const reserve = 64 << 20
	free, err := k.FS.Free(k.Dir)
	if err != nil {
		return problem.Wrap(problem.Unavailable, err, "ask for free disk space")
	}
	bytes, _ := sizes(segments)
	if need := uint64(bytes) + reserve; free < need { //nolint:gosec // not negative
		return problem.New(problem.Unavailable, "the disk of %s has %d MB free, and writing segments anew needs %d MB: free some space", k.Dir, free>>20, need>>20)
	}
	return nil
}

func paths(segments []event.Segment) []string {
	out := make([]string, len(segments))
	for i, s := range segments {
		out[i] = s.Path
	}
	return out
}
