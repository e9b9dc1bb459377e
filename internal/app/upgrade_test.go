package app

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// released are the schemas that a released Firehall left behind: what its own program made, as SQL for each engine and the files beside it.
// Each held 4 events of 2 inputs, of which one had a row set aside.
var released = []struct {
	schema   int64
	findings int64 // before facts are applied
	sent     int64 // messages
}{
	{3, 0, 0},
	{10, 4, 2},
}

// Whatever version left it, this one takes it over, reads everything in it, and goes on with it.
func TestUpgrade(t *testing.T) {
	for _, r := range released {
		for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
			t.Run(fmt.Sprintf("%d %s", r.schema, engine), func(t *testing.T) {
				h := houseOn(t, engine)
				if engine == sqldb.Postgres {
					h.conf.Database.URL = sqldbtest.URL(t, engine)
				}
				h.left(r.schema, engine)
				before := h.verify()
				if f := before.Figures; len(before.Faults) > 0 || f["events"] != 4 || f["intakes"] != 2 || f["organisations"] != 2 ||
					f["findings"] != r.findings || f["messages"] != r.sent {
					t.Fatalf("%+v", before)
				}
				h.readsAll(r.findings, r.sent)
				h.repeats()
				h.goesOn()
				file, _ := h.backup("b", nil)
				n := newHouse(t)
				n.clock = h.clock
				if _, err := n.restore(file); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// left puts in place what a release left.
func (h *house) left(schema int64, engine sqldb.Engine) {
	h.Helper()
	h.clock = clock.At(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC))
	from := filepath.Join("testdata", "upgrade", fmt.Sprintf("schema%d", schema))
	if err := os.CopyFS(h.conf.Data.Dir, os.DirFS(filepath.Join(from, string(engine)))); err != nil {
		h.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(from, string(engine)+".sql"))
	if err != nil {
		h.Fatal(err)
	}
	if engine == sqldb.Postgres {
		err = runPostgres(h.Context(), h.conf.Database.URL, string(text))
	} else {
		err = runSQLite(h.Context(), h.path(stateFile), string(text))
	}
	if err != nil {
		h.Fatal(err)
	}
}

func runPostgres(ctx context.Context, url, text string) error {
	c, err := pgconn.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close(ctx) }()
	return c.Exec(ctx, text).Close()
}

func runSQLite(ctx context.Context, path, text string) error {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	_, err = db.ExecContext(ctx, text)
	return err
}

// readsAll asks each room for what the release wrote.
func (h *house) readsAll(findings, sent int64) {
	h.Helper()
	a, stop := h.open()
	defer stop()
	ctx := h.Context()
	if names, err := a.Register.Names(ctx, tester); err != nil || len(names) != 2 {
		h.Errorf("organisations %v, %v", names, err)
	}
	counts, err := a.Desk.Count(ctx, tester, desk.EventQuery{By: []string{"organisation", "source.ip"}})
	if err != nil || len(counts) != 4 {
		h.Errorf("events %+v, %v", counts, err)
	}
	list, err := a.Feeds.List(ctx, tester, "desk", 10)
	if err != nil || len(list) != 2 {
		h.Errorf("intakes %+v, %v", list, err)
	}
	if r, err := a.Audit.Verify(ctx); err != nil || !r.Whole() || r.Entries == 0 {
		h.Errorf("audit %+v, %v", r, err)
	}
	page, err := a.Delivery.List(ctx, tester, delivery.Query{})
	if err != nil || int64(len(page.Items)) != sent {
		h.Errorf("messages %+v, %v", page, err)
	}
	if _, err := a.ApplyFindings(ctx, tester, nil); err != nil {
		h.Error(err)
	}
	found, err := a.Desk.ListFindings(ctx, tester, desk.FindingQuery{})
	if err != nil || len(found.Items) != 4 {
		h.Errorf("findings %+v, %v; there were %d", found, err, findings)
	}
}

// repeats gives an input once more: what the release had seen is known.
func (h *house) repeats() {
	h.Helper()
	a, stop := h.open()
	defer stop()
	got, err := a.Feeds.Ingest(h.Context(), tester, feed.Source{Feed: "desk", Name: "again", Reader: strings.NewReader("192.0.2.1\n192.0.2.200\n")})
	if err != nil || got.Duplicates != 1 || got.Events != 1 {
		h.Errorf("%+v, %v", got, err)
	}
}
