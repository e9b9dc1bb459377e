package push_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/platform/config"
)

// BenchmarkPush pushes rows of scan_telnet over loopback and makes them visible, client and server in one process: rows/s is all of it, from the
// first byte sent until the last event is visible; accepting and reading overlap as in a server. b.N is the number of inputs.
func BenchmarkPush(b *testing.B) {
	const rows = 100_000
	s := lite(b, tune{config: func(c *config.Push) { c.Concurrent = 2 }})
	bodies := make([][]byte, b.N)
	for i := range bodies {
		text := telnet(0, rows)
		bodies[i] = []byte(strings.ReplaceAll(text, "11.", fmt.Sprintf("%d.", 12+i%200)))
		bodies[i] = append(bodies[i], fmt.Sprintf("2026-11-19 03:04:05,11.0.0.1,23,tcp,h.example,telnet,64500,FI,,,0,0,\"input %d\"\n", i)...)
	}
	b.SetBytes(int64(len(bodies[0])))
	accepted, done := make(chan string, b.N), make(chan error)
	b.ResetTimer()
	go func() {
		for id := range accepted {
			if _, err := s.feeds.Process(ctx, actor, id); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for _, body := range bodies {
		a, err := s.try(http.MethodPost, pushPath+"?name=scan_telnet.csv", bytes.NewReader(body))
		if err != nil || a.StatusCode != http.StatusAccepted {
			b.Fatal(a.Status, err)
		}
		accepted <- s.receipt(a).Intakes[0].Intake
	}
	close(accepted)
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
	if list := s.intakes(); list[0].State != feed.Done {
		b.Fatalf("%+v", list[0])
	}
}
