package keyring_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	tests := []struct {
		name   string
		damage func(path string) error
		says   string // of each key; "" for nothing
		do     string
	}{
		{"all well", func(string) error { return nil }, "", ""},
		{"cut", func(p string) error { return os.Truncate(p, 20) }, "", "restore it from the backup"},
		{"empty", func(p string) error { return os.Truncate(p, 0) }, "empty", "restore it from the backup"},
		{"others may read it", func(p string) error { return os.Chmod(p, 0o640) }, "mode 0640", "chmod 600 "},
		{"a folder", func(p string) error {
			if err := os.Remove(p); err != nil {
				return err
			}
			return os.Mkdir(p, 0o700)
		}, "read the key", "restore"},
		{"gone", os.Remove, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, m := range makers {
				if _, err := m.get(open(dir)); err != nil {
					t.Fatal(err)
				}
				if err := tt.damage(filepath.Join(dir, m.file)); err != nil {
					t.Fatal(err)
				}
			}
			faults := open(dir).Check()
			if want := len(makers); tt.do == "" && len(faults) != 0 || tt.do != "" && len(faults) != want {
				t.Fatalf("%+v", faults)
			}
			for _, f := range faults {
				if !strings.Contains(f.Problem, tt.says) || !strings.Contains(f.Problem, dir) || !strings.HasPrefix(f.Do, tt.do) {
					t.Errorf("%+v", f)
				}
			}
		})
	}
}

func TestCheckMakesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	if faults := open(dir).Check(); len(faults) != 0 {
		t.Errorf("%+v", faults)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the folder was made")
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if faults := open(dir).Check(); len(faults) != 1 || faults[0].Do == "" {
		t.Errorf("a file where the folder should be: %+v", faults)
	}
}
