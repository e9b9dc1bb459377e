package finding

import (
	"fmt"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// write merges facts, sorted by key and each key once, into the table, and tells how many findings are new.
//
// SQLite's driver compiles a statement each time it runs, which costs more than the row; so there one statement takes a chunk apart
// into a table of the session: numbers and keys from one value of fixed-width records, hosts and pages from another, and the few different traits from
// small tables of the session. PostgreSQL copies.
func write(tx *sqldb.Tx, facts []*fact, since int64) (fresh int64, err error) {
	if len(facts) == 0 {
		return 0, nil
	}
	if tx.Engine() == sqldb.SQLite {
		return writePacked(tx, facts, since)
	}
	if fresh, err = strangers(tx, facts); err != nil {
		return 0, err
	}
	row := make([]any, 0, len(upsert.Columns))
	return fresh, tx.BulkUpsert(upsert, func(yield func([]any) bool) {
		for _, f := range facts {
			if row = f.row(row, since); !yield(row) {
				return
			}
		}
	})
}

// traitColumns are the columns that traits give, in the order of described.
var traitColumns = described[:13]

func writePacked(tx *sqldb.Tx, facts []*fact, since int64) (fresh int64, err error) {
	numbers, err := stageTraits(tx, facts)
	if err != nil {
		return 0, err
	}
	p := packer{texts: []byte{0}} // none at all would be null
	for _, f := range facts {
		p.add(f, numbers[f.traits])
	}
	if _, err := tx.Exec(unpack, p.records, p.texts, len(facts), since); err != nil {
		return 0, err
	}
	err = tx.QueryRow(`SELECT count(*) FROM finding_facts s WHERE NOT EXISTS (SELECT 1 FROM finding t WHERE t.key = s.key)`).Scan(&fresh)
	if err != nil {
		return 0, err
	}
	if _, err := tx.Exec(mergeMoves); err != nil {
		return 0, err
	}
	_, err = tx.Exec(mergeSights)
	return fresh, err
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

// number is where a fact's traits stand in the session's tables: few owners and few kinds of problems make many traits.
type number struct{ owner, kind int64 }

// ownerColumns of the traits say whose it is, kindColumns the rest.
var (
	ownerColumns = []string{"organisation", "network", "rule"}
	kindColumns  = slices.DeleteFunc(slices.Clone(traitColumns), func(c string) bool { return slices.Contains(ownerColumns, c) })
)

// split gives the traits of an owner alone, and those of the kind of problem.
func (t *traits) split() (owner, kind traits) {
	owner = traits{organisation: t.organisation, network: t.network, rule: t.rule}
	kind = *t
	kind.organisation, kind.network, kind.rule = "", "", ""
	return owner, kind
}

// stageTraits puts the traits of facts into the session's tables and numbers them.
func stageTraits(tx *sqldb.Tx, facts []*fact) (map[*traits]number, error) {
	for _, q := range []string{
		`CREATE TEMP TABLE IF NOT EXISTS finding_owners (id INTEGER PRIMARY KEY, ` + strings.Join(ownerColumns, ", ") + `)`,
		`CREATE TEMP TABLE IF NOT EXISTS finding_kinds (id INTEGER PRIMARY KEY, ` + strings.Join(kindColumns, ", ") + `)`,
		`CREATE TEMP TABLE IF NOT EXISTS finding_facts (` + strings.Join(upsert.Columns, ", ") + `)`,
		`DELETE FROM finding_owners`, `DELETE FROM finding_kinds`, `DELETE FROM finding_facts`,
	} {
		if _, err := tx.Exec(q); err != nil {
			return nil, err
		}
	}
	out := map[*traits]number{}
	owners, kinds := map[traits]int64{}, map[traits]int64{}
	for _, f := range facts {
		if _, ok := out[f.traits]; ok {
			continue
		}
		o, k := f.split()
		n := number{numbered(owners, o), numbered(kinds, k)}
		out[f.traits] = n
		if int(n.owner) == len(owners)-1 {
			if _, err := tx.Exec(`INSERT OR IGNORE INTO finding_owners VALUES ($1, $2, $3, $4)`, n.owner, o.organisation, o.network, o.rule); err != nil {
				return nil, err
			}
		}
		if int(n.kind) == len(kinds)-1 {
			if _, err := tx.Exec(`INSERT OR IGNORE INTO finding_kinds VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, n.kind, k.feed, k.report,
				k.severity, k.role, k.standing, k.transport, k.malware, k.taxonomy, k.typ, k.identifier); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// numbered gives t its number, a new one if it has none.
func numbered(known map[traits]int64, t traits) int64 {
	n, ok := known[t]
	if !ok {
		n = int64(len(known))
		known[t] = n
	}
	return n
}

// packer lays facts out as records: the key and the address as they are, then numbers in decimal.
type packer struct{ records, texts []byte }

// The widths of a record's numbers: owner, kind, port, sources, first, last, count, then place and length of fqdn and url.
var widths = []int{6, 6, 20, 20, 20, 20, 20, 10, 10, 10, 10}

func (p *packer) add(f *fact, n number) {
	p.records = append(p.records, f.key[:]...)
	var place [addrSize]byte
	copy(place[:], f.place())
	p.records = append(p.records, place[:]...)
	fqdn := len(p.texts)
	p.texts = append(p.texts, f.fqdn...)
	url := len(p.texts)
	p.texts = append(p.texts, f.url...)
	for i, v := range []int64{
		n.owner, n.kind, f.port, int64(f.sources), f.first, f.last, f.count, //nolint:gosec // 62 bits
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
	values = append(values, text(7), text(9), number(2), "nullif("+addr+", zeroblob(16))", number(3), number(4), number(5), number(6),
		"$4", "CASE WHEN o.organisation = '' THEN NULL ELSE 1 END")
	return `INSERT INTO finding_facts
		WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $3)
		SELECT ` + strings.Join(values, ", ") + ` FROM n CROSS JOIN finding_owners o ON o.id = ` + number(0) + `
		CROSS JOIN finding_kinds k ON k.id = ` + number(1)
}
