package sharing

import (
	"slices"
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

const collectionColumns = `id, alias, title, description, group_id, can_read, can_write, label, created, closed, version`

func scanCollection(scan func(...any) error) (c Collection, err error) {
	var label string
	var read, write, created, closed int64
	err = scan(&c.ID, &c.Alias, &c.Title, &c.Description, &c.Group, &read, &write, &label, &created, &closed, &c.Version)
	if err != nil {
		return c, err
	}
	c.CanRead, c.CanWrite, c.Created, c.Closed = read == 1, write == 1, sqldb.Time(created), sqldb.Time(closed)
	c.Label, err = tlp.Parse(label)
	return c, err
}

// named reads a collection that is open, by its id or alias. Error: NotFound.
func named(tx *sqldb.Tx, name string) (Collection, error) {
	name = short(name, 100)
	c, err := scanCollection(tx.QueryRow(`SELECT `+collectionColumns+` FROM sharing_collection WHERE closed = 0 AND (id = $1 OR alias = $1 AND alias <> '')
		ORDER BY CASE WHEN id = $1 THEN 0 ELSE 1 END LIMIT 1`, name).Scan)
	if sqldb.NoRows(err) {
		return c, errCollection(name)
	}
	return c, err
}

func errCollection(name string) error {
	return problem.New(problem.NotFound, "there is no collection %q", name)
}

func collections(tx *sqldb.Tx) (list []Collection, err error) {
	err = tx.Each(`SELECT `+collectionColumns+` FROM sharing_collection WHERE closed = 0 ORDER BY title, id`, nil, func(scan func(...any) error) error {
		c, err := scanCollection(scan)
		list = append(list, c)
		return err
	})
	return list, err
}

// counts fills in how many objects stand in collections.
func counts(tx *sqldb.Tx, list []Collection) error {
	for i := range list {
		err := tx.QueryRow(`SELECT count(*) FROM sharing_member WHERE collection = $1 AND latest = 1`, list[i].ID).Scan(&list[i].Objects)
		if err != nil {
			return err
		}
	}
	return nil
}

func insertCollection(tx *sqldb.Tx, c Collection) error {
	_, err := tx.Exec(`INSERT INTO sharing_collection (`+collectionColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		c.ID, c.Alias, c.Title, c.Description, c.Group, c.CanRead, c.CanWrite, c.Label.String(), c.Created, c.Closed, c.Version)
	return err
}

func updateCollection(tx *sqldb.Tx, c Collection) (Collection, error) {
	n, err := tx.Exec(`UPDATE sharing_collection SET alias = $3, title = $4, description = $5, can_read = $6, can_write = $7, label = $8, closed = $9, version = version + 1
		WHERE id = $1 AND version = $2`, c.ID, c.Version, c.Alias, c.Title, c.Description, c.CanRead, c.CanWrite, c.Label.String(), c.Closed)
	if err == nil && n == 0 {
		err = problem.New(problem.Conflict, "somebody else changed this collection meanwhile: look at it again")
	}
	c.Version++
	return c, err
}

// tail is what was given out last.
type tail struct{ num, added int64 }

// take gives out n numbers and moments, and keeps others from doing so until the transaction ends: what is committed later stands later.
func take(tx *sqldb.Tx, n int, now int64) (first tail, err error) {
	err = tx.QueryRow(`UPDATE sharing_tail SET num = num + $1, added = (CASE WHEN added >= $2 THEN added ELSE $2 - 1 END) + $1 WHERE id = 1 RETURNING num, added`,
		int64(n), now).Scan(&first.num, &first.added)
	first.num, first.added = first.num-int64(n)+1, first.added-int64(n)+1
	return first, err
}

// chunk is how many values one query asks for.
const chunk = 500

// eachIn runs a query for values in chunks; the query ends with the IN before the list. fixed are its arguments before them.
func eachIn[T any](tx *sqldb.Tx, query string, values []T, scan func(scan func(...any) error) error, fixed ...any) error {
	for part := range slices.Chunk(values, chunk) {
		args, marks := slices.Clone(fixed), make([]string, len(part))
		for i, v := range part {
			args = append(args, v)
			marks[i] = "$" + strconv.Itoa(len(args))
		}
		if err := tx.Each(query+" ("+strings.Join(marks, ", ")+")", args, scan); err != nil {
			return err
		}
	}
	return nil
}

var (
	objectInto = sqldb.Upsert{
		Table:   "sharing_object",
		Columns: []string{"num", "object_id", "version", "type", "spec", "source", "label", "digest", "taken", "raw", "pap", "iep", "given", "revoked", "proof"},
		Key:     []string{"num"},
	}
	memberInto = sqldb.Upsert{
		Table:   "sharing_member",
		Columns: []string{"collection", "added", "seq", "object", "object_id", "version", "type", "spec", "first", "latest", "decision"},
		Key:     []string{"collection", "added", "seq"},
	}
	asideInto = sqldb.Upsert{
		Table:   "sharing_aside",
		Columns: []string{"id", "once", "source", "origin", "collection", "object_id", "code", "detail", "at", "raw"},
		Key:     []string{"once"},
		Set:     []string{"at = excluded.at"},
	}
)
