package values

import (
	"slices"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Drop takes an object out of the index, from under the marks of all its values.
func Drop(tx *sqldb.Tx, object int64, marks []int64) error {
	var r run
	err := tx.QueryRow(`SELECT run, entries FROM sharing_run WHERE run <= $1 ORDER BY run DESC LIMIT 1`, object).Scan(&r.low, &r.entries)
	if sqldb.NoRows(err) {
		return nil
	}
	if err != nil {
		return err
	}
	gone := 0
	for _, mark := range marks {
		ok, err := strike(tx, r, Entry{mark, object})
		if err != nil {
			return err
		}
		if ok {
			gone++
		}
	}
	if gone == r.entries {
		return forget(tx, r)
	}
	_, err = tx.Exec(`UPDATE sharing_run SET entries = entries - $2 WHERE run = $1`, r.low, gone)
	return err
}

// strike takes one entry out of its chunk. The chunk is written anew: an entry at its beginning stands in its key too.
func strike(tx *sqldb.Tx, r run, e Entry) (bool, error) {
	var body []byte
	err := tx.QueryRow(`SELECT body FROM sharing_chunk WHERE run = $1 AND (mark, object) <= ($2, $3) ORDER BY mark DESC, object DESC LIMIT 1`,
		r.low, e.Mark, e.Object).Scan(&body)
	if sqldb.NoRows(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	list := unpack(nil, body)
	i, ok := slices.BinarySearchFunc(list, e, Entry.compare)
	if !ok {
		return false, nil
	}
	first := list[0]
	if _, err := tx.Exec(`DELETE FROM sharing_chunk WHERE run = $1 AND mark = $2 AND object = $3`, r.low, first.Mark, first.Object); err != nil {
		return false, err
	}
	return true, tx.BulkUpsert(chunkInto, chunks(r, slices.Delete(list, i, i+1)))
}
