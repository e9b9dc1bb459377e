package finding_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/event/fold"
	"github.com/firehall/firehall/internal/event/segment"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

var (
	ctx  = context.Background()
	noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	team = identity.System("test")
)

// tester is what fails: a test, or a round of a property test.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

// house is a store with feeds that the test plays.
type house struct {
	tester
	*finding.Store
	clock   *clock.Fixed
	intakes map[string]finding.IntakeFacts
}

func newHouse(t testing.TB, db *sqldb.DB) *house {
	t.Helper()
	h := &house{tester: t, clock: clock.At(noon), intakes: map[string]finding.IntakeFacts{}}
	h.Store = finding.New(finding.Options{
		DB: db, FS: disk.OS{}, Dir: t.TempDir(), Clock: h.clock, Log: slog.New(slog.DiscardHandler), Holder: "test", Alone: true,
		Intake: func(_ context.Context, id string) (finding.IntakeFacts, error) {
			in, ok := h.intakes[id]
			if !ok {
				return in, fmt.Errorf("no intake %s", id)
			}
			return in, nil
		},
	})
	return h
}

// as is the house for a round of a property test: empty, and failing that round.
func (h *house) as(t tester) *house {
	out := *h
	out.tester = t
	out.wipe()
	h.clock.Set(noon)
	return &out
}

func (h *house) wipe() {
	h.write(func(tx *sqldb.Tx) error {
		for _, table := range []string{
			"finding_row", "finding_owner", "finding_kind", "finding_told", "finding_history", "finding_source", "finding_apply", "finding_intake", "finding_run", "fold", "outbox",
		} {
			if _, err := tx.Exec("DELETE FROM " + table); err != nil {
				return err
			}
		}
		return nil
	})
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatalf("%v", err)
	}
}

func (h *house) write(fn func(tx *sqldb.Tx) error) {
	h.Helper()
	h.must(h.DB.Write(ctx, fn))
}

// seen is an event as a feed brings it.
type seen struct {
	ip       string
	at       time.Time // zero: the source does not tell
	org      string
	severity string
	tlp      string
	iep      string
	repeat   bool // a duplicate
}

// intake publishes a file of facts, as the pipeline would.
func (h *house) intake(in finding.IntakeFacts, rows ...seen) {
	h.Helper()
	if in.Rows == 0 {
		in.Rows = int64(len(rows))
	}
	if in.Arrived.IsZero() {
		in.Arrived = h.clock.Now()
	}
	h.intakes[in.ID] = in
	if len(rows) == 0 {
		return
	}
	name := fmt.Sprintf("%s-%d.parquet", in.ID, time.Now().UnixNano())
	n := h.facts(name, in, rows)
	h.write(func(tx *sqldb.Tx) error {
		return event.Publish(tx, nil, []event.Fold{{Path: name, Intake: in.ID, Rows: n}})
	})
}

func (h *house) facts(name string, in finding.IntakeFacts, rows []seen) int64 {
	h.Helper()
	dir := filepath.Join(h.Dir, "folds")
	h.must(h.FS.MkdirAll(dir))
	f, err := h.FS.Create(filepath.Join(dir, name))
	h.must(err)
	w := segment.NewWriter(f)
	enc, err := segment.NewEncoder()
	h.must(err)
	for _, some := range [][]seen{rows[:len(rows)/2], rows[len(rows)/2:]} { // two row groups
		if len(some) == 0 {
			continue
		}
		b, fresh, repeats := batch(in, some)
		facts, which := new(fold.Folder).Fold(b, fresh, repeats)
		if len(which) > 0 {
			h.must(w.Append(enc.Group(facts, which, false)))
		}
	}
	info, err := w.Finish()
	h.must(err)
	h.must(f.Sync())
	h.must(f.Close())
	h.must(h.FS.SyncDir(dir))
	return info.Rows
}

func batch(in finding.IntakeFacts, rows []seen) (b *event.Batch, fresh, repeats []int32) {
	b = event.NewBatch([32]byte{})
	b.Const(event.FieldIntake, in.ID)
	b.Const(event.FieldFeed, in.Feed)
	b.Const(event.FieldReport, in.Report)
	b.ConstTime(event.FieldArrival, in.Arrived.UnixMilli())
	b.Column(event.FieldTime)
	for i, o := range rows {
		b.Begin([]byte{byte(i)})
		b.Column(event.FieldSourceIP).Addr(netip.MustParseAddr(o.ip))
		b.Column(event.FieldSourcePort).Int(23)
		if !o.at.IsZero() {
			b.Column(event.FieldTime).Time(o.at.UnixMilli())
		}
		for name, v := range map[string]string{
			event.FieldType: "vulnerable-system", event.FieldIdentifier: "open-telnet", event.FieldTransport: "tcp", event.FieldRole: "source",
			event.FieldOrganisation: o.org, event.FieldSeverity: o.severity, "tlp": o.tlp, event.FieldIEP: o.iep,
		} {
			if v != "" {
				b.Column(name).TextString(v)
			}
		}
		b.End()
		if o.repeat {
			repeats = append(repeats, int32(i))
		} else {
			fresh = append(fresh, int32(i))
		}
	}
	return b, fresh, repeats
}

func facts(id string) finding.IntakeFacts {
	return finding.IntakeFacts{ID: id, Feed: "scans", Report: "scan_telnet", Label: tlp.Green}
}

func complete(id string) finding.IntakeFacts {
	in := facts(id)
	in.Complete, in.Whole = true, true
	return in
}

func (h *house) apply() finding.Applied {
	h.Helper()
	done, err := h.Apply(ctx, team, nil)
	h.must(err)
	return done
}

// keyOf is the key of the finding that seen makes.
func keyOf(ip string) finding.Key {
	return finding.KeyOf(finding.Asset{
		Role: "source", Type: "vulnerable-system", Identifier: "open-telnet", Transport: "tcp", Addr: netip.MustParseAddr(ip), Port: 23,
	})
}

func (h *house) get(ip string) finding.Finding {
	h.Helper()
	f, err := h.Get(ctx, team, keyOf(ip).ID())
	h.must(err)
	return f
}

func (h *house) all() []finding.Finding {
	h.Helper()
	var out []finding.Finding
	h.must(h.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		out, err = finding.Select(tx, "ORDER BY key")
		return err
	}))
	return out
}

// tell tells the owner of findings and returns those that changed.
func (h *house) tell(message string, next time.Duration, ips ...string) (changed []finding.Key) {
	h.Helper()
	now := h.clock.Now()
	var told []finding.Told
	for _, ip := range ips {
		f := h.get(ip)
		told = append(told, finding.Told{Key: f.Key, Version: f.Version, Organisation: f.Organisation, Next: now.Add(next)})
	}
	h.write(func(tx *sqldb.Tx) (err error) {
		changed, err = h.Tell(tx, now, message, told)
		return err
	})
	return changed
}

func (h *house) move(to finding.State, ips ...string) finding.Moved {
	h.Helper()
	var keys []finding.Key
	for _, ip := range ips {
		keys = append(keys, keyOf(ip))
	}
	m := finding.Request{To: to, Reason: "as agreed"}
	if to == finding.Muted {
		m.Until = h.clock.Now().Add(72 * time.Hour)
	}
	done, err := h.Move(ctx, team, keys, m)
	h.must(err)
	return done
}
