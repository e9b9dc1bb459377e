package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/desk"
)

// What a page may take, and how fast rows are taken in meanwhile.
const (
	pageLimit      = 300 * time.Millisecond
	breakdownLimit = 700 * time.Millisecond
	besides        = 200_000 // rows/s
	loadSlack      = 0.97    // of which so much must have been reached
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
	data, rows, err := h.manyData(ctx)
	if err != nil {
		return t, err
	}
	a, err := h.openApp(ctx, data)
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, a.Stop(context.WithoutCancel(ctx))) }()
	list, err := h.pageQuestions(ctx, a)
	if err != nil {
		return t, err
	}
	t = table{
		title: fmt.Sprintf("Pages over %s events, while %s rows/s are taken in", thousands(rows), thousands(besides)),
		head:  []string{"question", "median", "the slowest of " + fmt.Sprint(pagesRuns), "asked again"},
	}
	woke, err := h.wake(ctx, a)
	if err != nil {
		return t, err
	}
	load := h.beginLoad(ctx, a)
	peak, done := make(chan int64, 1), make(chan struct{})
	go func() { peak <- watchTree(os.Getpid(), done) }()
	for _, q := range list {
		if err = askPage(ctx, &t, a, q); err != nil {
			break
		}
	}
	rate, other := load.end()
	close(done)
	most := <-peak
	t.gates = append(t.gates, atMost("memory of the program and its query engines", float64(most>>20), memoryOfPages>>20, " MiB"),
		atLeast("taken in meanwhile", rate, besides*loadSlack, " rows/s"))
	t.note("In this process, as under `serve`; the answers are those that pages are made of. %d files, half scan_telnet, half event4_sinkhole_http, two for each day, not compacted. "+
		"Gates are on medians of questions whose answers nobody asked for before; *asked again* is the median when somebody did, and only what came since is read. "+
		"At most %s were resident in the program, which holds the load's input too, and its query engines. "+
		"Before all of it the program took a small file in, for which it read once, in %s, the keys of what arrived within its window of duplicates.", h.files, mebibytes(most), woke.Round(time.Second/10))
	return t, errors.Join(err, other)
}

// askPage asks a question several times, each time with nothing remembered, and then again.
func askPage(ctx context.Context, t *table, a *app.App, q pageQuestion) error {
	var first, again []time.Duration
	for range pagesRuns + 1 {
		a.Desk.Forget()
		for _, times := range []*[]time.Duration{&first, &again} {
			begun := time.Now()
			rows, err := q.ask(ctx, a.Desk)
			if err == nil && rows == 0 {
				err = errors.New("the answer is empty: not what was to be measured")
			}
			if err != nil {
				return fmt.Errorf("%s: %w", q.name, err)
			}
			*times = append(*times, time.Since(begun))
		}
	}
	first, again = first[1:], again[1:] // the first time of all is the disk's
	t.add(q.name, milliseconds(median(first)), milliseconds(slices.Max(first)), milliseconds(median(again)))
	t.gates = append(t.gates, atMost(q.name, float64(median(first))/1e6, float64(q.limit.Milliseconds()), " ms"))
	return nil
}
