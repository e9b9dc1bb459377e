package crash

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// stood is what must be the same of a finding, however it came about.
type stood struct {
	ID    string `json:"id"`
	Count int64  `json:"count"`
	First string `json:"first"`
	Last  string `json:"last"`
	State string `json:"state"`
}

// factsPerFile is three transactions of facts.
const factsPerFile = 12_000

// applied is how far a site's waiting facts are applied, as its state store says.
type applied struct {
	t  *testing.T
	db *sqldb.DB
}

func (s *site) applied() applied {
	s.t.Helper()
	db, err := sqldb.Open(context.Background(), "sqlite:"+filepath.Join(s.dir, "state.db"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = db.Close() })
	return applied{s.t, db}
}

// underWay tells whether a backlog is begun and not ended, which is so from before the first of its transactions until with the last.
func (a applied) underWay() bool {
	a.t.Helper()
	var n int
	err := a.db.Read(context.Background(), func(tx *sqldb.Tx) error { return tx.QueryRow(`SELECT count(*) FROM finding_apply`).Scan(&n) })
	if err != nil {
		a.t.Fatal(err)
	}
	return n > 0
}

// soon waits until facts are being applied, then for a moment, or until the program has ended.
func (a applied) soon(ended <-chan struct{}) {
	for !a.underWay() {
		select {
		case <-time.After(time.Millisecond):
		case <-ended:
			return
		}
	}
	after(time.Duration(rand.Int64N(int64(30 * time.Millisecond))))(ended)
}

// Killed again and again while facts are applied, the program comes to the same findings as without. That a kill came while facts were
// being applied is what the state store says afterwards.
func TestCrashWhileApplying(t *testing.T) {
	s := newSite(t)
	other := &site{t: t, binary: s.binary, dir: filepath.Join(t.TempDir(), "other")}
	register := filepath.Join(t.TempDir(), "register.csv")
	write(t, register, "organisation,network\nHospital,11.0.0.0/8\n")
	other.must("constituency", "import", register)
	n := kills(t)
	files := max(n/5, 2)
	a, inside := s.applied(), 0
	done := 0
	for ; done < files || inside < min(n, files) && done < files+mostMore; done++ {
		f := s.writeRows(done, factsPerFile)
		other.must("ingest", "--feed", "shadowserver", f)
		s.must("ingest", "--feed", "shadowserver", f)
		for range n/files + 1 {
			if !s.killing(a.soon, "findings", "--limit", "1") && a.underWay() {
				inside++
			}
		}
	}
	got, want := s.findings(), other.findings()
	t.Logf("%d findings, %d kills while facts were being applied", len(got), inside)
	if inside < min(n, files) {
		t.Errorf("%d kills came while facts were being applied: too few", inside)
	}
	if len(want) != factsPerFile*min(done, 256) {
		t.Errorf("undisturbed there are %d findings", len(want))
	}
	if !slices.Equal(got, want) {
		t.Error("the findings differ from those of an undisturbed run")
	}
}

func (s *site) findings() (list []stood) {
	s.t.Helper()
	if err := json.Unmarshal(s.must("findings", "--format", "json", "--limit", "10000000"), &list); err != nil {
		s.t.Fatal(err)
	}
	slices.SortFunc(list, func(a, b stood) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return list
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
