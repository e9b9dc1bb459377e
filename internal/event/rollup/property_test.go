package rollup_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/event/keep"
	"github.com/firehall/firehall/internal/event/rollup"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/disk/faulty"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

var (
	noon   = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	tester = identity.System("test")
	ctx    = context.Background()
)

// station is an installation in which things happen to events.
type station struct {
	*rapid.T
	*app.App
	conf  config.Config
	now   *clock.Fixed
	taken int
}

func (s *station) open(fsys disk.FS) {
	a, err := app.New(ctx, app.Options{Config: s.conf, Clock: s.now, FS: fsys, Log: slog.New(slog.DiscardHandler), Write: true})
	if err != nil {
		s.Fatal(err)
	}
	s.App = a
}

func (s *station) close() {
	if err := s.Stop(ctx); err != nil {
		s.Fatal(err)
	}
}

// lines draws rows of a file: some without a time, some unreadable, some as before.
func (s *station) lines() string {
	var b strings.Builder
	for range rapid.IntRange(1, 12).Draw(s.T, "rows") {
		if rapid.IntRange(0, 15).Draw(s.T, "bad") == 0 {
			b.WriteString("not JSON\n")
			continue
		}
		at := ""
		if back := rapid.IntRange(-1, 80).Draw(s.T, "hours ago"); back >= 0 {
			at = fmt.Sprintf(`,"time.source":%q`, s.now.Now().Add(-time.Duration(back*37)*time.Minute).Format(time.RFC3339))
		}
		class := rapid.SampledFrom([]string{"infected-system", "scanner", "spam"}).Draw(s.T, "class")
		fmt.Fprintf(&b, `{"source.ip":"198.51.100.%d","classification.type":%q,"feed.report":%q%s}`+"\n", rapid.IntRange(1, 9).Draw(s.T, "ip"),
			class, rapid.SampledFrom([]string{"r1", "r2"}).Draw(s.T, "report"), at)
	}
	return b.String()
}

func (s *station) take(text string) (feed.Result, error) {
	s.taken++
	return s.Feeds.Ingest(ctx, tester, feed.Source{
		Feed: rapid.SampledFrom([]string{"intelmq", "other"}).Draw(s.T, "feed"), Name: fmt.Sprintf("f%d.jsonl", s.taken), Reader: strings.NewReader(text),
	})
}

// die takes a file in and dies at some operation on the disk; then the installation is opened again.
func (s *station) die(*rapid.T) {
	s.close()
	fsys := faulty.New()
	s.open(fsys)
	outcome := rapid.SampledFrom([]faulty.Outcome{faulty.Kill, faulty.PowerCut}).Draw(s.T, "outcome")
	fsys.CrashAt(fsys.Operations()+rapid.IntRange(1, 25).Draw(s.T, "at"), outcome)
	_, _ = s.take(s.lines())
	_ = s.Stop(ctx)
	s.open(disk.OS{})
	if _, err := s.Feeds.Resume(ctx, tester); err != nil {
		s.Fatal(err)
	}
}

func (s *station) erase(*rapid.T) {
	query := fmt.Sprintf("ip:198.51.100.%d", rapid.IntRange(1, 9).Draw(s.T, "forgotten"))
	if _, err := s.Erase(ctx, tester, query, keep.Erasure{Reason: "test"}); err != nil {
		s.Fatal(err)
	}
}

// actions are what may happen.
func (s *station) actions() map[string]func(*rapid.T) {
	must := func(_ any, err error) {
		if err != nil {
			s.Fatal(err)
		}
	}
	return map[string]func(*rapid.T){
		"take":  func(*rapid.T) { must(s.take(s.lines())) },
		"again": func(*rapid.T) { text := s.lines(); must(s.take(text)); must(s.take(text + "not JSON either\n")) },
		"die":   s.die, "erase": s.erase,
		"replay": func(*rapid.T) {
			for _, in := range s.aside() {
				must(s.Feeds.Replay(ctx, tester, in.ID, ""))
			}
		},
		"compact": func(*rapid.T) { must(s.Keeper(true).Compact(ctx, tester, false)) },
		"expire":  func(*rapid.T) { must(s.Keeper(true).Expire(ctx, tester, false)) },
		"later":   func(*rapid.T) { s.now.Advance(time.Duration(rapid.IntRange(1, 30).Draw(s.T, "hours")) * time.Hour) },
		"settle":  func(*rapid.T) { must(nil, s.Rollup().Settle(ctx, nil)) },
		"owe all": func(*rapid.T) { must(nil, s.Rollup().OweAll(ctx)) },
		"":        s.check,
	}
}

