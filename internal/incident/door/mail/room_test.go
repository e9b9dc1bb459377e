package mail_test

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/door/mail"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/keyring"
	"github.com/firehall/firehall/internal/platform/mime"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// house is a door with the real room of reports behind it.
type house struct {
	t       *testing.T
	db      *sqldb.DB
	door    *mail.Door
	reports *incident.Service
}

// resolver lets victim.example and bank.example send from 192.0.2.1.
type resolver struct{}

func (resolver) LookupTXT(_ context.Context, name string) ([]string, error) {
	switch strings.TrimSuffix(name, ".") {
	case "victim.example", "bank.example":
		return []string{"v=spf1 ip4:192.0.2.1 -all"}, nil
	case "_dmarc.victim.example", "_dmarc.bank.example":
		return []string{"v=DMARC1; p=reject"}, nil
	}
	return nil, &net.DNSError{Err: "no such host", IsNotFound: true}
}
func (resolver) LookupMX(context.Context, string) ([]*net.MX, error)        { return nil, nil }
func (resolver) LookupIPAddr(context.Context, string) ([]net.IPAddr, error) { return nil, nil }
func (resolver) LookupAddr(context.Context, string) ([]string, error)       { return nil, nil }

func newHouse(t *testing.T, db *sqldb.DB) *house {
	t.Helper()
	dir := t.TempDir()
	reports, err := incident.New(incident.Options{
		DB: db, Clock: clock.Real{}, Log: slog.New(slog.DiscardHandler), FS: disk.OS{}, Dir: filepath.Join(dir, "evidence"),
		Keys: keyring.Open(disk.OS{}, filepath.Join(dir, "keys"), clock.Real{}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return &house{t, db, mail.New(mail.Options{
		DB: db, Clock: clock.Real{}, Key: [32]byte{1}, Addresses: []string{"cert@cert.example"}, Resolver: resolver{}, Accept: reports.Accept,
	}), reports}
}

// take takes mails, each from an IP address, and makes reports of them.
func (h *house) take(ip string, mails ...string) {
	h.t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), 2*time.Minute)
	defer stop()
	for _, m := range mails {
		from := m[strings.Index(m, "<")+1 : strings.Index(m, ">")]
		a := mail.Arrival{Via: "smtp", Raw: []byte(m), Envelope: mime.Envelope{IP: netip.MustParseAddr(ip), Hello: "x", From: from}}
		if err := h.door.Take(ctx, identity.System("mail"), a); err != nil {
			h.t.Fatal(err)
		}
	}
	q := jobs.New(jobs.Options{DB: h.db, Clock: clock.Real{}, Log: slog.New(slog.DiscardHandler), Alone: true})
	q.Handle(h.door.Kind())
	run, end := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- q.Run(run) }()
	for ctx.Err() == nil {
		w, err := h.door.Waiting(ctx)
		if err != nil || w.Mails == 0 {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	end()
	<-done
}

func (h *house) list() []incident.Row {
	h.t.Helper()
	p, err := h.reports.Reports(h.t.Context(), identity.System("test"), incident.Filter{Request: page.Request{Limit: 100}})
	if err != nil {
		h.t.Fatal(err)
	}
	return p.Items
}

func (h *house) report(id string) incident.Report {
	h.t.Helper()
	r, err := h.reports.Report(h.t.Context(), identity.System("test"), id)
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

func from(address, id, subject, more, text string) string {
	return "From: <" + address + ">\r\nTo: cert@cert.example\r\nSubject: " + subject + "\r\nMessage-ID: <" + id + ">\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n" + more + "\r\n" + text + "\r\n"
}

func TestThreads(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		first := from("ada@victim.example", "1@victim.example", "we were hacked", "", "help")
		h.take("192.0.2.1", first, first)
		all := h.list()
		if len(all) != 1 || all[0].Verified != incident.DMARC {
			t.Fatalf("the same mail twice: %+v", all)
		}
		ref := all[0].Ref
		h.take("192.0.2.1",
			from("ada@victim.example", "2@victim.example", "Re: more", "References: <1@victim.example>\r\n", "by reference"),
			from("ada@victim.example", "3@victim.example", "Re: [CERT "+ref+"] more", "", "by tag"))
		if all = h.list(); len(all) != 1 {
			t.Fatalf("what belongs to the dialogue became a report: %+v", all)
		}
		if r := h.report(all[0].ID); len(r.Messages) != 2 {
			t.Errorf("%d messages in the dialogue", len(r.Messages))
		}
		h.take("192.0.2.1", from("eve@bank.example", "4@bank.example", "[CERT "+ref+"] I am Ada", "", "by a stranger who is proven"))
		h.take("198.51.100.1", from("ada@victim.example", "5@victim.example", "[CERT "+ref+"] I am Ada", "", "with a forged sender"))
		if all = h.list(); len(all) != 3 {
			t.Errorf("forged tags: %d reports", len(all))
		}
	})
}
