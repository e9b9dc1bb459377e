package ui

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/firehall/firehall/internal/web/words"
)

// chart is what assets/charts.js reads.
type chart struct {
	Kind   Kind     `json:"kind"`
	Title  string   `json:"title"`
	Unit   string   `json:"unit"`
	Labels []string `json:"labels"`
	Keys   []string `json:"keys,omitempty"` // the labels as they came, for Range
	Series []lineOf `json:"series"`
	Range  string   `json:"range,omitempty"`
	Href   []string `json:"href,omitempty"`
	None   string   `json:"none"`
}

type lineOf struct {
	Name   string    `json:"name"`
	Values []float64 `json:"values"`
	Tone   Tone      `json:"tone,omitempty"`
}

func chartJSON(ctx context.Context, kind Kind, d ChartData) string {
	c := chart{Kind: kind, Title: d.Title, Unit: d.Unit, Labels: chartLabels(ctx, d), Range: d.Range, Href: d.Href, None: words.T(ctx, "ui.none")}
	if d.Times {
		c.Keys = d.Labels
	}
	for _, s := range d.Series {
		c.Series = append(c.Series, lineOf(s))
	}
	b, err := json.Marshal(c)
	if err != nil { // a figure that is no number
		return "{}"
	}
	return string(b)
}

// chartLabels are the labels as people read them. Times are written in the team's zone, as short as they stay distinct.
func chartLabels(ctx context.Context, d ChartData) []string {
	if !d.Times {
		return d.Labels
	}
	layout := time.DateOnly
	if len(d.Labels) > 1 && span(d.Labels[0], d.Labels[1]) < 24*time.Hour {
		layout = "2 Jan 15:04"
	}
	out := make([]string, len(d.Labels))
	for i, label := range d.Labels {
		out[i] = label
		if t, err := time.Parse(time.RFC3339, label); err == nil {
			out[i] = t.In(Of(ctx).Zone).Format(layout)
		}
	}
	return out
}

func span(a, b string) time.Duration {
	from, err := time.Parse(time.RFC3339, a)
	if err != nil {
		return 0
	}
	to, err := time.Parse(time.RFC3339, b)
	if err != nil {
		return 0
	}
	return to.Sub(from)
}

func chartValue(ctx context.Context, s Series, i int) string {
	if i >= len(s.Values) {
		return ""
	}
	if v := s.Values[i]; v == float64(int64(v)) {
		return words.Number(words.Of(ctx), int64(v))
	}
	return strconv.FormatFloat(s.Values[i], 'g', 4, 64)
}
