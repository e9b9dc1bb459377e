package finding

import (
	"fmt"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// write merges facts, sorted by key and each key once, into the table.
//
// SQLite's driver compiles a statement each time it runs, which costs more than the row; so there one statement takes a chunk apart
// into a table of the session: numbers and keys from one value of fixed-width records, hosts and pages from another, and the few different traits from
// a small table of the session. PostgreSQL copies.
func write(tx *sqldb.Tx, facts []*fact, since int64) error {
	if len(facts) == 0 {
		return nil
	}
	if tx.Engine() == sqldb.SQLite {
		return writePacked(tx, facts, since)
	}
	row := make([]any, 0, len(upsert.Columns))
	return tx.BulkUpsert(upsert, func(yield func([]any) bool) {
		for _, f := range facts {
			if row = f.row(row, since); !yield(row) {
				return
			}
		}
	})
}

// traitColumns are the columns that traits give, in the order of described.
var traitColumns = described[:13]

// values are the traits in the order of traitColumns.
func (t *traits) values() []any {
	return []any{
		t.feed, t.report, t.organisation, t.network, t.rule, t.severity, t.role, t.standing, t.transport, t.malware, t.taxonomy, t.typ,
		t.identifier,
	}
}

func writePacked(tx *sqldb.Tx, facts []*fact, since int64) error {
	number, err := stageTraits(tx, facts)
	if err != nil {
		return err
	}
	p := packer{texts: []byte{0}} // none at all would be null
	for _, f := range facts {
		p.add(f, number[f.traits])
	}
	if _, err := tx.Exec(`DELETE FROM finding_facts`); err != nil {
		return err
	}
	if _, err := tx.Exec(unpack, p.records, p.texts, len(facts), since); err != nil {
		return err
	}
	if _, err := tx.Exec(mergeMoves); err != nil {
		return err
	}
	_, err = tx.Exec(mergeSights)
	return err
}

// The two statements that merge a chunk on SQLite. It writes an index anew whenever a column of it is set, also to what it was, so what
// few facts change is set apart, for those few.
var (
	mergeMoves = `UPDATE finding AS t SET organisation = ` + choose(isLater, "excluded.organisation", "t.organisation") + `, ` + strings.Join(moveSet(), ", ") + `
		FROM finding_facts AS excluded WHERE t.key = excluded.key AND (` + isAgain + ` OR ` + isAnother + ` OR t.due IS NOT (` + dueThen + `))`
	mergeSights = `INSERT INTO finding AS t (` + strings.Join(upsert.Columns, ", ") + `) SELECT ` + strings.Join(upsert.Columns, ", ") + `
		FROM finding_facts WHERE true ON CONFLICT (key) DO UPDATE SET ` + strings.Join(sightSet(mergedColumns()), ", ")
)

// mergedColumns are the columns of which the latest sight decides, without the owner.
func mergedColumns() (out []string) {
	for _, c := range append(slices.Clone(described), "addr") {
		if c != "organisation" {
			out = append(out, c)
		}
	}
	return out
}

// stageTraits puts the traits of facts into the session's table and numbers them.
func stageTraits(tx *sqldb.Tx, facts []*fact) (map[*traits]int64, error) {
	for _, q := range []string{
		`CREATE TEMP TABLE IF NOT EXISTS finding_traits (id INTEGER PRIMARY KEY, ` + strings.Join(traitColumns, ", ") + `)`,
		`DELETE FROM finding_traits`,
		`CREATE TEMP TABLE IF NOT EXISTS finding_facts (` + strings.Join(upsert.Columns, ", ") + `)`,
	} {
		if _, err := tx.Exec(q); err != nil {
			return nil, err
		}
	}
	insert, err := tx.Prepare(`INSERT INTO finding_traits VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`)
	if err != nil {
		return nil, err
	}
	defer insert.Close()
	number := map[*traits]int64{}
	for _, f := range facts {
		if _, ok := number[f.traits]; ok {
			continue
		}
		n := int64(len(number))
		number[f.traits] = n
		if _, err := insert.Exec(append([]any{n}, f.values()...)...); err != nil {
			return nil, err
		}
	}
	return number, nil
}

// packer lays facts out as records: the key and the address as they are, then numbers in decimal.
type packer struct{ records, texts []byte }

// The widths of a record's numbers: traits, port, sources, first, last, count, then place and length of fqdn and url.
var widths = []int{6, 20, 20, 20, 20, 20, 10, 10, 10, 10}

func (p *packer) add(f *fact, number int64) {
	p.records = append(p.records, f.key[:]...)
	var place [addrSize]byte
	copy(place[:], f.place())
	p.records = append(p.records, place[:]...)
	fqdn := len(p.texts)
	p.texts = append(p.texts, f.fqdn...)
	url := len(p.texts)
	p.texts = append(p.texts, f.url...)
	for i, v := range []int64{
		number, f.port, int64(f.sources), f.first, f.last, f.count, //nolint:gosec // 62 bits
		int64(fqdn) + 1, int64(len(f.fqdn)), int64(url) + 1, int64(len(f.url)),
	} {
		p.records = fmt.Appendf(p.records, "%*d", widths[i], v)
	}
}

// unpack is the statement that takes a chunk apart: $1 records, $2 texts, $3 how many, $4 since.
var unpack = makeUnpack()

func makeUnpack() string {
	width := len(Key{}) + addrSize
	var at []int
	for _, w := range widths {
		at = append(at, width+1)
		width += w
	}
	number := func(i int) string {
		return fmt.Sprintf("CAST(CAST(substr($1, n.i * %d + %d, %d) AS TEXT) AS INTEGER)", width, at[i], widths[i])
	}
	text := func(i int) string { return "CAST(substr($2, " + number(i) + ", " + number(i+1) + ") AS TEXT)" }
	addr := fmt.Sprintf("substr($1, n.i * %d + %d, %d)", width, len(Key{})+1, addrSize)
	values := append([]string{fmt.Sprintf("substr($1, n.i * %d + 1, %d)", width, len(Key{}))}, traitColumns...)
	values = append(values, text(6), text(8), number(1), "nullif("+addr+", zeroblob(16))", number(2), number(3), number(4), number(5),
		"$4", "CASE WHEN w.organisation = '' THEN NULL ELSE 1 END")
	return `INSERT INTO finding_facts
		WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $3)
		SELECT ` + strings.Join(values, ", ") + ` FROM n CROSS JOIN finding_traits w ON w.id = ` + number(0)
}
