package listen

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/incident/door/mail"
)

// box keeps what came.
type box struct {
	mu    sync.Mutex
	mails []mail.Arrival
	fail  error
}

func (b *box) take(_ context.Context, a mail.Arrival) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail != nil {
		return b.fail
	}
	b.mails = append(b.mails, a)
	return nil
}

func takes(address string) bool {
	return strings.EqualFold(address, "cert@cert.example") || address == "soc@cert.example"
}

// serve starts a server and gives its address.
func serve(t *testing.T, b *box, change ...func(*Options)) (address string) {
	t.Helper()
	o := Options{Take: b.take, Takes: takes, Name: "mx.cert.example", MaxMail: 4 << 20, Rate: 600, Connections: 100, Clock: clock.Real{}, Log: slog.New(slog.DiscardHandler)}
	for _, c := range change {
		c(&o)
	}
	network, where := "tcp", "127.0.0.1:0"
	if o.LMTP {
		network, where = "unix", filepath.Join(t.TempDir(), "l.sock")
	}
	l, err := net.Listen(network, where)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- New(o).Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

func dial(t *testing.T, address string) *smtp.Client {
	t.Helper()
	c, err := smtp.Dial(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// code is the reply's, 0 for none.
func code(err error) int {
	var s *smtp.SMTPError
	if errors.As(err, &s) {
		return s.Code
	}
	if err != nil {
		return -1
	}
	return 0
}

func TestMailIsTaken(t *testing.T) {
	b := &box{}
	c := dial(t, serve(t, b))
	if err := c.Hello("mx.victim.example"); err != nil {
		t.Fatal(err)
	}
	if err := c.SendMail("ada@victim.example", []string{"cert@cert.example", "soc@cert.example"}, strings.NewReader("Subject: x\r\n\r\n.hello\r\n")); err != nil {
		t.Fatal(err)
	}
	if err := c.SendMail("", []string{"cert@cert.example"}, strings.NewReader("Subject: y\r\n\r\nx\r\n")); err != nil {
		t.Fatal(err)
	}
	a := b.mails[0]
	raw := string(a.Raw)
	if a.Via != "smtp" || a.Envelope.From != "ada@victim.example" || a.Envelope.Hello != "mx.victim.example" || a.Envelope.IP.String() != "127.0.0.1" || len(a.Recipients) != 2 {
		t.Errorf("%+v", a)
	}
	if !strings.HasPrefix(raw, "Return-Path: <ada@victim.example>\r\nReceived: from mx.victim.example ([127.0.0.1])\r\n\tby mx.cert.example with ESMTP;") || !strings.HasSuffix(raw, "\r\nSubject: x\r\n\r\n.hello\r\n") {
		t.Errorf("%q", raw)
	}
	if !strings.HasPrefix(string(b.mails[1].Raw), "Return-Path: <>\r\n") {
		t.Errorf("null path: %q", b.mails[1].Raw)
	}
}

func TestWhatIsRefused(t *testing.T) {
	b := &box{}
	address := serve(t, b)
	for _, to := range []string{"somebody@cert.example", "cert@elsewhere.example", "cert"} {
		c := dial(t, address)
		if err := c.Mail("a@b.example", nil); err != nil {
			t.Fatal(err)
		}
		if err := c.Rcpt(to, nil); code(err) != 550 && code(err) != 501 {
			t.Errorf("%s: %v", to, err)
		}
	}
	c := dial(t, address)
	if err := c.Mail("a@b.example", &smtp.MailOptions{Size: 5 << 20}); code(err) != 552 {
		t.Errorf("announced too large: %v", err)
	}
	c = dial(t, address)
	if err := c.SendMail("a@b.example", []string{"cert@cert.example"}, strings.NewReader(strings.Repeat("x\r\n", 2<<20))); code(err) != 552 {
		t.Errorf("too large: %v", err)
	}
	if len(b.mails) != 0 {
		t.Errorf("%d mails were taken", len(b.mails))
	}
}

// What is not durable is not accepted: the other side keeps it.
func TestWhatCannotBeStoredComesAgain(t *testing.T) {
	b := &box{fail: errors.New("disk full")}
	c := dial(t, serve(t, b))
	send := func() error {
		return c.SendMail("a@b.example", []string{"cert@cert.example"}, strings.NewReader("Subject: x\r\n\r\nx\r\n"))
	}
	if err := send(); code(err) != 451 {
		t.Errorf("%v", err)
	}
	b.mu.Lock()
	b.fail = nil
	b.mu.Unlock()
	if err := send(); err != nil || len(b.mails) != 1 {
		t.Errorf("%v, %d mails", err, len(b.mails))
	}
}

func TestPaceOfOneAddress(t *testing.T) {
	clk := clock.At(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
	b := &box{}
	c := dial(t, serve(t, b, func(o *Options) { o.Rate, o.Clock = 3, clk }))
	send := func() error {
		return c.SendMail("a@b.example", []string{"cert@cert.example"}, strings.NewReader("\r\nx\r\n"))
	}
	for range 3 {
		if err := send(); err != nil {
			t.Fatal(err)
		}
	}
	if err := send(); code(err) != 450 {
		t.Errorf("the fourth: %v", err)
	}
	clk.Advance(time.Minute)
	if err := send(); err != nil {
		t.Errorf("a minute later: %v", err)
	}
}

func TestConnectionsOfOneAddress(t *testing.T) {
	address := serve(t, &box{}, func(o *Options) { o.Connections = 20 })
	first := []*smtp.Client{dial(t, address), dial(t, address)}
	if err := first[0].Hello("x"); err != nil {
		t.Fatal(err)
	}
	if err := first[1].Hello("x"); err != nil {
		t.Fatal(err)
	}
	c := dial(t, address)
	if err := c.Hello("x"); code(err) != 421 {
		t.Errorf("the third: %v", err)
	}
	_ = first[0].Close()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if err := dial(t, address).Hello("x"); err == nil {
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("after one had gone: %v", err)
		}
	}
}

func TestLMTP(t *testing.T) {
	b := &box{}
	address := serve(t, b, func(o *Options) { o.LMTP = true })
	conn, err := net.Dial("unix", address)
	if err != nil {
		t.Fatal(err)
	}
	c := smtp.NewClientLMTP(conn)
	defer func() { _ = c.Close() }()
	if err := c.Mail("ada@victim.example", nil); err != nil {
		t.Fatal(err)
	}
	if err := c.Rcpt("cert@cert.example", nil); err != nil {
		t.Fatal(err)
	}
	w, err := c.Data()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprint(w, "Received: from x\r\nSubject: x\r\n\r\nx\r\n"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if a := b.mails[0]; a.Via != "lmtp" || a.Envelope.IP.IsValid() || a.Envelope.From != "ada@victim.example" || !strings.Contains(string(a.Raw), "with LMTP;") {
		t.Errorf("%+v %q", a, a.Raw)
	}
}

func TestSTARTTLS(t *testing.T) {
	b := &box{}
	own := certificate(t)
	address := serve(t, b, func(o *Options) { o.TLS = &tls.Config{Certificates: []tls.Certificate{own}} })
	c, err := smtp.DialStartTLS(address, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // its own certificate
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if err := c.SendMail("a@b.example", []string{"cert@cert.example"}, strings.NewReader("\r\nx\r\n")); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b.mails[0].Raw), "with ESMTPS;") {
		t.Errorf("%q", b.mails[0].Raw)
	}
}

// A greeting or return path cannot put lines of its own into the trace.
func TestTraceIsOurs(t *testing.T) {
	for _, from := range []string{"a\r\nX: y@b.example", "<>", "a> b@c"} {
		if got := strings.Map(printable, from); strings.ContainsAny(got, "\r\n<> ") {
			t.Errorf("%q", got)
		}
	}
}

// Large mails take turns: no network holds all places, and none holds one for long by sending slowly.
func TestLargeMailsTakeTurns(t *testing.T) {
	now := clock.At(time.Unix(0, 0))
	p := newPlaces(now)
	take := func(ip string, want bool) func() {
		t.Helper()
		leave, ok := p.enter(netip.MustParseAddr(ip))
		if ok != want {
			t.Errorf("%s: %v, want %v", ip, ok, want)
		}
		return leave
	}
	first := take("192.0.2.1", true)
	take("192.0.2.1", true)
	take("192.0.2.1", false)
	take("2001:db8::1", true)
	take("2001:db8::2", true)
	take("198.51.100.1", false)
	first()
	take("192.0.2.1", true)
	slow := &timed{strings.NewReader("abcdef"), p.until()}
	if n, err := slow.Read(make([]byte, 3)); n != 3 || err != nil {
		t.Error(n, err)
	}
	now.Advance(largeWithin + time.Second)
	if _, err := slow.Read(make([]byte, 3)); !errors.Is(err, errSlow) {
		t.Errorf("it may go on for ever: %v", err)
	}
}

// The mail server beside us brings what comes for all, by one socket: it has no share.
func TestLargeMailsOfTheServerBeside(t *testing.T) {
	p := newPlaces(clock.Real{})
	for n := range largePlaces + 1 {
		if _, ok := p.enter(netip.Addr{}); ok != (n < largePlaces) {
			t.Errorf("the mail number %d: %v", n+1, ok)
		}
	}
}

func TestManyRemembered(t *testing.T) {
	r := newRates(clock.At(time.Unix(0, 0)), 1)
	for i := range maxRemembered + 10 {
		r.allow(addressOf(&net.TCPAddr{IP: net.IPv4(byte(10), byte(i>>16), byte(i>>8), byte(i))}))
	}
	if len(r.of) > maxRemembered {
		t.Errorf("%d are remembered", len(r.of))
	}
	if r.allow(addressOf(&net.TCPAddr{IP: net.ParseIP("2001:db8::1")})); r.allow(addressOf(&net.TCPAddr{IP: net.ParseIP("2001:db8::2")})) {
		t.Error("one IPv6 network counts as two senders")
	}
}
