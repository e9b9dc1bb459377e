package feed

import "github.com/prometheus/client_golang/prometheus"

// figures count what came in, for Prometheus. The label feed is a name of the configuration, never one from outside.
type figures struct {
	rows    *prometheus.CounterVec
	intakes *prometheus.CounterVec
	seconds *prometheus.HistogramVec
	bytes   *prometheus.CounterVec
	lag     *prometheus.GaugeVec
	keys    prometheus.GaugeFunc
}

func newFigures(r prometheus.Registerer, remembered func() int) *figures {
	f := &figures{
		rows: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "firehall_feed_rows_total", Help: "Rows taken in, by what became of them.",
		}, []string{"feed", "result"}),
		intakes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "firehall_feed_intakes_total", Help: "Inputs offered, by what became of them.",
		}, []string{"feed", "result"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "firehall_feed_intake_seconds", Help: "From the first byte read to the visible commit.",
			Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300},
		}, []string{"feed"}),
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "firehall_feed_bytes_total", Help: "Bytes accepted, decompressed, by door.",
		}, []string{"feed", "door"}),
		lag: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "firehall_feed_lag_seconds", Help: "How old the latest event of the last input was when it arrived.",
		}, []string{"feed"}),
		keys: prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "firehall_feed_dedupe_keys", Help: "Rows remembered, so that a repeat is recognised.",
		}, func() float64 { return float64(remembered()) }),
	}
	if r != nil {
		r.MustRegister(f.rows, f.intakes, f.seconds, f.bytes, f.lag, f.keys)
	}
	return f
}

func (f *figures) took(feed string, res Result, err error) {
	f.rows.WithLabelValues(feed, "event").Add(float64(res.Events))
	f.rows.WithLabelValues(feed, "duplicate").Add(float64(res.Duplicates))
	f.rows.WithLabelValues(feed, "set_aside").Add(float64(res.SetAside))
	for _, a := range res.Intakes {
		switch {
		case a.Undec != "":
			f.intakes.WithLabelValues(feed, "undecided").Inc()
		case a.Known:
			f.intakes.WithLabelValues(feed, "known").Inc()
		default:
			f.intakes.WithLabelValues(feed, "done").Inc()
		}
	}
	if err != nil {
		f.intakes.WithLabelValues(feed, "failed").Inc()
		return
	}
	f.seconds.WithLabelValues(feed).Observe(res.Seconds)
}

// accepted counts what came to a door.
func (f *figures) accepted(feed, door string, list []Intake) {
	for _, in := range list {
		if in.Known {
			f.intakes.WithLabelValues(feed, "known").Inc()
			continue
		}
		f.bytes.WithLabelValues(feed, door).Add(float64(in.Bytes))
	}
}

// arrived notes how fresh an intake's events were.
func (f *figures) arrived(in Intake) {
	if !in.Latest.IsZero() {
		f.lag.WithLabelValues(in.Feed).Set(in.Arrived.Sub(in.Latest).Seconds())
	}
}
