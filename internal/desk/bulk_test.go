package desk_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/event/finding/findingtest"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// working runs a queue until the test ends.
func working(t *testing.T, db *sqldb.DB, kinds ...jobs.Kind) *jobs.Queue {
	t.Helper()
	q := jobs.New(jobs.Options{DB: db, Clock: clock.Real{}, Log: slog.New(slog.DiscardHandler), Holder: "test", Alone: true})
	for _, k := range kinds {
		q.Handle(k)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- q.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	return q
}

// until waits for something that a job brings about.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if so() {
			return
		}
	}
	t.Fatalf("%s: not within two minutes", what)
}

func TestFewFindingsAreMovedAtOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		o := newOffice(t, db)
		b := &desk.Bulk{Desk: o.Desk}
		done, err := b.MoveAll(t.Context(), team, "state:open ip:11.0.0.0/26", finding.Request{To: finding.Acknowledged})
		if err != nil || done.Job != "" || done.Moved.Moved != 64 {
			t.Fatalf("%+v, %v", done, err)
		}
		for name, ask := range map[string]struct {
			text string
			m    finding.Request
			kind problem.Kind
		}{
			"nothing fits":    {"state:muted", finding.Request{To: finding.Acknowledged}, problem.NotFound},
			"no query":        {"nme:x", finding.Request{To: finding.Acknowledged}, problem.Invalid},
			"without reason":  {"state:open", finding.Request{To: finding.Fixed}, problem.Invalid},
			"no move at all":  {"state:open", finding.Request{To: "elsewhere"}, problem.Invalid},
			"no end of muted": {"state:open", finding.Request{To: finding.Muted, Reason: "x"}, problem.Invalid},
		} {
			if _, err := b.MoveAll(t.Context(), team, ask.text, ask.m); !problem.Is(err, ask.kind) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := b.MoveAll(t.Context(), identity.Actor{}, "", finding.Request{}); !problem.Is(err, problem.Forbidden) {
			t.Errorf("nobody: %v", err)
		}
	})
}

func TestManyFindingsAreMovedByAJob(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		o := newOffice(t, db)
		findingtest.Fill(t, db, findingtest.Range{From: 70, To: 5000, Seen: noon})
		b := &desk.Bulk{Desk: o.Desk}
		b.Queue = working(t, db, jobs.Kind{Name: desk.KindMove, Do: b.Do})
		done, err := b.MoveAll(t.Context(), team, "state:open", finding.Request{To: finding.Acknowledged})
		if err != nil || done.Job == "" || done.Meant != 5000 {
			t.Fatalf("%+v, %v", done, err)
		}
		until(t, "moving", func() bool {
			m, err := b.Moving(t.Context(), team, done.Job)
			return err == nil && m.State == jobs.Done
		})
		counts, err := o.CountFindings(t.Context(), team, "state:acknowledged", nil)
		if err != nil || counts[0].Findings != 5000 {
			t.Errorf("%+v, %v", counts, err)
		}
		if _, err := b.MoveAll(t.Context(), team, "state:acknowledged", finding.Request{To: finding.Fixed}); !problem.Is(err, problem.Invalid) {
			t.Errorf("many without a reason: %v", err)
		}
	})
}

// TestLargeFileIsReadByAJob previews and applies a file that nobody waits for.
func TestLargeFileIsReadByAJob(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		reg := constituency.New(db, constituency.Options{})
		m := &desk.Imports{DB: db, Clock: clock.Real{}, FS: disk.OS{}, Dir: t.TempDir(), Register: reg}
		m.Queue = working(t, db, jobs.Kind{Name: desk.KindPreview, Do: m.Do}, jobs.Kind{Name: desk.KindApply, Do: m.Do})
		text := "organisation,contact\n" + strings.Repeat("City Hospital,soc@hospital.example\n", 40_000) + "Other,\n"
		u, err := m.Put(t.Context(), team, "large.csv", "", strings.NewReader(text))
		if err != nil || u.State != desk.Reading {
			t.Fatalf("%+v, %v", u, err)
		}
		state := func(want desk.UploadState) func() bool {
			return func() bool {
				u, err = m.Get(t.Context(), team, u.ID)
				return err == nil && u.State == want
			}
		}
		until(t, "the preview", state(desk.Ready))
		if u.Tally.All != 3 || u.Report.Rows != 40_001 {
			t.Errorf("%+v", u.Tally)
		}
		if _, err := m.Apply(t.Context(), team, u.ID); err != nil {
			t.Fatal(err)
		}
		until(t, "applying", state(desk.Applied))
		if organisations, _, _, err := reg.Size(t.Context(), team); err != nil || organisations != 2 {
			t.Errorf("%d organisations, %v", organisations, err)
		}
	})
}

func TestUploadsAreForgotten(t *testing.T) {
	db := sqldbtest.Open(t, sqldb.SQLite)
	now := clock.At(noon)
	dir := t.TempDir()
	m := &desk.Imports{DB: db, Clock: now, FS: disk.OS{}, Dir: dir, Register: constituency.New(db, constituency.Options{Clock: now}), Queue: jobs.New(jobs.Options{DB: db, Clock: now})}
	u, err := m.Put(t.Context(), team, "a.csv", "", strings.NewReader("organisation\nMill\n"))
	if err != nil || u.State != desk.Ready {
		t.Fatalf("%+v, %v", u, err)
	}
	now.Set(noon.Add(25 * time.Hour))
	if _, err := m.Get(t.Context(), team, u.ID); !problem.Is(err, problem.NotFound) {
		t.Errorf("after a day: %v", err)
	}
	now.Set(noon.Add(50 * time.Hour))
	if _, err := m.Put(t.Context(), team, "b.csv", "", strings.NewReader("organisation\nMill\n")); err != nil {
		t.Fatal(err)
	}
	list, err := disk.OS{}.ReadDir(dir)
	if err != nil || len(list) != 2 {
		t.Errorf("%d files, %v", len(list), err)
	}
	for _, name := range []string{"", "..", "../../keys", strings.Repeat("a", 26)} {
		if _, err := m.Get(t.Context(), team, name); !problem.Is(err, problem.NotFound) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := m.Put(t.Context(), identity.Actor{}, "c.csv", "", strings.NewReader("")); !problem.Is(err, problem.Forbidden) {
		t.Errorf("nobody: %v", err)
	}
}
