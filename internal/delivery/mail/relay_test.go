package mail_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/delivery/mail"
	"github.com/firehall/firehall/internal/delivery/mail/sink"
)

func send(t *testing.T, c *mail.Channel, d delivery.Draft) (delivery.Item, delivery.Result) {
	t.Helper()
	m := item(compose(t, c, d))
	return m, c.Send(context.Background(), m)
}

func reply(code int, status, words string) error {
	e := &smtp.SMTPError{Code: code, Message: words, EnhancedCode: smtp.NoEnhancedCode}
	if status != "" {
		_, _ = fmt.Sscanf(status, "%d.%d.%d", &e.EnhancedCode[0], &e.EnhancedCode[1], &e.EnhancedCode[2])
	}
	return e
}

func TestAccepted(t *testing.T) {
	tests := []struct {
		name   string
		sink   sink.Options
		change func(*mail.Config)
	}{
		{"STARTTLS", sink.Options{}, nil},
		{"TLS from the first byte", sink.Options{Implicit: true}, func(c *mail.Config) { c.TLS = "tls" }},
		{"no TLS on this machine", sink.Options{NoTLS: true}, func(c *mail.Config) { c.TLS = "off" }},
		{"log-in", sink.Options{User: "u", Password: "p"}, func(c *mail.Config) { c.User, c.Password = "u", "p" }},
		{"no DSN, no UTF-8", sink.Options{NoDSN: true, NoUTF8: true}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, s := relayed(t, tt.sink, tt.change)
			m, res := send(t, c, draft())
			if res.Outcome != delivery.Accepted || res.Code != 250 {
				t.Fatalf("%+v", res)
			}
			got := s.Messages()
			if len(got) != 1 || !bytes.Equal(got[0].Bytes, m.Bytes) || got[0].ID != m.MessageID || got[0].From != m.ReturnPath || got[0].To[0] != m.Address {
				t.Errorf("%+v", got)
			}
			if tt.sink.NoDSN == (got[0].EnvID == m.ID && got[0].Return == "HDRS") {
				t.Errorf("DSN %q %q", got[0].EnvID, got[0].Return)
			}
		})
	}
}

func TestAnswers(t *testing.T) {
	end := func(err error) sink.Options { return sink.Options{Answer: func(sink.Message) error { return err }} }
	tests := []struct {
		name      string
		sink      sink.Options
		want      delivery.Outcome
		code      int
		status    string
		recipient bool
		says      string
	}{
		{"greylisted", sink.Options{Greylist: 1}, delivery.Deferred, 451, "4.7.1", false, "greylisted"},
		{"no such user", sink.Options{Refuse: func(string) bool { return true }}, delivery.Refused, 550, "5.1.1", true, "no such user"},
		{"recipient, no status", sink.Options{Rcpt: reply(553, "", "unknown")}, delivery.Refused, 553, "", true, "unknown"},
		{"policy at RCPT", sink.Options{Rcpt: reply(550, "5.7.1", "blocked by a list")}, delivery.Refused, 550, "5.7.1", false, "blocked"},
		{"mailbox closed", sink.Options{Rcpt: reply(550, "5.2.1", "disabled")}, delivery.Refused, 550, "5.2.1", true, "disabled"},
		{"relay denied", sink.Options{Rcpt: reply(554, "5.7.1", "<a@b>: Relay access denied")}, delivery.Down, 554, "5.7.1", false, "mail.user"},
		{"log-in wanted", sink.Options{User: "u", Password: "p"}, delivery.Down, 530, "5.7.0", false, "sender"},
		{"sender refused", sink.Options{Sender: reply(550, "5.7.1", "not yours")}, delivery.Down, 550, "5.7.1", false, "mail.from"},
		{"sender later", sink.Options{Sender: reply(452, "4.3.1", "disk full")}, delivery.Deferred, 452, "4.3.1", false, "disk full"},
		{"too large, said late", sink.Options{Sender: reply(552, "5.3.4", "too big")}, delivery.Refused, 552, "5.3.4", false, "too big"},
		{"going down", sink.Options{Sender: reply(421, "4.3.2", "bye")}, delivery.Down, 421, "4.3.2", false, "bye"},
		{"going down at RCPT", sink.Options{Rcpt: reply(421, "4.3.2", "bye")}, delivery.Down, 421, "4.3.2", false, "bye"},
		{"content later", end(reply(451, "4.7.0", "scanner busy")), delivery.Deferred, 451, "4.7.0", false, "busy"},
		{"content never", end(reply(554, "5.7.1", "spam")), delivery.Refused, 554, "5.7.1", false, "spam"},
		{"going down after the end", end(reply(421, "4.3.2", "bye")), delivery.Deferred, 421, "4.3.2", false, "bye"},
		{"too large", sink.Options{MaxBytes: 100}, delivery.Refused, 0, "5.3.4", false, "part_size"},
		{"cut off in the middle", sink.Options{DropData: 1}, delivery.Doubtful, 0, "4.4.2", false, ""},
		{"cut off after the end, taken", sink.Options{DropAfter: 1}, delivery.Doubtful, 0, "4.4.2", false, "after the end"},
		{"cut off after the end, not taken", sink.Options{DropEnd: 1}, delivery.Doubtful, 0, "4.4.2", false, "after the end"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, s := relayed(t, tt.sink, nil)
			m, res := send(t, c, draft())
			if res.Outcome != tt.want || res.Code != tt.code || res.Status != tt.status || res.Recipient != tt.recipient || !strings.Contains(res.Detail, tt.says) || strings.ContainsAny(res.Detail, "\r\n") {
				t.Fatalf("%+v", res)
			}
			s.Change(func(o *sink.Options) { *o = sink.Options{User: o.User, Password: o.Password} })
			if tt.sink.User != "" || tt.sink.MaxBytes > 0 {
				return
			}
			if res := c.Send(context.Background(), m); res.Outcome != delivery.Accepted {
				t.Errorf("the next attempt: %+v", res)
			}
			for _, same := range s.ByID()[m.MessageID] {
				if !bytes.Equal(same, m.Bytes) {
					t.Error("a repeat has other bytes")
				}
			}
		})
	}
}

