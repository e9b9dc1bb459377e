package finding

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// write merges facts, sorted by key and each key once, into the table, and tells how many findings are new.
//
// SQLite's driver compiles a statement each time it runs, which costs more than the row; so there one statement takes a chunk apart
// into a table of the session: keys and numbers from one value of fixed-width records, texts from another. PostgreSQL copies.
func write(tx *sqldb.Tx, facts []*fact, since int64) (fresh int64, err error) {
	if len(facts) == 0 {
		return 0, nil
	}
	if tx.Engine() == sqldb.SQLite {
		return writePacked(tx, facts, since)
	}
	row := make([]any, 0, len(upsert.Columns))
	return tx.BulkUpsertNew(upsert, func(yield func([]any) bool) {
		for _, f := range facts {
			if row = f.row(row, since); !yield(row) {
				return
			}
		}
	})
}

func writePacked(tx *sqldb.Tx, facts []*fact, since int64) (fresh int64, err error) {
	p := packer{texts: []byte{0}} // none at all would be null
	for _, f := range facts {
		p.add(f)
	}
	const table = `CREATE TEMP TABLE IF NOT EXISTS finding_facts (`
	for _, q := range []string{table + strings.Join(upsert.Columns, ", ") + `, fate)`, `DELETE FROM finding_facts`} {
		if _, err := tx.Exec(q); err != nil {
			return 0, err
		}
	}
	if _, err := tx.Exec(unpack, p.records, p.texts, len(facts), since); err != nil {
		return 0, err
	}
	for _, q := range []string{mergeMoves, mergeSights} {
		if _, err := tx.Exec(q); err != nil {
			return 0, err
		}
	}
	return tx.Exec(mergeNew)
}

// What becomes of a fact: it makes a finding, moves one, or is one more sight.
const (
	fateNew = iota
	fateSight
	fateMove
)

// The statements that merge a chunk on SQLite. It writes an index anew whenever a column of it is set, also to what it was, so what few
// facts change is set apart, for those few. OR FAIL saves the journal of the statement: after an error the whole transaction is undone.
var (
	fate = fmt.Sprintf("CASE WHEN t.key IS NULL THEN %d WHEN "+isAgain+" OR "+isAnother+" OR t.due IS NOT ("+dueThen+") THEN %d ELSE %d END",
		fateNew, fateMove, fateSight)
	mergeMoves = fmt.Sprintf(`UPDATE OR FAIL finding_row AS t SET organisation = `+choose(isLater, "excluded.organisation", "t.organisation")+`, `+
		strings.Join(moveSet(), ", ")+`, `+strings.Join(sightSet(mergedColumns()), ", ")+`
		FROM finding_facts AS excluded WHERE excluded.fate = %d AND t.key = excluded.key`, fateMove)
	mergeSights = fmt.Sprintf(`UPDATE OR FAIL finding_row AS t SET `+strings.Join(sightSet(mergedColumns()), ", ")+`
		FROM finding_facts AS excluded WHERE excluded.fate = %d AND t.key = excluded.key`, fateSight)
	mergeNew = fmt.Sprintf(`INSERT OR FAIL INTO finding_row (`+strings.Join(upsert.Columns, ", ")+`) SELECT `+strings.Join(upsert.Columns, ", ")+`
		FROM finding_facts WHERE fate = %d`, fateNew)
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

// packer lays facts out as records: the key and the address as they are, then numbers in decimal.
type packer struct {
	records, texts []byte
	owner          string // of the fact before, which many share with the next
	ownerAt        int
}

// The numbers of a record.
const (
	atKind = iota
	atOwner
	atPort
	atSources
	atFirst
	atLast
	atCount
	atOrganisation // place and length
	_
	atFQDN
	_
	atURL
	_
)

// widths of the numbers of a record, in digits.
var widths = []int{15, 15, 20, 20, 20, 20, 20, 10, 10, 10, 10, 10, 10}

func (p *packer) add(f *fact) {
	p.records = append(p.records, f.key[:]...)
	var place [addrSize]byte
	copy(place[:], f.place())
	p.records = append(p.records, place[:]...)
	if f.organisation != p.owner {
		p.owner, p.ownerAt = f.organisation, p.text(f.organisation)
	}
	for i, v := range [...]int64{
		f.kind, f.owner, f.port, int64(f.sources), f.first, f.last, f.count, //nolint:gosec // 62 bits
		int64(p.ownerAt), int64(len(f.organisation)), int64(p.text(f.fqdn)), int64(len(f.fqdn)), int64(p.text(f.url)), int64(len(f.url)),
	} {
		p.number(v, widths[i])
	}
}

// text adds a text and gives its place.
func (p *packer) text(s string) int {
	p.texts = append(p.texts, s...)
	return len(p.texts) - len(s) + 1
}

// number adds a number, filled up from the left.
func (p *packer) number(v int64, width int) {
	const blanks = "                    "
	var digits [20]byte
	d := strconv.AppendInt(digits[:0], v, 10)
	p.records = append(p.records, blanks[:width-len(d)]...)
	p.records = append(p.records, d...)
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
	values := []string{
		fmt.Sprintf("substr($1, n.i * %d + 1, %d)", width, len(Key{})), number(atKind), text(atOrganisation), number(atOwner), text(atFQDN), text(atURL),
		number(atPort), "nullif(" + addr + ", zeroblob(16))", number(atSources), number(atFirst), number(atLast), number(atCount), "$4",
		"CASE WHEN " + number(atOrganisation+1) + " = 0 THEN NULL ELSE 1 END",
	}
	for i, c := range upsert.Columns {
		values[i] += " AS " + c
	}
	// The limit keeps SQLite from taking the inner statement apart, which would read a number again wherever it is used.
	return `INSERT INTO finding_facts
		WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $3)
		SELECT excluded.*, ` + fate + ` FROM (SELECT ` + strings.Join(values, ", ") + ` FROM n LIMIT -1) AS excluded
		LEFT JOIN finding_row AS t ON t.key = excluded.key`
}
