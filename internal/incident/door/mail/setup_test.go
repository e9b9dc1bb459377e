package mail

import (
	"context"
	"io"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/mime"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// desk is a door with a room of reports behind it that only remembers.
type desk struct {
	*Door
	t  testing.TB
	db *sqldb.DB

	mu       sync.Mutex
	drafts   []incident.Draft
	raws     []string
	files    map[string]string
	answers  []Answer
	bounces  []string
	refuse   func(d incident.Draft) error
	answered incident.Report // what Accept gives; a new report if zero
}

func newDesk(t testing.TB, db *sqldb.DB, change ...func(*Options)) *desk {
	k := &desk{t: t, db: db, files: map[string]string{}}
	o := Options{
		DB: db, Clock: clock.Real{}, Log: slog.New(slog.DiscardHandler), Key: [32]byte{1}, Addresses: []string{"cert@cert.example"},
		Accept:     k.accept,
		ReturnPath: func(a string) bool { return strings.HasPrefix(a, "bounce+good") },
		Bounced: func(_ context.Context, _ identity.Actor, r io.Reader) (bool, error) {
			b, err := io.ReadAll(r)
			k.mu.Lock()
			defer k.mu.Unlock()
			k.bounces = append(k.bounces, string(b))
			return !strings.Contains(string(b), "useless"), err
		},
		Answer: func(_ context.Context, _ identity.Actor, a Answer) error {
			k.mu.Lock()
			defer k.mu.Unlock()
			k.answers = append(k.answers, a)
			return nil
		},
	}
	for _, c := range change {
		c(&o)
	}
	k.Door = New(o)
	return k
}

func (k *desk) accept(_ context.Context, _ identity.Actor, d incident.Draft) (incident.Report, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.refuse != nil {
		if err := k.refuse(d); err != nil {
			return incident.Report{}, err
		}
	}
	raw := ""
	if d.Raw != nil {
		b, err := io.ReadAll(d.Raw)
		if err != nil {
			return incident.Report{}, err
		}
		raw = string(b)
	}
	for _, f := range d.Files {
		b, err := io.ReadAll(f.Body)
		if err != nil {
			return incident.Report{}, err
		}
		k.files[f.Name] = string(b)
	}
	k.drafts, k.raws = append(k.drafts, d), append(k.raws, raw)
	if k.answered.ID != "" {
		return k.answered, nil
	}
	return incident.Report{ID: id.New(), Ref: "R-AAAAAA", State: incident.StateNew, Received: time.Now().Add(time.Second)}, nil
}

// work does the jobs until no mail waits.
func (k *desk) work() {
	k.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	q := jobs.New(jobs.Options{DB: k.db, Clock: clock.Real{}, Log: slog.New(slog.DiscardHandler), Alone: true})
	kind := k.Kind()
	kind.Backoff = func(int) time.Duration { return time.Millisecond }
	q.Handle(kind)
	done := make(chan error, 1)
	run, stop := context.WithCancel(ctx)
	go func() { done <- q.Run(run) }()
	for k.waits(ctx) > 0 {
		time.Sleep(5 * time.Millisecond)
	}
	stop()
	if err := <-done; err != nil && ctx.Err() == nil {
		k.t.Log(err)
	}
}

func (k *desk) waits(ctx context.Context) int {
	k.t.Helper()
	w, err := k.Waiting(ctx)
	if err != nil {
		k.t.Fatal(err)
	}
	return w.Mails
}

// take takes mails to the address for reports, by SMTP.
func (k *desk) take(mails ...string) {
	k.t.Helper()
	for _, m := range mails {
		k.takeTo("cert@cert.example", m)
	}
}

func (k *desk) takeTo(to, mail string) {
	k.t.Helper()
	a := Arrival{
		Via: "smtp", Recipients: []string{to}, Raw: []byte(mail),
		Envelope: mime.Envelope{IP: netip.MustParseAddr("192.0.2.1"), Hello: "mx.victim.example", From: "ada@victim.example"},
	}
	if err := k.Take(context.Background(), identity.System("mail"), a); err != nil {
		k.t.Fatal(err)
	}
}

// one takes a mail and gives the draft that came of it.
func (k *desk) one(mail string) incident.Draft {
	k.t.Helper()
	k.take(mail)
	k.work()
	if len(k.drafts) != 1 {
		k.t.Fatalf("%d drafts", len(k.drafts))
	}
	return k.drafts[0]
}

func each(t *testing.T, fn func(t *testing.T, k *desk)) {
	t.Helper()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) { fn(t, newDesk(t, db)) })
}

func onSQLite(t testing.TB, change ...func(*Options)) *desk {
	t.Helper()
	return newDesk(t, sqldbtest.Open(t, sqldb.SQLite), change...)
}

func letter(fields, body string) string {
	return "From: Ada <ada@victim.example>\r\nTo: cert@cert.example\r\nSubject: we were hacked\r\nMessage-ID: <1@victim.example>\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n" + fields + "\r\n" + body
}

var system = identity.System("mail")

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }
