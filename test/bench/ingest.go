package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// shape is a kind of file that is measured, with what must be reached and what the tool that teams run today reached on a machine like this.
type shape struct {
	report     string
	columns    int
	goal, gate float64 // rows/s to the visible commit
	today      float64 // rows/s through its whole chain
	bytes      float64 // of segments, an event, at most
}

var shapes = []shape{
	{"scan_telnet", 13, 800_000, 600_000, 1309, 60},
	{"event4_sinkhole_http", 36, 500_000, 400_000, 1052, 60},
	{"scan_ssl", 74, 250_000, 200_000, 846, 250},
}

// memoryLimit holds for every ingest, whatever the file's size.
const memoryLimit = 1 << 30

// ingested is one run of the program over one file.
type ingested struct {
	usage
	rows                int64
	seconds             float64 // from the first byte to the visible commit, by the program's own clock
	segments, raw, fold int64   // bytes on the disk afterwards
}

func (i ingested) rate() float64      { return float64(i.rows) / i.seconds }
func (i ingested) cpuPerRow() float64 { return i.cpu.Seconds() * 1e6 / float64(i.rows) }
func (i ingested) each(bytes int64) float64 {
	return float64(bytes) / float64(i.rows)
}

// counts is what `ingest --json` prints.
type counts struct {
	Rows     int64   `json:"rows"`
	Events   int64   `json:"events"`
	SetAside int64   `json:"set_aside"`
	Seconds  float64 `json:"seconds"`
}

// check refuses a run that took a shorter way: each row has to become an event.
func (c counts) check(rows int) error {
	if c.Rows != int64(rows) || c.SetAside != 0 || c.Events < c.Rows*99/100 || c.Seconds <= 0 {
		return fmt.Errorf("%d rows gave %+v: not what was to be measured", rows, c)
	}
	return nil
}

// ingest takes files of rows records altogether into the data folder.
func (h *house) ingest(ctx context.Context, data string, rows int, files ...string) (in ingested, err error) {
	unix.Sync() // what others left unwritten is not this run's
	args := append([]string{"--data", data, "ingest", "--feed", "shadowserver", "--json"}, files...)
	if in.usage, err = h.run(ctx, args...); err != nil {
		return in, err
	}
	var c counts
	if err := json.Unmarshal(in.out, &c); err != nil {
		return in, err
	}
	in.rows, in.seconds = c.Rows, c.Seconds
	return in, errors.Join(c.check(rows), in.weigh(data))
}

func (i *ingested) weigh(data string) (err error) {
	for folder, size := range map[string]*int64{"events": &i.segments, "blobs": &i.raw, "folds": &i.fold} {
		*size, err = folderSize(filepath.Join(data, folder))
		if err != nil {
			return err
		}
	}
	return nil
}

// fresh ingests a file into a data folder of its own, removed afterwards.
func (h *house) fresh(ctx context.Context, rows int, file string) (ingested, error) {
	data, err := h.data()
	if err != nil {
		return ingested{}, err
	}
	in, err := h.ingest(ctx, data, rows, file)
	return in, errors.Join(err, os.RemoveAll(data))
}

// outcome is what became of a shape.
type outcome struct {
	shape
	ingested
	yard  float64 // rows/s of encoding/csv alone
	share float64 // of the time, that the disk needs for all that was written
}

// ingestPoint measures each shape: the median of the runs by their rate.
func ingestPoint(ctx context.Context, h *house) (table, error) {
	t := table{title: "Ingest, from the first byte to the visible commit", head: []string{"measure"}}
	var all []outcome
	for _, s := range shapes {
		o, err := h.measureShape(ctx, s)
		if err != nil {
			return t, fmt.Errorf("%s: %w", s.report, err)
		}
		all = append(all, o)
		t.head = append(t.head, fmt.Sprintf("%s, %d columns", s.report, s.columns))
		t.gates = append(t.gates, o.gates()...)
	}
	for _, m := range measures {
		row := []string{m.name}
		for _, o := range all {
			row = append(row, m.of(o))
		}
		t.add(row...)
	}
	t.note("Median of %d runs, each with a fresh process and a data folder that holds a register of %s networks; raw input, segments and fold file synced. "+
		"*Disk's share*: how long this disk alone takes for as many bytes as were written (see above), against the time taken; near 100 %% the disk is the limit. "+
		"*Today's tool*: the rate of its whole chain on two cores, as measured before the project began.", h.runs, thousands(registerNetworks))
	for _, o := range all {
		t.note("%s: %s", o.report, o.limit())
	}
	return t, nil
}

