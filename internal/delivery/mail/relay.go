package mail

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
)

// relay is the SMTP server that takes mail on. One connection carries many messages.
type relay struct {
	addr, host     string
	tls            string // starttls, tls, off
	config         *tls.Config
	user, password string
	hello          string
	timeout        time.Duration
	log            *slog.Logger

	mu   sync.Mutex // held by Send; the timer and Close wait for it
	open *conn      // nil: none
	idle *time.Timer
}

// idleLimit is how long an unused connection is kept. Servers drop it after five minutes, or one.
const idleLimit = 20 * time.Second

// grace is how long the answer to the final dot is waited for once the sending was stopped: the message is out, and to know what became of
// it is worth more than those seconds.
const grace = 3 * time.Second

// newRelay checks how the relay is reached.
func newRelay(cfg Config, log *slog.Logger) (*relay, error) {
	host, err := splitRelay(cfg.Relay)
	if err != nil {
		return nil, err
	}
	r := &relay{
		addr: cfg.Relay, host: host, tls: strings.ToLower(cfg.TLS), user: cfg.User, password: cfg.Password, hello: ownName(cfg.Hello),
		timeout: cfg.Timeout, log: log, config: &tls.Config{ServerName: host, RootCAs: cfg.Roots, MinVersion: tls.VersionTLS12},
	}
	if r.timeout <= 0 {
		r.timeout = time.Minute
	}
	switch r.tls {
	case "":
		r.tls = "starttls"
	case "starttls", "tls":
	case "off":
		if !thisMachine(host) {
			return nil, problem.New(problem.Invalid, "mail.tls is off and %s is not this machine: messages and the password would be readable on the way; use starttls or tls", host)
		}
	default:
		return nil, problem.New(problem.Invalid, "mail.tls: %q is not known: use starttls, tls or off", oneLine(cfg.TLS, 40))
	}
	return r, nil
}

// send makes one attempt. A connection that was kept and turns out to be dead is replaced once, before anything counts.
func (r *relay) send(ctx context.Context, m delivery.Item) delivery.Result {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.idle != nil {
		r.idle.Stop()
	}
	for {
		c, bad := r.connection(ctx)
		if bad != nil {
			return *bad
		}
		kept := !c.fresh
		res, stale := r.transact(ctx, c, m)
		if stale && kept && ctx.Err() == nil {
			continue
		}
		if r.open != nil {
			r.idle = time.AfterFunc(idleLimit, r.hangUp)
		}
		return res
	}
}

// connection is the one that is open, if it still answers, or a new one.
func (r *relay) connection(ctx context.Context) (*conn, *delivery.Result) {
	if c := r.open; c != nil {
		stop := context.AfterFunc(ctx, func() { _ = c.net.Close() })
		defer stop()
		if time.Since(c.used) < idleLimit {
			if answer, err := c.command("RSET"); err == nil && answer.phase() == 2 {
				return c, nil
			}
		}
		r.drop()
	}
	c, res := r.dial(ctx)
	if res != nil && ctx.Err() != nil {
		res = stopped()
	}
	return c, res
}

func (r *relay) drop() {
	if r.open != nil {
		_ = r.open.net.Close()
		r.open = nil
	}
}

// hangUp ends the connection in good manners.
func (r *relay) hangUp() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open != nil {
		r.open.quit()
		r.open = nil
	}
}

// dial connects, secures and logs in. What fails here is of the relay and not of a message: Down.
func (r *relay) dial(ctx context.Context) (*conn, *delivery.Result) {
	ctx, cancel := context.WithTimeout(ctx, r.timeout*4)
	defer cancel()
	dialer := net.Dialer{Timeout: r.timeout}
	raw, err := dialer.DialContext(ctx, "tcp", r.addr)
	if err != nil {
		return nil, r.down(reply{}, err, "connect")
	}
	stop := context.AfterFunc(ctx, func() { _ = raw.Close() })
	defer stop()
	c := newConn(raw, r.timeout)
	if res := r.prepare(ctx, c); res != nil {
		_ = c.net.Close()
		return nil, res
	}
	r.open = c
	return c, nil
}

