package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/event/rollup"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/identity"
)

// What a page may take, and how fast rows are taken in meanwhile.
const (
	pageLimit      = 300 * time.Millisecond
	breakdownLimit = 700 * time.Millisecond
	besides        = 200_000 // rows/s
	pagesRuns      = 9
	memoryOfPages  = 1536 << 20
)

// pageQuestion is what a page asks.
type pageQuestion struct {
	name  string
	limit time.Duration
	ask   func(context.Context, *desk.Desk) (rows int, err error)
}

// pagesPoint asks what pages ask of many events, while others are being taken in.
func pagesPoint(ctx context.Context, h *house) (t table, err error) {
	data, rows, err := h.pagesData(ctx)
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	a, err := h.openApp(ctx, data)
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, a.Stop(context.WithoutCancel(ctx))) }()
	list, err := h.pageQuestions(ctx, a)
	if err != nil {
		return t, err
	}
	t = table{title: fmt.Sprintf("Pages over %s events, while %s rows/s are taken in", thousands(rows), thousands(besides)), head: []string{"question", "median", "the slowest of " + fmt.Sprint(pagesRuns)}}
	work, stop := context.WithCancel(ctx)
	taken := make(chan error, 1)
	go func() { taken <- h.takeBesides(work, a) }()
	peak, done := make(chan int64, 1), make(chan struct{})
	go func() { peak <- watchTree(os.Getpid(), done) }()
	for _, q := range list {
		if err = errors.Join(err, askPage(ctx, &t, a, q)); err != nil {
			break
		}
	}
	stop()
	close(done)
	most := <-peak
	if other := <-taken; err == nil && !errors.Is(other, context.Canceled) {
		err = other
	}
	t.gates = append(t.gates, atMost("memory of the program and its query engines", float64(most>>20), memoryOfPages>>20, " MiB"))
	t.note("In this process, as under `serve`; the answers are those that pages are made of. %d files, half scan_telnet, half event4_sinkhole_http, two for each day, not compacted. "+
		"Gates are on medians. At most %s were resident in the program, which holds the load's input too, and its query engines.", h.files, mebibytes(most))
	return t, err
}

func askPage(ctx context.Context, t *table, a *app.App, q pageQuestion) error {
	var times []time.Duration
	for i := range pagesRuns + 1 {
		begun := time.Now()
		rows, err := q.ask(ctx, a.Desk)
		if err == nil && rows == 0 {
			err = errors.New("the answer is empty: not what was to be measured")
		}
		if err != nil {
			return fmt.Errorf("%s: %w", q.name, err)
		}
		if i > 0 {
			times = append(times, time.Since(begun))
		}
	}
	t.add(q.name, milliseconds(median(times)), milliseconds(slices.Max(times)))
	t.gates = append(t.gates, atMost(q.name, float64(median(times))/1e6, float64(q.limit.Milliseconds()), " ms"))
	return nil
}

// pagesData takes files in, one process each, so that files and raw input need not lie on the disk at once.
func (h *house) pagesData(ctx context.Context) (data string, rows int64, err error) {
	if data, err = h.data(); err != nil {
		return "", 0, err
	}
	for i := range h.files {
		f, err := h.report(shapes[i%2].report, h.rows, uint64(400+i), time.Duration(i/2)*24*time.Hour)
		if err != nil {
			return data, rows, err
		}
		in, err := h.ingest(ctx, data, h.rows, f)
		if err := errors.Join(err, os.Remove(f), os.RemoveAll(data+"/blobs")); err != nil {
			return data, rows, err
		}
		rows += in.rows
	}
	return data, rows, nil
}

// takeBesides takes one file after the other in, at a steady rate, until ctx ends.
func (h *house) takeBesides(ctx context.Context, a *app.App) error {
	for i := range 1000 {
		path, err := h.report(shapes[0].report, h.rows, uint64(900+i), 0)
		if err != nil {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		info, err := f.Stat()
		if err == nil {
			perSecond := float64(info.Size()) / float64(h.rows) * besides
			_, err = a.Feeds.Ingest(ctx, identity.System("bench"), feed.Source{Feed: "shadowserver", Name: info.Name(), Reader: &steady{in: f, ctx: ctx, rate: perSecond}})
		}
		if err := errors.Join(err, f.Close(), os.Remove(path)); err != nil {
			return errors.Join(context.Cause(ctx), err)
		}
	}
	return nil
}

// steady reads at a rate in bytes/s.
type steady struct {
	in    io.Reader
	ctx   context.Context //nolint:containedctx // a reader has no other way to be told
	rate  float64
	begun time.Time
	read  int64
}

// Read implements io.Reader.
func (s *steady) Read(p []byte) (int, error) {
	if s.begun.IsZero() {
		s.begun = time.Now()
	}
	ahead := time.Duration(float64(s.read)/s.rate*1e9) - time.Since(s.begun)
	select {
	case <-s.ctx.Done():
		return 0, s.ctx.Err()
	case <-time.After(ahead):
	}
	n, err := s.in.Read(p)
	s.read += int64(n)
	return n, err
}

// pageQuestions are what the pages of events and the overview ask.
func (h *house) pageQuestions(ctx context.Context, a *app.App) ([]pageQuestion, error) {
	me := identity.System("bench")
	newest, err := a.Desk.Rows(ctx, me, desk.RowQuery{Fields: []string{"source.ip"}, Limit: 1})
	if err != nil || len(newest.Rows) == 0 {
		return nil, errors.Join(err, errors.New("no event has an address"))
	}
	addr, err := netip.ParseAddr(newest.Rows[0].Cells[0].Raw)
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
