package constituency

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// try imports a file that may have bad rows.
func try(t interface{ Fatal(...any) }, r *Register, format Format, text string) Report {
	rep, err := r.Import(ctx, actor, strings.NewReader(text), ImportOptions{Format: format})
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

// chain writes rows for organisations below each other, the lowest first.
func chain(prefix string, n int) string {
	var text strings.Builder
	for i := range n - 1 {
		fmt.Fprintf(&text, "%s%d,%s%d\n", prefix, i, prefix, i+1)
	}
	fmt.Fprintf(&text, "%s%d,\n", prefix, n-1)
	return text.String()
}

// deepest returns how many organisations stand above the lowest.
func deepest(t testing.TB, db *sqldb.DB) (most int) {
	t.Helper()
	err := db.Read(ctx, func(tx *sqldb.Tx) error {
		dir, err := allOrganisations(tx)
		for _, o := range dir.byID {
			above := 0
			for at := o.Parent; at != "" && above < 1000; at = dir.byID[at].Parent {
				above++
			}
			most = max(most, above)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return most
}

func TestImportDeepParents(t *testing.T) {
	tests := []struct {
		name          string
		first, second string
		rejected      int // of the second file
		deep          int
	}{
		{"as deep as may be, the lowest first", "", chain("A", maxDepth+1), 0, maxDepth},
		{"one deeper", "", chain("A", maxDepth+2), 1, maxDepth},
		{"much deeper takes those below along", "", chain("A", 200), 200 - maxDepth - 1, maxDepth},
		{"those below that stand elsewhere stay", "", chain("A", maxDepth+3) + "A0,\nA1,\n", 1, maxDepth},
		{"one below a deep register", chain("A", maxDepth+1), "B,A0\n", 1, maxDepth},
		{"the top of a tree moves below another", chain("A", 20) + chain("B", 20), "A19,B0\n", 1, 19},
		{"it fits when the tree is shorter", chain("A", 13) + chain("B", 20), "A12,B0\n", 0, maxDepth},
		{"a deep branch hangs off once", chain("A", 20) + "C,A0\nD,A0\nE,A0\n" + chain("B", 20), "A19,B0\nNew,B5\n", 1, 20},
	}
	db := sqldbtest.Open(t, sqldb.SQLite)
	r, _ := register(t, db, Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			empty(t, r)
			load(t, r, CSV, "organisation,parent\n"+tt.first)
			rep := try(t, r, CSV, "organisation,parent\n"+tt.second)
			if len(rep.Rejected) != tt.rejected {
				t.Errorf("%d rejected, want %d: %v", len(rep.Rejected), tt.rejected, rep.Rejected)
			}
			if got := deepest(t, db); got != tt.deep {
				t.Errorf("%d above the lowest, want %d", got, tt.deep)
			}
			if again := try(t, r, CSV, "organisation,parent\n"+tt.second); len(again.Changes) != 0 {
				t.Errorf("the second time %v", again.Changes)
			}
		})
	}
}

// A row that contradicts does not stand for its organisation's parent either:
// the row after it does, and that one may close a cycle.
func TestImportCycleBehindAContradiction(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		r, _ := register(t, db, Options{})
		rep := try(t, r, CSV, "organisation,kind,parent\nA,provider,\nB,,\nA,peer,B\nA,,C\nC,,A\n")
		var lines []int
		for _, bad := range rep.Rejected {
			lines = append(lines, bad.Line)
		}
		if diff := cmp.Diff([]int{4, 5, 6}, lines); diff != "" {
			t.Errorf("%s%v", diff, rep.Rejected)
		}
		if found, err := r.Check(ctx, actor, CheckOptions{}); err != nil || hasCode(found, "parent-cycle") {
			t.Errorf("%v, %v", found, err)
		}
	})
}

