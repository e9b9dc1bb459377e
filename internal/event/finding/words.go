package finding

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// dictionary is a table of words that rows share, under numbers.
type dictionary struct {
	table   string
	columns []string
}

var (
	ownerWords = dictionary{"finding_owner", []string{"network", "rule"}}
	kindWords  = dictionary{"finding_kind", []string{
		"feed", "report", "severity", "role", "standing", "transport", "malware", "taxonomy", "type", "identifier",
	}}
)

// number gives the number of words, and notes them if nobody did. It is made from the words, so that comparing numbers compares content in
// some order that is always the same; where other words have it already, the next is tried.
func (d dictionary) number(tx *sqldb.Tx, words []string) (int64, error) {
	args := make([]any, 1, len(words)+1)
	for _, w := range words {
		args = append(args, w)
	}
	for try := 0; ; {
		args[0] = sign(words, try)
		same, err := d.same(tx, args)
		switch {
		case sqldb.NoRows(err):
			// Another writer may be quicker: then the next round looks again.
			n, err := tx.Exec(`INSERT INTO `+d.table+` (id, `+strings.Join(d.columns, ", ")+`) VALUES (`+places(len(args))+`) ON CONFLICT (id) DO NOTHING`, args...)
			if err != nil || n == 1 {
				return args[0].(int64), err
			}
		case err != nil || same:
			return args[0].(int64), err
		default:
			try++
		}
	}
}

// same tells whether a number stands for the words; args are both.
func (d dictionary) same(tx *sqldb.Tx, args []any) (same bool, err error) {
	var q strings.Builder
	q.WriteString(`SELECT CASE WHEN `)
	for i, c := range d.columns {
		if i > 0 {
			q.WriteString(` AND `)
		}
		q.WriteString(c + " = " + place(i+2))
	}
	q.WriteString(` THEN 1 ELSE 0 END FROM ` + d.table + ` WHERE id = $1`)
	var is int
	err = tx.QueryRow(q.String(), args...).Scan(&is)
	return is == 1, err
}

// sign makes a number of 48 bits, so that a row keeps it in six bytes.
func sign(words []string, try int) int64 {
	h := sha256.New()
	h.Write([]byte(strconv.Itoa(try)))
	for _, w := range words {
		h.Write([]byte{0})
		h.Write([]byte(w))
	}
	return int64(binary.BigEndian.Uint64(h.Sum(nil)) >> 16) //nolint:gosec // 48 bits
}

// places writes the arguments of a statement.
func places(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = place(i + 1)
	}
	return strings.Join(list, ", ")
}

// most numbers are remembered at once.
const mostWords = 200_000

// numbers remembers the numbers of what was met.
type numbers struct{ owners, kinds map[traits]int64 }

func newNumbers() numbers { return numbers{map[traits]int64{}, map[traits]int64{}} }

// give numbers the traits of facts, asking the tables for those not known. It returns what it learned, which holds once the transaction
// is committed.
func (n numbers) give(tx *sqldb.Tx, facts []*fact) (learned numbers, err error) {
	learned = newNumbers()
	done := map[*traits]bool{}
	for _, f := range facts {
		t := f.traits
		if done[t] {
			continue
		}
		done[t] = true
		t.owner, err = lookUp(tx, ownerWords, traits{network: t.network, rule: t.rule}, []string{t.network, t.rule}, n.owners, learned.owners)
		if err != nil {
			return learned, err
		}
		kind := *t
		kind.organisation, kind.network, kind.rule, kind.owner, kind.kind = "", "", "", 0, 0
		t.kind, err = lookUp(tx, kindWords, kind, []string{
			t.feed, t.report, t.severity, t.role, t.standing, t.transport, t.malware, t.taxonomy, t.typ, t.identifier,
		}, n.kinds, learned.kinds)
		if err != nil {
			return learned, err
		}
	}
	return learned, nil
}

func lookUp(tx *sqldb.Tx, d dictionary, t traits, words []string, known, learned map[traits]int64) (int64, error) {
	if v, ok := known[t]; ok {
		return v, nil
	}
	if v, ok := learned[t]; ok {
		return v, nil
	}
	v, err := d.number(tx, words)
	learned[t] = v
	return v, err
}

// keep remembers what was learned.
func (n numbers) keep(learned numbers) {
	for _, m := range []struct{ all, some map[traits]int64 }{{n.owners, learned.owners}, {n.kinds, learned.kinds}} {
		if len(m.all) > mostWords {
			clear(m.all)
		}
		maps.Copy(m.all, m.some)
	}
}
