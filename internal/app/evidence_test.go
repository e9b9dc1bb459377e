package app

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/notification"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/logging"
)

// observed are events of two organisations, in two runs of a feed with columns of their own.
var observed = [][]string{
	{
		`{"source.ip":"192.0.2.1","source.port":23,"classification.type":"vulnerable-system","classification.identifier":"open-telnet","protocol.transport":"tcp","time.source":"2026-11-21T10:00:00+00:00","extra.banner":"=1+1","tlp":"amber"}`,
		`{"source.ip":"192.0.2.1","source.port":23,"classification.type":"vulnerable-system","classification.identifier":"open-telnet","protocol.transport":"tcp","time.source":"2026-11-21T11:00:00+00:00"}`,
		`{"source.ip":"198.51.100.7","classification.type":"infected-system","malware.name":"mirai","time.source":"2026-11-21T10:00:00+00:00","destination.ip":"203.0.113.9","destination.port":80}`,
		`{"source.ip":"203.0.113.200","classification.type":"scanner","time.source":"2026-11-21T10:00:00+00:00"}`,
	},
	{
		`{"source.ip":"192.0.2.2","classification.type":"scanner","time.source":"2026-11-19T10:00:00+00:00","extra.later":"yes"}`,
	},
}

const twoOwners = "organisation,network,contact\nCity Hospital,192.0.2.0/24,security@hospital.example\nNorthlight,198.51.100.0/24,abuse@northlight.example\n"

// observe opens an installation, imports a register and takes events in, an hour between the runs.
func (h *house) observe() (*App, map[string]string) {
	h.Helper()
	rows := h.conf.Feeds["desk"]
	rows.Format, rows.Constants = "intelmq", nil
	h.conf.Feeds["desk2"] = rows
	a, _ := h.open()
	if _, err := a.Register.Import(h.Context(), tester, strings.NewReader(twoOwners), importOptions); err != nil {
		h.Fatal(err)
	}
	for _, lines := range observed {
		if _, err := a.Feeds.Ingest(h.Context(), tester, feed.Source{Feed: "desk2", Name: "f.jsonl", Reader: strings.NewReader(strings.Join(lines, "\n") + "\n")}); err != nil {
			h.Fatal(err)
		}
		h.clock.Advance(time.Hour)
	}
	ids := map[string]string{}
	names, err := a.Register.Names(h.Context(), tester)
	if err != nil {
		h.Fatal(err)
	}
	for id, name := range names {
		ids[name] = id
	}
	return a, ids
}

// gather collects evidence, ordered by address and time.
func gather(t testing.TB, a *App, q notification.EvidenceQuery) []notification.Evidence {
	t.Helper()
	var out []notification.Evidence
	if err := a.evidence(context.Background(), q, func(e notification.Evidence) error {
		out = append(out, e)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(out, func(a, b notification.Evidence) int {
		if c := a.Asset.Addr.Compare(b.Asset.Addr); c != 0 {
			return c
		}
		return a.Time.Compare(b.Time)
	})
	return out
}

func TestEvidence(t *testing.T) {
	h := newHouse(t)
	h.clock = clock.At(noon)
	a, ids := h.observe()
	hospital, northlight := ids["City Hospital"], ids["Northlight"]
	for _, tt := range []struct {
		name string
		q    notification.EvidenceQuery
		want string
	}{
		{"one", notification.EvidenceQuery{Organisations: []string{hospital}}, "192.0.2.1 192.0.2.1 192.0.2.2"},
		{"two", notification.EvidenceQuery{Organisations: []string{hospital, northlight, hospital}}, "192.0.2.1 192.0.2.1 192.0.2.2 198.51.100.7"},
		{"arrived later", notification.EvidenceQuery{Organisations: []string{hospital}, Since: noon.Add(time.Minute)}, "192.0.2.2"},
		{"arrived just then", notification.EvidenceQuery{Organisations: []string{hospital}, Since: noon.Add(time.Hour)}, "192.0.2.2"},
		{"observed later", notification.EvidenceQuery{Organisations: []string{hospital}, From: noon.AddDate(0, 0, -1)}, ""},
		{"observed from", notification.EvidenceQuery{Organisations: []string{hospital}, From: time.Date(2026, 11, 21, 11, 0, 0, 0, time.UTC)}, "192.0.2.1"},
		{"nobody", notification.EvidenceQuery{}, ""},
		{"nobody's are never given", notification.EvidenceQuery{Organisations: []string{""}}, ""},
		{"a stranger", notification.EvidenceQuery{Organisations: []string{"x' OR 1=1 --"}}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, e := range gather(t, a, tt.q) {
				got = append(got, e.Asset.Addr.String())
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("got %v, want %s", got, tt.want)
			}
		})
	}
}

func TestEvidenceHasAllOfTheEvent(t *testing.T) {
	h := newHouse(t)
	h.clock = clock.At(noon)
	a, ids := h.observe()
	got := gather(t, a, notification.EvidenceQuery{Organisations: []string{ids["City Hospital"], ids["Northlight"]}})
	first, infected := got[0], got[3]
	if first.Organisation != ids["City Hospital"] || !first.Arrival.Equal(noon) || first.Label != "amber" || first.Intake == "" ||
		!first.Time.Equal(time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)) {
		t.Errorf("got %+v", first)
	}
	want := finding.Asset{Role: "source", Type: "vulnerable-system", Identifier: "open-telnet", Transport: "tcp", Addr: first.Asset.Addr, Port: 23}
	if first.Asset != want {
		t.Errorf("got %+v\nwant %+v", first.Asset, want)
	}
	for name, want := range map[string]string{
		"source.ip": "192.0.2.1", "source.port": "23", "time.source": "2026-11-21T10:00:00+00:00", "extra.banner": "=1+1", "classification.identifier": "open-telnet",
		"feed.name": "desk2",
	} {
		if first.Fields[name] != want {
			t.Errorf("%s is %q, not %q", name, first.Fields[name], want)
		}
	}
	if _, ok := got[1].Fields["extra.banner"]; ok {
		t.Error("a missing value is there")
	}
	if infected.Asset.Malware != "mirai" || infected.Asset.DestPort != 80 || infected.Fields["destination.ip"] != "203.0.113.9" {
		t.Errorf("got %+v", infected)
	}
	for _, e := range got {
		for name := range e.Fields {
			if desk.Inner(name) {
				t.Errorf("%s is our own business", name)
			}
		}
	}
}

