package events

import (
	"context"
	"net/http"
	"time"

	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// mostParts is how many classes the histogram tells apart.
const mostParts = 6

// histogram gives how many events there were when.
func (p *pages) histogram(w http.ResponseWriter, r *shell.Request) error {
	q := questionOf(r.URL.Query())
	h, err := p.Desk.Histogram(r.Context(), r.Actor, desk.HistogramQuery{Text: q.Text, Split: "class"})
	if v := (view{question: q}); err != nil && v.failed(err) {
		return p.shell.Fragment(w, r, noAnswer(v))
	}
	if err != nil {
		return err
	}
	return p.shell.Fragment(w, r, chart(q, h))
}

// chartOf makes a stacked bar a step, with the largest classes apart.
func chartOf(ctx context.Context, q question, h desk.Histogram) ui.ChartData {
	d := ui.ChartData{Title: words.T(ctx, "events.histogram.title"), Unit: words.T(ctx, "events.histogram.unit"), Times: true, Range: q.rangeURL()}
	names := largest(h)
	for _, n := range names {
		d.Series = append(d.Series, ui.Series{Name: ui.Class(ctx, n), Values: make([]float64, len(h.Bars))})
	}
	rest := ui.Series{Name: words.T(ctx, "events.histogram.others"), Values: make([]float64, len(h.Bars))}
	any := false
	for i, b := range h.Bars {
		d.Labels = append(d.Labels, b.From.UTC().Format(time.RFC3339))
		left := b.Events
		for s, n := range names {
			for _, part := range b.Parts {
				if part.Value == n {
					d.Series[s].Values[i] = float64(part.Events)
					left -= part.Events
				}
			}
		}
		rest.Values[i] = float64(max(left, 0))
		any = any || left > 0
	}
	if any || len(names) == 0 {
		d.Series = append(d.Series, rest)
	}
	return d
}

// largest are the values that most events have, over all bars.
func largest(h desk.Histogram) []string {
	sums := map[string]int64{}
	for _, b := range h.Bars {
		for _, part := range b.Parts {
			if part.Value != "" {
				sums[part.Value] += part.Events
			}
		}
	}
	return mostOf(sums, mostParts)
}

// breakdown gives the most frequent values of a field; of a field that takes long, the button that asks.
func (p *pages) breakdown(w http.ResponseWriter, r *shell.Request) error {
	q := questionOf(r.URL.Query())
	if !desk.Quick(q.By) {
		return p.shell.Fragment(w, r, offerLong(q))
	}
	b, err := p.Desk.Breakdown(r.Context(), r.Actor, desk.BreakdownQuery{Text: q.Text, Field: q.By})
	if v := (view{question: q}); err != nil && v.failed(err) {
		return p.shell.Fragment(w, r, noAnswer(v))
	}
	if err != nil {
		return err
	}
	return p.shell.Fragment(w, r, shares(q, b))
}
