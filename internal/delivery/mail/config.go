package mail

import (
	"crypto/x509"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/keyring"
)

// Config says how mail leaves; see the section [mail] of the configuration.
type Config struct {
	From, FromName string         // whom messages come from: an ASCII address, and the team's name
	ReplyTo        string         // the mailbox that people read; "" is From
	Relay          string         // host:port; "" is none
	TLS            string         // "starttls" (also ""), "tls" or "off", which is for a relay on this machine
	User, Password string         // "" is no log-in
	Hello          string         // "" is the machine's name
	Maildir        string         // a folder instead of a relay
	BounceDomain   string         // of return paths; "" is From's
	DKIMDomain     string         // "" is From's, "off" is no signature
	DKIMSelector   string         // "" is "firehall"
	Timeout        time.Duration  // for one answer of the relay; 0 is a minute
	Roots          *x509.CertPool // who may vouch for the relay; nil is the system's (set in tests)
}

// ReturnPathKey is the name of the keyring's secret that return paths are made with.
const ReturnPathKey = "return-path"

// Channel sends mail. It is a delivery.Channel; Compose is safe for concurrent use.
type Channel struct {
	from, fromName, fromDomain, replyTo, bounceDomain string

	returnKey [32]byte
	pgp       *postbox
	dkim      *domainKey // nil: the relay signs
	clock     clock.Clock
	log       *slog.Logger

	// One of these carries messages; none does where neither is configured.
	relay   *relay
	maildir *maildir
}

var (
	_ delivery.Channel = (*Channel)(nil)
	_ delivery.Traited = (*Channel)(nil)
)

// New checks the configuration and fetches the keys, which are made at first need. Nothing is connected to yet. With neither relay nor
// maildir messages can be composed, and Send says that there is no way out.
func New(cfg Config, keys *keyring.Ring, clk clock.Clock, log *slog.Logger) (*Channel, error) {
	c := &Channel{clock: clk, log: log}
	if err := c.identify(cfg); err != nil {
		return nil, err
	}
	if err := c.unlock(cfg, keys); err != nil {
		return nil, err
	}
	var err error
	switch {
	case cfg.Maildir != "":
		c.maildir = &maildir{fs: disk.OS{}, dir: cfg.Maildir}
	case cfg.Relay != "":
		c.relay, err = newRelay(cfg, log)
	}
	return c, err
}

// identify reads who the messages are from.
func (c *Channel) identify(cfg Config) (err error) {
	if c.from, c.fromDomain, err = ownAddress("mail.from", cfg.From); err != nil {
		return err
	}
	if cfg.ReplyTo == "" {
		cfg.ReplyTo = cfg.From
	}
	if c.replyTo, _, err = ownAddress("mail.reply_to", cfg.ReplyTo); err != nil {
		return err
	}
	c.fromName = oneLine(cfg.FromName, maxName)
	c.bounceDomain = strings.ToLower(cfg.BounceDomain)
	if c.bounceDomain == "" {
		c.bounceDomain = c.fromDomain
	}
	if !isHost(c.bounceDomain) {
		return problem.New(problem.Invalid, "mail.bounce_domain: %q is no domain", oneLine(cfg.BounceDomain, 80))
	}
	return nil
}

func ownAddress(setting, s string) (whole, domain string, err error) {
	if s == "" {
		return "", "", problem.New(problem.Invalid, "%s is not set: give the address that messages come from", setting)
	}
	whole, domain, err = parseAddress(s)
	if err == nil && !isASCII(whole) {
		err = problem.New(problem.Invalid, "%q has letters beyond ASCII, which not every recipient's server takes", oneLine(s, 80))
	}
	return whole, domain, problem.Wrap(problem.Invalid, err, "%s", setting)
}

// unlock fetches the keys.
func (c *Channel) unlock(cfg Config, keys *keyring.Ring) (err error) {
	if c.returnKey, err = keys.Secret(ReturnPathKey); err != nil {
		return err
	}
	team, err := keys.PGP(c.fromName, c.from)
	if err != nil {
		return err
	}
	c.pgp = newPostbox(team.Key)
	if strings.EqualFold(cfg.DKIMDomain, "off") {
		return nil
	}
	k := &domainKey{domain: strings.ToLower(cfg.DKIMDomain), selector: strings.ToLower(cfg.DKIMSelector)}
	if k.domain == "" {
		k.domain = c.fromDomain
	}
	if k.selector == "" {
		k.selector = "firehall"
	}
	switch {
	case !isHost(k.domain) || !aligned(k.domain, c.fromDomain):
		return problem.New(problem.Invalid, "mail.dkim_domain: a signature of %q does not count for mail from %s: use that domain or one above it, or off", oneLine(k.domain, 80), c.fromDomain)
	case !isHost(k.selector):
		return problem.New(problem.Invalid, "mail.dkim_selector: %q is no name in the DNS", oneLine(k.selector, 80))
	}
	k.signer, err = keys.DKIM()
	c.dkim = k
	return err
}

// Name is "mail".
func (c *Channel) Name() string { return "mail" }

// Takes tells whether the contact is a mailbox.
func (c *Channel) Takes(to constituency.Contact) bool { return to.Channel == constituency.Mail }

// Traits says that a maildir is of this machine, and has one file for a message however often that is put there.
func (c *Channel) Traits() delivery.Traits {
	return delivery.Traits{Idempotent: c.maildir != nil, Local: c.maildir != nil}
}

// thisMachine tells whether a host is certain to be this machine.
func thisMachine(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback() || strings.EqualFold(host, "localhost")
}

// ownName is how this machine greets the relay: its name, or its address in brackets (RFC 5321 §4.1.4) where that is no host name.
func ownName(configured string) string {
	name := configured
	if name == "" {
		name, _ = os.Hostname()
	}
	if name = strings.ToLower(name); isHost(name) {
		return name
	}
	return "[127.0.0.1]"
}

// splitRelay reads host:port.
func splitRelay(s string) (host string, err error) {
	host, port, err := net.SplitHostPort(s)
	if err != nil || host == "" || port == "" {
		return "", problem.New(problem.Invalid, "mail.relay: %q is no server: write host:port, such as mail.example.org:587", oneLine(s, 80))
	}
	return host, nil
}
