package plan

import (
	"testing"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query"
)

func TestFromManifest(t *testing.T) {
	leaves := []string{"time.source", "time.arrival", "classification.taxonomy", "intake", "source.ip.hi", "source.ip.lo"}
	files := FromManifest([]event.Segment{
		{Path: "2026/a.parquet", Intake: "i1", Day: event.DayOf(at(2)), Taxonomy: "vulnerable", Rows: 1, MinTime: at(1).UnixMilli(), MaxTime: at(2).UnixMilli(), Leaves: leaves},
		{Path: "2026/b.parquet", Day: event.DayOf(at(3)), Rows: 2, MinTime: event.Null, MaxTime: event.Null, Leaves: leaves},
	}, "/data/events")
	if files[0].Path != "/data/events/2026/a.parquet" || files[1].Rows != 2 {
		t.Errorf("%+v", files)
	}
	for _, tt := range []struct {
		query string
		files int
	}{
		{"time:2026-11-05", 1}, // the one that does not know
		{"time:2026-11-01", 2},
		{"seen:2026-11-02", 1},
		{"seen:2026-11-03", 1},
		{"seen:<2026-11-02", 0},
		{"taxonomy:other", 1},
		{"intake:i2", 1},
		{"intake:i1", 2},
		{"src:203.0.113.1", 2},
	} {
		p, err := Make(Request{Where: parse(t, tt.query), Filter: query.Everything, Files: files, Count: true})
		if err != nil || p.Files != tt.files {
			t.Errorf("%s: %d files, %v", tt.query, p.Files, err)
		}
	}
}
