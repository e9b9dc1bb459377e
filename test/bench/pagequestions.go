package main

import (
	"context"
	"errors"
	"net/netip"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/event/rollup"
	"github.com/firehall/firehall/internal/identity"
)

// someAddresses are those of the newest events, one at least.
func someAddresses(ctx context.Context, d *desk.Desk) (out []string, err error) {
	p, err := d.Rows(ctx, identity.System("bench"), desk.RowQuery{Fields: []string{"source.ip"}, Limit: desk.MostRows})
	for _, r := range p.Rows {
		if ip := r.Cells[0].Raw; ip != "" {
			out = append(out, ip)
		}
	}
	if err == nil && len(out) == 0 {
		err = errors.New("no event has an address")
	}
	return out, err
}

// pageQuestions are what the pages of events and the overview ask.
func (h *house) pageQuestions(ctx context.Context, a *app.App) ([]pageQuestion, error) {
	me := identity.System("bench")
	seen, err := someAddresses(ctx, a.Desk)
	if err != nil {
		return nil, err
	}
	addr, err := netip.ParseAddr(seen[0])
	if err != nil {
		return nil, err
	}
	rows := func(text string, least int) func(context.Context, *desk.Desk) (int, error) {
		return func(ctx context.Context, d *desk.Desk) (int, error) {
			p, err := d.Rows(ctx, me, desk.RowQuery{Text: text})
			return max(len(p.Rows), 1-least), err
		}
	}
	histogram := func(q desk.HistogramQuery) func(context.Context, *desk.Desk) (int, error) {
		return func(ctx context.Context, d *desk.Desk) (int, error) {
			v, err := d.Histogram(ctx, me, q)
			return len(v.Bars), err
		}
	}
	out := []pageQuestion{
		{"counts of the overview: five weeks by hour and type", pageLimit, func(ctx context.Context, _ *desk.Desk) (int, error) {
			v, err := a.Rollup().Ask(ctx, rollup.Question{From: h.now.AddDate(0, 0, -35), Clock: rollup.Arrived, By: rollup.ByType})
			return len(v.Series), err
		}},
		{"histogram of all events", pageLimit, histogram(desk.HistogramQuery{})},
		{"histogram of a class, by feed", pageLimit, histogram(desk.HistogramQuery{Text: "class:infected-system", Split: "feed"})},
		{"events, first page", pageLimit, rows("", 1)},
		{"events, first page of a class", pageLimit, rows("class:infected-system", 1)},
		{"events, first page of a malware", pageLimit, rows("malware:mirai", 1)},
		{"events, none has it", pageLimit, rows("malware:nothing-is-called-so", 0)},
		{"one IP's history", pageLimit, func(ctx context.Context, d *desk.Desk) (int, error) {
			p, err := d.History(ctx, me, addr, 50, "")
			return len(p.Rows), err
		}},
	}
	for _, field := range []string{"class", "source.asn", "malware.name", "country", "source.port", "destination.port", "organisation"} {
		out = append(out, pageQuestion{"breakdown by " + field, breakdownLimit, func(ctx context.Context, d *desk.Desk) (int, error) {
			b, err := d.Breakdown(ctx, me, desk.BreakdownQuery{Field: field})
			return len(b.Values), err
		}})
	}
	return out, nil
}
