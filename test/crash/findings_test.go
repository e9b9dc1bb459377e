package crash

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// stood is what must be the same of a finding, however it came about.
type stood struct {
	ID    string `json:"id"`
	Count int64  `json:"count"`
	First string `json:"first"`
	Last  string `json:"last"`
	State string `json:"state"`
}

// Killed again and again while facts are applied, the program comes to the same findings as without.
func TestCrashWhileApplying(t *testing.T) {
	s := newSite(t)
	undisturbed := &site{t: t, binary: s.binary, dir: filepath.Join(t.TempDir(), "other")}
	register := filepath.Join(t.TempDir(), "register.csv")
	write(t, register, "organisation,network\nHospital,11.0.0.0/8\n")
	undisturbed.must("constituency", "import", register)
	n := kills(t)
	files := []string{}
	for i := range max(n/5, 3) {
		files = append(files, s.write(i))
	}
	for _, f := range files {
		undisturbed.must("ingest", "--feed", "shadowserver", f)
		undisturbed.must("findings", "--limit", "1")
	}
	killed := 0
	for _, f := range files {
		s.must("ingest", "--feed", "shadowserver", f)
		for range n/len(files) + 1 {
			if !s.killing(after(time.Duration(rand.Int64N(int64(time.Second)))), "findings", "--limit", "1") {
				killed++
			}
		}
	}
	if killed == 0 {
		t.Fatal("no kill came before the end: nothing was tested")
	}
	got, want := s.findings(), undisturbed.findings()
	t.Logf("%d findings, %d kills", len(got), killed)
	if len(want) != rowsPerFile*min(len(files), 256) {
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
