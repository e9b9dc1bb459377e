package mailbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/incident/door/mail"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// post is a mailbox on a server of its own, with what was taken out of it.
type post struct {
	t       testing.TB
	user    *imapmemserver.User
	address string

	mu    sync.Mutex
	mails []string
	fail  int // so many times
}

func newPost(t testing.TB) *post {
	t.Helper()
	p := &post{t: t, user: imapmemserver.NewUser("cert", "secret")}
	if err := p.user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	mem := imapmemserver.New()
	mem.AddUser(p.user)
	server := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return mem.NewSession(), nil, nil
		},
		Caps: imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapIMAP4rev2: {}}, InsecureAuth: true,
		Logger: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug),
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	p.address = l.Addr().String()
	return p
}

// literal is a mail to append.
type literal struct{ *strings.Reader }

func (l literal) Size() int64 { return l.Reader.Size() }

func (p *post) put(mails ...string) {
	p.t.Helper()
	for _, m := range mails {
		if _, err := p.user.Append("INBOX", literal{strings.NewReader(m)}, &imap.AppendOptions{}); err != nil {
			p.t.Fatal(err)
		}
	}
}

func (p *post) take(_ context.Context, a mail.Arrival) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail > 0 {
		p.fail--
		return errors.New("the disk is full")
	}
	p.mails = append(p.mails, string(a.Raw))
	return nil
}

func (p *post) got() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.mails...)
}

func (p *post) count(folder string) uint32 {
	p.t.Helper()
	s, err := p.user.Status(folder, &imap.StatusOptions{NumMessages: true})
	if err != nil {
		return 0
	}
	return *s.NumMessages
}

func (p *post) unseen() uint32 {
	p.t.Helper()
	s, err := p.user.Status("INBOX", &imap.StatusOptions{NumUnseen: true})
	if err != nil {
		p.t.Fatal(err)
	}
	return *s.NumUnseen
}

func (p *post) box(db *sqldb.DB, change ...func(*Options)) *Box {
	o := Options{
		DB: db, Clock: clock.Real{}, Log: slog.New(slog.DiscardHandler), Take: p.take, Server: p.address, Security: "off", User: "cert", Password: "secret",
		Folder: "INBOX", MaxMail: 1 << 20, Poll: 10 * time.Minute, Pause: time.Millisecond,
	}
	for _, c := range change {
		c(&o)
	}
	return New(o)
}

// run runs a box until a condition holds.
func (p *post) run(b *Box, what string, holds func() bool) {
	p.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	for deadline := time.Now().Add(2 * time.Minute); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Errorf("%s: it did not come to that; %d mails", what, len(p.got()))
			break
		}
	}
	cancel()
	if err := <-done; err != nil {
		p.t.Error(err)
	}
}

func TestFetch(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		p := newPost(t)
		p.put("Subject: 1\r\n\r\nx", "Subject: 2\r\n\r\nx")
		p.run(p.box(db), "two mails", func() bool { return len(p.got()) == 2 && p.unseen() == 0 })
		p.put("Subject: 3\r\n\r\nx")
		p.run(p.box(db), "a third, by another process", func() bool { return len(p.got()) == 3 && p.unseen() == 0 })
		if got := p.got(); !strings.HasPrefix(got[2], "Subject: 3") || p.count("INBOX") != 3 {
			t.Errorf("%q", got)
		}
	})
}

// IDLE tells of new mail long before the next look.
func TestServerTells(t *testing.T) {
	p := newPost(t)
	b := p.box(sqldbtest.Open(t, sqldb.SQLite))
	last := time.Time{}
	p.run(b, "a mail that comes later", func() bool { // the first may come in the moment before IDLE, and wait with it for the second
		if h, err := b.Health(context.Background()); err == nil && !h.Looked.IsZero() && time.Since(last) > 300*time.Millisecond {
			p.put("Subject: new\r\n\r\nx")
			last = time.Now()
		}
		return len(p.got()) > 0
	})
}

func TestMoved(t *testing.T) {
	p := newPost(t)
	p.put("Subject: 1\r\n\r\nx")
	p.run(p.box(sqldbtest.Open(t, sqldb.SQLite), func(o *Options) { o.Done = "Reports" }), "the move", func() bool { return p.count("Reports") == 1 && p.count("INBOX") == 0 })
}

// A mail is marked only when it is safe, and fetched again until then.
func TestTakenLater(t *testing.T) {
	p := newPost(t)
	p.put("Subject: 1\r\n\r\nx")
	p.fail = 3
	b := p.box(sqldbtest.Open(t, sqldb.SQLite))
	p.run(b, "the fourth attempt", func() bool { return len(p.got()) == 1 && p.unseen() == 0 })
	p.run(b, "health", func() bool {
		h, err := b.Health(context.Background())
		return err == nil && h.Fault == "" && h.Failing.IsZero() && !h.Looked.IsZero()
	})
	if n := len(p.got()); n != 1 {
		t.Errorf("%d mails", n)
	}
}

func TestLargeMailIsCut(t *testing.T) {
	p := newPost(t)
	p.put("Subject: 1\r\n\r\n"+strings.Repeat("x", 3<<20), "Subject: 2\r\n\r\nx")
	p.run(p.box(sqldbtest.Open(t, sqldb.SQLite)), "both", func() bool { return len(p.got()) == 2 })
	if got := p.got(); len(got[0]) != 1<<20+1 { // one byte more than a mail may have: whoever reads it sees that it was cut
		t.Errorf("%d bytes", len(got[0]))
	}
}

func TestMailboxThatWasMadeAnew(t *testing.T) {
	p := newPost(t)
	db := sqldbtest.Open(t, sqldb.SQLite)
	b := p.box(db)
	if err := b.reached(t.Context(), 4711, 99); err != nil { // another UIDVALIDITY
		t.Fatal(err)
	}
	p.put("Subject: 1\r\n\r\nx")
	p.run(b, "from the start", func() bool { return len(p.got()) == 1 })
}

func TestFaultsAreTold(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*Options)
		want   string
	}{
		"password": {func(o *Options) { o.Password = "wrong" }, "imap_password"},
		"server":   {func(o *Options) { o.Server = "127.0.0.1:1" }, "imap_server"},
		"folder":   {func(o *Options) { o.Folder = "Nothing" }, "imap_folder"},
		"TLS":      {func(o *Options) { o.Security = "tls" }, "imap_tls"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			b := p.box(sqldbtest.Open(t, sqldb.SQLite), tt.change)
			var h Health
			p.run(b, "the fault", func() (told bool) {
				var err error
				h, err = b.Health(context.Background())
				return err == nil && h.Fault != ""
			})
			if !strings.Contains(h.Fault, tt.want) || h.Failing.IsZero() || strings.Contains(fmt.Sprint(h), "secret") {
				t.Errorf("%+v", h)
			}
		})
	}
}
