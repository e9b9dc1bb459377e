package values

import (
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Find gives the objects that hold a value, the newest first, n at most.
func Find(tx *sqldb.Tx, mark int64, n int) ([]int64, error) {
	found, err := FindEach(tx, []int64{mark}, n)
	return found[mark], err
}

// FindEach is Find for some values at once, a hundred at most: the objects by mark.
func FindEach(tx *sqldb.Tx, marks []int64, n int) (map[int64][]int64, error) {
	found := make(map[int64][]int64, len(marks))
	if len(marks) == 0 {
		return found, nil
	}
	list, err := last(tx, marks)
	if err != nil {
		return nil, err
	}
	for _, h := range list {
		if len(h.body) == 0 { // all of the run's values come after this one
			continue
		}
		objects, before := newestIn(found[h.mark], h.body, h.mark, n)
		if before && len(objects) < n {
			objects, err = further(tx, h, objects, n)
		}
		if err != nil {
			return nil, err
		}
		if len(objects) > 0 {
			found[h.mark] = objects
		}
	}
	return found, nil
}

// here is the last chunk of a run in which a value may stand.
type here struct {
	mark, run int64
	body      []byte
}

// last reads the last chunks in which values may stand, those of the newest run first.
func last(tx *sqldb.Tx, marks []int64) (list []here, err error) {
	rows, args := make([]string, len(marks)), make([]any, len(marks))
	for i, m := range marks {
		rows[i], args[i] = "(CAST($"+strconv.Itoa(i+1)+" AS BIGINT))", m
	}
	err = tx.Each(`WITH m(mark) AS (VALUES `+strings.Join(rows, ", ")+`)
		SELECT m.mark, r.run, (SELECT c.body FROM sharing_chunk c WHERE c.run = r.run AND c.mark <= m.mark ORDER BY c.mark DESC, c.object DESC LIMIT 1)
		FROM sharing_run r CROSS JOIN m ORDER BY r.run DESC`, args, func(scan func(...any) error) error {
		var h here
		err := scan(&h.mark, &h.run, &h.body)
		list = append(list, h)
		return err
	})
	return list, err
}

// further goes on in the chunks before one that holds nothing but the value up to its first entry.
func further(tx *sqldb.Tx, h here, objects []int64, n int) ([]int64, error) {
	more := true
	for first := at(h.body, 0); more && len(objects) < n && first.Mark == h.mark; {
		var body []byte
		err := tx.QueryRow(`SELECT body FROM sharing_chunk WHERE run = $1 AND (mark, object) < ($2, $3) ORDER BY mark DESC, object DESC LIMIT 1`,
			h.run, first.Mark, first.Object).Scan(&body)
		if sqldb.NoRows(err) {
			return objects, nil
		}
		if err != nil {
			return nil, err
		}
		objects, more = newestIn(objects, body, h.mark, n)
		first = at(body, 0)
	}
	return objects, nil
}