func TestLargeMessageCutOffBeforeItsEnd(t *testing.T) {
	c, _ := relayed(t, sink.Options{DropData: 1}, nil)
	d := draft()
	d.Attachments[0].Data = make([]byte, 12<<20) // more than the sockets hold
	if _, res := send(t, c, d); res.Outcome != delivery.Deferred || !strings.Contains(res.Detail, "before the end") {
		t.Errorf("%+v", res)
	}
}

func TestDown(t *testing.T) {
	tests := []struct {
		name   string
		sink   sink.Options
		change func(*mail.Config)
		says   string
	}{
		{"nobody listens", sink.Options{}, func(c *mail.Config) { c.Relay = "127.0.0.1:1" }, "connect"},
		{"no STARTTLS", sink.Options{NoTLS: true}, nil, "STARTTLS"},
		{"unknown certificate", sink.Options{}, func(c *mail.Config) { c.Roots = nil }, "certificate"},
		{"not its name", sink.Options{}, func(c *mail.Config) { c.Relay = strings.Replace(c.Relay, "127.0.0.1", "127.0.0.2", 1) }, ""},
		{"TLS where there is none", sink.Options{NoTLS: true}, func(c *mail.Config) { c.TLS = "tls" }, "wants starttls"},
		{"wrong password", sink.Options{User: "u", Password: "p"}, func(c *mail.Config) { c.User, c.Password = "u", "x" }, "mail.password"},
		{"log-in not offered", sink.Options{}, func(c *mail.Config) { c.User = "u" }, "no log-in"},
		{"no relay", sink.Options{}, func(c *mail.Config) { c.Relay = "" }, "mail.relay"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, s := relayed(t, tt.sink, tt.change)
			if _, res := send(t, c, draft()); res.Outcome != delivery.Down || !strings.Contains(res.Detail, tt.says) {
				t.Errorf("%+v", res)
			}
			if len(s.Messages()) != 0 {
				t.Error("something was sent")
			}
		})
	}
}

// scripted answers each line of a client with the next answer; "" closes, "..." says nothing more.
func scripted(t *testing.T, answers ...string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go play(c, answers)
		}
	}()
	return l.Addr().String()
}

func play(c net.Conn, answers []string) {
	defer func() { _ = c.Close() }()
	in := bufio.NewReader(c)
	for i, a := range answers {
		if a == "..." {
			_, _ = io.Copy(io.Discard, in)
		}
		if a == "" || a == "..." {
			return
		}
		_, _ = fmt.Fprintf(c, "%s\r\n", strings.ReplaceAll(a, "\n", "\r\n"))
		for i+1 < len(answers) {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			if !strings.HasPrefix(a, "354") || line == ".\r\n" {
				break
			}
		}
	}
	_, _ = in.ReadString('\n')
}

