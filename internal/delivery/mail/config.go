package mail

import (
	"context"
	"crypto/x509"
	"log/slog"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/platform/keyring"
)

// Config says how mail leaves; see the section [mail] of the configuration.
type Config struct {
	From, FromName string         // whom messages come from: an ASCII address, and the team's name
	ReplyTo        string         // the mailbox that people read; "" is From
	Relay          string         // host:port; "" is none
	TLS            string         // "starttls" (also ""), "tls" or "off"
	User, Password string         // "" is no log-in
	Hello          string         // "" is the machine's name
	Maildir        string         // a folder instead of a relay
	BounceDomain   string         // of return paths; "" is From's
	DKIMDomain     string         // "" is From's, "off" is no signature
	DKIMSelector   string         // "" is "firehall"
	Timeout        time.Duration  // for one answer of the relay; 0 is a minute
	Roots          *x509.CertPool // who may vouch for the relay; nil is the system's (set in tests)
}

// Channel sends mail. It is a delivery.Channel.
type Channel struct{}

var _ delivery.Channel = (*Channel)(nil)

// New checks the configuration and fetches the keys.
func New(cfg Config, keys *keyring.Ring, clk clock.Clock, log *slog.Logger) (*Channel, error) {
	return nil, problem.New(problem.Unavailable, "mail is being written")
}

// Name is "mail".
func (c *Channel) Name() string { return "mail" }

// Takes tells whether the contact is a mailbox.
func (c *Channel) Takes(to constituency.Contact) bool { return to.Channel == constituency.Mail }

// Compose makes the message.
func (c *Channel) Compose(ctx context.Context, d delivery.Draft) (delivery.Ready, error) {
	return delivery.Ready{}, problem.New(problem.Unavailable, "mail is being written")
}

// Send makes one attempt.
func (c *Channel) Send(ctx context.Context, m delivery.Item) delivery.Result {
	return delivery.Result{Outcome: delivery.Down, Detail: "mail is being written"}
}

// Close ends the connection to the relay.
func (c *Channel) Close() error { return nil }
