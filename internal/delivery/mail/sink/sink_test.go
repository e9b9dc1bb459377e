package sink_test

import (
	"crypto/tls"
	"errors"
	"net"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/delivery/mail/sink"
)

func start(t *testing.T, o sink.Options) *sink.Server {
	t.Helper()
	s, err := sink.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

const message = "Message-ID: <1@example.org>\r\nSubject: x\r\n\r\nbody\r\n"

// send is another client than the one that the sink is for: the standard library's.
func send(s *sink.Server, to string) error {
	c, err := smtp.Dial(s.Addr())
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if ok, _ := c.Extension("STARTTLS"); ok {
		if err := c.StartTLS(&tls.Config{ServerName: "127.0.0.1", RootCAs: s.Roots()}); err != nil {
			return err
		}
	}
	if err := errors.Join(c.Mail("from@example.org"), c.Rcpt(to)); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write([]byte(message)); err != nil {
		return err
	}
	return w.Close()
}

func TestKeepsWhatItTakes(t *testing.T) {
	for name, o := range map[string]sink.Options{"TLS": {}, "no TLS": {NoTLS: true}} {
		t.Run(name, func(t *testing.T) {
			s := start(t, o)
			for range 2 {
				if err := send(s, "to@example.org"); err != nil {
					t.Fatal(err)
				}
			}
			got := s.ByID()["<1@example.org>"]
			if len(got) != 2 || string(got[0]) != message || s.Messages()[0].To[0] != "to@example.org" || s.Messages()[0].From != "from@example.org" {
				t.Errorf("%q", got)
			}
			if n := s.Counts(); n.Mails != 2 || n.Rcpts != 2 || n.Ends != 2 || n.Dropped != 0 {
				t.Errorf("%+v", n)
			}
		})
	}
}

func TestMisbehavesAsTold(t *testing.T) {
	tests := []struct {
		name  string
		o     sink.Options
		want  string // of the error
		taken int    // messages kept by the first attempt
	}{
		{"greylist", sink.Options{Greylist: 1}, "greylisted", 0},
		{"dropped, taken", sink.Options{DropAfter: 1}, "EOF", 1},
		{"dropped, not taken", sink.Options{DropEnd: 1}, "EOF", 0},
		{"cannot keep it", sink.Options{Taken: func(sink.Message) error { return errors.New("disk full") }}, "disk full", 0},
		{"some addresses", sink.Options{Refuse: func(a string) bool { return strings.HasPrefix(a, "to") }}, "no such user", 0},
		{"log-in", sink.Options{User: "u", Password: "p"}, "log in", 0},
		{"slow", sink.Options{Slow: 20 * time.Millisecond}, "", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, tt.o)
			err := send(s, "to@example.org")
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) && tt.want != "EOF") {
				t.Errorf("%v", err)
			}
			if got := len(s.Messages()); got != tt.taken {
				t.Errorf("%d messages kept", got)
			}
			s.Change(func(o *sink.Options) { *o = sink.Options{} })
			if err := send(s, "other@example.org"); err != nil {
				t.Errorf("then: %v", err)
			}
		})
	}
}

func TestListensWhereTold(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	if _, err := sink.Start(sink.Options{Listen: l.Addr().String()}); err == nil {
		t.Error("two listen at one place")
	}
}