func (r *relay) prepare(ctx context.Context, c *conn) *delivery.Result {
	if r.tls == "tls" {
		if err := r.secure(ctx, c); err != nil {
			return r.down(reply{}, err, "TLS (mail.tls = tls; a relay on port 25 or 587 wants starttls)")
		}
	}
	if answer, err := c.read(); err != nil || answer.phase() != 2 {
		return r.down(answer, err, "greeting")
	}
	if answer, err := c.hello(r.hello); err != nil || answer.phase() != 2 {
		return r.down(answer, err, "EHLO")
	}
	if r.tls == "starttls" {
		if res := r.startTLS(ctx, c); res != nil {
			return res
		}
	}
	return r.login(c)
}

// startTLS asks for TLS and does without nothing else: a relay that offers none, or somebody between who hides the offer, gets no mail.
func (r *relay) startTLS(ctx context.Context, c *conn) *delivery.Result {
	if !c.offers("STARTTLS") {
		return r.down(reply{}, fmt.Errorf("it offers no STARTTLS: use a port that does (587), or mail.tls = tls (465)"), "TLS")
	}
	answer, err := c.command("STARTTLS")
	if err != nil || answer.phase() != 2 {
		return r.down(answer, err, "STARTTLS")
	}
	if c.in.Buffered() > 0 { // bytes slipped in before the encryption began (CVE-2011-0411)
		return r.down(reply{}, fmt.Errorf("it sent more than the answer before TLS began: somebody may be meddling with the connection"), "STARTTLS")
	}
	if err := r.secure(ctx, c); err != nil {
		return r.down(reply{}, err, "TLS")
	}
	if answer, err := c.hello(r.hello); err != nil || answer.phase() != 2 {
		return r.down(answer, err, "EHLO")
	}
	return nil
}

func (r *relay) secure(ctx context.Context, c *conn) error {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	secured := tls.Client(c.net, r.config)
	if err := secured.HandshakeContext(ctx); err != nil {
		return err
	}
	c.net = secured
	c.in.Reset(secured)
	return nil
}

func (r *relay) login(c *conn) *delivery.Result {
	if r.user == "" {
		return nil
	}
	m := c.mechanism(r.user, r.password)
	if m == nil {
		return r.down(reply{}, fmt.Errorf("it offers no log-in that is known here (PLAIN, LOGIN): clear mail.user if it needs none"), "log-in")
	}
	answer, err := c.authenticate(m)
	answer = r.discreet(answer)
	switch {
	case err != nil:
		return r.down(reply{}, err, "log-in")
	case answer.phase() != 2:
		return r.down(answer, fmt.Errorf("%s: check mail.user and mail.password", answer), "log-in")
	}
	return nil
}

// discreet takes out of an answer what we said of the password: some servers repeat the command that they did not like, and answers are kept.
func (r *relay) discreet(answer reply) reply {
	for _, secret := range []string{encode64([]byte("\x00" + r.user + "\x00" + r.password)), encode64([]byte(r.password)), r.password} {
		if secret != "" {
			answer.text = strings.ReplaceAll(answer.text, secret, "***")
		}
	}
	return answer
}

// down is the result of a relay that does not work: the answer, or the error before it.
func (r *relay) down(answer reply, err error, doing string) *delivery.Result {
	why := answer.String()
	if err != nil {
		why = err.Error()
	}
	return &delivery.Result{
		Outcome: delivery.Down, Code: answer.code, Status: answer.status,
		Detail: oneLine(fmt.Sprintf("the relay %s, %s: %s", r.addr, doing, why), 500),
	}
}

func stopped() *delivery.Result {
	return &delivery.Result{Outcome: delivery.Stopped, Detail: "stopped before the end of the message"}
}

func encode64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func decode64(s string) ([]byte, error) { return base64.StdEncoding.DecodeString(s) }
