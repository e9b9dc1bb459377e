package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/demo"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/config"
)

// BenchmarkIngest does in one process what the program does for a file, so that go test's -cpuprofile and -memprofile see all of it.
// FIREHALL_BENCH_ROWS says how many rows; without it they are few.
func BenchmarkIngest(b *testing.B) {
	rows := 50_000
	if n, err := strconv.Atoi(os.Getenv("FIREHALL_BENCH_ROWS")); err == nil {
		rows = n
	}
	for _, s := range shapes {
		b.Run(s.report, func(b *testing.B) {
			path := filepath.Join(b.TempDir(), s.report+".csv")
			if err := writeFile(path, func(w io.Writer) error { return demo.Write(w, s.report, rows, 1, time.Now()) }); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				ingestOnce(b, path, rows)
			}
			b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// ingestOnce takes the file into a new installation; making that does not count.
func ingestOnce(b *testing.B, path string, rows int) {
	b.StopTimer()
	ctx := context.Background()
	c := config.Default()
	c.Data.Dir = b.TempDir()
	a, err := app.New(ctx, app.Options{Config: c, Log: slog.New(slog.DiscardHandler), Write: true})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = a.Stop(ctx) }()
	var register bytes.Buffer
	if err := demo.Register(&register, 2000, 1); err != nil {
		b.Fatal(err)
	}
	if _, err := a.Register.Import(ctx, identity.System("bench"), &register, constituency.ImportOptions{Name: "r.csv"}); err != nil {
		b.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	b.StartTimer()
	res, err := a.Feeds.Ingest(ctx, identity.System("bench"), feed.Source{Feed: "shadowserver", Name: path, Reader: f})
	b.StopTimer()
	if err != nil || res.Rows != int64(rows) || res.SetAside > 0 {
		b.Fatal(err, res.Counts)
	}
	b.StartTimer()
}
