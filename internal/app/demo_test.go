package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/logging"
)

func prepare(t *testing.T, o DemoOptions) (Demo, error) {
	t.Helper()
	o.Now, o.Log = today, logging.Discard()
	return PrepareDemo(t.Context(), o)
}

func TestDemoIsMadeOnceAndFoundAfterwards(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	made, err := prepare(t, DemoOptions{Dir: dir, Rows: 100})
	if err != nil || made.Found || len(made.Files) == 0 {
		t.Fatalf("made %+v, %v", made, err)
	}
	for _, f := range made.Files {
		if _, err := os.Stat(made.Path(f)); err != nil {
			t.Error(err)
		}
	}
	if _, err := config.Load(made.Config(), nil); err != nil {
		t.Error(err)
	}
	found, err := prepare(t, DemoOptions{Dir: dir})
	if err != nil || !found.Found || found.Rows != 100 || !found.Made.Equal(today) || len(found.Files) != len(made.Files) {
		t.Errorf("found %+v, %v", found, err)
	}
	if _, err := prepare(t, DemoOptions{Dir: dir, Rows: 200}); problem.KindOf(err) != problem.Conflict || !strings.Contains(err.Error(), "--fresh") {
		t.Errorf("another size: %v", err)
	}
}

// TestDemoLeftHalfMade makes what an interrupted run would have made.
func TestDemoLeftHalfMade(t *testing.T) {
	dir := t.TempDir()
	whole, err := prepare(t, DemoOptions{Dir: filepath.Join(dir, "whole"), Rows: 100})
	if err != nil {
		t.Fatal(err)
	}
	half := Demo{Dir: filepath.Join(dir, "half"), Rows: 100, Made: today}
	if err := errors.Join(os.Mkdir(half.Dir, 0o700), half.mark()); err != nil {
		t.Fatal(err)
	}
	again, err := prepare(t, DemoOptions{Dir: half.Dir})
	if err != nil || !again.Found || len(again.Files) != len(whole.Files) {
		t.Fatalf("%+v, %v", again, err)
	}
	for i, f := range whole.Files {
		want, err := os.ReadFile(whole.Path(f))
		got, err2 := os.ReadFile(again.Path(again.Files[i]))
		if err := errors.Join(err, err2); err != nil || string(got) != string(want) {
			t.Errorf("%s differs: %v", f.Path, err)
		}
	}
}

func TestDemoClearsOnlyItsOwn(t *testing.T) {
	dir := t.TempDir()
	precious := filepath.Join(dir, "state.db")
	if err := os.WriteFile(precious, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, fresh := range []bool{false, true} {
		if _, err := prepare(t, DemoOptions{Dir: dir, Fresh: fresh}); problem.KindOf(err) != problem.Conflict {
			t.Errorf("fresh %v: %v", fresh, err)
		}
	}
	if _, err := os.Stat(precious); err != nil {
		t.Error(err)
	}
}

// TestDemoIsNotClearedUnderSomebody: a process that works there is waited for.
func TestDemoIsNotClearedUnderSomebody(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	if _, err := prepare(t, DemoOptions{Dir: dir, Rows: 10}); err != nil {
		t.Fatal(err)
	}
	l, err := takeLock(t.Context(), filepath.Join(dir, "lock"), logging.Discard(), false)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err = PrepareDemo(ctx, DemoOptions{Dir: dir, Rows: 20, Fresh: true, Now: today, Log: logging.Discard()})
	if problem.KindOf(err) != problem.Unavailable {
		t.Errorf("beside another process: %v", err)
	}
	if err := l.release(); err != nil {
		t.Fatal(err)
	}
	if d, err := prepare(t, DemoOptions{Dir: dir, Rows: 20, Fresh: true}); err != nil || d.Rows != 20 || d.Found {
		t.Errorf("alone: %+v, %v", d, err)
	}
}

func TestCount(t *testing.T) {
	h := newHouse(t)
	h.fill("192.0.2.1\n192.0.2.2\n198.51.100.1\n")
	a, _ := h.open()
	got, err := a.Desk.Count(t.Context(), tester, desk.EventQuery{By: []string{"organisation", "classification.type"}})
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	if got[0].Count != 2 || got[0].Values[0] != "City Hospital" || got[0].Values[1] != "scanner" || got[1].Count != 1 || got[1].Values[0] != "" {
		t.Errorf("%+v", got)
	}
	if _, err := a.Desk.Count(t.Context(), tester, desk.EventQuery{By: []string{"nothing-such"}}); problem.KindOf(err) != problem.Invalid {
		t.Errorf("unknown field: %v", err)
	}
}

// drop watches a folder once and gives what became of the files.
func drop(t *testing.T, a *App, d Drop) (taken map[string]error, err error) {
	t.Helper()
	taken = map[string]error{}
	d.Once, d.Done = true, func(name string, _ feed.Result, err error) { taken[filepath.Base(name)] = err }
	err = a.Watch(t.Context(), tester, d)
	return taken, err
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
}

func TestDropFolder(t *testing.T) {
	h := newHouse(t)
	a, _ := h.open()
	dir := t.TempDir()
	put(t, filepath.Join(dir, "one.txt"), "192.0.2.1\n")
	put(t, filepath.Join(dir, "half.txt.part"), "192.0.2.2\n")
	put(t, filepath.Join(dir, ".two.txt"), "192.0.2.2\n")
	put(t, filepath.Join(dir, "sub", "three.txt"), "192.0.2.3\n")
	if err := os.Symlink(filepath.Join(dir, "one.txt"), filepath.Join(dir, "link.txt")); err != nil {
		t.Fatal(err)
	}
	taken, err := drop(t, a, Drop{Feed: "desk", Dir: dir})
	if err != nil || len(taken) != 1 || taken["one.txt"] != nil {
		t.Errorf("taken %v, %v", taken, err)
	}
	put(t, filepath.Join(dir, "one.txt"), "192.0.2.9\n")
	if _, err := drop(t, a, Drop{Feed: "desk", Dir: dir}); err != nil {
		t.Fatal(err)
	}
	if list, err := filepath.Glob(filepath.Join(dir, "done", "*one.txt")); err != nil || len(list) != 2 {
		t.Errorf("a second file of the same name must stand beside the first: %v, %v", list, err)
	}
}

func TestDropFolderOfFeeds(t *testing.T) {
	h := newHouse(t)
	a, _ := h.open()
	dir := t.TempDir()
	if _, err := drop(t, a, Drop{Dir: dir}); problem.KindOf(err) != problem.Invalid {
		t.Errorf("no folder is named for a feed: %v", err)
	}
	put(t, filepath.Join(dir, "desk", "one.txt"), "192.0.2.1\n")
	put(t, filepath.Join(dir, "nothing", "two.txt"), "192.0.2.2\n")
	put(t, filepath.Join(dir, "stray.txt"), "192.0.2.3\n")
	taken, err := drop(t, a, Drop{Dir: dir})
	if err != nil || len(taken) != 1 {
		t.Errorf("taken %v, %v", taken, err)
	}
	if _, err := drop(t, a, Drop{Dir: filepath.Join(dir, "missing")}); problem.KindOf(err) != problem.Unavailable {
		t.Errorf("missing folder: %v", err)
	}
}
