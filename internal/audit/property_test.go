package audit_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// tampering is one thing that somebody with access to the database may do to a
// sealed entry.
var tampering = map[string][]string{
	"rewrite the actor":  {`UPDATE audit_payload SET actor = 'os:0' WHERE id = $1`},
	"rewrite the reason": {`UPDATE audit_payload SET reason = 'no' WHERE id = $1`},
	"move in time":       {`UPDATE audit_payload SET at = at - 1 WHERE id = $1`},
	"another salt":       {`UPDATE audit_payload SET salt = (SELECT hash FROM audit_entry WHERE id = $1) WHERE id = $1`},
	"another commitment": {`UPDATE audit_entry SET commitment = hash WHERE id = $1`},
	"another hash":       {`UPDATE audit_entry SET hash = commitment WHERE id = $1`},
	"another position":   {`UPDATE audit_entry SET seq = seq + 1000 WHERE id = $1`},
	"steal the content":  {`DELETE FROM audit_payload WHERE id = $1`},
	"cut out":            {`DELETE FROM audit_payload WHERE id = $1`, `DELETE FROM audit_entry WHERE id = $1`},
	"hide from sealing":  {`UPDATE audit_entry SET seq = NULL, hash = NULL WHERE id = $1`},
}

// Whatever was recorded, sealed and erased in whatever order, the chain is whole;
// and whatever is done to any one sealed entry that has content, it shows.
func TestAnyTamperingShows(t *testing.T) {
	db := sqldbtest.Open(t, sqldb.SQLite)
	rapid.Check(t, func(rt *rapid.T) {
		f := newFixture(t, db)
		for _, table := range []string{"audit_payload", "audit_entry", "audit_head"} {
			f.exec("DELETE FROM " + table)
		}
		present := f.history(rt)
		f.wantWhole(f.verify())
		if len(present) == 0 {
			return
		}
		victim := rapid.SampledFrom(present).Draw(rt, "victim")
		how := rapid.SampledFrom([]string{
			"rewrite the actor", "rewrite the reason", "move in time", "another salt", "another commitment", "another hash",
			"another position", "steal the content", "cut out", "hide from sealing",
		}).Draw(rt, "tampering")
		for _, q := range tampering[how] {
			f.exec(q, victim)
		}
		if f.verify().Whole() {
			rt.Fatalf("%s of %s does not show", how, victim)
		}
	})
}

// history records, seals and erases at random, and returns the ids of the sealed
// entries that still have content.
func (f fixture) history(rt *rapid.T) (present []string) {
	sealed := 0
	for range rapid.IntRange(1, 5).Draw(rt, "steps") {
		n := rapid.IntRange(0, 3).Draw(rt, "entries")
		f.record(n)
		f.seal(n)
		first := sealed + 1
		sealed += n
		for seq := first; seq <= sealed; seq++ {
			present = append(present, f.idAt(seq))
		}
		if n > 0 && rapid.Bool().Draw(rt, "erase") {
			f.must(f.erase(present[len(present)-1]))
			present = present[:len(present)-1]
			f.seal(1)
			sealed++
		}
	}
	return present
}
