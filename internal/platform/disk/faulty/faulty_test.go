package faulty_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/disk/faulty"
)

// script runs steps such as "create a; write a hello; sync a; close a; rename a
// b; syncdir; remove b" in dir, and stops at the first error.
func script(f disk.FS, dir, steps string) error {
	open := map[string]disk.File{}
	for step := range strings.SplitSeq(steps, ";") {
		w := append(strings.Fields(step), "", "", "")
		path := filepath.Join(dir, w[1])
		var err error
		switch w[0] {
		case "create":
			open[w[1]], err = f.Create(path)
		case "write":
			_, err = io.WriteString(open[w[1]], w[2])
		case "sync":
			err = open[w[1]].Sync()
		case "close":
			err = open[w[1]].Close()
		case "rename":
			err = f.Rename(path, filepath.Join(dir, w[2]))
		case "remove":
			err = f.Remove(path)
		case "syncdir":
			err = f.SyncDir(path)
		case "mkdir":
			err = f.MkdirAll(path)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", strings.TrimSpace(step), err)
		}
	}
	return nil
}

// contents lists the files under dir as "name=content", by name.
func contents(t *testing.T, dir string) string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		out = append(out, name+"="+string(b))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, " ")
}

const (
	durableA = "create a; write a one; sync a; close a; syncdir"
	replaceA = durableA + "; create n; write n two; sync n; close n; rename n a"
)

func TestPowerCutUndoesWhatWasNotDurable(t *testing.T) {
	tests := []struct{ name, steps, want string }{
		{"all in order", durableA, "a=one"},
		{"content not synced", "create a; write a one; close a; syncdir", "a="},
		{"content synced in part", "create a; write a one; sync a; write a two; syncdir", "a=one"},
		{"name not synced", "create a; write a one; sync a; close a", ""},
		{"nothing synced", "create a; write a one", ""},
		{"rename not synced", replaceA, "a=one"},
		{"rename synced", replaceA + "; syncdir", "a=two"},
		{"removal not synced", durableA + "; remove a", "a=one"},
		{"removal synced", durableA + "; remove a; syncdir", ""},
		{"removed before its content was synced", "create a; write a one; syncdir; remove a", "a="},
		{"there and back", durableA + "; rename a b; rename b a", "a=one"},
		{"a chain of renames", durableA + "; rename a b; rename b c", "a=one"},
		{"other folder, its name synced", durableA + "; mkdir d; rename a d/a; syncdir d", "d/a=one"},
		{"other folder, the old one synced", durableA + "; mkdir d; rename a d/a; syncdir", "a=one"},
		{"made and moved, only the new folder synced", "mkdir d; create a; write a one; sync a; rename a d/a; syncdir d", "d/a=one"},
		{"renamed, then content synced", "create a; syncdir; rename a b; write a one; sync a; syncdir", "b=one"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir, f := t.TempDir(), faulty.New()
			if err := script(f, dir, tt.steps); err != nil {
				t.Fatal(err)
			}
			if err := f.Crash(faulty.PowerCut); err != nil {
				t.Fatalf("crash: %v", err)
			}
			if got := contents(t, dir); got != tt.want {
				t.Errorf("left %q, want %q", got, tt.want)
			}
		})
	}
}

func TestKillKeepsEverything(t *testing.T) {
	dir, f := t.TempDir(), faulty.New()
	if err := script(f, dir, "create a; write a one; rename a b; create c"); err != nil {
		t.Fatal(err)
	}
	if err := f.Crash(faulty.Kill); err != nil {
		t.Fatal(err)
	}
	if got := contents(t, dir); got != "b=one c=" {
		t.Errorf("left %q", got)
	}
}

func TestExistingFilesAreDurable(t *testing.T) {
	dir, f := t.TempDir(), faulty.New()
	if err := script(disk.OS{}, dir, durableA); err != nil {
		t.Fatal(err)
	}
	if err := script(f, dir, "create n; write n two; sync n; close n; rename n a; remove a"); err != nil {
		t.Fatal(err)
	}
	if err := f.Crash(faulty.PowerCut); err != nil {
		t.Fatal(err)
	}
	if got := contents(t, dir); got != "a=one" {
		t.Errorf("left %q", got)
	}
}

