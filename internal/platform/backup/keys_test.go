package backup

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/disk"
)

func keyFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"dedupe.key": "abc", "pgp.key": "PGP", "pgp.key.new": "leftover", ".hidden.key": "no", "notes.txt": "no"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestKeys(t *testing.T) {
	var b bytes.Buffer
	n, err := WriteKeys(&b, disk.OS{}, keyFolder(t), "correct horse")
	if err != nil || n != 2 {
		t.Fatal(n, err)
	}
	if bytes.Contains(b.Bytes(), []byte("dedupe")) {
		t.Error("names show")
	}
	keys, err := ReadKeys(bytes.NewReader(b.Bytes()), "correct horse")
	if err != nil || len(keys) != 2 || string(keys["pgp.key"]) != "PGP" || string(keys["dedupe.key"]) != "abc" {
		t.Errorf("%q, %v", keys, err)
	}
	if _, err := ReadKeys(bytes.NewReader(b.Bytes()), "wrong horse"); !problem.Is(err, problem.Forbidden) {
		t.Errorf("a wrong passphrase: %v", err)
	}
	for _, at := range []int{5, b.Len() / 2, b.Len() - 1} {
		damaged := bytes.Clone(b.Bytes())
		damaged[at] ^= 1
		if keys, err := ReadKeys(bytes.NewReader(damaged), "correct horse"); err == nil {
			t.Errorf("byte %d changed: %q", at, keys)
		}
	}
	if _, err := ReadKeys(bytes.NewReader(b.Bytes()[:b.Len()-20]), "correct horse"); !problem.Is(err, problem.Invalid) {
		t.Errorf("cut off: %v", err)
	}
	if _, err := ReadKeys(bytes.NewReader([]byte("nothing of the kind")), "x"); !problem.Is(err, problem.Invalid) {
		t.Error(err)
	}
}

func TestNoKeysYet(t *testing.T) {
	var b bytes.Buffer
	if n, err := WriteKeys(&b, disk.OS{}, filepath.Join(t.TempDir(), "none"), "correct horse"); err != nil || n != 0 {
		t.Error(n, err)
	}
	if keys, err := ReadKeys(&b, "correct horse"); err != nil || len(keys) != 0 {
		t.Error(keys, err)
	}
}
