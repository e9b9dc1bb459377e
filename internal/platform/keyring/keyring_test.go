package keyring_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/disk/faulty"
	"github.com/firehall/firehall/internal/platform/keyring"
)

var now = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

func open(dir string) *keyring.Ring { return keyring.Open(disk.OS{}, dir, clock.At(now)) }

// makers make, or read, each kind of key of a ring and return what must stay the same.
var makers = []struct {
	file string
	get  func(r *keyring.Ring) (string, error)
}{
	{"return-path.key", func(r *keyring.Ring) (string, error) {
		s, err := r.Secret("return-path")
		return string(s[:]), err
	}},
	{"webhook.key", func(r *keyring.Ring) (string, error) { return r.WebhookSecret("01k0contact") }},
	{"pgp.key", func(r *keyring.Ring) (string, error) {
		k, err := r.PGP("CERT Example", "cert@example.org")
		return k.Public, err
	}},
	{"dkim.key", func(r *keyring.Ring) (string, error) {
		k, err := r.DKIM()
		if err != nil {
			return "", err
		}
		return keyring.DKIMRecord(k.Public())
	}},
}

func TestKeysAreMadeOnceForTheirOwnerOnly(t *testing.T) {
	for _, m := range makers {
		t.Run(m.file, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data", "keys")
			first, err := m.get(open(dir))
			if err != nil || first == "" {
				t.Fatal(err)
			}
			again, err := m.get(open(dir))
			if err != nil || again != first {
				t.Fatalf("a second start has another key (%v)", err)
			}
			mode(t, dir, 0o700)
			mode(t, filepath.Join(dir, m.file), 0o600)
			names, err := os.ReadDir(dir)
			if err != nil || len(names) != 1 {
				t.Errorf("the folder holds %v, %v", names, err)
			}
			other, err := m.get(open(t.TempDir()))
			if err != nil || other == first {
				t.Errorf("another installation has the same key (%v)", err)
			}
		})
	}
}

func mode(t *testing.T, path string, want os.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != want {
		t.Errorf("%s: %v, %v", path, info.Mode(), err)
	}
}

func TestDamagedKeysAreNotReplaced(t *testing.T) {
	whole := t.TempDir()
	for _, m := range makers {
		if _, err := m.get(open(whole)); err != nil {
			t.Fatal(err)
		}
	}
	damages := map[string]func(b []byte) []byte{
		"empty":    func([]byte) []byte { return nil },
		"blank":    func([]byte) []byte { return []byte("\n\n") },
		"cut":      func(b []byte) []byte { return b[:len(b)/2] },
		"other":    func([]byte) []byte { return []byte("this is no key\n") },
		"zeros":    func(b []byte) []byte { return make([]byte, len(b)) },
		"too long": func([]byte) []byte { return bytes.Repeat([]byte("a"), 1<<20) },
	}
	for _, m := range makers {
		for name, damage := range damages {
			t.Run(m.file+" "+name, func(t *testing.T) {
				content, err := os.ReadFile(filepath.Join(whole, m.file))
				if err != nil {
					t.Fatal(err)
				}
				refused(t, m.file, damage(content), m.get)
			})
		}
	}
}

// refused expects an error that says what to do, and the file as it was.
func refused(t *testing.T, file string, content []byte, get func(*keyring.Ring) (string, error)) {
	t.Helper()
	path := filepath.Join(t.TempDir(), file)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := get(open(filepath.Dir(path)))
	if !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), "restore it from the backup") || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, content) {
		t.Errorf("the file was changed, %v", err)
	}
}

func TestWrongKindsOfKeysAreRefused(t *testing.T) {
	dir := t.TempDir()
	k, err := open(dir).PGP("CERT Example", "cert@example.org")
	if err != nil {
		t.Fatal(err)
	}
	_, ed, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(ed)
	if err != nil {
		t.Fatal(err)
	}
	refused(t, "pgp.key", []byte(k.Public), makers[2].get)
	refused(t, "dkim.key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), makers[3].get)
	refused(t, "dkim.key", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), makers[3].get)
}

func TestUnreadableKeysAreNotReplaced(t *testing.T) {
	for _, m := range makers {
		t.Run(m.file, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, m.file), 0o700); err != nil { // a folder of that name opens and cannot be read
				t.Fatal(err)
			}
			if _, err := m.get(open(dir)); !problem.Is(err, problem.Unavailable) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestNamesOfSecrets(t *testing.T) {
	for _, name := range []string{"", "pgp", "dkim", "../x", "a/b", "A", "a.b", "a b", "ä"} {
		if _, err := open(t.TempDir()).Secret(name); err == nil {
			t.Errorf("%q is taken", name)
		}
	}
	r := open(t.TempDir())
	a, errA := r.Secret("a-1")
	b, errB := r.Secret("b-1")
	if errA != nil || errB != nil || a == b {
		t.Errorf("two purposes have one secret: %v, %v", errA, errB)
	}
}

// TestSecretOfEarlierVersions keeps the key for duplicates, which was written before there was a ring.
func TestSecretOfEarlierVersions(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "dedupe.key"), []byte(strings.Repeat("0a", 32)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := open(dir).Secret("dedupe")
	if err != nil || s != [32]byte(bytes.Repeat([]byte{10}, 32)) {
		t.Errorf("%x, %v", s, err)
	}
}

func TestManyAskAtOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	shared := open(dir)
	var wg sync.WaitGroup
	got := make([][32]byte, 16)
	for i := range got {
		wg.Go(func() {
			r := shared
			if i%2 == 1 {
				r = open(dir) // as another process would
			}
			got[i], _ = r.Secret("return-path")
		})
	}
	wg.Wait()
	for _, s := range got {
		if s != got[0] || s == [32]byte{} {
			t.Errorf("they differ: %x", got)
		}
	}
}

// TestCrash pulls the plug at each operation on the disk: afterwards there is no key, or the one that was given out, and never half of one.
func TestCrash(t *testing.T) {
	for _, m := range makers {
		if m.file == "dkim.key" {
			continue // the same path on the disk, and slow to make
		}
		for _, outcome := range []faulty.Outcome{faulty.PowerCut, faulty.Kill} {
			for n := 1; crashAt(t, m.get, n, outcome); n++ {
			}
		}
	}
}

// crashAt reports whether the n-th operation was reached.
func crashAt(t *testing.T, get func(*keyring.Ring) (string, error), n int, outcome faulty.Outcome) bool {
	t.Helper()
	f, dir := faulty.New(), filepath.Join(t.TempDir(), "keys")
	f.CrashAt(n, outcome)
	given, err := get(keyring.Open(f, dir, clock.At(now)))
	crashed := errors.Is(err, faulty.ErrCrashed)
	if err != nil && !crashed {
		t.Fatalf("operation %d: %v", n, err)
	}
	later, err := get(open(dir))
	if err != nil {
		t.Errorf("operation %d, outcome %d: after the crash: %v", n, outcome, err)
	}
	if given != "" && !crashed && later != given {
		t.Errorf("operation %d, outcome %d: the key that was given out is lost", n, outcome)
	}
	return crashed
}

func TestFullDisk(t *testing.T) {
	for n := 1; n <= 6; n++ {
		f, dir := faulty.New(), t.TempDir()
		f.FailFrom(n, errors.New("no space left on device"))
		_, err := keyring.Open(f, filepath.Join(dir, "keys"), clock.At(now)).Secret("return-path")
		if err == nil {
			continue
		}
		if !problem.Is(err, problem.Unavailable) || !strings.Contains(err.Error(), "disk is not full") {
			t.Errorf("operation %d: %v", n, err)
		}
	}
}
