package sqldb

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"iter"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/firehall/firehall/internal/core/problem"
)

// Upsert says how many rows at once go into a table.
type Upsert struct {
	Table   string
	Columns []string // what each row gives, in this order
	Key     []string // the columns of the unique index that tells whether a row exists
	// Set lists what happens to a row that exists: assignments such as
	// "count = t.count + excluded.count", where t is the row as it stands and
	// excluded the row given. Empty: the row stays as it is.
	Set []string
	// Where narrows which existing rows Set applies to; optional.
	Where string
}

// BulkUpsert inserts the rows or merges them into those that exist, and has the
// same outcome on both engines as giving the rows one by one, in their order: a
// key that comes twice is inserted and then merged. The slice that rows yields
// may be used again for the next row.
//
// SQLite runs one prepared statement a row; PostgreSQL copies the rows to a
// staging table of the session and merges them from there.
func (tx *Tx) BulkUpsert(spec Upsert, rows iter.Seq[[]any]) error {
	_, err := tx.bulk(spec, rows, tx.upsertRows)
	return err
}

// BulkUpsertNew is BulkUpsert, and tells how many rows were not there before; for that SQLite reads the whole index.
func (tx *Tx) BulkUpsertNew(spec Upsert, rows iter.Seq[[]any]) (fresh int64, err error) {
	return tx.bulk(spec, rows, tx.upsertEach)
}

func (tx *Tx) bulk(spec Upsert, rows iter.Seq[[]any], write func(Upsert, iter.Seq[[]any]) (int64, error)) (fresh int64, err error) {
	if tx.failed != nil {
		return 0, tx.failed
	}
	if err := tx.whole(); err != nil {
		return 0, err
	}
	if len(spec.Columns) == 0 || len(spec.Key) == 0 {
		return 0, tx.fail(problem.New(problem.Internal, "bulk upsert into %q: columns and key are needed", spec.Table))
	}
	if tx.Engine() == Postgres {
		write = tx.upsertStaged
	}
	fresh, err = write(spec, rows)
	return fresh, tx.fail(err)
}

// upsertEach counts around upsertRows. What is new is what the table has more of afterwards.
func (tx *Tx) upsertEach(spec Upsert, rows iter.Seq[[]any]) (fresh int64, err error) {
	before, err := tx.count(spec.Table)
	if err != nil {
		return 0, err
	}
	if _, err := tx.upsertRows(spec, rows); err != nil {
		return 0, err
	}
	after, err := tx.count(spec.Table)
	return after - before, err
}

func (tx *Tx) count(table string) (n int64, err error) {
	err = tx.inner.QueryRowContext(tx.ctx, "SELECT count(*) FROM "+quote(table)).Scan(&n)
	return n, err
}

