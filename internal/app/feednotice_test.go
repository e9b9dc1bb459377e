package app

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/logging"
)

// The team hears of a late feed once, by mail through the outbox, and once more when it is well.
func TestTeamHearsOfItsFeeds(t *testing.T) {
	dir := t.TempDir()
	c := config.Default()
	c.Data.Dir, c.Team.Email, c.Mail.Maildir = filepath.Join(dir, "data"), "team@csirt.example", filepath.Join(dir, "mail")
	c.Feeds = map[string]config.Feed{"shadowserver": config.DefaultFeed()}
	now := clock.At(time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC))
	ctx, actor := context.Background(), identity.System("test")
	seed(t, c)
	a, err := New(ctx, Options{Config: c, Clock: now, Log: logging.Discard(), Write: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Stop(ctx) }()
	take := func(number string) {
		t.Helper()
		text := strings.ReplaceAll(dropped, "NUMBER", number)
		if _, err := a.Feeds.Ingest(ctx, actor, feed.Source{Feed: "shadowserver", Name: "scan_telnet.csv", Reader: strings.NewReader(text)}); err != nil {
			t.Fatal(err)
		}
	}
	mails := func(d time.Duration) int {
		t.Helper()
		now.Advance(d)
		if err := a.tellHealth(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Deliver(ctx, actor, func(delivery.Tally) {}); err != nil {
			t.Fatal(err)
		}
		list, _ := filepath.Glob(filepath.Join(c.Mail.Maildir, "new", "*"))
		return len(list)
	}
	take("1")
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{time.Hour, 0}, {48 * time.Hour, 0}, {20 * time.Minute, 1}, {10 * time.Hour, 1}} {
		if got := mails(step.after); got != step.want {
			t.Fatalf("%v later there are %d messages, want %d", step.after, got, step.want)
		}
	}
	take("2")
	if mails(time.Minute); mails(time.Hour) != 2 {
		t.Error("nobody heard that it is well again")
	}
	list, _ := filepath.Glob(filepath.Join(c.Mail.Maildir, "new", "*"))
	text, err := os.ReadFile(list[0])
	if err != nil || !strings.Contains(string(text), "team@csirt.example") || !strings.Contains(string(text), "shadowserver") {
		t.Errorf("%s, %v", text, err)
	}
}

func TestNoMailNoNotice(t *testing.T) {
	a := &App{}
	if err := a.tellHealth(context.Background()); err != nil {
		t.Error(err)
	}
}
