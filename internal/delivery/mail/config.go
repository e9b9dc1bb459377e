package mail

import (
	"cmp"
	"crypto/x509"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/keyring"
	"github.com/firehall/firehall/internal/platform/smime"
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

	// SMIME reads the team's certificate and key for S/MIME, the first time that they are needed; nil is none.
	SMIME func() (*smime.Identity, error)
}

// ReturnPathKey is the name of the keyring's secret that return paths are made with.
const ReturnPathKey = "return-path"

// Channel sends mail. It is a delivery.Channel; Compose is safe for concurrent use.
type Channel struct {
	from, fromName, fromDomain, replyTo, bounceDomain string
	dkimDomain, dkimSelector                          string // no domain: the relay signs

	ring  *keyring.Ring
	clock clock.Clock
	log   *slog.Logger

	mu   sync.Mutex
	keys *keys // nil: not needed yet

	loadSMIME func() (*smime.Identity, error) // nil: there is none
	smime     *smime.Identity                 // nil: not needed yet

	// One of these carries messages; none does where neither is configured.
	relay   *relay
	maildir *maildir
}

var (
	_ delivery.Channel = (*Channel)(nil)
	_ delivery.Traited = (*Channel)(nil)
)

// New checks the configuration. Nothing is connected to yet, and no key is read: that is for the first message that is composed, so that an
// installation can be looked at without making keys. With neither relay nor maildir messages can be composed, and Send says that there is no
// way out.
func New(cfg Config, ring *keyring.Ring, clk clock.Clock, log *slog.Logger) (*Channel, error) {
	c := &Channel{ring: ring, clock: clk, log: log, loadSMIME: cfg.SMIME}
	err := c.identify(cfg)
	if err == nil {
		err = c.speakFor(cfg.DKIMDomain, cfg.DKIMSelector)
	}
	if err != nil {
		return nil, err
	}
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

// speakFor checks for which domain messages are signed.
func (c *Channel) speakFor(domain, selector string) error {
	if strings.EqualFold(domain, "off") {
		return nil
	}
	c.dkimDomain, c.dkimSelector = strings.ToLower(cmp.Or(domain, c.fromDomain)), strings.ToLower(cmp.Or(selector, "firehall"))
	switch {
	case !isHost(c.dkimDomain) || !aligned(c.dkimDomain, c.fromDomain):
		return problem.New(problem.Invalid, "mail.dkim_domain: a signature of %q does not count for mail from %s: use that domain or one above it, or off", oneLine(domain, 80), c.fromDomain)
	case !isHost(c.dkimSelector):
		return problem.New(problem.Invalid, "mail.dkim_selector: %q is no name in the DNS", oneLine(selector, 80))
	}
	return nil
}

// keys are what a message is made with.
type keys struct {
	returnPath [32]byte
	pgp        *postbox
	dkim       *domainKey // nil: the relay signs
}

// unlocked returns the keys; they are fetched, and made if need be, the first time. An error is no fault of the message: Unavailable.
func (c *Channel) unlocked() (*keys, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keys != nil {
		return c.keys, nil
	}
	k, err := c.unlock()
	if err != nil {
		return nil, problem.Wrap(problem.Unavailable, err, "the keys that mail is made with")
	}
	c.keys = k
	return k, nil
}

func (c *Channel) unlock() (*keys, error) {
	k := new(keys)
	var err error
	if k.returnPath, err = c.ring.Secret(ReturnPathKey); err != nil {
		return nil, err
	}
	team, err := c.ring.PGP(c.fromName, c.from)
	if err != nil {
		return nil, err
	}
	k.pgp = newPostbox(team.Key)
	if c.dkimDomain == "" {
		return k, nil
	}
	signer, err := c.ring.DKIM()
	k.dkim = &domainKey{domain: c.dkimDomain, selector: c.dkimSelector, signer: signer}
	return k, err
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
