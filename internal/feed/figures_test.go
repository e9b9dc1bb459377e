package feed

import (
	"errors"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

func TestFigures(t *testing.T) {
	r := prometheus.NewRegistry()
	f := newFigures(r, func() int { return 7 })
	f.took("a", Result{Counts: Counts{Rows: 6, Events: 3, Duplicates: 2, SetAside: 1}, Intakes: []Accounts{{}, {Known: true}, {Undec: "?"}}}, nil)
	f.took("a", Result{}, errors.New("disk"))
	got := map[string]float64{}
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, fam := range families {
		for _, m := range fam.GetMetric() {
			name := fam.GetName()
			for _, l := range m.GetLabel() {
				if l.GetName() == "result" {
					name += " " + l.GetValue()
				}
			}
			got[name] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	for name, want := range map[string]float64{
		"firehall_feed_rows_total event": 3, "firehall_feed_rows_total duplicate": 2, "firehall_feed_rows_total set_aside": 1,
		"firehall_feed_intakes_total done": 1, "firehall_feed_intakes_total known": 1, "firehall_feed_intakes_total undecided": 1,
		"firehall_feed_intakes_total failed": 1, "firehall_feed_intake_seconds": 1, "firehall_feed_dedupe_keys": 7,
	} {
		if got[name] != want {
			t.Errorf("%s = %v, want %v", name, got[name], want)
		}
	}
}
