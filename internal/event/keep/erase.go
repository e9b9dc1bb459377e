package keep

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/keep/match"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/event/rollup"
	"github.com/firehall/firehall/internal/event/segment"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
)

// Erasure says what must be forgotten, and why.
type Erasure struct {
	Where  query.Node
	Reason string // is recorded, so it should not name who is forgotten
	Raw    bool   // the raw input of the intakes concerned goes too, all of it
	Now    bool   // the old files go at once: questions that run may fail
	Dry    bool   // only count
	// Organisations gives the ids of organisations whose name fits, as for questions.
	Organisations func(query.Text) []string
}

// Erased is what an erasure did, or would do.
type Erased struct {
	Events   int64 `json:"events"`
	Segments int   `json:"segments"` // that held them
	Intakes  int   `json:"intakes"`  // that brought them
	// RawErased and RawLeft count the raw inputs that went, and those that still hold the rows.
	RawErased int `json:"raw_erased"`
	RawLeft   int `json:"raw_left"`
	// Folds is how many files of condensed facts those intakes have; facts about the same addresses may be in them.
	Folds int `json:"folds_left"`
	// FilesGone tells that the old segments are off the disk; if not, a sweep after FilesGoneAfter removes them.
	FilesGone      bool      `json:"files_gone"`
	FilesGoneAfter time.Time `json:"files_gone_after,omitzero"`
}

// Erase takes the events that a query means out of the segments. It is one change: all of them go, or none. What the query says is
// recorded nowhere. Errors: Invalid without a query or a reason, Conflict if another keeper works or an intake concerned is not finished.
func (k *Keeper) Erase(ctx context.Context, actor identity.Actor, e Erasure) (Erased, error) {
	if err := actor.Authorise(OpErase, "events"); err != nil {
		return Erased{}, err
	}
	if all, ok := e.Where.(query.All); e.Where == nil || ok && len(all) == 0 {
		return Erased{}, problem.New(problem.Invalid, "an erasure needs a query: without one it would mean every event")
	}
	if strings.TrimSpace(e.Reason) == "" {
		return Erased{}, problem.New(problem.Invalid, "an erasure needs a reason, which is recorded; do not name there who is to be forgotten")
	}
	ctx, token, release, err := k.hold(ctx)
	if err != nil {
		return Erased{}, err
	}
	defer release()
	x := &eraser{Keeper: k, Erasure: e, actor: actor, token: token, match: match.New(e.Where, e.Organisations), intakes: map[string]bool{}}
	defer x.drop()
	if err := x.find(ctx); err != nil || x.sum.Events == 0 || e.Dry {
		return x.sum, err
	}
	if err := x.rewrite(ctx); err != nil {
		return Erased{}, err
	}
	return x.commit(ctx)
}

// eraser is one erasure.
type eraser struct {
	*Keeper
	Erasure
	actor identity.Actor
	token lease.Token
	match *match.Matcher

	sum     Erased
	hit     []event.Segment
	left    []int64 // rows that stay, by hit
	intakes map[string]bool
	outs    []*output
	made    []event.Segment
	raw     []intake // with raw input that holds erased rows
}

// find counts what the query means and notes which segments and intakes hold it.
func (x *eraser) find(ctx context.Context) error {
	segments, err := x.manifest.Segments(ctx, event.Filter{})
	if err != nil {
		return err
	}
	for _, s := range segments {
		n, err := x.count(ctx, s)
		if err != nil {
			return err
		}
		if n > 0 {
			x.hit, x.left = append(x.hit, s), append(x.left, s.Rows-n)
			x.sum.Events += n
		}
	}
	x.sum.Segments, x.sum.Intakes = len(x.hit), len(x.intakes)
	return x.findRaw(ctx)
}

func (x *eraser) count(ctx context.Context, s event.Segment) (n int64, err error) {
	b := event.NewBatch([32]byte{}) // a new one for each segment: see match.Matcher.Rows
	err = x.groups(ctx, []event.Segment{s}, func(r *segment.Reader, g int) error {
		b.Reset()
		if err := r.Append(g, b, func(f string) bool { return x.match.Wants(f) || f == event.FieldIntake }); err != nil {
			return err
		}
		by := b.Find(event.FieldIntake)
		for i, yes := range x.match.Rows(b) {
			if !yes {
				continue
			}
			n++
			if by != nil && !by.IsNull(i) {
				x.intakes[string(by.Bytes(i))] = true
			}
		}
		return nil
	})
	return n, err
}