func TestStrangeServers(t *testing.T) {
	const hi, ehlo, ok = "220 hi", "250-me\n250 SIZE", "250 ok"
	tests := []struct {
		name    string
		answers []string
		want    delivery.Outcome
		code    int
		says    string
	}{
		{"hangs up", []string{""}, delivery.Down, 0, "greeting"},
		{"says nothing", []string{"..."}, delivery.Down, 0, "greeting"},
		{"too busy", []string{"421 too busy"}, delivery.Down, 421, "too busy"},
		{"no service", []string{"554 no service"}, delivery.Down, 554, "no service"},
		{"another protocol", []string{"SSH-2.0-OpenSSH_9.2"}, delivery.Down, 0, "not SMTP"},
		{"endless line", []string{"220 " + strings.Repeat("x", 1<<20)}, delivery.Down, 0, "greeting"},
		{"endless answer", []string{strings.Repeat("220-x\n", 1000) + "220 x"}, delivery.Down, 0, "not SMTP"},
		{"two codes at once", []string{"220-x\n250 y"}, delivery.Down, 0, "not SMTP"},
		{"no EHLO", []string{hi, "502 what?"}, delivery.Down, 502, "EHLO"},
		{"code alone", []string{"220", "250", "250", "250", "354", "250"}, delivery.Accepted, 250, ""},
		{"slow at MAIL", []string{hi, ehlo, "..."}, delivery.Deferred, 0, "before the end"},
		{"hangs up at RCPT", []string{hi, ehlo, ok, ""}, delivery.Deferred, 0, "before the end"},
		{"DATA refused", []string{hi, ehlo, ok, ok, "554 no valid recipients"}, delivery.Refused, 554, "valid"},
		{"DATA later", []string{hi, ehlo, ok, ok, "451 wait"}, delivery.Deferred, 451, "wait"},
		{"DATA accepted at once", []string{hi, ehlo, ok, ok, "250 thanks"}, delivery.Deferred, 250, "thanks"},
		{"silent after the dot", []string{hi, ehlo, ok, ok, "354 go", "..."}, delivery.Doubtful, 0, "after the end"},
		{"hangs up after the dot", []string{hi, ehlo, ok, ok, "354 go", ""}, delivery.Doubtful, 0, "after the end"},
		{"rubbish after the dot", []string{hi, ehlo, ok, ok, "354 go", "thank you"}, delivery.Doubtful, 0, "not SMTP"},
		{"354 again", []string{hi, ehlo, ok, ok, "354 go", "354 go on"}, delivery.Doubtful, 354, ""},
		{"an answer too many", []string{hi, ehlo, ok, "250 ok\n550 5.1.1 no such user", "250 never asked"}, delivery.Deferred, 0, "not asked"},
		{"an answer to the dot before it", []string{hi, ehlo, ok, ok, "354 go\n250 taken, surely"}, delivery.Deferred, 0, "not asked"},
		{"go on at RCPT", []string{hi, ehlo, ok, "354 go on"}, delivery.Deferred, 354, "go on"},
		{"several lines", []string{hi, ehlo, ok, "550-5.1.1 no such\n550 5.1.1 \x1b[31muser"}, delivery.Refused, 550, "550 5.1.1 no such [31muser"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := channel(t, func(cfg *mail.Config) {
				cfg.Relay, cfg.TLS, cfg.Timeout = scripted(t, tt.answers...), "off", 2*time.Minute
				if slices.Contains(tt.answers, "...") {
					cfg.Timeout = 4 * time.Second
				}
			})
			if _, res := send(t, c, draft()); res.Outcome != tt.want || res.Code != tt.code || !strings.Contains(res.Detail, tt.says) || len(res.Detail) > 600 {
				t.Errorf("%+v", res)
			}
		})
	}
}

func TestWordsSlippedInBeforeTLS(t *testing.T) {
	addr := scripted(t, "220 hi", "250-me\n250 STARTTLS", "220 go\n250 and more")
	c := channel(t, func(cfg *mail.Config) { cfg.Relay, cfg.Timeout = addr, 2*time.Minute })
	if _, res := send(t, c, draft()); res.Outcome != delivery.Down || !strings.Contains(res.Detail, "meddling") {
		t.Errorf("%+v", res)
	}
}

func TestAddressBeyondASCII(t *testing.T) {
	d := draft()
	d.To.Address = "käsittely@isp.example.net"
	c, s := relayed(t, sink.Options{}, nil)
	if _, res := send(t, c, d); res.Outcome != delivery.Accepted || !s.Messages()[0].UTF8 {
		t.Errorf("%+v", res)
	}
	c, _ = relayed(t, sink.Options{NoUTF8: true}, nil)
	if _, res := send(t, c, d); res.Outcome != delivery.Refused || res.Status != "5.6.7" || res.Recipient || !strings.Contains(res.Detail, "another address") {
		t.Errorf("%+v", res)
	}
}

