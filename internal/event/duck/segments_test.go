package duck

import (
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query/plan"
)

// row holds the columns of the tests' segments, as the writer of segments lays them out.
type row map[string]any

// schemaOf gives the columns as optional leaves.
func schemaOf(kinds map[string]event.Kind) *parquet.Schema {
	g := parquet.Group{}
	for name, k := range kinds {
		switch k {
		case event.Text:
			g[name] = parquet.Optional(parquet.String())
		case event.Int:
			g[name] = parquet.Optional(parquet.Leaf(parquet.Int64Type))
		case event.Float:
			g[name] = parquet.Optional(parquet.Leaf(parquet.DoubleType))
		case event.Bool:
			g[name] = parquet.Optional(parquet.Leaf(parquet.BooleanType))
		case event.Time:
			g[name] = parquet.Optional(parquet.TimestampAdjusted(parquet.Millisecond, false))
		case event.IP:
			g[name+".hi"] = parquet.Optional(parquet.Uint(64))
			g[name+".lo"] = parquet.Optional(parquet.Uint(64))
		}
	}
	return parquet.NewSchema("event", g)
}

// write makes a segment and tells the house of it.
func (h *house) write(t testing.TB, name string, kinds map[string]event.Kind, rows []row) {
	t.Helper()
	f, err := os.Create(h.path(name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	schema := schemaOf(kinds)
	w := parquet.NewGenericWriter[any](f, schema)
	for _, r := range rows {
		if _, err := w.WriteRows([]parquet.Row{flat(schema, r)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	file := plan.File{Path: h.path(name), Rows: int64(len(rows))}
	for _, c := range schema.Columns() {
		file.Columns = append(file.Columns, c[0])
	}
	file.Source, file.Facts = known(rows)
	h.files = append(h.files, file)
}

// known is what the manifest would tell of the rows: their times, and which classes they have.
func known(rows []row) (span plan.Span, facts map[string][]string) {
	var types []string
	for _, r := range rows {
		if at, ok := r["time.source"].(time.Time); ok {
			if span.First.IsZero() || at.Before(span.First) {
				span.First = at
			}
			if at.After(span.Last) {
				span.Last = at
			}
		}
		if s, ok := r["classification.type"].(string); ok {
			types = append(types, s)
		}
	}
	return span, map[string][]string{"classification.type": types}
}

func flat(schema *parquet.Schema, r row) parquet.Row {
	words := row{}
	for name, v := range r {
		if a, ok := v.(netip.Addr); ok {
			words[name+".hi"], words[name+".lo"] = split(a)
			continue
		}
		words[name] = v
	}
	var out parquet.Row
	for i, path := range schema.Columns() {
		v, ok := words[path[0]]
		switch x := v.(type) {
		case time.Time:
			v = x.UnixMilli()
		case int:
			v = int64(x)
		}
		if !ok {
			out = append(out, parquet.NullValue().Level(0, 0, i))
			continue
		}
		out = append(out, parquet.ValueOf(v).Level(0, 1, i))
	}
	return out
}

func split(a netip.Addr) (hi, lo uint64) { return event.Words(a) }

// few is two segments with different columns.
func (h *house) few(t testing.TB) {
	t.Helper()
	base := map[string]event.Kind{
		"source.ip": event.IP, "destination.ip": event.IP, "source.port": event.Int, "time.source": event.Time,
		"classification.type": event.Text, "attribution.organisation": event.Text, "malware.name": event.Text,
	}
	day := func(d int) time.Time { return time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC) }
	addr := netip.MustParseAddr
	h.write(t, "scans.parquet", base, []row{
		{"source.ip": addr("203.0.113.7"), "source.port": 23, "time.source": day(1), "classification.type": "open-service", "attribution.organisation": "o1"},
		{"source.ip": addr("203.0.113.200"), "source.port": 23, "time.source": day(1), "classification.type": "open-service", "attribution.organisation": "o2"},
		{"source.ip": addr("2001:db8::2"), "source.port": 80, "time.source": day(2), "classification.type": "open-service"},
	})
	base["extra.tag"], base["extra"], base["source.tor_node"], base["feed.accuracy"] = event.Text, event.Text, event.Bool, event.Float
	h.write(t, "sinkhole.parquet", base, []row{
		{
			"source.ip": addr("203.0.113.7"), "source.port": 8080, "time.source": day(2), "classification.type": "infected-system", "malware.name": "mirai",
			"extra.tag": "sinkhole", "attribution.organisation": "o1", "source.tor_node": true, "feed.accuracy": 99.5,
		},
		{"source.ip": addr("198.51.100.1"), "time.source": day(2), "classification.type": "infected-system", "malware.name": "Mirai", "extra.tag": "ssl;Sinkholed", "extra": `{"rare":"a b"}`},
		{},
	})
}
