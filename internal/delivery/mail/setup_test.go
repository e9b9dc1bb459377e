package mail_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	netmail "net/mail"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ProtonMail/gopenpgp/v3/crypto"
	"github.com/ProtonMail/gopenpgp/v3/profile"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/delivery/mail"
	"github.com/firehall/firehall/internal/delivery/mail/sink"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/keyring"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

func TestMain(m *testing.M) {
	if code, isChild := childProcess(); isChild {
		os.Exit(code)
	}
	code := m.Run()
	if dir, err := keyDir(); err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// keyDir has the keys of the team that all tests share: to make an RSA key takes a while.
var keyDir = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "keys") })

func ring(t testing.TB) *keyring.Ring {
	t.Helper()
	dir, err := keyDir()
	if err != nil {
		t.Fatal(err)
	}
	return keyring.Open(disk.OS{}, dir, clock.At(time.Now().Add(-time.Hour)))
}

func config() mail.Config {
	return mail.Config{From: "alerts@csirt.example.org", FromName: "CSIRT Example", ReplyTo: "desk@csirt.example.org", DKIMSelector: "fh", Hello: "fire.example.org"}
}

func channel(t testing.TB, change func(*mail.Config)) *mail.Channel {
	t.Helper()
	cfg := config()
	if change != nil {
		change(&cfg)
	}
	c, err := mail.New(cfg, ring(t), clock.Real{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// relayed is a channel that sends to a sink.
func relayed(t *testing.T, o sink.Options, change func(*mail.Config)) (*mail.Channel, *sink.Server) {
	t.Helper()
	s, err := sink.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return channel(t, func(cfg *mail.Config) {
		cfg.Relay, cfg.Roots, cfg.Timeout = s.Addr(), s.Roots(), 2*time.Minute
		if change != nil {
			change(cfg)
		}
	}), s
}

func draft() delivery.Draft {
	return delivery.Draft{
		ID: id.New(), To: constituency.Contact{ID: "c", Channel: constituency.Mail, Address: "abuse@isp.example.net"}, ToName: "Example ISP",
		Subject: "[TLP:GREEN] 3 open services in your network [FH-1]", Generic: "[TLP:AMBER] Message [FH-1]",
		Text:  "TLP:GREEN\n\nHello,\n\nFrom our feeds: \nline with a blank at its end \n.dot\n-- \nthe team in Jyväskylä\n",
		Label: tlp.Green, Language: "en", Ticket: "FH-1", Date: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC),
		Attachments: []delivery.Attachment{{Name: "events.csv", MediaType: "text/csv; charset=utf-8; header=present", Data: []byte("time.source,source.ip\r\n2026-11-22T09:00:00Z,192.0.2.1\r\n")}},
	}
}

func compose(t testing.TB, c *mail.Channel, d delivery.Draft) delivery.Ready {
	t.Helper()
	r, err := c.Compose(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// item is what delivery hands to the channel.
func item(r delivery.Ready) delivery.Item {
	return delivery.Item{
		ID: r.Draft.ID, Channel: r.Channel, Address: r.Draft.To.Address, Domain: r.Domain, MessageID: r.MessageID, ReturnPath: r.ReturnPath,
		Bytes: r.Bytes, Attempt: 1,
	}
}

func parse(t testing.TB, b []byte) *netmail.Message {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("%v in\n%s", err, b)
	}
	return m
}

// newKey makes a key for a contact, private half included.
func newKey(t testing.TB, p *profile.Custom, born time.Time, life time.Duration) *crypto.Key {
	t.Helper()
	maker := crypto.PGPWithProfile(p).KeyGeneration().AddUserId("Abuse desk", "abuse@isp.example.net").GenerationTime(born.Unix())
	if life > 0 {
		maker = maker.Lifetime(int32(life / time.Second))
	}
	k, err := maker.New().GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func public(t testing.TB, k *crypto.Key) string {
	t.Helper()
	text, err := k.GetArmoredPublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// need skips a test where a program is missing, or fails if everything is required.
func need(t testing.TB, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		missing(t, fmt.Sprintf("%s is not installed", program))
	}
}

func missing(t testing.TB, why string) {
	t.Helper()
	if os.Getenv(sqldbtest.RequireVariable) == "1" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// wellFormed checks what holds of every message: line ends, lengths, the alphabet, and each field no more than once.
func wellFormed(t testing.TB, b []byte, utf8 bool) {
	t.Helper()
	if !bytes.HasSuffix(b, []byte("\r\n")) || bytes.Count(b, []byte("\n")) != bytes.Count(b, []byte("\r\n")) || bytes.Count(b, []byte("\r")) != bytes.Count(b, []byte("\r\n")) {
		t.Error("a line does not end with CRLF")
	}
	for i, line := range strings.Split(string(b), "\r\n") {
		if len(line) > 998 {
			t.Errorf("line %d has %d characters", i, len(line))
		}
		for j := range len(line) {
			if c := line[j]; c == 0 || c > 126 && !utf8 || c < 32 && c != '\t' {
				t.Fatalf("line %d has a byte %#x: %q", i, c, line)
			}
		}
	}
	for name, values := range parse(t, b).Header {
		if len(values) != 1 || !known[name] {
			t.Errorf("header %s: %q", name, values)
		}
	}
}

var known = map[string]bool{
	"Dkim-Signature": true, "Date": true, "From": true, "To": true, "Reply-To": true, "Subject": true, "Message-Id": true, "In-Reply-To": true,
	"References": true, "Auto-Submitted": true, "X-Auto-Response-Suppress": true, "Content-Language": true, "Mime-Version": true, "Content-Type": true,
	"Content-Disposition": true, "Content-Description": true, "Content-Transfer-Encoding": true,
}