func TestOneConnectionCarriesManyMessages(t *testing.T) {
	c, s := relayed(t, sink.Options{Refuse: func(a string) bool { return strings.HasPrefix(a, "no") }}, nil)
	for i := range 9 {
		d := draft()
		want := delivery.Accepted
		if i%3 == 1 {
			d.To.Address, want = "nobody@isp.example.net", delivery.Refused
		}
		if _, res := send(t, c, d); res.Outcome != want {
			t.Fatalf("%+v", res)
		}
	}
	if n := s.Counts(); n.Connections > 2 || len(s.Messages()) != 6 { // go-smtp makes a session before STARTTLS and one after
		t.Errorf("%+v", n)
	}
}

func TestAKeptConnectionThatDiedIsReplaced(t *testing.T) {
	c, s := relayed(t, sink.Options{}, nil)
	if _, res := send(t, c, draft()); res.Outcome != delivery.Accepted {
		t.Fatalf("%+v", res)
	}
	addr := s.Addr()
	_ = s.Close()
	if _, res := send(t, c, draft()); res.Outcome != delivery.Down {
		t.Fatalf("%+v", res)
	}
	again, err := sink.Start(sink.Options{Listen: addr, NoTLS: true})
	if err != nil {
		t.Skip("the port was taken by somebody else")
	}
	defer func() { _ = again.Close() }()
	if _, res := send(t, c, draft()); res.Outcome != delivery.Down || !strings.Contains(res.Detail, "STARTTLS") {
		t.Errorf("it offers no TLS any more: %+v", res)
	}
}

func TestAKeptConnectionThatEndsIsReplacedUnnoticed(t *testing.T) {
	first := []string{"220 hi", "250 me", "250 ok", "250 ok", "354 go", "250 taken"}
	for name, then := range map[string][]string{
		"closed meanwhile": {""}, "RSET refused": {"421 bye", ""}, "closed at MAIL": {"250 ok", ""}, "going down at RCPT": {"250 ok", "250 ok", "421 bye", ""},
	} {
		t.Run(name, func(t *testing.T) {
			addr := scripted(t, append(first[:len(first):len(first)], then...)...)
			c := channel(t, func(cfg *mail.Config) { cfg.Relay, cfg.TLS, cfg.Timeout = addr, "off", 2*time.Minute })
			for range 3 {
				if _, res := send(t, c, draft()); res.Outcome != delivery.Accepted {
					t.Errorf("%+v", res)
				}
			}
		})
	}
}