// findRaw finds the intakes whose raw input holds what is erased: those that brought it, and those of the same content.
func (x *eraser) findRaw(ctx context.Context) error {
	ids := slices.Sorted(maps.Keys(x.intakes))
	return x.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list, err := byColumn(tx, "id", ids)
		if err != nil {
			return err
		}
		blobs := map[string]bool{}
		for _, in := range list {
			if in.blob != "" {
				blobs[in.blob] = true
			}
		}
		if x.raw, err = byColumn(tx, "blob", slices.Sorted(maps.Keys(blobs))); err != nil {
			return err
		}
		x.sum.RawLeft = len(blobs)
		x.sum.Folds, err = countFolds(tx, ids)
		return err
	})
}

// rewrite writes the segments concerned without what is erased.
func (x *eraser) rewrite(ctx context.Context) error {
	if err := x.room(x.hit); err != nil {
		return err
	}
	for i, s := range x.hit {
		if x.left[i] == 0 {
			continue
		}
		out, err := x.create(job{[]event.Segment{s}, s.Keys}.joined())
		if err != nil {
			return problem.Wrap(problem.Unavailable, err, "write a segment")
		}
		x.outs = append(x.outs, out)
		if err := x.without(ctx, s, out); err != nil {
			return err
		}
		made, err := out.finish(x.left[i])
		if err != nil {
			return err
		}
		x.made = append(x.made, made)
	}
	return nil
}

// without copies a segment, save the rows that the query means.
func (x *eraser) without(ctx context.Context, s event.Segment, out *output) error {
	b := event.NewBatch([32]byte{})
	return x.groups(ctx, []event.Segment{s}, func(r *segment.Reader, g int) error {
		b.Reset()
		if err := r.Append(g, b, nil); err != nil {
			return err
		}
		var stay []int32
		for i, yes := range x.match.Rows(b) {
			if !yes {
				stay = append(stay, int32(i)) //nolint:gosec // at most the rows of a group
			}
		}
		return out.write(b, stay, x.limits.group)
	})
}

// commit makes the change, and removes what may be removed at once.
func (x *eraser) commit(ctx context.Context) (Erased, error) {
	now := x.Clock.Now()
	blobs := map[string]bool{}
	err := x.change(ctx, x.token, func(tx *sqldb.Tx) error {
		if err := event.Replace(tx, now, paths(x.hit), x.made); err != nil {
			return err
		}
		if err := rollup.Owe(tx, x.hit); err != nil { // until they are counted anew, nobody answers from them
			return err
		}
		if x.Raw {
			if err := x.stripRaw(tx, now, blobs); err != nil {
				return err
			}
		}
		return x.actor.AuditReason(tx, now, OpErase, "events", x.Reason, nil, map[string]any{
			"events": x.sum.Events, "segments": x.sum.Segments, "intakes": x.sum.Intakes, "raw": len(blobs),
		})
	})
	if err != nil {
		x.settleDoubt(ctx, x.outs...)
		x.outs = nil
		return Erased{}, err
	}
	x.outs = nil
	var failed []error
	for _, blob := range slices.Sorted(maps.Keys(blobs)) {
		failed = append(failed, x.dispose(ctx, blob))
	}
	if x.Raw {
		x.sum.RawErased, x.sum.RawLeft = len(blobs), 0
	}
	x.sum.FilesGoneAfter = now.Add(x.Grace())
	if x.Now {
		w := &sweep{Keeper: x.Keeper}
		err := w.forget(ctx, x.token, paths(x.hit))
		failed = append(failed, err)
		x.sum.FilesGone = err == nil
	}
	return x.sum, errors.Join(failed...)
}

// stripRaw takes the raw input off the intakes concerned, as they are now, and notes which files that frees.
func (x *eraser) stripRaw(tx *sqldb.Tx, now time.Time, blobs map[string]bool) error {
	for _, in := range x.raw {
		blobs[in.blob] = true
	}
	owners, err := byColumn(tx, "blob", slices.Sorted(maps.Keys(blobs)))
	if err != nil {
		return err
	}
	ids := make([]string, len(owners))
	for i, in := range owners {
		ids[i] = in.id
	}
	return strip(tx, ids, "the raw input was erased on "+now.UTC().Format(time.DateOnly), false)
}

// drop removes what was written for an erasure that did not come to its end.
func (x *eraser) drop() {
	for _, o := range x.outs {
		o.discard()
	}
}