// Spreadsheets repeat an organisation's facts on each row, wrong ones too.
func TestImportCycleStatedByManyRowsIsLinear(t *testing.T) {
	text := "organisation,parent\nGood,\n" + strings.Repeat("A,B\nB,A\n", 40_000)
	r, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
	start := worked(t)
	rep := try(t, r, CSV, text)
	if len(rep.Rejected) != 80_000 || rep.Organisations != 1 {
		t.Errorf("%d rejected, %d organisations", len(rep.Rejected), rep.Organisations)
	}
	if took := worked(t) - start; took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
}

// A register with a cycle, which only a hand on the database can make, is no
// reason for an import never to end.
func TestImportIntoARegisterWithACycle(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		r, _ := register(t, db, Options{})
		load(t, r, CSV, "organisation,parent\nA,B\nB,\nC,\n")
		err := db.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.Exec("UPDATE organisation SET parent = (SELECT id FROM organisation WHERE name = 'A') WHERE name = 'B'")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		load(t, r, CSV, "organisation,parent\nD,A\n")
		load(t, r, CSV, "organisation,parent\nB,C\n") // mends it
		if found, err := r.Check(ctx, actor, CheckOptions{}); err != nil || hasCode(found, "parent-cycle") {
			t.Errorf("%v, %v", found, err)
		}
	})
}

// drawFile draws rows over few words, so that they meet, many of them bad.
func drawFile(t *rapid.T) string {
	pick := func(label string, words ...string) string { return rapid.SampledFrom(words).Draw(t, label) }
	text := strings.Join(csvColumns, ",") + "\n"
	for range rapid.IntRange(1, 12).Draw(t, "rows") {
		text += strings.Join([]string{
			pick("name", "A", "B", "C", "D", "a", "\u200dB", ""), pick("kind", "", "", "", "provider", "peer", "no"),
			pick("sector", "", "", "health"), pick("country", "", "", "FI"), pick("parent", "", "A", "B", "C", "D", "E"),
			pick("network", "", "", "192.0.2.0/24", "192.0.2.7", "198.51.100.0/24", "a.example", "AS1", "country:FI", "192.0.2.1/24"),
			pick("contact", "", "", "a@b.example", "A@B.example", "tel:+358295390230", "x"), pick("purpose", "", "", "", "security"),
			pick("language", "", "", "", "fi", "sv"), pick("encryption", "", "", "", "required", "optional"),
		}, ",") + "\n"
	}
	return text
}

// Whatever two files say, one after the other: each row is accepted or rejected
// with a reason, a dry run tells what the import does, a second time changes
// nothing, and no cycle comes about.
func TestImportProperties(t *testing.T) {
	r, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
	rapid.Check(t, func(rt *rapid.T) {
		empty(t, r)
		for range 2 {
			text := drawFile(rt)
			dry, err := r.Import(ctx, actor, strings.NewReader(text), ImportOptions{DryRun: true})
			if err != nil {
				rt.Fatal(err)
			}
			rep := try(rt, r, CSV, text)
			if diff := cmp.Diff(dry.Changes, rep.Changes) + cmp.Diff(dry.Rejected, rep.Rejected); diff != "" {
				rt.Fatalf("dry run and import differ: %s", diff)
			}
			if rows := strings.Count(text, "\n") - 1 - strings.Count(text, "\n,,,,,,,,\n"); rep.Rows < rows-1 || rep.Rows != rep.Accepted+len(rep.Rejected) {
				rt.Fatalf("%d rows, report %+v", rows, rep)
			}
			for _, bad := range rep.Rejected {
				if bad.Line < 2 || bad.Reason == "" {
					rt.Fatalf("rejected %+v", bad)
				}
			}
			if again := try(rt, r, CSV, text); len(again.Changes) != 0 || again.Accepted != rep.Accepted {
				rt.Fatalf("again: %+v", again)
			}
		}
		found, err := r.Check(ctx, actor, CheckOptions{})
		if err != nil || hasCode(found, "parent-cycle") {
			rt.Fatalf("%v, %v", found, err)
		}
	})
}
