// Package findingtest fills the state store with standing findings for benchmarks, many times quicker than facts can be applied.
//
// The i-th finding lies at the i-th address from 11.0.0.0 on and is of one of twenty kinds; fifty neighbours have the same owner.
package findingtest

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// How many kinds, organisations and networks there are, and how many findings lie in a row in one network.
const (
	Kinds         = 20
	Organisations = 10_000
	Networks      = 30_000
	neighbours    = 50
	owners        = Networks
)

// Most is how many findings there can be.
const Most = 1 << 24

// feed is where all findings come from.
const feed = "shadowserver"

// Standing is how many findings a benchmark is to have: FIREHALL_BENCH_STANDING, otherwise few.
func Standing(t testing.TB, few int) int {
	t.Helper()
	text := os.Getenv("FIREHALL_BENCH_STANDING")
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > Most {
		t.Fatalf("FIREHALL_BENCH_STANDING=%q: a number up to %d", text, Most)
	}
	return n
}

// Organisation is the id of the i-th finding's owner.
func Organisation(i int) string { return fmt.Sprintf("01jd%022d", i/neighbours%Organisations) }

// Network is the id of the network in which the i-th finding lies.
func Network(i int) string { return fmt.Sprintf("01jn%022d", i/neighbours%Networks) }

// Identifier is what is wrong at the i-th finding.
func Identifier(i int) string { return fmt.Sprintf("open-%02d", i%Kinds) }

// Report is what brings the i-th finding.
func Report(i int) string { return fmt.Sprintf("scan_%02d", i%Kinds) }

// Asset is what the i-th finding is about.
func Asset(i int) finding.Asset {
	addr := netip.AddrFrom4([4]byte{11, byte(i >> 16), byte(i >> 8), byte(i)})
	return finding.Asset{Role: "source", Type: "vulnerable-system", Identifier: Identifier(i), Transport: "tcp", Addr: addr, Port: 23}
}

// Range says which findings to fill in, and how they stand.
type Range struct {
	From, To int       // the first, and the one after the last
	Seen     time.Time // first and last
	Told     time.Time // zero: never
	Next     time.Time // when they may be told again
	Due      int       // one in so many is due now; 0: none
}

// Fill writes the findings of a range, none of which may be there yet.
func Fill(t testing.TB, db *sqldb.DB, r Range) {
	t.Helper()
	const piece = 500_000 // rows a transaction
	err := db.Write(context.Background(), fillWords)
	for from := r.From; from < r.To && err == nil; from += piece {
		err = db.Write(context.Background(), func(tx *sqldb.Tx) error { return r.insert(tx, from, min(from+piece, r.To)-1) })
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (r Range) insert(tx *sqldb.Tx, first, last int) error {
	numbers, text, key := `SELECT CAST($1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $2`, `printf('%022d', %s)`, `unhex(%s)`
	address := `printf('%08x', 184549376 + i)`
	if tx.Engine() == sqldb.Postgres {
		numbers, text, key = `SELECT generate_series(CAST($1 AS BIGINT), CAST($2 AS BIGINT))`, `lpad(CAST(%s AS TEXT), 22, '0')`, `decode(%s, 'hex')`
		address = `lpad(to_hex(184549376 + i), 8, '0')`
	}
	text = strings.Replace(text, "%s", fmt.Sprintf("i / %d %% %d", neighbours, Organisations), 1)
	tail := fmt.Sprintf("substr('%s', CAST(i %% %d * 24 + 1 AS INTEGER), 24)", tails(), Kinds)
	key = fmt.Sprintf(key, "'00000000000000000000ffff' || "+address+" || "+tail)
	state, every := finding.Open, r.Due
	if !r.Told.IsZero() {
		state = finding.Notified
	}
	if every == 0 {
		every = 2 * Most
	}
	_, err := tx.Exec(fmt.Sprintf(`WITH RECURSIVE n(i) AS (%s)
		INSERT INTO finding_row (key, kind, last_seen, state, organisation, owner, first_seen, events, sources, told, told_events, next_at, due, since,
			port, fqdn, url)
		SELECT %s, i %% %d + 1, $3, '%s', '01jd' || %s, i / %d %% %d + 1, $3, 2, 1, $4, 1, $5, CASE WHEN (i + 1) %% CAST($6 AS BIGINT) = 0 THEN 1 END, $3,
			23, '', '' FROM n`, numbers, key, Kinds, state, text, neighbours, owners),
		first, last, r.Seen, r.Told, r.Next, every)
	return err
}

// tails are what follows the address in the keys of each kind, in hexadecimal.
func tails() string {
	var b strings.Builder
	for kind := range Kinds {
		k := finding.KeyOf(Asset(kind))
		b.WriteString(hex.EncodeToString(k[16:]))
	}
	return b.String()
}

// fillWords writes the owners and the kinds.
func fillWords(tx *sqldb.Tx) error {
	owner, err := tx.Prepare(`INSERT INTO finding_owner (id, network, rule) VALUES ($1, $2, 'prefix') ON CONFLICT (id) DO NOTHING`)
	if err != nil {
		return err
	}
	defer owner.Close()
	for n := range owners {
		if _, err := owner.Exec(n+1, Network(n*neighbours)); err != nil {
			return err
		}
	}
	for n := range Kinds {
		_, err := tx.Exec(`INSERT INTO finding_kind (id, feed, report, severity, role, standing, transport, malware, taxonomy, type, identifier)
			VALUES ($1, $2, $3, 'high', 'source', 'responsible', 'tcp', '', 'vulnerable', 'vulnerable-system', $4) ON CONFLICT (id) DO NOTHING`,
			n+1, feed, Report(n), Identifier(n))
		if err != nil {
			return err
		}
	}
	return nil
}
