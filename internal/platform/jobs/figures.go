package jobs

import "github.com/prometheus/client_golang/prometheus"

// figures is what the registry shows of a queue. Labels are kinds and outcomes, never subjects.
type figures struct {
	ended   *prometheus.CounterVec
	seconds *prometheus.HistogramVec
	states  *prometheus.GaugeVec
}

func newFigures(r prometheus.Registerer) *figures {
	f := &figures{
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "firehall_jobs_attempts_total", Help: "Attempts of jobs that ended in this process, by outcome.",
		}, []string{"kind", "outcome"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "firehall_jobs_seconds", Help: "How long attempts took.", Buckets: prometheus.ExponentialBuckets(0.01, 4, 10),
		}, []string{"kind"}),
		states: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "firehall_jobs", Help: "Jobs in the state store, by state; counted twice a minute.",
		}, []string{"state"}),
	}
	if r != nil {
		r.MustRegister(f.ended, f.seconds, f.states)
	}
	return f
}