// At whichever operation the plug is pulled, the file is the old or the new one,
// whole: the reason for the whole package.
func TestReplacingIsAtomicAtEveryCrash(t *testing.T) {
	count := faulty.New()
	if err := script(count, t.TempDir(), replaceA+"; syncdir"); err != nil {
		t.Fatal(err)
	}
	if count.Operations() != len(strings.Split(replaceA, ";"))+1 || len(count.Log()) != count.Operations() {
		t.Errorf("%d operations: %q", count.Operations(), count.Log())
	}
	for n := 1; n <= count.Operations(); n++ {
		dir, f := t.TempDir(), faulty.New()
		f.CrashAt(n, faulty.PowerCut)
		err := script(f, dir, replaceA+"; syncdir")
		if !errors.Is(err, faulty.ErrCrashed) {
			t.Fatalf("crash at %d: %v", n, err)
		}
		got := contents(t, dir)
		switch {
		case n <= 5 && got != "" && got != "a=one" && got != "a=":
			t.Errorf("crash at %d left %q", n, got)
		case n > 5 && strings.Fields(got)[0] != "a=one":
			t.Errorf("crash at %d left %q", n, got)
		}
	}
}

func TestEverythingFailsAfterACrash(t *testing.T) {
	dir, f := t.TempDir(), faulty.New()
	w, err := f.Create(filepath.Join(dir, "a"))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Crash(faulty.Kill); err != nil {
		t.Fatal(err)
	}
	_, written := w.Write([]byte("x"))
	_, created := f.Create(filepath.Join(dir, "b"))
	_, opened := f.Open(dir)
	_, stat := f.Stat(dir)
	_, list := f.ReadDir(dir)
	_, free := f.Free(dir)
	for i, err := range []error{
		written, created, opened, stat, list, free, w.Sync(), w.Close(),
		f.Rename(dir, dir+"x"), f.Remove(dir), f.SyncDir(dir), f.MkdirAll(dir),
	} {
		if !errors.Is(err, faulty.ErrCrashed) {
			t.Errorf("call %d gave %v", i, err)
		}
	}
}

func TestFailAt(t *testing.T) {
	steps := strings.Split(replaceA+"; syncdir", ";")
	for n := 1; n <= len(steps); n++ {
		dir, f := t.TempDir(), faulty.New()
		f.FailAt(n, syscall.EIO)
		err := script(f, dir, strings.Join(steps, ";"))
		if !errors.Is(err, syscall.EIO) {
			t.Errorf("operation %d (%s): got %v", n, steps[n-1], err)
		}
		if f.Operations() != n {
			t.Errorf("operation %d failed after %d", n, f.Operations())
		}
		if err := script(f, dir, "create after; write after x"); err != nil {
			t.Errorf("after operation %d: %v", n, err)
		}
	}
}

func TestFailedWriteLeavesHalf(t *testing.T) {
	dir, f := t.TempDir(), faulty.New()
	f.FailAt(2, syscall.ENOSPC)
	if err := script(f, dir, "create a; write a 123456"); !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	if got := contents(t, dir); got != "a=123" {
		t.Errorf("left %q", got)
	}
}

// A Sync that failed and is tried again succeeds on Linux although the content
// is lost: trusting the second one must show in a test.
func TestContentIsLostAfterAFailedSync(t *testing.T) {
	dir, f := t.TempDir(), faulty.New()
	f.FailAt(4, syscall.EIO)
	w, err := f.Create(filepath.Join(dir, "a"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(w, "x")
	if err := errors.Join(err, f.SyncDir(dir)); err != nil {
		t.Fatal(err)
	}
	if err := w.Sync(); !errors.Is(err, syscall.EIO) {
		t.Fatalf("the first sync: %v", err)
	}
	if err := w.Sync(); err != nil {
		t.Fatalf("the second sync: %v", err)
	}
	if err := f.Crash(faulty.PowerCut); err != nil {
		t.Fatal(err)
	}
	if got := contents(t, dir); got != "a=" {
		t.Errorf("left %q", got)
	}
}

func TestFailFromLastsButLetsCleanUp(t *testing.T) {
	dir, f := t.TempDir(), faulty.New()
	f.FailFrom(2, syscall.ENOSPC)
	w, err := f.Create(filepath.Join(dir, "a"))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := w.Write([]byte("xy")); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("got %v", err)
		}
	}
	if err := errors.Join(w.Close(), f.Remove(w.Name())); err != nil {
		t.Errorf("cleaning up: %v", err)
	}
}

func TestReadsPassThrough(t *testing.T) {
	dir, f := t.TempDir(), faulty.New()
	if err := script(f, dir, durableA); err != nil {
		t.Fatal(err)
	}
	before := f.Operations()
	r, err := f.Open(filepath.Join(dir, "a"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	info, err2 := f.Stat(filepath.Join(dir, "a"))
	names, err3 := f.ReadDir(dir)
	free, err4 := f.Free(dir)
	if err := errors.Join(err, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	if string(b) != "one" || info.Size() != 3 || len(names) != 1 || free == 0 || f.Operations() != before {
		t.Errorf("got %q, %v, %v, %d free, %d operations", b, info, names, free, f.Operations()-before)
	}
}
