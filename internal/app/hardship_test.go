package app

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

var pusher = identity.Actor{ID: "os:1", Name: "test", Kind: identity.OSUserKind, Via: "cli"}

// served is a server with a feed that is pushed to.
type servedFeed struct {
	*testing.T
	app        *App
	url, token string
	pushed     int
}

func serveFeed(t *testing.T, o Options, change func(*config.Config)) *servedFeed {
	t.Helper()
	a, url, _ := servingWith(t, o, func(c *config.Config) {
		terms := config.DefaultFeed()
		c.Feeds = map[string]config.Feed{"list": terms}
		if change != nil {
			change(c)
		}
	})
	text, _, err := a.Tokens.New(t.Context(), pusher, "", "list")
	if err != nil {
		t.Fatal(err)
	}
	return &servedFeed{T: t, app: a, url: url, token: text}
}

// push sends an input of one row, other than all before, and gives the status.
func (s *servedFeed) push() int {
	s.Helper()
	s.pushed++
	body := strings.NewReader(fmt.Sprintf("11.0.0.%d\n", s.pushed))
	req, err := http.NewRequestWithContext(s.Context(), http.MethodPost, s.url+"/api/v1/feeds/list/push?name=list.txt", body)
	if err != nil {
		s.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}

// visible waits until so many inputs are done.
func (s *servedFeed) visible(want int) {
	s.Helper()
	s.soon(fmt.Sprintf("%d inputs are visible", want), func() bool {
		list, err := s.app.Feeds.List(s.Context(), pusher, "list", 100)
		if err != nil {
			s.Fatal(err)
		}
		done := 0
		for _, in := range list {
			if in.State == feed.Done && in.Counts.Events == 1 {
				done++
			}
		}
		return done == want
	})
}

func (s *servedFeed) soon(what string, is func() bool) {
	s.Helper()
	for end := time.Now().Add(2 * time.Minute); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			s.Fatalf("waited in vain until %s", what)
		}
	}
}

// well expects a server that is ready, and none of whose loops fails.
func (s *servedFeed) well() {
	s.Helper()
	if status, text := get(s.T, http.DefaultClient, s.url+"/readyz"); status != 200 || text != "ready\n" {
		s.Errorf("it is not well: %d %s", status, text)
	}
	for _, l := range s.app.Loops() {
		if l.Failures > 0 {
			s.Errorf("%s: %s", l.Name, l.LastError)
		}
	}
}

// roomy is a disk with as much room as a test says.
type roomy struct {
	disk.OS
	free *atomic.Uint64
}

func (r roomy) Free(string) (uint64, error) { return r.free.Load(), nil }

// When the disk is full, that is said where people and probes look, what is pushed is refused and what is dropped stays; with room again all
// goes on by itself.
func TestServeOnFullDisk(t *testing.T) {
	drop := t.TempDir()
	fs := roomy{free: &atomic.Uint64{}}
	fs.free.Store(1 << 40)
	s := serveFeed(t, Options{FS: fs}, func(c *config.Config) {
		terms := c.Feeds["list"]
		terms.Drop = drop
		c.Feeds["list"] = terms
	})
	if status := s.push(); status != http.StatusAccepted {
		t.Fatalf("with room: %d", status)
	}
	s.visible(1)
	fs.free.Store(1 << 20)
	if status := s.push(); status != http.StatusInsufficientStorage {
		t.Errorf("without room: %d", status)
	}
	file := filepath.Join(drop, "dropped.txt")
	if err := os.WriteFile(file, []byte("11.0.1.1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(file, time.Time{}, time.Now().Add(-time.Minute)); err != nil {
		t.Fatal(err)
	}
	if status, text := get(t, http.DefaultClient, s.url+"/readyz"); status != 200 || !strings.Contains(text, "the disk is full") {
		t.Errorf("/readyz: %d %s", status, text)
	}
	if list, err := s.app.diskHealth(t.Context(), pusher); err != nil || len(list) != 1 || list[0].Level != desk.Broken {
		t.Errorf("the overview is told %+v, %v", list, err)
	}
	time.Sleep(1500 * time.Millisecond) // the drop folder is looked at meanwhile
	if !regularFile(file) {
		t.Error("the dropped file did not stay")
	}
	fs.free.Store(1 << 40)
	if status := s.push(); status != http.StatusAccepted {
		t.Errorf("with room again: %d", status)
	}
	s.visible(3)
	s.soon("the dropped file is taken", func() bool { return !regularFile(file) })
	s.well()
}

// The machine's clock jumps a day ahead and comes back to an hour before: what comes meanwhile becomes visible, daily work is posted once, and
// no loop fails.
func TestServeWhileClockJumps(t *testing.T) {
	c := clock.At(time.Now())
	s := serveFeed(t, Options{Clock: c}, nil)
	for i, jump := range []time.Duration{0, 24 * time.Hour, -25 * time.Hour, time.Hour} {
		c.Advance(jump)
		if status := s.push(); status != http.StatusAccepted {
			t.Fatalf("after a jump of %v: %d", jump, status)
		}
		s.visible(i + 1)
		s.well()
	}
	waiting := 0
	s.soon("daily work is posted once", func() bool {
		err := s.app.DB.Read(context.Background(), func(tx *sqldb.Tx) error {
			return tx.QueryRow(`SELECT count(*) FROM job WHERE kind = $1 AND state IN ('waiting', 'running')`, tellDaily).Scan(&waiting)
		})
		if err != nil {
			t.Fatal(err)
		}
		return waiting == 1
	})
}