// upsertRows runs one statement a row.
func (tx *Tx) upsertRows(spec Upsert, rows iter.Seq[[]any]) (int64, error) {
	marks := make([]string, len(spec.Columns))
	for i := range marks {
		marks[i] = fmt.Sprintf("$%d", i+1)
	}
	stmt, err := tx.Prepare(spec.insert("VALUES (" + strings.Join(marks, ", ") + ")"))
	if err != nil {
		return 0, err
	}
	defer stmt.Close()
	for row := range rows {
		if err := spec.fits(row); err != nil {
			return 0, err
		}
		if _, err := stmt.Exec(row...); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

// upsertStaged copies all rows to a staging table and merges them in rounds:
// round n takes the n-th row of each key, since PostgreSQL refuses to touch a
// row twice in one statement. Nearly always there is one round.
func (tx *Tx) upsertStaged(spec Upsert, rows iter.Seq[[]any]) (fresh int64, err error) {
	stage, err := tx.stage(spec)
	if err != nil {
		return 0, err
	}
	if err := tx.copyRows(spec, stage, rows); err != nil {
		return 0, err
	}
	rounds, err := tx.number(spec, stage)
	if err != nil {
		return 0, err
	}
	// A row that was there has been locked by this transaction before it was changed: so xmax tells it from one that is new.
	merge := "WITH merged AS (" + spec.insert(fmt.Sprintf("SELECT %s FROM %s WHERE stage_round = $1 ORDER BY stage_row", list(spec.Columns), stage)) +
		" RETURNING CASE WHEN xmax = 0 THEN 1 ELSE 0 END AS fresh) SELECT CAST(coalesce(sum(fresh), 0) AS BIGINT) FROM merged"
	for n := range rounds {
		var some int64
		if err := tx.inner.QueryRowContext(tx.ctx, merge, n+1).Scan(&some); err != nil {
			return 0, err
		}
		fresh += some
	}
	return fresh, nil
}

// stage makes, or empties, the session's staging table for this kind of row.
// It stays for the session, so that the catalog is not rewritten for each batch.
func (tx *Tx) stage(spec Upsert) (string, error) {
	h := fnv.New64a()
	fmt.Fprintf(h, "%q %q", spec.Table, spec.Columns)
	stage := quote(fmt.Sprintf("stage_%016x", h.Sum64()))
	create := fmt.Sprintf("CREATE TEMP TABLE IF NOT EXISTS %s ON COMMIT DELETE ROWS AS SELECT %s, 0::bigint AS stage_row, 1::bigint AS stage_round FROM %s WITH NO DATA",
		stage, list(spec.Columns), quote(spec.Table))
	for _, q := range []string{create, "DELETE FROM " + stage} {
		if _, err := tx.inner.ExecContext(tx.ctx, q); err != nil {
			return "", err
		}
	}
	return stage, nil
}

// copyRows streams the rows to the staging table by COPY.
func (tx *Tx) copyRows(spec Upsert, stage string, rows iter.Seq[[]any]) error {
	next, stop := iter.Pull(rows)
	defer stop()
	n := int64(0)
	var unfit error // COPY would report it in the server's words
	source := pgx.CopyFromFunc(func() ([]any, error) {
		row, ok := next()
		if !ok {
			return nil, nil
		}
		if unfit = spec.fits(row); unfit != nil {
			return nil, unfit
		}
		n++
		return append(append(make([]any, 0, len(row)+2), plain(row)...), n, int64(1)), nil
	})
	columns := append(append([]string(nil), spec.Columns...), "stage_row", "stage_round")
	err := tx.conn.Raw(func(driver any) error {
		_, err := driver.(*stdlib.Conn).Conn().CopyFrom(tx.ctx, pgx.Identifier{strings.Trim(stage, `"`)}, columns, source)
		return err
	})
	return cmp.Or(unfit, err)
}

// number finds keys that come several times and returns how many rounds they
// need.
func (tx *Tx) number(spec Upsert, stage string) (int64, error) {
	var rounds int64
	key := list(spec.Key)
	err := tx.inner.QueryRowContext(tx.ctx, fmt.Sprintf(
		"SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM %s GROUP BY %s) AS k", stage, key)).Scan(&rounds)
	if err != nil || rounds <= 1 {
		return rounds, err
	}
	_, err = tx.inner.ExecContext(tx.ctx, fmt.Sprintf(
		"UPDATE %[1]s AS s SET stage_round = r.n FROM (SELECT stage_row, row_number() OVER (PARTITION BY %[2]s ORDER BY stage_row) AS n FROM %[1]s) AS r"+
			" WHERE r.stage_row = s.stage_row AND r.n > 1", stage, key))
	return rounds, err
}

// insert builds the statement around its source of rows.
func (u Upsert) insert(source string) string {
	q := fmt.Sprintf("INSERT INTO %s AS t (%s) %s ON CONFLICT (%s) DO ", quote(u.Table), list(u.Columns), source, list(u.Key))
	if len(u.Set) == 0 {
		return q + "NOTHING"
	}
	q += "UPDATE SET " + strings.Join(u.Set, ", ")
	if u.Where != "" {
		q += " WHERE " + u.Where
	}
	return q
}

func (u Upsert) fits(row []any) error {
	if len(row) != len(u.Columns) {
		return problem.New(problem.Internal, "bulk upsert into %q: a row has %d values for %d columns", u.Table, len(row), len(u.Columns))
	}
	return nil
}

// list quotes and joins column names.
func list(columns []string) string {
	quoted := make([]string, len(columns))
	for i, c := range columns {
		quoted[i] = quote(c)
	}
	return strings.Join(quoted, ", ")
}
