// Package webhook posts messages to the webhooks of contacts, as the Standard Webhooks specification 1.0.0 has it.
//
// A message is a JSON object {"type", "timestamp", "data"} whose bytes are made once. Each attempt sends them with the headers webhook-id (the
// delivery's, the same each time), webhook-timestamp (of the attempt) and webhook-signature (v1: HMAC-SHA256 by the contact's secret over id,
// timestamp and body). It goes by the guarded way out: https only, to public addresses only, and where an answer redirects to is not asked.
package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/platform/httpx"
	"github.com/firehall/firehall/internal/platform/keyring"
)

// Type is what every message says of itself.
const Type = "notification.created"

const (
	maxBody   = 16 << 20 // what is sent; messages are split far below it
	maxAnswer = 4 << 10  // what is read of an answer
)

// Config says how webhooks are asked.
type Config struct {
	Timeout time.Duration // of one exchange; 0 is 10 s

	// For tests with a server of their own: whom it must be, and that it may be on this machine.
	TLS          *tls.Config
	TestLoopback bool
}

// Channel is a delivery.Channel.
type Channel struct {
	http  *httpx.Client
	keys  *keyring.Ring
	clock clock.Clock
}

var (
	_ delivery.Channel = (*Channel)(nil)
	_ delivery.Traited = (*Channel)(nil)
)

// New returns the channel; the ring gives the contacts' secrets.
func New(cfg Config, keys *keyring.Ring, clk clock.Clock) *Channel {
	if cfg.Timeout <= 0 {
		cfg.Timeout = 10 * time.Second
	}
	client := httpx.New(httpx.Options{
		Timeout: cfg.Timeout, MaxBytes: maxAnswer, StatusOnly: true, TLS: cfg.TLS, TestLoopback: cfg.TestLoopback,
	})
	return &Channel{http: client, keys: keys, clock: clk}
}

// Name is "webhook".
func (c *Channel) Name() string { return string(constituency.Webhook) }

// Traits says that the receiver recognises a repeated message by its webhook-id, and that one receiver's failure says nothing of others.
func (c *Channel) Traits() delivery.Traits { return delivery.Traits{Idempotent: true, PerHost: true} }

// Takes tells whether the contact is a webhook. One that requires encryption is taken: TLS ends at the recipient's own server.
func (c *Channel) Takes(to constituency.Contact) bool { return to.Channel == constituency.Webhook }

// Close does nothing: idle connections end by themselves.
func (c *Channel) Close() error { return nil }

// Compose wraps the payload. Errors: Invalid if it is no JSON object, or the address is no https URL.
func (c *Channel) Compose(_ context.Context, d delivery.Draft) (delivery.Ready, error) {
	u, err := url.Parse(d.To.Address)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return delivery.Ready{}, problem.New(problem.Invalid, "the webhook's address is no https URL without a password: mend the contact")
	}
	body, err := wrap(d.Payload, d.Date)
	if err != nil {
		return delivery.Ready{}, err
	}
	outer := d.Subject
	if d.Label >= tlp.Amber {
		outer = d.Generic
	}
	kept := d
	kept.Text, kept.Attachments, kept.Payload = "", nil, nil
	return delivery.Ready{Draft: kept, Channel: c.Name(), MessageID: d.ID, Subject: outer, Domain: strings.ToLower(u.Host), Bytes: body}, nil
}

// wrap puts the data into the specification's object ("Payload structure"); the timestamp is when it happened, not when it is sent.
func wrap(data []byte, at time.Time) ([]byte, error) {
	var body bytes.Buffer
	body.WriteString(`{"type":"` + Type + `","timestamp":"` + at.UTC().Format(time.RFC3339Nano) + `","data":`)
	if err := json.Compact(&body, data); err != nil || !bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		return nil, problem.New(problem.Invalid, "the payload is no JSON object")
	}
	body.WriteString("}")
	if body.Len() > maxBody {
		return nil, problem.New(problem.Invalid, "the payload has %d bytes, and %d is the most: it has to be split", body.Len(), maxBody)
	}
	return body.Bytes(), nil
}

// Send makes one attempt.
func (c *Channel) Send(ctx context.Context, m delivery.Item) delivery.Result {
	now := c.clock.Now()
	header, err := c.header(m, now)
	if err != nil {
		return delivery.Result{Outcome: delivery.Down, Detail: err.Error()}
	}
	var sent atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(w httptrace.WroteRequestInfo) { sent.Store(w.Err == nil) }})
	res, err := c.http.Post(traced, m.Address, header, m.Bytes)
	switch {
	case err == nil:
		return judge(res, now)
	case ctx.Err() != nil && sent.Load():
		return delivery.Result{Outcome: delivery.Doubtful, Detail: "stopped before the answer came"}
	case ctx.Err() != nil:
		return delivery.Result{Outcome: delivery.Stopped, Detail: "stopped"}
	}
	return failed(err)
}

// header signs the message for this attempt.
func (c *Channel) header(m delivery.Item, now time.Time) (http.Header, error) {
	secret, err := c.keys.WebhookSecret(m.Contact)
	if err != nil {
		return nil, err
	}
	timestamp := strconv.FormatInt(now.Unix(), 10)
	signature, err := sign(secret, m.MessageID, timestamp, m.Bytes)
	h := http.Header{}
	h.Set("Content-Type", "application/json")
	h.Set("Webhook-Id", m.MessageID)
	h.Set("Webhook-Timestamp", timestamp)
	h.Set("Webhook-Signature", signature)
	return h, err
}

// sign computes the signature ("Signature scheme" of the specification): the key is what the secret's base64 holds.
func sign(secret, id, timestamp string, body []byte) (string, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return "", problem.Wrap(problem.Internal, err, "read the contact's secret")
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + timestamp + ".")) // never fails
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}
