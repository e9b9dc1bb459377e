package app

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/logging"
)

const dropped = "timestamp,ip,port,protocol,hostname,tag,asn,geo,region,city,naics,sic,banner\n" +
	"2026-11-21 03:04:05,11.0.0.1,23,tcp,h.example,telnet,64500,FI,,,0,0,\"NUMBER\"\n"

// names lists a folder without its folders.
func names(t *testing.T, dir string) (out []string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if !e.IsDir() {
			out = append(out, e.Name())
		}
	}
	return out
}

func openForDrops(t *testing.T) (*App, string) {
	t.Helper()
	c := config.Default()
	c.Data.Dir = filepath.Join(t.TempDir(), "data")
	seed(t, c)
	a, err := New(context.Background(), Options{Config: c, Clock: clock.Real{}, Log: logging.Discard(), Write: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Stop(context.Background()) })
	return a, t.TempDir()
}

// Names and kinds of files come from whoever may put them there.
func TestHostileDrops(t *testing.T) {
	a, dir := openForDrops(t)
	hostile := []string{
		"scan_telnet a\nb.csv", "scan_telnet-\u202egpj.csv", "scan_telnet-\xff.csv", "scan_telnet-" + strings.Repeat("x", 239) + ".csv", "scan_telnet;$(id).csv",
		"..scan_telnet.csv",
	}
	for i, name := range hostile {
		text := strings.ReplaceAll(dropped, "NUMBER", string(rune('a'+i)))
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	outside := filepath.Join(t.TempDir(), "secret")
	_ = os.WriteFile(outside, []byte(dropped), 0o600)
	_ = os.Symlink(outside, filepath.Join(dir, "link.csv"))
	_ = syscall.Mkfifo(filepath.Join(dir, "pipe.csv"), 0o600)
	var got []string
	err := a.Watch(context.Background(), identity.System("test"), Drop{
		Feed: "shadowserver", Dir: dir, Once: true, Accept: true,
		Done: func(name string, res feed.Result, err error) {
			if err != nil || len(res.Intakes) != 1 {
				t.Errorf("%q: %+v, %v", name, res, err)
			}
			got = append(got, filepath.Base(name))
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(hostile)-1 { // one that begins with a dot is not whole yet
		t.Errorf("taken %q", got)
	}
	if left := names(t, dir); !slices.Equal(left, []string{"..scan_telnet.csv", "link.csv", "pipe.csv"}) {
		t.Errorf("left %q", left)
	}
	if n := len(names(t, filepath.Join(dir, dropDone))); n != len(hostile)-1 {
		t.Errorf("%d are done", n)
	}
	list, err := a.Feeds.List(context.Background(), identity.System("test"), "", 100)
	if err != nil || len(list) != len(hostile)-1 || list[0].Door != "drop" || list[0].State != feed.Accepted {
		t.Errorf("%+v, %v", list, err)
	}
	counts, err := a.Jobs.Counts(context.Background())
	if err != nil || counts["waiting"] != len(hostile)-1 {
		t.Errorf("jobs %v, %v", counts, err)
	}
}

func TestDropFolderThatLeadsElsewhere(t *testing.T) {
	a, dir := openForDrops(t)
	elsewhere := t.TempDir()
	_ = os.Symlink(elsewhere, filepath.Join(dir, dropDone))
	err := a.Watch(context.Background(), identity.System("test"), Drop{Feed: "shadowserver", Dir: dir, Once: true, Accept: true})
	if !problem.Is(err, problem.Unavailable) {
		t.Errorf("got %v", err)
	}
}

func TestOpenRegular(t *testing.T) {
	dir := t.TempDir()
	file, link, pipe := filepath.Join(dir, "file"), filepath.Join(dir, "link"), filepath.Join(dir, "pipe")
	_ = os.WriteFile(file, nil, 0o600)
	_ = os.Symlink(file, link)
	_ = syscall.Mkfifo(pipe, 0o600)
	for path, want := range map[string]bool{file: true, link: false, pipe: false, dir: false, filepath.Join(dir, "none"): false} {
		f, err := openRegular(path)
		if (err == nil) != want {
			t.Errorf("%s: %v", path, err)
		}
		if f != nil {
			_ = f.Close()
		}
	}
}

func TestMoveAsideWithLongNames(t *testing.T) {
	dir, done := t.TempDir(), t.TempDir()
	name := strings.Repeat("x", 255)
	for i := range 2 {
		if err := os.WriteFile(filepath.Join(dir, name), []byte{byte(i)}, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := moveAside(filepath.Join(dir, name), done, name, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if got := names(t, done); len(got) != 2 {
		t.Errorf("kept %q", got)
	}
}

func TestUnsettled(t *testing.T) {
	now := time.Now()
	a := &App{Options: Options{Clock: clock.At(now)}}
	for age, want := range map[time.Duration]bool{time.Second: true, 3 * time.Second: false, -time.Second: true, -time.Hour: false} {
		if got := a.unsettled(now.Add(-age)); got != want {
			t.Errorf("%v old: %v", age, got)
		}
	}
}
