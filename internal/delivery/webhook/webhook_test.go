package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/keyring"
)

var now = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

// receiver is a webhook on this machine.
type receiver struct {
	*httptest.Server
	ring  *keyring.Ring
	clock *clock.Fixed
	ch    *Channel
}

func receive(t *testing.T, h http.HandlerFunc) *receiver {
	t.Helper()
	s := httptest.NewTLSServer(h)
	t.Cleanup(s.Close)
	r := &receiver{Server: s, clock: clock.At(now)}
	r.ring = keyring.Open(disk.OS{}, t.TempDir(), r.clock)
	tls := s.Client().Transport.(*http.Transport).TLSClientConfig
	r.ch = New(Config{Timeout: 5 * time.Minute, TLS: tls, TestLoopback: true}, r.ring, r.clock)
	return r
}

func (r *receiver) draft() delivery.Draft {
	return delivery.Draft{
		ID: id.New(), Subject: "Infected: 192.0.2.1", Generic: "A message for you", Date: now.Add(-time.Hour), Label: tlp.Green,
		To:      constituency.Contact{ID: id.New(), Channel: constituency.Webhook, Address: r.URL + "/hook/secret-path"},
		Payload: []byte("{\n \"findings\": [ {\"source.ip\": \"192.0.2.1\", \"banner\": \"<&\\u202e\"} ]\n}\n"),
	}
}