func TestEvidenceEndsWithItsReader(t *testing.T) {
	h := newHouse(t)
	h.clock = clock.At(noon)
	a, ids := h.observe()
	enough := errors.New("enough")
	err := a.evidence(t.Context(), notification.EvidenceQuery{Organisations: []string{ids["City Hospital"]}}, func(notification.Evidence) error { return enough })
	if !errors.Is(err, enough) {
		t.Errorf("got %v", err)
	}
}

// TestEvidenceIsNeverCut asks an engine that may give one row.
func TestEvidenceIsNeverCut(t *testing.T) {
	h := newHouse(t)
	h.clock = clock.At(noon)
	h.conf.Query.MaxRows = 1
	a, ids := h.observe()
	err := a.evidence(t.Context(), notification.EvidenceQuery{Organisations: []string{ids["City Hospital"]}}, func(notification.Evidence) error { return nil })
	if !problem.Is(err, problem.Unavailable) || !strings.Contains(err.Error(), "query.max_rows") {
		t.Errorf("got %v", err)
	}
}

// BenchmarkEvidence reads all events of a demonstration nation's organisations.
func BenchmarkEvidence(b *testing.B) {
	a, ids := nation(b, 60_000)
	events := 0
	b.ReportAllocs()
	for b.Loop() {
		events = 0
		err := a.evidence(context.Background(), notification.EvidenceQuery{Organisations: ids}, func(e notification.Evidence) error {
			events++
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(events), "events")
	b.ReportMetric(float64(events)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// nation takes a demonstration's feeds in; the largest has so many rows.
func nation(b testing.TB, rows int) (*App, []string) {
	b.Helper()
	d, err := PrepareDemo(b.Context(), DemoOptions{Dir: b.TempDir() + "/demo", Rows: rows, Now: today, Log: logging.Discard()})
	if err != nil {
		b.Fatal(err)
	}
	c, err := config.Load(d.Config(), nil)
	if err != nil {
		b.Fatal(err)
	}
	c.Data.Dir = d.Dir
	a, err := New(b.Context(), Options{Config: c, Clock: clock.At(today), Log: logging.Discard(), Write: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = a.Stop(context.Background()) })
	register, err := os.Open(d.Register())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = register.Close() }()
	if _, err := a.Register.Import(b.Context(), tester, register, constituency.ImportOptions{Name: "register.csv"}); err != nil {
		b.Fatal(err)
	}
	for _, f := range d.Files {
		in, err := os.Open(d.Path(f))
		if err != nil {
			b.Fatal(err)
		}
		if _, err = a.Feeds.Ingest(b.Context(), tester, feed.Source{Feed: f.Feed, Name: f.Path, Reader: in}); err != nil && !problem.Is(err, problem.Invalid) {
			b.Fatal(err)
		}
		_ = in.Close()
	}
	names, err := a.Register.Names(b.Context(), tester)
	if err != nil {
		b.Fatal(err)
	}
	var ids []string
	for id := range names {
		ids = append(ids, id)
	}
	return a, ids
}
