package evidence

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func vault(t *testing.T) (*Vault, string) {
	t.Helper()
	dir := t.TempDir()
	v, err := Open(disk.OS{}, dir, [32]byte{7})
	if err != nil {
		t.Fatal(err)
	}
	return v, dir
}

func stored(t *testing.T, v *Vault, text string) Stored {
	t.Helper()
	s, err := v.Put(strings.NewReader(text), 100, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// filesIn lists what lies beneath a folder.
func filesIn(t *testing.T, dir string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			list = append(list, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// What lies on the disk is nothing without the key, and with it is what came: for the age tool, too, since only its own format is used.
func TestTheDiskTellsNothing(t *testing.T) {
	v, dir := vault(t)
	s := stored(t, v, "the plan")
	again := stored(t, v, "the plan")
	files := filesIn(t, dir)
	if again != s || len(files) != 1 || strings.Contains(files[0], s.SHA256[:16]) {
		t.Fatalf("%+v, %+v, %v", s, again, files)
	}
	raw, err := os.ReadFile(files[0])
	if err != nil || bytes.Contains(raw, []byte("plan")) {
		t.Fatalf("it lies in the clear, %v", err)
	}
	identity, err := age.ParseX25519Identity(Identity([32]byte{7}))
	if err != nil {
		t.Fatal(err)
	}
	r, err := age.Decrypt(bytes.NewReader(raw), identity)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(r); err != nil || string(text) != "the plan" {
		t.Errorf("%q, %v", text, err)
	}
	other, err := Open(disk.OS{}, dir, [32]byte{8})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.open(s.Address); !problem.Is(err, problem.Unavailable) {
		t.Errorf("another key opens it: %v", err)
	}
}

func TestPutLeavesNothingHalf(t *testing.T) {
	v, dir := vault(t)
	for name, r := range map[string]io.Reader{
		"too long": strings.NewReader(strings.Repeat("x", 101)),
		"broken":   io.MultiReader(strings.NewReader("x"), broken{}),
	} {
		if _, err := v.Put(r, 100, time.Time{}); err == nil {
			t.Errorf("%s was taken", name)
		}
		if files := filesIn(t, dir); len(files) != 0 {
			t.Errorf("%s left %v", name, files)
		}
	}
	if s := stored(t, v, strings.Repeat("x", 100)); s.Size != 100 {
		t.Errorf("%+v", s)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestDatesAreRoundedWhereAsked(t *testing.T) {
	v, dir := vault(t)
	if _, err := v.Put(strings.NewReader("x"), 10, now); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filesIn(t, dir)[0])
	if err != nil || !info.ModTime().Equal(now) {
		t.Errorf("%v, %v", info.ModTime(), err)
	}
}

func TestCustody(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		v, _ := vault(t)
		s := stored(t, v, "the plan")
		var one, two Item
		write(t, db, func(tx *sqldb.Tx) (err error) {
			if one, err = v.Add(tx, now, "ada", s, Item{About: "r1", Parent: "r1", Name: "../../etc/plan\u202egpj.exe", MediaType: "text/html; x"}); err == nil {
				two, err = v.Add(tx, now, "ada", s, Item{About: "r2", Parent: "r2", Name: "b"})
			}
			return err
		})
		if one.Name != "plan_gpj.exe" || one.MediaType != "application/octet-stream" || one.SHA256 != s.SHA256 {
			t.Errorf("%+v", one)
		}
		write(t, db, func(tx *sqldb.Tx) error {
			i, err := v.Item(tx, one.ID)
			if err != nil {
				return err
			}
			open, err := v.Read(tx, now, &i, "bob", "court")
			if err != nil {
				return err
			}
			r, err := open()
			if err != nil {
				return err
			}
			defer r.Close()
			if text, err := io.ReadAll(r); err != nil || string(text) != "the plan" {
				t.Errorf("%q, %v", text, err)
			}
			return v.Quarantine(tx, now, "r2", "eve")
		})
		write(t, db, func(tx *sqldb.Tx) error {
			i, err := v.Item(tx, two.ID)
			if err != nil || i.SHA256 != "" {
				t.Errorf("%+v, %v", i, err)
			}
			if _, err := v.Read(tx, now, &i, "bob", "x"); !problem.Is(err, problem.Conflict) {
				t.Errorf("quarantined, and given out: %v", err)
			}
			free, err := v.Erase(tx, now, "r1", "ada", "old")
			if len(free) != 0 {
				t.Errorf("%v is removed, and used", free)
			}
			return err
		})
		write(t, db, func(tx *sqldb.Tx) error {
			free, err := v.Erase(tx, now, "r2", "ada", "old")
			if !slices.Equal(free, []string{s.Address}) {
				t.Errorf("%v is free", free)
			}
			if i, err := v.Item(tx, one.ID); err != nil || !i.Erased || i.Name != "" {
				t.Errorf("%+v, %v", i, err)
			}
			chain, _ := Chain(tx, one.ID)
			var acts []Act
			for _, c := range chain {
				acts = append(acts, c.Act)
			}
			if !slices.Equal(acts, []Act{Received, Read, Erased}) {
				t.Errorf("%v", acts)
			}
			return err
		})
	})
}

func write(t *testing.T, db *sqldb.DB, do func(tx *sqldb.Tx) error) {
	t.Helper()
	if err := db.Write(t.Context(), do); err != nil {
		t.Fatal(err)
	}
}

func TestName(t *testing.T) {
	for in, want := range map[string]string{
		"": "file", "..": "file", "a/b.txt": "b.txt", `C:\x\y`: "y", "x\ny": "x_y", "\xff.txt": "_.txt", strings.Repeat("é", 200): strings.Repeat("é", 100),
	} {
		if got := Name(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