func (r *receiver) item(t *testing.T) delivery.Item {
	t.Helper()
	d := r.draft()
	ready, err := r.ch.Compose(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	return delivery.Item{ID: d.ID, Channel: ready.Channel, Address: d.To.Address, Contact: d.To.ID, MessageID: ready.MessageID, Bytes: ready.Bytes, Attempt: 1}
}

// verify is a receiver's side of the specification, written from its text alone ("Verifying webhook authenticity"): any v1 signature of the
// list that fits will do, and the time must be within five minutes.
func verify(secret string, h http.Header, body []byte, at time.Time) error {
	sent, err := strconv.ParseInt(h.Get("webhook-timestamp"), 10, 64)
	if err != nil || math.Abs(float64(at.Unix()-sent)) > 300 {
		return fmt.Errorf("time %q", h.Get("webhook-timestamp"))
	}
	key, err := base64.StdEncoding.DecodeString(secret[len("whsec_"):])
	if err != nil {
		return err
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.%s", h.Get("webhook-id"), sent, body)
	for _, s := range strings.Fields(h.Get("webhook-signature")) {
		version, text, _ := strings.Cut(s, ",")
		if got, err := base64.StdEncoding.DecodeString(text); version == "v1" && err == nil && hmac.Equal(got, mac.Sum(nil)) {
			return nil
		}
	}
	return errors.New("no signature fits")
}

func TestMessageArrivesSigned(t *testing.T) {
	var header http.Header
	var body []byte
	r := receive(t, func(w http.ResponseWriter, req *http.Request) {
		header = req.Header.Clone()
		body, _ = io.ReadAll(req.Body)
		w.WriteHeader(http.StatusNoContent)
	})
	m := r.item(t)
	for attempt := range 2 {
		r.clock.Advance(time.Hour)
		if res := r.ch.Send(context.Background(), m); res.Outcome != delivery.Accepted || res.Code != 204 {
			t.Fatalf("attempt %d: %+v", attempt, res)
		}
		secret, err := r.ring.WebhookSecret(m.Contact)
		if err != nil {
			t.Fatal(err)
		}
		if err := verify(secret, header, body, r.clock.Now()); err != nil {
			t.Errorf("attempt %d: %v", attempt, err)
		}
		other, _ := r.ring.WebhookSecret("another contact")
		if verify(other, header, body, r.clock.Now()) == nil || verify(secret, header, append(body, ' '), r.clock.Now()) == nil {
			t.Error("the signature fits what it should not")
		}
		if header.Get("Webhook-Id") != m.ID || header.Get("Content-Type") != "application/json" || string(body) != string(m.Bytes) {
			t.Errorf("attempt %d: %v", attempt, header)
		}
	}
}

// TestSpecificationExample signs the example that the reference libraries are tested with.
func TestSpecificationExample(t *testing.T) {
	got, err := sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`))
	if err != nil || got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Errorf("%s, %v", got, err)
	}
}

func TestComposedObject(t *testing.T) {
	r := receive(t, nil)
	d := r.draft()
	ready, err := r.ch.Compose(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Type      string
		Timestamp time.Time
		Data      struct{ Findings []map[string]string }
	}
	if err := json.Unmarshal(ready.Bytes, &got); err != nil {
		t.Fatal(err)
	}
	if got.Type != "notification.created" || !got.Timestamp.Equal(d.Date) || got.Data.Findings[0]["banner"] != "<&\u202e" {
		t.Errorf("%+v", got)
	}
	if strings.Contains(string(ready.Bytes), "\n") || ready.Channel != "webhook" || ready.MessageID != d.ID || ready.ReturnPath != "" {
		t.Errorf("%+v", ready)
	}
	if ready.Domain != strings.TrimPrefix(r.URL, "https://") || ready.Subject != d.Subject || ready.Draft.Payload != nil {
		t.Errorf("%+v", ready)
	}
}

func TestOuterSubject(t *testing.T) {
	r := receive(t, nil)
	for _, label := range tlp.Labels() {
		d := r.draft()
		d.Label = label
		want := d.Subject
		if label >= tlp.Amber {
			want = d.Generic
		}
		if ready, err := r.ch.Compose(context.Background(), d); err != nil || ready.Subject != want {
			t.Errorf("%s: %q, %v", label, ready.Subject, err)
		}
	}
}

func TestWhatCannotBeComposed(t *testing.T) {
	r := receive(t, nil)
	tests := []struct {
		name, address, payload string
	}{
		{"no payload", "https://example.org/", ""},
		{"no JSON", "https://example.org/", "{"},
		{"two values", "https://example.org/", "{} {}"},
		{"a list", "https://example.org/", "[]"},
		{"too large", "https://example.org/", `{"a":"` + strings.Repeat("x", maxBody) + `"}`},
		{"plain http", "http://example.org/", "{}"},
		{"a password", "https://a:secret@example.org/", "{}"},
		{"no host", "https:///secret", "{}"},
		{"no URL", "https://exa mple.org/secret", "{}"},
		{"a mail address", "secret@example.org", "{}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := r.draft()
			d.To.Address, d.Payload = tt.address, []byte(tt.payload)
			_, err := r.ch.Compose(context.Background(), d)
			if !problem.Is(err, problem.Invalid) || strings.Contains(err.Error(), "secret") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestTakes(t *testing.T) {
	ch := New(Config{}, nil, clock.At(now))
	for channel, want := range map[constituency.Channel]bool{constituency.Webhook: true, constituency.Mail: false, constituency.Phone: false} {
		if ch.Takes(constituency.Contact{Channel: channel}) != want {
			t.Errorf("%s: %v", channel, !want)
		}
	}
	if ch.Name() != "webhook" || !ch.Traits().Idempotent || !ch.Traits().PerHost || ch.Close() != nil {
		t.Error("the channel does not say what it is")
	}
}

func TestDamagedSecretIsTheChannelsFault(t *testing.T) {
	r := receive(t, func(http.ResponseWriter, *http.Request) { t.Error("it was sent unsigned") })
	m := r.item(t)
	r.ch.keys = keyring.Open(brokenDisk{}, t.TempDir(), r.clock)
	if res := r.ch.Send(context.Background(), m); res.Outcome != delivery.Down || res.Detail == "" {
		t.Errorf("%+v", res)
	}
}

// brokenDisk opens nothing.
type brokenDisk struct{ disk.OS }

func (brokenDisk) Open(string) (io.ReadCloser, error) { return nil, errors.New("input/output error") }
