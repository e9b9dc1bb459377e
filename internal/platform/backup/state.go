package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Take gets a piece of a table's rows: State/TABLE/000001 and so on.
type Take func(name string, packed []byte) error

// Export writes all tables as the transaction sees them. For both engines they look alike, so that either takes what the other gave.
func Export(tx *sqldb.Tx, take Take) error {
	tables, err := tables(tx)
	if err != nil {
		return err
	}
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	defer func() { _ = z.Close() }()
	for _, t := range tables {
		if err := export(tx, t, z, take); err != nil {
			return problem.Wrap(problem.KindOf(err), err, "the table %s", t.name)
		}
	}
	return nil
}

// export writes one table; an empty one has one piece without rows.
func export(tx *sqldb.Tx, t table, z *zstd.Encoder, take Take) error {
	pieces, open := 0, newPiece(t.columns)
	done := func() error {
		pieces++
		err := take(fmt.Sprintf("%s/%s/%06d", State, t.name, pieces), open.pack(z))
		open = newPiece(t.columns)
		return err
	}
	row, into := make([]any, len(t.columns)), make([]any, len(t.columns))
	for i := range row {
		into[i] = &row[i]
	}
	err := tx.Each(fmt.Sprintf("SELECT %s FROM %s ORDER BY %s", names(t.columns), names([]string{t.name}), names(t.key)), nil, func(scan func(...any) error) error {
		if err := scan(into...); err != nil {
			return err
		}
		if err := open.add(row); err != nil || !open.full() {
			return err
		}
		return done()
	})
	if err != nil || open.rows == 0 && pieces > 0 {
		return err
	}
	return done()
}

// table is one of the state store's.
type table struct {
	name    string
	columns []string
	key     []string // the primary key
}

// Names of tables that are no state: goose keeps the schema's version, which the head of an archive has.
const versions = "goose_db_version"

// tables lists them by name.
func tables(tx *sqldb.Tx) ([]table, error) {
	list := `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name`
	columns := `SELECT name, pk FROM pragma_table_info($1) ORDER BY cid`
	if tx.Engine() == sqldb.Postgres {
		list = `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name`
		columns = `SELECT a.attname, coalesce(array_position(i.indkey::smallint[], a.attnum), -1) + 1
			FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
			WHERE a.attrelid = to_regclass(quote_ident($1)) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`
	}
	var out []table
	err := tx.Each(list, nil, func(scan func(...any) error) error {
		var t table
		err := scan(&t.name)
		if t.name != versions {
			out = append(out, t)
		}
		return err
	})
	for i := range out {
		err = errors.Join(err, out[i].describe(tx, columns))
	}
	return out, err
}

// describe finds a table's columns, and those of its key in their order.
func (t *table) describe(tx *sqldb.Tx, query string) error {
	type part struct {
		name string
		at   int64
	}
	var key []part
	err := tx.Each(query, []any{t.name}, func(scan func(...any) error) error {
		var p part
		if err := scan(&p.name, &p.at); err != nil {
			return err
		}
		t.columns = append(t.columns, p.name)
		if p.at > 0 {
			key = append(key, p)
		}
		return nil
	})
	slices.SortFunc(key, func(a, b part) int { return int(a.at - b.at) })
	for _, p := range key {
		t.key = append(t.key, p.name)
	}
	if err == nil && len(t.key) == 0 {
		return problem.New(problem.Internal, "the table %s has no primary key: it cannot be backed up", t.name)
	}
	return err
}

// names quotes and joins names of tables or columns, which come from the database's own catalog.
func names(list []string) string {
	quoted := make([]string, len(list))
	for i, n := range list {
		quoted[i] = `"` + strings.ReplaceAll(n, `"`, `""`) + `"`
	}
	return strings.Join(quoted, ", ")
}

// Piece is some rows of a table that Import is to load.
type Piece struct {
	Table  string
	Packed func() ([]byte, error)
}

// Import fills a database, which has the schema of the archive, with what Export wrote; what is in its tables goes. The pieces of a table come
// one after the other.
func Import(ctx context.Context, db *sqldb.DB, pieces []Piece, then func(tx *sqldb.Tx) error) error {
	return db.Write(ctx, func(tx *sqldb.Tx) error {
		known, err := tables(tx)
		if err != nil {
			return err
		}
		bind, err := unbind(tx)
		if err != nil {
			return err
		}
		for _, t := range known {
			if _, err := tx.Exec("DELETE FROM " + names([]string{t.name})); err != nil {
				return err
			}
		}
		for _, p := range pieces {
			if err := load(tx, known, p); err != nil {
				return problem.Wrap(problem.KindOf(err), err, "the table %.60s", p.Table)
			}
		}
		if err := bind(); err != nil {
			return problem.Wrap(problem.Invalid, err, "rows of the backup refer to what is not in it")
		}
		return then(tx)
	})
}

