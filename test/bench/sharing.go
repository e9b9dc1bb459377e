package main

import (
	"context"
	"fmt"
	"time"
)

// What is shared, as issue 7 asks for it: 200,000 things with 12 million values.
const (
	manyThings     = 200_000
	thingValues    = 60
	wantTaken      = 2000 // objects/s
	wantSharedPage = 50   // ms
	wantValue      = 50   // ms
	wantOpened     = 1000 // ms
	wantDecision   = 1    // ms
)

// sharingPoint asks how fast objects are taken in, a page of TAXII comes, and a value is found.
func sharingPoint(ctx context.Context, h *house) (t table, err error) {
	n := max(1000, int(manyThings*min(1, float64(h.rows)/fullRows)))
	out, err := h.measured(ctx, benchmark{room: "api/taxii", name: "Shared", reports: n})
	if err != nil {
		return t, err
	}
	decided, err := h.measured(ctx, benchmark{room: "release", name: "DecideOne", times: 1000})
	if err != nil {
		return t, err
	}
	t = table{title: fmt.Sprintf("Sharing: %s things with %s values", thousands(int64(n)), thousands(int64(n*thingValues))), head: []string{"engine", "what", "figure"}}
	for _, engine := range engines() {
		m := out["BenchmarkShared/"+engine]
		t.add(engine, "plain indicators taken in: read, checked, decided, stored", thousands(int64(m["taken/s"]))+"/s")
		t.add(engine, "things of 60 values each taken in", thousands(int64(m["things/s"]))+"/s")
		t.gates = append(t.gates,
			atLeast("objects taken in, "+engine, m["taken/s"], wantTaken, "/s"),
			atLeast("things of 60 values taken in, "+engine, m["things/s"], wantTaken, "/s"))
		for _, k := range []struct {
			unit, what string
			want       float64
		}{
			{"page-ms", "a page of 1,000 objects, with its receipt", wantSharedPage},
			{"typed-ms", "the same of one type", wantSharedPage},
			{"lookup-ms", "a value that few have", wantValue},
			{"common-ms", "a value that all have", wantValue},
			{"related-ms", "what has its values in common with a thing", 0},
			{"open-ms", "a bundle of 350,000 attributes read and checked", wantOpened},
		} {
			t.add(engine, k.what, milliseconds(time.Duration(m[k.unit]*1e6)))
			if k.want > 0 {
				t.gates = append(t.gates, atMost(k.what+", "+engine, m[k.unit], k.want, " ms"))
			}
		}
		if err := addDecisions(&t, engine, decided); err != nil {
			return t, err
		}
	}
	t.note("In process, through the TAXII server where it says page; the median of 21, and of 1,000 decisions. Release is asked once for each source and label, and is not in these figures.")
	t.noteEngines()
	return t, nil
}

// addDecisions adds what a fresh decision takes, about what is simple and about what much decides.
func addDecisions(t *table, engine string, decided map[string]map[string]float64) error {
	for _, about := range []struct{ name, what string }{
		{"findings", "a fresh release decision about findings, to their owner"},
		{"incident_to_a_peer", "a fresh release decision about an incident, to a peer with an agreement"},
	} {
		took, measured := decided["BenchmarkDecideOne/"+engine+"/"+about.name]["median-ms"]
		if !measured {
			return fmt.Errorf("no decision about %s was measured on %s", about.name, engine)
		}
		t.add(engine, about.what+", in a transaction of its own", milliseconds(time.Duration(took*1e6)))
		t.gates = append(t.gates, atMost(about.what+", "+engine, took, wantDecision, " ms"))
	}
	return nil
}