func (s *station) aside() []feed.Intake {
	list, err := s.Feeds.WithAside(ctx, tester, 3)
	if err != nil {
		s.Fatal(err)
	}
	return slices.DeleteFunc(list, func(in feed.Intake) bool { return in.Aside == "" || in.State != feed.Done })
}

// check compares what is kept with what the query engine counts, unless something is owed; it must be owed only after an erasure.
func (s *station) check(*rapid.T) {
	for by, field := range map[rollup.Dimension]string{
		rollup.ByFeed: "feed.name", rollup.ByReport: "feed.report", rollup.ByTaxonomy: "classification.taxonomy", rollup.ByType: "class",
	} {
		kept, err := s.Rollup().Ask(ctx, rollup.Question{By: by, Step: rollup.Whole})
		if err != nil {
			s.Fatal(err)
		}
		if !kept.Complete {
			return
		}
		s.same("by "+field, totals(kept), s.engine(field))
	}
	mine, err := s.Rollup().Ask(ctx, rollup.Question{Where: []rollup.Condition{{Of: rollup.ByAttributed, Values: []string{"1"}}}, Step: rollup.Whole})
	if err != nil {
		s.Fatal(err)
	}
	s.same("somebody's", totals(mine), s.somebodys())
	kept, err := s.Rollup().Ask(ctx, rollup.Question{Step: rollup.Hour})
	if err != nil {
		s.Fatal(err)
	}
	if kept.Step == rollup.Hour {
		s.same("by hour", hours(kept), s.engine("hour"))
	}
}

func (s *station) engine(by string) map[string]int64 {
	groups, err := s.Desk.Count(ctx, tester, desk.EventQuery{By: []string{by}})
	if err != nil {
		s.Fatal(err)
	}
	out := map[string]int64{}
	for _, g := range groups {
		out[g.Values[0]] = g.Count
	}
	return out
}

// somebodys counts the events with an owner.
func (s *station) somebodys() map[string]int64 {
	groups, err := s.Desk.Count(ctx, tester, desk.EventQuery{Text: "has:org", By: []string{"attribution.organisation"}})
	if err != nil {
		s.Fatal(err)
	}
	out := map[string]int64{}
	for _, g := range groups {
		out[""] += g.Count
	}
	return out
}

func (s *station) same(what string, kept, want map[string]int64) {
	if !maps.Equal(kept, want) {
		s.Fatalf("%s: kept %v, the engine counts %v", what, kept, want)
	}
}

func totals(a rollup.Answer) map[string]int64 {
	out := map[string]int64{}
	for _, one := range a.Series {
		out[one.Value] = one.Events
	}
	return out
}

func hours(a rollup.Answer) map[string]int64 {
	out := map[string]int64{}
	for _, one := range a.Series {
		for _, p := range one.Points {
			name := ""
			if !p.At.IsZero() {
				name = p.At.Format("2006-01-02T15:04")
			}
			out[name] += p.Events
		}
	}
	return out
}

// TestCountsAreTheEngines lets things happen to events in any order, and compares the counts kept with the events there are.
func TestCountsAreTheEngines(t *testing.T) {
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			n := 0
			rapid.Check(t, func(rt *rapid.T) {
				n++
				s := &station{T: rt, conf: conf(t, engine, n), now: clock.At(noon)}
				defer func() { _ = os.RemoveAll(s.conf.Data.Dir) }()
				s.open(disk.OS{})
				defer func() { _ = s.Stop(ctx) }()
				register := "organisation,network,contact\nHospital,198.51.100.0/30,a@hospital.example\nBank,198.51.100.4/31,b@bank.example\n"
				if _, err := s.Register.Import(ctx, tester, strings.NewReader(register), constituency.ImportOptions{}); err != nil {
					rt.Fatal(err)
				}
				rt.Repeat(s.actions())
				if err := errors.Join(s.Rollup().Settle(ctx, nil)); err != nil {
					rt.Fatal(err)
				}
				s.check(rt)
			})
		})
	}
}

func conf(t *testing.T, engine sqldb.Engine, n int) config.Config {
	c := config.Default()
	c.Data.Dir = fmt.Sprintf("%s/data%d", t.TempDir(), n)
	c.Database.URL = sqldbtest.Migrated(t, engine)
	jsonl := config.DefaultFeed()
	jsonl.Format, jsonl.DocumentationAddresses, jsonl.Retention = "intelmq", true, 3*24*time.Hour
	c.Feeds = map[string]config.Feed{"intelmq": jsonl, "other": jsonl}
	return c
}
