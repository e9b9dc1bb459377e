package hear

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// How long an observation waits for what it refers to before it is handed on all the same, to be set aside by its feed; and how long it is handed on once more
// if that comes after all.
const (
	patience = day
	memory   = 30 * day
)

// waiting is an observation that refers to what did not come yet.
type waiting struct {
	object  int64
	source  string
	missing []string
	since   time.Time // zero: now
	told    bool      // it was handed on all the same
}

// needed are the properties by which an observation refers to what was observed.
var needed = []string{"object_refs", "observed_data_refs", "src_ref", "dst_ref"}

// missing lists what an observation needs and did not come.
func (s *source) missing(o *object) (ids []string) {
	if _, tail := o.parsed.Body.Common(); tail.Revoked {
		return nil
	}
	done := map[string]bool{}
	var follow func(o *object)
	follow = func(o *object) {
		for _, r := range o.parsed.Refs {
			wanted := slices.Contains(needed, r.Property) || r.Property == "sighting_of_ref" && strings.HasPrefix(r.ID, "indicator--")
			if !wanted || done[r.ID] {
				continue
			}
			done[r.ID] = true
			if other := s.others[r.ID]; other == nil {
				ids = append(ids, r.ID)
			} else {
				follow(other)
			}
		}
	}
	follow(o)
	return ids
}

// sift takes out of what was seen that which has to wait.
func (s *source) sift() (list []waiting) {
	s.seen = slices.DeleteFunc(s.seen, func(o *object) bool {
		ids := s.missing(o)
		if len(ids) > 0 {
			list = append(list, waiting{object: o.num, source: s.organisation, missing: ids})
		}
		return len(ids) > 0
	})
	return list
}

// wait keeps what waits.
func wait(tx *sqldb.Tx, now time.Time, list []waiting) error {
	var rows [][]any
	for _, w := range list {
		if w.since.IsZero() {
			w.since = now
		}
		told := int64(0)
		if w.told {
			told = 1
		}
		for _, id := range w.missing {
			rows = append(rows, []any{w.object, id, w.source, sqldb.Millis(w.since), told})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return tx.BulkUpsert(waitingInto, slices.Values(rows))
}

var waitingInto = sqldb.Upsert{Table: "sharing_waiting", Columns: []string{"object", "missing", "source", "since", "told"}, Key: []string{"object", "missing"}}

// late hands on what waited, once all that it needs is there or it has waited for long.
func (h *Hearer) late(ctx context.Context) (n int, err error) {
	var from, upto, after int64
	err = h.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		if from, err = reach(tx, lately); err == nil {
			upto, err = reach(tx, cursor)
		}
		return err
	})
	for more := true; more && err == nil; {
		var did int
		did, after, more, err = h.lateBatch(ctx, from, upto, after)
		n += did
	}
	if err != nil || from == upto {
		return n, err
	}
	return n, h.DB.Write(ctx, func(tx *sqldb.Tx) error { return move(tx, lately, from, upto) })
}

// lateBatch does so with those that wait behind a number.
func (h *Hearer) lateBatch(ctx context.Context, from, upto, after int64) (n int, last int64, more bool, err error) {
	now := h.Clock.Now()
	var before map[int64]waiting
	var list []*source
	err = h.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		if before, last, err = stirred(tx, now, from, upto, after); err == nil && len(before) > 0 {
			list, err = gatheredNums(tx, before)
		}
		return err
	})
	if err != nil || len(before) == 0 {
		return 0, last, false, err
	}
	var still []waiting
	for _, one := range list {
		still = append(still, one.again(before, now)...)
		if err := h.source(ctx, stretch{name: "shared-late", from: after, upto: last}, one); err != nil {
			return n, last, false, err
		}
		n += len(one.seen)
	}
	return n, last, true, h.DB.Write(ctx, func(tx *sqldb.Tx) error {
		for num := range before {
			if _, err := tx.Exec(`DELETE FROM sharing_waiting WHERE object = $1`, num); err != nil {
				return err
			}
		}
		return wait(tx, now, still)
	})
}

// again leaves of what was seen that which is handed on now, and gives what waits on.
func (s *source) again(before map[int64]waiting, now time.Time) (still []waiting) {
	s.seen = slices.DeleteFunc(s.seen, func(o *object) bool {
		w := before[o.num]
		w.missing = s.missing(o)
		tell := len(w.missing) == 0 || !w.told && w.since.Before(now.Add(-patience))
		if w.told = w.told || tell; len(w.missing) > 0 && !w.since.Before(now.Add(-memory)) {
			still = append(still, w)
		}
		return !tell
	})
	return still
}

// stirred reads what waits for something that came, or has waited for long, in the order of its numbers; last is the last of these.
func stirred(tx *sqldb.Tx, now time.Time, from, upto, after int64) (out map[int64]waiting, last int64, err error) {
	out = map[int64]waiting{}
	err = tx.Each(`SELECT object, min(source), min(since), max(told) FROM sharing_waiting WHERE object > $1 AND (told = 0 AND since < $2 OR since < $3
			OR missing IN (SELECT object_id FROM sharing_object WHERE num > $4 AND num <= $5)) GROUP BY object ORDER BY object LIMIT $6`,
		[]any{after, now.Add(-patience), now.Add(-memory), from, upto, int64(atOnce)}, func(scan func(...any) error) error {
			var w waiting
			var since, told int64
			err := scan(&w.object, &w.source, &since, &told)
			w.since, w.told = sqldb.Time(since), told == 1
			out[w.object], last = w, w.object
			return err
		})
	return out, last, err
}

func gatheredNums(tx *sqldb.Tx, of map[int64]waiting) ([]*source, error) {
	args, marks := make([]any, 0, len(of)), make([]string, 0, len(of))
	for num := range of {
		args = append(args, num)
		marks = append(marks, "$"+strconv.Itoa(len(args)))
	}
	return gathered(tx, fmt.Sprintf(`num IN (%s) ORDER BY num`, strings.Join(marks, ", ")), args...)
}
