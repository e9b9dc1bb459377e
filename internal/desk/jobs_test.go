package desk

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// jobDesk gives a desk on an empty queue, and a job that waits.
func jobDesk(t *testing.T, db *sqldb.DB) (*Jobs, string) {
	now := clock.At(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
	d := &Jobs{DB: db, Clock: now, Queue: jobs.New(jobs.Options{DB: db, Clock: now, Log: slog.New(slog.DiscardHandler), Holder: "test"})}
	var name string
	err := db.Write(t.Context(), func(tx *sqldb.Tx) (err error) {
		name, err = jobs.Enqueue(tx, now.Now(), jobs.Post{Kind: "test", Due: now.Now().Add(time.Hour)})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return d, name
}

func TestJobsAreForThoseWhoMay(t *testing.T) {
	d, name := jobDesk(t, sqldbtest.Open(t, sqldb.SQLite))
	ctx, nobody := context.Background(), identity.Actor{}
	for what, do := range map[string]func() error{
		"list":    func() error { _, err := d.List(ctx, nobody, jobs.Filter{}); return err },
		"get":     func() error { _, err := d.Get(ctx, nobody, name); return err },
		"counts":  func() error { _, err := d.Counts(ctx, nobody); return err },
		"retry":   func() error { return d.Retry(ctx, nobody, name) },
		"discard": func() error { return d.Discard(ctx, nobody, name, "test") },
		"forget":  func() error { _, err := d.Forget(ctx, nobody, 0); return err },
	} {
		if err := do(); !problem.Is(err, problem.Forbidden) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// What somebody may not know of is a job like others, about nothing.
func TestJobsTellNothingHidden(t *testing.T) {
	d, _ := jobDesk(t, sqldbtest.Open(t, sqldb.SQLite))
	ctx, actor := t.Context(), identity.System("test")
	var name string
	err := d.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		name, err = jobs.Enqueue(tx, d.Clock.Now(), jobs.Post{Kind: "test", Subject: "secret", Body: "secret"})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for hidden, want := range map[bool]string{false: "secret", true: ""} {
		d.Unknown = func(context.Context, identity.Actor, []string) (map[string]bool, error) {
			return map[string]bool{"secret": hidden}, nil
		}
		one, err := d.Get(ctx, actor, name)
		list, err2 := d.List(ctx, actor, jobs.Filter{})
		if err != nil || err2 != nil || one.Subject != want || len(list.Items) != 2 {
			t.Fatalf("%+v, %+v: %v, %v", one, list, err, err2)
		}
		for _, j := range list.Items {
			if j.ID == name && (j.Subject != want || (len(j.Body) == 0) != hidden) {
				t.Errorf("hidden %v: %+v", hidden, j)
			}
		}
	}
	d.Unknown = func(context.Context, identity.Actor, []string) (map[string]bool, error) {
		return nil, problem.New(problem.Unavailable, "down")
	}
	if _, err := d.List(ctx, actor, jobs.Filter{}); !problem.Is(err, problem.Unavailable) {
		t.Errorf("nobody knows what is hidden: %v", err)
	}
}

func TestJobsAreRetriedAndDiscardedOnRecord(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		d, name := jobDesk(t, db)
		ctx, actor := t.Context(), identity.System("test")
		if err := d.Retry(ctx, actor, name); err != nil {
			t.Fatal(err)
		}
		if j, err := d.Get(ctx, actor, name); err != nil || j.Due.After(d.Clock.Now()) {
			t.Errorf("%+v, %v", j, err)
		}
		for _, reason := range []string{" ", strings.Repeat("x", maxJobReason+1)} {
			if err := d.Discard(ctx, actor, name, reason); !problem.Is(err, problem.Invalid) {
				t.Errorf("%.9q: %v", reason, err)
			}
		}
		if err := d.Discard(ctx, actor, name, "no use"); err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{d.Retry(ctx, actor, name), d.Discard(ctx, actor, name, "no use")} {
			if !problem.Is(err, problem.NotFound) {
				t.Errorf("got %v", err)
			}
		}
		list, err := audit.New(db, d.Clock).List(ctx, audit.Query{})
		if err != nil || len(list.Items) != 2 {
			t.Fatalf("%+v, %v", list, err)
		}
		for _, line := range list.Items {
			if line.Object != name || len(line.Before) == 0 || line.Operation == string(OpJobsDiscard) && line.Reason != "no use" {
				t.Errorf("%+v", line)
			}
		}
	})
}

func TestJobsAreSeen(t *testing.T) {
	d, name := jobDesk(t, sqldbtest.Open(t, sqldb.SQLite))
	ctx, actor := t.Context(), identity.System("test")
	list, err := d.List(ctx, actor, jobs.Filter{State: jobs.Waiting})
	if err != nil || len(list.Items) != 1 || list.Items[0].ID != name {
		t.Errorf("%+v, %v", list, err)
	}
	if n, err := d.Counts(ctx, actor); err != nil || n[jobs.Waiting] != 1 {
		t.Errorf("%v, %v", n, err)
	}
	if n, err := d.Forget(ctx, actor, time.Hour); err != nil || n != 0 {
		t.Errorf("%d, %v", n, err)
	}
}
