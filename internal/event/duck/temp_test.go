package duck

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestSweep(t *testing.T) {
	dir := t.TempDir()
	old := time.Now().Add(-time.Hour)
	living, err := newTempDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer living.remove()
	dead := filepath.Join(dir, "duck-dead")
	young := filepath.Join(dir, "duck-young")
	other := filepath.Join(dir, "other")
	for _, d := range []string{dead, young, other} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dead, "spilt"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{dead, other, living.path} {
		if err := os.Chtimes(d, old, old); err != nil {
			t.Fatal(err)
		}
	}
	next, err := newTempDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{dead: false, young: true, other: true, living.path: true, next.path: true} {
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("%s: %v", path, err)
		}
	}
	next.remove()
	if _, err := os.Stat(next.path); err == nil {
		t.Error("removed and still there")
	}
}
