package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/identity"
)

// madeFindings is of how many of the files findings are made.
const madeFindings = 2

// manyData gives a data folder with many events, made once for all points. Files are taken in one process each, so that files and raw input
// need not lie on the disk at once; the next is written meanwhile.
func (h *house) manyData(ctx context.Context) (data string, rows int64, err error) {
	if h.made == "" {
		if data, rows, err = h.keptData(); err == nil && rows == 0 {
			rows, err = h.makeMany(ctx, data)
		}
		if err != nil {
			return "", 0, err
		}
		h.made, h.rowsOfMany = data, rows
	}
	return h.made, h.rowsOfMany, nil
}

// rowsName is the file of a kept folder that says how many events are in it, written last.
const rowsName = "bench-rows"

// keptData is where the events are to be; rows is 0 while they are not.
func (h *house) keptData() (data string, rows int64, err error) {
	if h.many == "" {
		data, err = h.data()
		return data, 0, err
	}
	text, err := os.ReadFile(filepath.Join(h.many, rowsName))
	if errors.Is(err, fs.ErrNotExist) {
		return h.many, 0, os.CopyFS(h.many, os.DirFS(h.base))
	}
	if err == nil {
		rows, err = strconv.ParseInt(string(text), 10, 64)
	}
	return h.many, rows, err
}

func (h *house) makeMany(ctx context.Context, data string) (rows int64, err error) {
	files := h.writeAhead(ctx, h.files)
	for i := range h.files {
		f := <-files
		if f.err != nil {
			return 0, f.err
		}
		in, err := h.ingest(ctx, data, h.rows, f.path)
		if err := errors.Join(err, os.Remove(f.path), os.RemoveAll(data+"/blobs")); err != nil {
			return 0, err
		}
		if rows += in.rows; i+1 == madeFindings {
			if err := h.makeFindings(ctx, data); err != nil {
				return 0, err
			}
		}
	}
	if h.many == "" {
		return rows, nil
	}
	return rows, os.WriteFile(filepath.Join(data, rowsName), []byte(strconv.FormatInt(rows, 10)), 0o600)
}

// reportFile is a file that was written, or why not.
type reportFile struct {
	path string
	err  error
}

// writeAhead writes files, half of each shape, two for each day, one ahead of who takes them.
func (h *house) writeAhead(ctx context.Context, n int) <-chan reportFile {
	out := make(chan reportFile)
	go func() {
		for i := range n {
			path, err := h.report(shapes[i%2].report, h.rows, uint64(400+i), time.Duration(i/2)*24*time.Hour) //nolint:gosec // not negative
			select {
			case out <- reportFile{path, err}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

func (h *house) makeFindings(ctx context.Context, data string) error {
	a, err := h.openApp(ctx, data)
	if err != nil {
		return err
	}
	_, err = a.ApplyFindings(ctx, identity.System("bench"), nil)
	return errors.Join(err, a.Stop(context.WithoutCancel(ctx)))
}

// load is rows that are taken in beside what is measured.
type load struct {
	begun time.Time
	rows  atomic.Int64
	stop  context.CancelFunc
	ended chan error
}

// wake has a program that just began take a small file in: it reads the keys of what arrived lately, once, so as to know duplicates again.
func (h *house) wake(ctx context.Context, a *app.App) (took time.Duration, err error) {
	path, err := h.report(shapes[0].report, 1000, 899, 0)
	if err != nil {
		return 0, err
	}
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	begun := time.Now()
	_, err = a.Feeds.Ingest(ctx, identity.System("bench"), feed.Source{Feed: "shadowserver", Name: filepath.Base(path), Reader: f})
	return time.Since(begun), errors.Join(err, f.Close(), os.Remove(path))
}

// beginLoad takes one file after the other in, at a steady rate. It returns once rows come.
func (h *house) beginLoad(ctx context.Context, a *app.App) *load {
	work, stop := context.WithCancel(ctx)
	l := &load{stop: stop, ended: make(chan error, 1)}
	files := make(chan reportFile)
	go h.writeLoad(work, files)
	first := <-files
	l.begun = time.Now()
	go func() {
		for f := first; ; f = <-files {
			if err := l.take(work, a, f, h.rows); err != nil {
				l.ended <- err
				return
			}
		}
	}()
	return l
}

func (h *house) writeLoad(ctx context.Context, out chan<- reportFile) {
	for i := uint64(900); ; i++ {
		path, err := h.report(shapes[0].report, h.rows, i, 0)
		select {
		case out <- reportFile{path, err}:
		case <-ctx.Done():
			_ = os.Remove(path)
			close(out)
			return
		}
	}
}

// take takes one file in.
func (l *load) take(ctx context.Context, a *app.App, file reportFile, rows int) error {
	if file.err != nil || file.path == "" {
		return errors.Join(file.err, ctx.Err())
	}
	f, err := os.Open(file.path)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil {
		each := float64(info.Size()) / float64(rows)
		in := &steady{in: f, ctx: ctx, rate: each * besides, begun: l.begun.Add(time.Duration(float64(l.rows.Load()) / besides * 1e9)), each: each, rows: &l.rows}
		_, err = a.Feeds.Ingest(ctx, identity.System("bench"), feed.Source{Feed: "shadowserver", Name: info.Name(), Reader: in})
	}
	return errors.Join(err, f.Close(), os.Remove(file.path))
}

// end stops the load and gives the rate that it had, in rows/s.
func (l *load) end() (rate float64, err error) {
	took := time.Since(l.begun)
	rate = float64(l.rows.Load()) / took.Seconds()
	l.stop()
	if err = <-l.ended; errors.Is(err, context.Canceled) {
		err = nil
	}
	return rate, err
}

// steady reads at a rate in bytes/s, as if it had begun at a time: what was missed before is made up for.
type steady struct {
	in    io.Reader
	ctx   context.Context //nolint:containedctx // a reader has no other way to be told
	rate  float64
	begun time.Time
	read  int64
	each  float64 // bytes of a row
	rows  *atomic.Int64
}

// Read implements io.Reader.
func (s *steady) Read(p []byte) (int, error) {
	ahead := time.Duration(float64(s.read)/s.rate*1e9) - time.Since(s.begun)
	select {
	case <-s.ctx.Done():
		return 0, s.ctx.Err()
	case <-time.After(ahead):
	}
	n, err := s.in.Read(p[:min(len(p), 256<<10)])
	before := int64(float64(s.read) / s.each)
	s.read += int64(n)
	s.rows.Add(int64(float64(s.read)/s.each) - before)
	return n, err
}
