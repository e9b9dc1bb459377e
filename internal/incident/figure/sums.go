package figure

import (
	"slices"
	"time"

	"github.com/firehall/firehall/internal/incident"
)

// sums are the moments of a period.
type sums struct {
	counts                                 Counts
	acknowledged, triaged, contained, done []int64 // milliseconds
}

// take adds a moment.
func (s *sums) take(code incident.MomentCode, took, standing int64) {
	switch code {
	case incident.Arrived:
		s.counts.New++
	case incident.Reopened:
		s.counts.Reopened++
	case incident.Acknowledged:
		s.acknowledged = append(s.acknowledged, took)
	case incident.Triaged:
		s.triaged = append(s.triaged, took)
	case incident.Contained:
		s.contained = append(s.contained, took)
	case incident.Closed:
		s.counts.Closed++
		if standing == stands {
			s.done = append(s.done, took)
		}
	}
}

// add adds another period.
func (s *sums) add(o *sums) {
	s.counts.New += o.counts.New
	s.counts.Closed += o.counts.Closed
	s.counts.Reopened += o.counts.Reopened
	s.acknowledged = append(s.acknowledged, o.acknowledged...)
	s.triaged = append(s.triaged, o.triaged...)
	s.contained = append(s.contained, o.contained...)
	s.done = append(s.done, o.done...)
}

// part gives the figures.
func (s *sums) part() Part {
	return Part{Counts: s.counts, Lapses: Lapses{
		Acknowledge: lapseOf(s.acknowledged), Triage: lapseOf(s.triaged), Contain: lapseOf(s.contained), Close: lapseOf(s.done),
	}}
}

func lapseOf(list []int64) Lapse {
	if len(list) == 0 {
		return Lapse{}
	}
	slices.Sort(list)
	return Lapse{N: len(list), Median: rank(list, 50), P90: rank(list, 90)}
}

// rank is the nearest-rank percentile of a sorted list: the smallest value that so many per cent of all do not exceed.
func rank(sorted []int64, percent int) time.Duration {
	n := (len(sorted)*percent + 99) / 100
	return time.Duration(sorted[max(0, n-1)]) * time.Millisecond
}