func TestLogin(t *testing.T) {
	offer := []string{"220 hi", "250-me\n250 AUTH LOGIN"}
	tests := []struct {
		name    string
		answers []string
		want    delivery.Outcome
	}{
		{"taken", []string{"334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "235 ok", "250 ok", "250 ok", "354 go", "250 taken"}, delivery.Accepted},
		{"refused", []string{"334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "535 5.7.8 no"}, delivery.Down},
		{"asks for ever", []string{"334 ", "334 ", "334 ", "334 "}, delivery.Down},
		{"not now", []string{"454 4.7.0 later"}, delivery.Down},
		{"repeats what it heard", []string{"334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "501 unknown: c2VjcmV0 (secret), AHVzZXIAc2VjcmV0"}, delivery.Down},
		{"rubbish", []string{"334 !!!"}, delivery.Down},
		{"hangs up", []string{""}, delivery.Down},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			addr := scripted(t, append(offer[:2:2], tt.answers...)...)
			c := channel(t, func(cfg *mail.Config) {
				cfg.Relay, cfg.TLS, cfg.Timeout, cfg.User, cfg.Password = addr, "off", 2*time.Minute, "user", "secret"
			})
			if _, res := send(t, c, draft()); res.Outcome != tt.want || strings.Contains(res.Detail, "secret") || strings.Contains(res.Detail, "c2VjcmV0") || strings.Contains(res.Detail, "AHVz") {
				t.Errorf("%+v", res)
			}
		})
	}
}

func TestStopped(t *testing.T) {
	c, s := relayed(t, sink.Options{Slow: 10 * time.Minute}, func(cfg *mail.Config) { cfg.Timeout = 5 * time.Minute })
	m := item(compose(t, c, draft()))
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(200*time.Millisecond, cancel)
	start := time.Now()
	if res := c.Send(ctx, m); res.Outcome != delivery.Stopped {
		t.Errorf("%+v", res)
	}
	if took := time.Since(start); took > 2*time.Minute {
		t.Errorf("it took %v to stop", took)
	}
	if res := c.Send(ctx, m); res.Outcome != delivery.Stopped {
		t.Errorf("%+v", res)
	}
	s.Change(func(o *sink.Options) { o.Slow = 0 })
	if res := c.Send(context.Background(), m); res.Outcome != delivery.Accepted || len(s.Messages()) != 1 {
		t.Errorf("%+v, %d messages", res, len(s.Messages()))
	}
}

func TestStoppedAfterTheDotTheAnswerCounts(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	c, s := relayed(t, sink.Options{Answer: func(sink.Message) error {
		cancel()
		time.Sleep(50 * time.Millisecond)
		return nil
	}}, nil)
	if res := c.Send(ctx, item(compose(t, c, draft()))); res.Outcome != delivery.Accepted || len(s.Messages()) != 1 {
		t.Errorf("%+v", res)
	}
}

func TestDamagedItems(t *testing.T) {
	c, s := relayed(t, sink.Options{}, nil)
	good := item(compose(t, c, draft()))
	for name, change := range map[string]func(*delivery.Item){
		"address":     func(m *delivery.Item) { m.Address = "a@b.example>\r\nRCPT TO:<c@d.example" },
		"return path": func(m *delivery.Item) { m.ReturnPath = "a@b.example>\r\nRCPT TO:<c@d.example" },
	} {
		t.Run(name, func(t *testing.T) {
			m := good
			change(&m)
			if res := c.Send(context.Background(), m); res.Outcome != delivery.Refused || res.Recipient {
				t.Errorf("%+v", res)
			}
		})
	}
	if len(s.Messages()) != 0 {
		t.Error("something was sent")
	}
}

func TestBytesArriveAsTheyAre(t *testing.T) {
	c, s := relayed(t, sink.Options{}, nil)
	m := item(compose(t, c, draft()))
	for _, body := range []string{".\r\n", "..\r\n.x\r\n", "a\r\n.\r\nb\r\n"} {
		m.Bytes = []byte("Message-ID: <x@y>\r\n\r\n" + body)
		if res := c.Send(context.Background(), m); res.Outcome != delivery.Accepted {
			t.Fatalf("%+v", res)
		}
		got := s.Messages()
		if !bytes.Equal(got[len(got)-1].Bytes, m.Bytes) {
			t.Errorf("%q came as %q", m.Bytes, got[len(got)-1].Bytes)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*mail.Config)
		want   string
	}{
		{"no sender", func(c *mail.Config) { c.From = "" }, "mail.from"},
		{"no address", func(c *mail.Config) { c.From = "CSIRT <a@example.org>" }, "mail.from"},
		{"sender beyond ASCII", func(c *mail.Config) { c.From = "ä@example.org" }, "beyond ASCII"},
		{"reply to nowhere", func(c *mail.Config) { c.ReplyTo = "x\r\nBcc: y@z" }, "mail.reply_to"},
		{"another's DKIM domain", func(c *mail.Config) { c.DKIMDomain = "example.com" }, "mail.dkim_domain"},
		{"DKIM domain below", func(c *mail.Config) { c.DKIMDomain = "mail.csirt.example.org" }, "mail.dkim_domain"},
		{"DKIM domain that only ends alike", func(c *mail.Config) { c.DKIMDomain = "rt.example.org" }, "mail.dkim_domain"},
		{"DKIM of a whole country", func(c *mail.Config) { c.DKIMDomain = "org" }, "mail.dkim_domain"},
		{"DKIM selector", func(c *mail.Config) { c.DKIMSelector = "a b" }, "mail.dkim_selector"},
		{"bounce domain", func(c *mail.Config) { c.BounceDomain = "a b" }, "mail.bounce_domain"},
		{"relay without a port", func(c *mail.Config) { c.Relay = "mail.example.org" }, "mail.relay"},
		{"TLS off for another machine", func(c *mail.Config) { c.Relay, c.TLS = "mail.example.org:25", "off" }, "not this machine"},
		{"no such TLS", func(c *mail.Config) { c.Relay, c.TLS = "mail.example.org:25", "ssl" }, "mail.tls"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := config()
			tt.change(&cfg)
			if _, err := mail.New(cfg, ring(t), clock.Real{}, slog.New(slog.DiscardHandler)); !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v", err)
			}
		})
	}
}
