package demo

import (
	"io"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
)

// Options say what a file holds.
type Options struct {
	Report string // one of Reports
	Rows   int
	Seed   uint64
	Now    time.Time // records lie in the 24 hours before it
	Space  Space
	// Severity adds the column that live files carry and the documented column lists lack.
	Severity bool
}

// Write writes a report of the broad address space: the file for measuring. Memory is the same for any number of rows.
// The kind of error is problem.Invalid for an unknown report, else it is w's.
func Write(w io.Writer, report string, rows int, seed uint64, now time.Time) error {
	return Generate(w, Options{Report: report, Rows: rows, Seed: seed, Now: now, Space: Broad})
}

// Generate writes a report as CSV with a header.
func Generate(w io.Writer, o Options) error {
	g, err := newGenerator(o)
	if err != nil {
		return err
	}
	buf := g.header(make([]byte, 0, flushAt+maxRow))
	for i := range o.Rows {
		buf = g.row(buf, i)
		if len(buf) >= flushAt {
			if _, err := w.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	_, err = w.Write(buf)
	return err
}

const (
	flushAt = 256 << 10
	maxRow  = 4 << 10
)

type generator struct {
	o     Options
	names []string
	cols  []column
	hosts int
	first int64 // second of the earliest record
}

func newGenerator(o Options) (*generator, error) {
	rep := find(o.Report)
	if rep == nil {
		return nil, problem.New(problem.Invalid, "no synthetic report %q: choose one of %s", o.Report, strings.Join(Reports(), ", "))
	}
	g := &generator{o: o, hosts: max(1, o.Rows*4/rep.repeat), first: o.Now.Unix() - 86400}
	for _, name := range rep.columns {
		g.add(rep, name)
		if name == "timestamp" && o.Severity {
			g.names, g.cols = append(g.names, "severity"), append(g.cols, ofHost("severity", []string{"medium", "low", "high", "critical"}))
		}
	}
	return g, nil
}

func (g *generator) add(rep *report, name string) {
	c := rep.special[name]
	if c == nil {
		c = shared[name]
	}
	switch name { // these remember the day, so each file has its own
	case "timestamp":
		c = dated(time.DateOnly, `"`)
	case "http_date":
		c = dated(httpDay, ` GMT"`)
	}
	if c == nil {
		c = func(_ *row, b []byte) []byte { return b }
	}
	g.names, g.cols = append(g.names, name), append(g.cols, c)
}

// dated is the time of the record; tail stands behind it.
func dated(layout, tail string) column {
	cal := &calendar{layout: layout}
	return func(r *row, b []byte) []byte { return append(cal.append(append(b, '"'), r.when), tail...) }
}

func (g *generator) header(b []byte) []byte {
	return append(append(append(b, '"'), strings.Join(g.names, `","`)...), "\"\n"...)
}

// row appends record i. A third of the machines have a certificate that came with the product.
func (g *generator) row(b []byte, i int) []byte {
	n := mix(g.o.Seed ^ mix(uint64(i)))
	r := row{space: g.o.Space, n: n, host: mix(g.o.Seed + uint64(below(n, g.hosts))<<1)}
	r.ip = r.space.address(r.host)
	r.cert = mix(r.host ^ 1)
	if chance(r.cert, 3) {
		r.cert = mix(uint64(below(mix(r.cert), 500)))
	}
	r.when = stamp(g.first + int64(i)*86400/int64(g.o.Rows))
	for c, write := range g.cols {
		if c > 0 {
			b = append(b, ',')
		}
		b = write(&r, b)
	}
	return append(b, '\n')
}
