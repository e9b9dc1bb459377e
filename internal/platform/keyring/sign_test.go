package keyring_test

import (
	"bytes"
	"crypto/ed25519"
	"os"
	"path/filepath"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
)

func TestAuditKey(t *testing.T) {
	dir := t.TempDir()
	r := open(dir)
	if k, err := r.AuditPublic(); k != nil || err != nil {
		t.Errorf("before there is one: %x, %v", k, err)
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 0 {
		t.Errorf("asking made one: %v, %v", list, err)
	}
	private, err := r.Audit()
	if err != nil {
		t.Fatal(err)
	}
	public, err := open(dir).AuditPublic()
	if err != nil || !ed25519.Verify(public, []byte("x"), ed25519.Sign(private, []byte("x"))) {
		t.Errorf("the public side: %v", err)
	}
	again, err := open(dir).Audit()
	if err != nil || !bytes.Equal(again, private) {
		t.Errorf("another key: %v", err)
	}
	if f := r.Check(); len(f) != 0 {
		t.Errorf("a whole key has faults: %v", f)
	}
}

func TestDamagedAuditKey(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "audit.key"), []byte("not hex\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := open(dir)
	if _, err := r.Audit(); !problem.Is(err, problem.Invalid) {
		t.Errorf("got %v", err)
	}
	if _, err := r.AuditPublic(); !problem.Is(err, problem.Invalid) {
		t.Errorf("got %v", err)
	}
	if f := r.Check(); len(f) != 1 {
		t.Errorf("faults: %v", f)
	}
}
