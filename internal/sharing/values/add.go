package values

import (
	"iter"
	"math/bits"
	"slices"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// mostMerged is how many entries a merge makes at most: more would keep other writers waiting. Larger runs stay as they are.
const mostMerged = 4 << 20

// run is a stretch of objects.
type run struct {
	low     int64 // the lowest number of an object in it, by which it is known
	entries int
}

// level is the size of a run: each is four times the one before.
func (r run) level() int { return (bits.Len(uint(max(r.entries, 1))) - 1) / 2 } //nolint:gosec // never negative

// Add puts entries of new objects into the index. The numbers of those objects are higher than all that are in it.
func Add(tx *sqldb.Tx, list []Entry) error {
	if len(list) == 0 {
		return nil
	}
	slices.SortFunc(list, Entry.compare)
	list = slices.Compact(list)
	fresh := run{low: lowest(list), entries: len(list)}
	have, err := runs(tx)
	if err != nil {
		return err
	}
	lists := [][]Entry{list}
	for _, r := range have[:eaten(have, fresh)] {
		more, err := entries(tx, r)
		if err != nil {
			return err
		}
		if err := forget(tx, r); err != nil {
			return err
		}
		lists, fresh.low, fresh.entries = append(lists, more), r.low, fresh.entries+len(more)
	}
	return insert(tx, fresh, joined(lists))
}

func lowest(list []Entry) int64 {
	low := list[0].Object
	for _, e := range list {
		low = min(low, e.Object)
	}
	return low
}

// eaten is how many of the runs, of which the newest is the first, are merged with a new one: all that are smaller, and three of its own size. What
// that makes may be of the size of the next ones.
func eaten(have []run, fresh run) (n int) {
	for {
		more := n
		for more < len(have) && have[more].level() < fresh.level() {
			more++
		}
		if more+3 <= len(have) && !slices.ContainsFunc(have[more:more+3], func(r run) bool { return r.level() != fresh.level() }) {
			more += 3
		}
		for _, r := range have[n:more] {
			fresh.entries += r.entries
		}
		if more == n || fresh.entries > mostMerged {
			return n
		}
		n = more
	}
}

// runs lists the runs, the newest first.
func runs(tx *sqldb.Tx) (list []run, err error) {
	err = tx.Each(`SELECT run, entries FROM sharing_run ORDER BY run DESC`, nil, func(scan func(...any) error) error {
		var r run
		err := scan(&r.low, &r.entries)
		list = append(list, r)
		return err
	})
	return list, err
}

func entries(tx *sqldb.Tx, r run) ([]Entry, error) {
	list := make([]Entry, 0, r.entries)
	err := tx.Each(`SELECT body FROM sharing_chunk WHERE run = $1 ORDER BY mark, object`, []any{r.low}, func(scan func(...any) error) error {
		var body []byte
		err := scan(&body)
		list = unpack(list, body)
		return err
	})
	return list, err
}

func forget(tx *sqldb.Tx, r run) error {
	if _, err := tx.Exec(`DELETE FROM sharing_chunk WHERE run = $1`, r.low); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM sharing_run WHERE run = $1`, r.low)
	return err
}

func insert(tx *sqldb.Tx, r run, list []Entry) error {
	if _, err := tx.Exec(`INSERT INTO sharing_run (run, entries) VALUES ($1, $2)`, r.low, r.entries); err != nil {
		return err
	}
	return tx.BulkUpsert(chunkInto, chunks(r, list))
}

var chunkInto = sqldb.Upsert{Table: "sharing_chunk", Columns: []string{"run", "mark", "object", "body"}, Key: []string{"run", "mark", "object"}}

func chunks(r run, list []Entry) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		for part := range slices.Chunk(list, perChunk) {
			if !yield([]any{r.low, part[0].Mark, part[0].Object, pack(part)}) {
				return
			}
		}
	}
}
