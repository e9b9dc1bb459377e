package shell

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// counts are the figures of the pages.
type counts struct {
	seconds *prometheus.HistogramVec
	reports prometheus.Counter
}

func newCounts(to prometheus.Registerer) *counts {
	c := &counts{
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "firehall_web_seconds", Help: "How long pages took, by their pattern.", Buckets: []float64{.01, .03, .1, .3, 1, 3, 10},
		}, []string{"page"}),
		reports: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "firehall_web_policy_reports_total", Help: "Browsers' reports that a page broke the content policy: something injected, or a defect.",
		}),
	}
	if to != nil {
		to.MustRegister(c.seconds, c.reports)
	}
	return c
}

func (c *counts) took(pattern string, d time.Duration) {
	if pattern == "" {
		pattern = "none"
	}
	c.seconds.WithLabelValues(pattern).Observe(d.Seconds())
}
