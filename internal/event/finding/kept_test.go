package finding_test

import (
	"fmt"
	"testing"

	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// counts are how many findings there are, as the kept counts have it and as they are.
const (
	keptKinds = `SELECT kind, state, sources, '', sum(findings) FROM (SELECT kind, state, sources, findings FROM finding_count
		UNION ALL SELECT kind, state, sources, findings FROM finding_delta) AS c GROUP BY kind, state, sources HAVING sum(findings) <> 0`
	allKinds   = `SELECT kind, state, sources, '', count(*) FROM finding_row GROUP BY kind, state, sources`
	keptOwners = `SELECT 0, state, 0, organisation, sum(findings) FROM (SELECT organisation, state, findings FROM finding_owned
		UNION ALL SELECT organisation, state, findings FROM finding_delta) AS c GROUP BY organisation, state HAVING sum(findings) <> 0`
	allOwners = `SELECT 0, state, 0, organisation, count(*) FROM finding_row GROUP BY organisation, state`
)

func (h *house) counts(question string) map[string]int64 {
	h.Helper()
	out := map[string]int64{}
	h.must(h.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.Each(question, nil, func(scan func(...any) error) error {
			var kind, sources, n int64
			var state, organisation string
			err := scan(&kind, &state, &sources, &organisation, &n)
			out[fmt.Sprint(kind, state, sources, organisation)] = n
			return err
		})
	}))
	return out
}

// countsHold expects that what is kept is what is there.
func (h *house) countsHold() {
	h.Helper()
	if !finding.KeepsCounts(h.DB.Engine()) {
		return
	}
	for _, q := range [][2]string{{keptKinds, allKinds}, {keptOwners, allOwners}} {
		if kept, all := h.counts(q[0]), h.counts(q[1]); fmt.Sprint(kept) != fmt.Sprint(all) {
			h.Fatalf("kept %v, there are %v", kept, all)
		}
	}
}

// TestCountsAreMadeAnew spoils the counts, and has them mended.
func TestCountsAreMadeAnew(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite))
	h.intake(facts("i1"), seen{ip: "192.0.2.1", at: noon, org: "o1"}, seen{ip: "192.0.2.2", at: noon})
	h.apply()
	h.countsHold()
	h.write(func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`UPDATE finding_count SET findings = 7`)
		return err
	})
	if kept := h.counts(keptKinds); fmt.Sprint(kept) == fmt.Sprint(h.counts(allKinds)) {
		t.Fatal("the counts are not spoilt")
	}
	h.write(finding.Recount)
	h.countsHold()
}

// TestCountsAreAddedUp looks at what is left to be added up: nothing after facts were applied, and nothing after a call without facts.
func TestCountsAreAddedUp(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite))
	left := func() int { return len(h.counts(`SELECT kind, state, id, '', 1 FROM finding_delta`)) }
	h.intake(facts("i1"), seen{ip: "192.0.2.1", at: noon, org: "o1"})
	if h.apply(); left() != 0 {
		t.Errorf("%d left", left())
	}
	h.move(finding.Fixed, "192.0.2.1")
	if h.countsHold(); left() == 0 {
		t.Error("a move left nothing")
	}
	if h.apply(); left() != 0 {
		t.Errorf("%d left", left())
	}
	h.countsHold()
}
