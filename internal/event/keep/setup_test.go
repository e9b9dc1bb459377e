package keep

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/segment"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

var (
	noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	who  = identity.System("test")
	ctx  = context.Background()
)

// fataler is a test or a rapid run.
type fataler interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// house is an installation: a database and a data folder.
type house struct {
	fataler
	db    *sqldb.DB
	dir   string
	clock *clock.Fixed
}

// newHouse empties the database, so that one database serves many runs.
func newHouse(t fataler, db *sqldb.DB, dir string) *house {
	t.Helper()
	h := &house{t, db, dir, clock.At(noon)}
	err := db.Write(ctx, func(tx *sqldb.Tx) (err error) {
		for _, table := range []string{"segment", "fold", "intake", "lease"} {
			_, e := tx.Exec("DELETE FROM " + table)
			err = errors.Join(err, e)
		}
		return err
	})
	if err = errors.Join(err, os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *house) keeper(fsys disk.FS) *Keeper {
	k := New(Options{
		DB: h.db, FS: fsys, Dir: h.dir, Clock: h.clock, DedupeWindow: 7 * oneDay, Deadline: 30 * time.Second, Holder: "test", Alone: true,
		Retention: config.Retention{Default: 365 * oneDay, Classes: map[string]time.Duration{"vulnerable": 90 * oneDay}},
		Feeds:     map[string]config.Feed{"short": {Retention: 10 * oneDay}}, Log: slog.New(slog.DiscardHandler),
	})
	k.limits = limits{bytes: 128 << 20, rows: 4 << 20, group: 16}
	return k
}

// row is an event as the tests think of it.
type row struct {
	ip      string // empty for none
	malware string
	port    int64
	extra   map[string]string
	intake  string
}

var raw int // makes each row's key another

func fill(b *event.Batch, rows []row) {
	for _, r := range rows {
		raw++
		b.Begin([]byte(fmt.Sprint(raw)))
		ip, text := b.Column("source.ip"), func(name, v string) {
			if v != "" {
				b.Column(name).TextString(v)
			}
		}
		if r.ip != "" {
			ip.Addr(netip.MustParseAddr(r.ip))
		}
		text("malware.name", r.malware)
		text("intake", r.intake)
		if r.port != 0 {
			b.Column("source.port").Int(r.port)
		}
		for name, v := range r.extra {
			text(name, v)
		}
		b.Column("time.source").Time(noon.UnixMilli() - int64(raw))
		b.End()
	}
}

// publish makes a visible segment of row groups; what of it says is completed.
func (h *house) publish(of event.Segment, groups ...[]row) event.Segment {
	h.Helper()
	if of.Taxonomy == "" {
		of.Taxonomy = "vulnerable"
	}
	if of.Path == "" {
		of.Path = fmt.Sprintf("%s/%s/%s-1-0.parquet", event.DayName(of.Day), of.Taxonomy, id.New())
	}
	name := filepath.Join(h.dir, dirEvents, of.Path)
	must(h, os.MkdirAll(filepath.Dir(name), 0o700))
	f, err := os.Create(name)
	must(h, err)
	w := segment.NewWriter(f)
	enc, err := segment.NewEncoder()
	must(h, err)
	for _, rows := range groups {
		b := event.NewBatch([32]byte{9})
		fill(b, rows)
		order := make([]int32, len(rows))
		for i := range order {
			order[i] = int32(i)
		}
		new(segment.Sorter).Sort(b, order)
		must(h, w.Append(enc.Group(b, order, true)))
	}
	info, err := w.Finish()
	must(h, errors.Join(err, f.Close()))
	of.Rows, of.Bytes, of.MinTime, of.MaxTime, of.Keys = info.Rows, info.Bytes, info.MinTime, info.MaxTime, true
	for _, l := range info.Leaves {
		of.Leaves = append(of.Leaves, l.Name)
	}
	list := []event.Segment{of}
	must(h, h.db.Write(ctx, func(tx *sqldb.Tx) error { return event.Publish(tx, list, nil) }))
	return list[0]
}

func must(t fataler, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) visible() []event.Segment {
	h.Helper()
	list, err := event.NewManifest(h.db).Segments(ctx, event.Filter{})
	must(h, err)
	return list
}

// batch reads a visible segment whole.
func (h *house) batch(s event.Segment) *event.Batch {
	h.Helper()
	in, err := h.keeper(disk.OS{}).open(s)
	must(h, err)
	defer func() { _ = in.file.Close() }()
	b := event.NewBatch([32]byte{})
	for g := range in.Groups() {
		must(h, in.Append(g, b, nil))
	}
	if int64(b.Rows()) != s.Rows {
		h.Fatalf("%s has %d rows, the manifest says %d", s.Path, b.Rows(), s.Rows)
	}
	return b
}

// events writes all visible events as text, sorted; with their keys where asked for.
func (h *house) events(keys bool) []string {
	h.Helper()
	out := []string{}
	for _, s := range h.visible() {
		b := h.batch(s)
		for i := range b.Rows() {
			var cells []string
			for _, c := range b.Columns() {
				switch {
				case c.IsNull(i):
				case c.Kind == event.Text:
					cells = append(cells, c.Name+"="+string(c.Bytes(i)))
				case c.Kind == event.IP:
					cells = append(cells, c.Name+"="+c.AddrAt(i).String())
				default:
					cells = append(cells, fmt.Sprint(c.Name, "=", c.Int64(i)))
				}
			}
			if keys {
				cells = append(cells, fmt.Sprintf("key=%x", b.Keys()[i]))
			}
			slices.Sort(cells)
			out = append(out, strings.Join(cells, " "))
		}
	}
	slices.Sort(out)
	return out
}

// files lists what lies in the data folder.
func (h *house) files() []string {
	h.Helper()
	out := []string{}
	must(h, filepath.WalkDir(h.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(h.dir, path)
			out = append(out, name)
		}
		return err
	}))
	return out
}

