package mail_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/door/listen"
	"github.com/firehall/firehall/internal/incident/door/mail"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/keyring"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// BenchmarkSMTP takes mails of 8 KiB over twenty connections at a time, each durable before its 250.
func BenchmarkSMTP(b *testing.B) {
	db := sqldbtest.Open(b, sqldb.SQLite)
	d := mail.New(mail.Options{DB: db, Clock: clock.Real{}, Key: [32]byte{1}, Addresses: []string{"cert@cert.example"}})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	s := listen.New(listen.Options{
		Take:  func(ctx context.Context, a mail.Arrival) error { return d.Take(ctx, identity.System("mail"), a) },
		Takes: d.Takes, Name: "mx", MaxMail: 1 << 20, Rate: 1 << 30, Connections: 400, Clock: clock.Real{}, Log: slog.New(slog.DiscardHandler),
	})
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	body := from("ada@victim.example", "%d@victim.example", "x", "", strings.Repeat("words and more words\r\n", 380))
	var next atomic.Int64
	var group sync.WaitGroup
	for range 20 {
		c, err := smtp.Dial(l.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		group.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				if err := c.SendMail("ada@victim.example", []string{"cert@cert.example"}, strings.NewReader(fmt.Sprintf(body, n))); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
	stop()
	<-done
}

// BenchmarkReports makes reports of mails that wait. What counts on a machine that does other things too is the time of the processor.
func BenchmarkReports(b *testing.B) {
	db := sqldbtest.Open(b, sqldb.SQLite)
	dir := b.TempDir()
	reports, err := incident.New(incident.Options{
		DB: db, Clock: clock.Real{}, Log: slog.New(slog.DiscardHandler), FS: disk.OS{}, Dir: filepath.Join(dir, "evidence"),
		Keys: keyring.Open(disk.OS{}, filepath.Join(dir, "keys"), clock.Real{}),
	})
	if err != nil {
		b.Fatal(err)
	}
	d := mail.New(mail.Options{DB: db, Clock: clock.Real{}, Key: [32]byte{1}, Accept: reports.Accept})
	var group sync.WaitGroup
	for n := range b.N {
		group.Go(func() {
			raw := from("ada@victim.example", fmt.Sprint(n, "@victim.example"), "x", "", strings.Repeat("words and more words\r\n", 380))
			if err := d.Take(context.Background(), identity.System("mail"), mail.Arrival{Via: "smtp", Raw: []byte(raw)}); err != nil {
				b.Error(err)
			}
		})
	}
	group.Wait()
	q := jobs.New(jobs.Options{DB: db, Clock: clock.Real{}, Log: slog.New(slog.DiscardHandler), Alone: true})
	q.Handle(d.Kind())
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	b.ResetTimer()
	before := processor(b)
	go func() { done <- q.Run(ctx) }()
	for w, err := d.Waiting(ctx); err == nil && w.Mails > 0; w, err = d.Waiting(ctx) {
		time.Sleep(20 * time.Millisecond) // to ask costs, too
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
	b.ReportMetric(float64(b.N)/(processor(b)-before).Seconds(), "mails/cpu-s")
	stop()
	<-done
}

// processor is how much of its time this process has had.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
