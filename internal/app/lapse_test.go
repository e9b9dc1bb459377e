package app

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/logging"
)

// The team hears 30 and 7 days before an agreement or an account runs out, once each, and again of a new end.
func TestTeamHearsOfWhatLapses(t *testing.T) {
	dir := t.TempDir()
	c := config.Default()
	c.Data.Dir, c.Team.Email, c.Mail.Maildir = filepath.Join(dir, "data"), "team@csirt.example", filepath.Join(dir, "mail")
	now := clock.At(time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC))
	ctx, root := context.Background(), identity.Actor{ID: "os:1", Name: "root", Kind: identity.OSUserKind, Via: "cli"}
	seed(t, c)
	a, err := New(ctx, Options{Config: c, Clock: now, Log: logging.Discard(), Write: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Stop(ctx) }()
	who, _, err := a.Accounts.Add(ctx, root, account.Draft{Login: "ada", Roles: []identity.Role{identity.IncidentHandler}, Expires: now.Now().Add(60 * day)})
	if err != nil {
		t.Fatal(err)
	}
	if who, err = a.Accounts.Enable(ctx, root, who.ID, "is here"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Accounts.Sign(ctx, root, account.Agreement{Account: who.ID, Kind: account.NDA, Expires: now.Now().Add(40 * day)}); err != nil {
		t.Fatal(err)
	}
	told := func() (tasks, mails int) {
		t.Helper()
		for range 2 { // the second round tells nothing more
			if err := a.remindOfLapses(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := a.Deliver(ctx, root, func(delivery.Tally) {}); err != nil {
			t.Fatal(err)
		}
		list, err := a.Queue.List(ctx, root, true, 0)
		if err != nil {
			t.Fatal(err)
		}
		files, _ := filepath.Glob(filepath.Join(c.Mail.Maildir, "new", "*"))
		return len(list), len(files)
	}
	for i, step := range []struct {
		after       time.Duration
		tasks, mail int
	}{
		{0, 0, 0}, {9 * day, 0, 0}, {day, 1, 1} /* 30 days before the agreement's end */, {20 * day, 2, 2} /* the account's */, {3 * day, 3, 3} /* 7 days */, {20 * day, 4, 4},
	} {
		now.Advance(step.after)
		if tasks, mails := told(); tasks != step.tasks || mails != step.mail {
			t.Errorf("%d: %d tasks and %d mails, want %d and %d", i, tasks, mails, step.tasks, step.mail)
		}
	}
	if _, err := a.Accounts.SetExpiry(ctx, root, who.ID, who.Version, now.Now().Add(20*day)); err != nil {
		t.Fatal(err)
	}
	if tasks, mails := told(); tasks != 5 || mails != 5 {
		t.Errorf("another end: %d tasks and %d mails", tasks, mails)
	}
}