// put makes a file, as old as asked for.
func (h *house) put(name string, age time.Duration) {
	h.Helper()
	path := filepath.Join(h.dir, name)
	must(h, errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte("x"), 0o600)))
	must(h, os.Chtimes(path, h.clock.Now(), h.clock.Now().Add(-age)))
}

func (h *house) has(name string) bool {
	_, err := os.Stat(filepath.Join(h.dir, name))
	return err == nil
}

// intake records an intake.
func (h *house) intake(in intake) string {
	h.Helper()
	if in.id == "" {
		in.id = id.New()
	}
	if in.state == "" {
		in.state = "done"
	}
	must(h, h.db.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`INSERT INTO intake (id, feed, report, format, name, hash, blob, blob_bytes, bytes, state, attempt, actor, arrived_at, done_at,
			row_count, events, duplicates, set_aside, attributed, aside, notes, error)
			VALUES ($1, $2, '', '', '', $1, $3, 1, 1, $4, $5, '', $6, 0, 0, 0, 0, 0, 0, $7, 'null', '')`,
			in.id, in.feed, in.blob, in.state, in.attempt, sqldb.Millis(in.arrived), in.aside)
		return err
	}))
	return in.id
}

// recorded gives what the audit says of an operation.
func (h *house) recorded(op identity.Operation) []string {
	h.Helper()
	var out []string
	must(h, h.db.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.Each(`SELECT object, reason, before_value, after_value FROM audit_payload WHERE operation = $1 ORDER BY id`, []any{string(op)}, func(scan func(...any) error) error {
			var object, reason, before, after string
			err := scan(&object, &reason, &before, &after)
			out = append(out, strings.Join([]string{object, reason, before, after}, "|"))
			return err
		})
	}))
	return out
}

func drawRow(t *rapid.T) row {
	r := row{
		ip:      rapid.SampledFrom([]string{"", "192.0.2.1", "192.0.2.1", "192.0.2.2", "198.51.100.7", "203.0.113.255", "2001:db8::1"}).Draw(t, "ip"),
		malware: rapid.SampledFrom([]string{"", "mirai", "qakbot", "日本"}).Draw(t, "malware"),
		port:    rapid.Int64Range(0, 3).Draw(t, "port"),
		intake:  rapid.SampledFrom([]string{"i1", "i2"}).Draw(t, "intake"),
	}
	if rapid.Bool().Draw(t, "has extra") {
		r.extra = map[string]string{rapid.SampledFrom([]string{"extra.a", "extra.b"}).Draw(t, "extra"): rapid.StringN(1, 5, 20).Draw(t, "value")}
	}
	return r
}
