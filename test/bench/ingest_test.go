package bench_test

import (
	"bufio"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/demo"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/logging"
)

// written makes a file once a run.
func written(tb testing.TB, name string, write func(w *bufio.Writer) error) string {
	tb.Helper()
	path := filepath.Join(os.TempDir(), "firehall-bench-"+name)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	f, err := os.Create(path)
	if err != nil {
		tb.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	if err := write(w); err != nil {
		tb.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		tb.Fatal(err)
	}
	if err := f.Close(); err != nil {
		tb.Fatal(err)
	}
	return path
}

func reports(tb testing.TB, report string, rows int) string {
	return written(tb, report+".csv", func(w *bufio.Writer) error { return demo.Write(w, report, rows, 1, time.Now()) })
}

func open(tb testing.TB) (*app.App, identity.Actor) {
	tb.Helper()
	ctx := context.Background()
	c := config.Default()
	c.Data.Dir = tb.TempDir()
	a, err := app.New(ctx, app.Options{Config: c, Log: logging.Discard(), Write: true})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = a.Stop(ctx) })
	return a, identity.System("bench")
}

// BenchmarkIngest takes a file in, from the first byte read to the visible commit, segments, fold file and raw input synced.
func BenchmarkIngest(b *testing.B) {
	for _, report := range []string{"scan_telnet", "event4_sinkhole_http", "scan_ssl"} {
		b.Run(report, func(b *testing.B) {
			path := reports(b, report, 1_000_000)
			var rows, kept int64
			for b.Loop() {
				b.StopTimer()
				a, actor := open(b)
				f, err := os.Open(path)
				if err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				res, err := a.Feeds.Ingest(context.Background(), actor, feed.Source{Feed: "shadowserver", Name: report + ".csv", Reader: f})
				if err != nil || res.SetAside > 0 {
					b.Fatal(err, res.Counts)
				}
				rows += res.Rows
				kept += res.Intakes[0].Kept
				_ = f.Close()
			}
			b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64(kept)/float64(rows), "B/event")
		})
	}
}