// load puts the rows of a piece into its table.
func load(tx *sqldb.Tx, known []table, p Piece) error {
	i := slices.IndexFunc(known, func(t table) bool { return t.name == p.Table })
	if i < 0 {
		return problem.New(problem.Invalid, "the backup has a table that its schema does not have")
	}
	packed, err := p.Packed()
	if err != nil {
		return err
	}
	rows, err := Unpack(packed)
	if err != nil {
		return err
	}
	if !slices.Equal(slices.Sorted(slices.Values(rows.Columns)), slices.Sorted(slices.Values(known[i].columns))) {
		return problem.New(problem.Invalid, "the backup's columns are not those of its schema")
	}
	var broken error
	err = tx.BulkUpsert(sqldb.Upsert{Table: p.Table, Columns: rows.Columns, Key: known[i].key}, rows.all(&broken))
	return errors.Join(broken, err)
}

// all gives the rows one by one; why it ended early is in broken.
func (r *Rows) all(broken *error) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		for {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				*broken = err
				return
			}
			if !yield(row) {
				return
			}
		}
	}
}

// unbind lets rows come in any order, and as they are: triggers sleep. bind checks that each row finds what it refers to.
func unbind(tx *sqldb.Tx) (bind func() error, err error) {
	sleep, wake, err := triggers(tx)
	if err == nil {
		err = run(tx, sleep)
	}
	if err != nil {
		return nil, err
	}
	if tx.Engine() == sqldb.SQLite {
		_, err := tx.Exec(`PRAGMA defer_foreign_keys = ON`)
		return func() error { return errors.Join(dangling(tx), run(tx, wake)) }, err
	}
	drop, add := []string(nil), wake
	err = tx.Each(`SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
		WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY 1, 2`, nil, func(scan func(...any) error) error {
		var table, name, definition string
		err := scan(&table, &name, &definition)
		drop = append(drop, fmt.Sprintf("ALTER TABLE %s DROP CONSTRAINT %s", table, name))
		add = append(add, fmt.Sprintf("ALTER TABLE %s ADD CONSTRAINT %s %s", table, name, definition))
		return err
	})
	if err == nil {
		err = run(tx, drop)
	}
	return func() error { return run(tx, add) }, err
}

// triggers gives the statements that put the tables' triggers to sleep, and that wake them.
func triggers(tx *sqldb.Tx) (sleep, wake []string, err error) {
	list := `SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name`
	if tx.Engine() == sqldb.Postgres {
		list = `SELECT DISTINCT tgrelid::regclass::text, '' FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
			WHERE NOT tgisinternal AND c.relnamespace = current_schema()::regnamespace ORDER BY 1`
	}
	err = tx.Each(list, nil, func(scan func(...any) error) error {
		var name, text string
		err := scan(&name, &text)
		if tx.Engine() == sqldb.Postgres { // the name is a table's, quoted where it has to be
			sleep = append(sleep, "ALTER TABLE "+name+" DISABLE TRIGGER USER")
			wake = append(wake, "ALTER TABLE "+name+" ENABLE TRIGGER USER")
			return err
		}
		sleep, wake = append(sleep, "DROP TRIGGER "+names([]string{name})), append(wake, text)
		return err
	})
	return sleep, wake, err
}

func run(tx *sqldb.Tx, statements []string) error {
	for _, s := range statements {
		if _, err := tx.Exec(s); err != nil {
			return err
		}
	}
	return nil
}

// dangling finds rows of an SQLite database that refer to what is not there.
func dangling(tx *sqldb.Tx) error {
	var table string
	err := tx.QueryRow(`SELECT "table" FROM pragma_foreign_key_check LIMIT 1`).Scan(&table)
	if sqldb.NoRows(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return problem.New(problem.Invalid, "in the table %s", table)
}

// seeded are the tables in which a new database has rows, or gets some by being opened.
var seeded = []string{"installation", "lease", "manifest_head", "rollup_head", "sharing_reach", "sharing_tail"}

// Empty tells whether nobody has worked with a database yet: none of its tables has rows but those that a new one has.
func Empty(tx *sqldb.Tx) (bool, error) {
	list, err := tables(tx)
	if err != nil {
		return false, err
	}
	for _, t := range list {
		if slices.Contains(seeded, t.name) {
			continue
		}
		var some int64
		if err := tx.QueryRow("SELECT count(*) FROM (SELECT 1 FROM " + names([]string{t.name}) + " LIMIT 1) AS t").Scan(&some); err != nil || some > 0 {
			return false, err
		}
	}
	return true, nil
}
