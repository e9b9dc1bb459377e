package app

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/obligation"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/logging"
)

// A clock that struck while nobody was there is escalated by the next start, once: into the queue and by mail.
func TestOverdueIsToldAfterARestartOnce(t *testing.T) {
	dir := t.TempDir()
	c := config.Default()
	c.Data.Dir, c.Team.Email, c.Mail.Maildir = filepath.Join(dir, "data"), "team@csirt.example", filepath.Join(dir, "mail")
	now := clock.At(time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC))
	ctx, root := context.Background(), identity.Actor{ID: "os:1", Name: "root", Kind: identity.OSUserKind, Via: "cli"}
	start := func() *App {
		t.Helper()
		seed(t, c)
		a, err := New(ctx, Options{Config: c, Clock: now, Log: logging.Discard(), Write: true})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := start()
	for _, restricted := range []bool{false, true} {
		i, err := a.Incidents.OpenIncident(ctx, root, incident.Opening{Title: "Planted title", Restricted: restricted})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Clocks.Decide(ctx, root, i.ID, obligation.Decision{Duty: "service", Applies: true, Reason: "Ours."}); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	now.Advance(5 * time.Hour) // triage is overdue; to open an incident by hand is to acknowledge it
	a = start()
	defer func() { _ = a.Stop(ctx) }()
	for range 3 {
		if err := a.remindOfClocks(ctx); err != nil {
			t.Fatal(err)
		}
		tasks, err := a.Queue.List(ctx, root, true, 0)
		if err != nil || len(tasks) != 1 || tasks[0].Count != 1 {
			t.Fatalf("%+v, %v", tasks, err)
		}
		for _, one := range tasks {
			if one.Kind != "clock-overdue" || strings.Contains(one.Title+one.Detail, "Planted") {
				t.Errorf("%+v", one)
			}
		}
		list, err := a.Delivery.List(ctx, root, delivery.Query{})
		if err != nil || len(list.Items) != 1 {
			t.Errorf("%d mails, %v", len(list.Items), err)
		}
		now.Advance(time.Minute)
	}
}

// The words of a notice tell numbers and times, and nothing of what happened.
func TestClockNotice(t *testing.T) {
	due := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	n := obligation.Notice{Ref: "I-1", Law: "NIS2", Stage: "Early\nwarning", Due: due, Now: due.Add(-25*time.Hour - 10*time.Minute)}
	subject, text := clockNotice(n, "https://x/incidents/I-1/clocks", time.UTC)
	if subject != "Due in 1 d 1 h: NIS2, Early warning, incident I-1" || !strings.Contains(text, "is due at 2026-11-20 12:00 UTC") {
		t.Errorf("%q %q", subject, text)
	}
	n.Overdue, n.Now = true, due.Add(time.Second)
	if subject, text = clockNotice(n, "u", time.UTC); subject != "Overdue: NIS2, Early warning, incident I-1" || !strings.Contains(text, "told once") {
		t.Errorf("%q %q", subject, text)
	}
	if got := span(20 * time.Second); got != "less than a minute" {
		t.Error(got)
	}
}