// measures are the rows of the table.
var measures = []struct {
	name string
	of   func(outcome) string
}{
	{"**rows/s to the visible commit**", func(o outcome) string { return "**" + number(o.rate()) + "**" }},
	{"goal; gate", func(o outcome) string { return number(o.goal) + "; " + number(o.gate) }},
	{"rows/s, process start and end included", func(o outcome) string { return number(float64(o.rows) / o.wall.Seconds()) }},
	{"today's tool, rows/s", func(o outcome) string { return number(o.today) }},
	{"ratio to it", func(o outcome) string { return ratio(o.rate() / o.today) }},
	{"encoding/csv alone, rows/s", func(o outcome) string { return number(o.yard) }},
	{"ratio to it", func(o outcome) string { return ratio(o.rate() / o.yard) }},
	{"CPU µs/row", func(o outcome) string { return number(o.cpuPerRow()) }},
	{"cores busy", func(o outcome) string {
		return fmt.Sprintf("%.2f of %d", o.busy()*float64(runtime.NumCPU()), runtime.NumCPU())
	}},
	{"cores busy for others", func(o outcome) string { return fmt.Sprintf("%.2f", o.others) }},
	{"peak RSS", func(o outcome) string { return mebibytes(o.peak) }},
	{"segments, B/event", func(o outcome) string { return number(o.each(o.segments)) }},
	{"raw kept, B/row", func(o outcome) string { return number(o.each(o.raw)) }},
	{"fold file, B/event", func(o outcome) string { return number(o.each(o.fold)) }},
	{"raw, MB/s", func(o outcome) string { return number(float64(o.raw) / 1e6 / o.seconds) }},
	{"disk's share", func(o outcome) string { return fmt.Sprintf("%.0f %%", 100*o.share) }},
}

func (o outcome) gates() []gate {
	return []gate{
		atLeast(o.report+" rate", o.rate(), o.gate, " rows/s"),
		atMost(o.report+" size", o.each(o.segments), o.bytes, " B/event"),
		atMost(o.report+" memory", float64(o.peak)/(1<<20), memoryLimit>>20, " MiB"),
	}
}

// busy is the share of all cores that was used, from exec to exit.
func (i ingested) busy() float64 {
	return i.cpu.Seconds() / i.wall.Seconds() / float64(runtime.NumCPU())
}

// noisy is how many cores others may keep busy in a measurement that is worth something. The kernel's own writing counts among them.
const noisy = 0.25

// limit says what a run waited for.
func (o outcome) limit() string {
	disk, busy := 100*o.share, 100*o.busy()
	switch {
	case o.others > noisy:
		return fmt.Sprintf("the machine was not quiet: others kept %.1f cores busy, so the rate says little; the CPU time a row stands.", o.others)
	case disk > 80:
		return fmt.Sprintf("the limit is the disk: it needs %.0f %% of the time for the %s alone.", disk, mebibytes(o.raw+o.segments+o.fold))
	case busy > 80:
		return fmt.Sprintf("the limit is the processors: they are busy for %.0f %% of the time, and the disk would need %.0f %%.", busy, disk)
	}
	return fmt.Sprintf("neither the disk (%.0f %%) nor the processors (%.0f %%) alone: what is done by one core, and the syncs at the end, make the others wait.", disk, busy)
}

func (h *house) measureShape(ctx context.Context, s shape) (o outcome, err error) {
	file, err := h.report(s.report, h.rows, 1, 0)
	if err != nil {
		return o, err
	}
	defer func() { _ = os.Remove(file) }()
	runs := make([]ingested, 0, h.runs)
	for range h.runs {
		in, err := h.fresh(ctx, h.rows, file)
		if err != nil {
			return o, err
		}
		runs = append(runs, in)
	}
	o = outcome{shape: s, ingested: middle(runs)}
	o.share = float64(o.raw+o.segments+o.fold) / h.flush / o.seconds
	o.yard, err = yardstick(file, h.rows)
	return o, err
}

// middle is the run with the median rate.
func middle(runs []ingested) ingested {
	rates := make([]float64, len(runs))
	for i, r := range runs {
		rates[i] = r.rate()
	}
	want := median(rates)
	for _, r := range runs {
		if r.rate() == want {
			return r
		}
	}
	return ingested{}
}

// yardstick reads the file with encoding/csv and does nothing else: rows/s.
func yardstick(path string, rows int) (float64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	begun := time.Now()
	r := csv.NewReader(f)
	r.ReuseRecord = true
	n := -1 // the header
	for {
		_, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, err
		}
		n++
	}
	if n != rows {
		return 0, fmt.Errorf("encoding/csv found %d rows, not %d", n, rows)
	}
	return float64(n) / time.Since(begun).Seconds(), nil
}
