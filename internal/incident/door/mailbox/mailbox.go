// Package mailbox fetches reports from a mailbox by IMAP (RFC 9051, and RFC 3501 servers).
//
// It remembers how far it came (UIDVALIDITY and UID), and marks or moves a mail only after Options.Take has made it durable: whatever dies
// between, a mail is fetched once more and is the same report. Where the server tells of new mail by itself (IDLE) it is listened to, else it is
// asked now and then. A server that cannot be reached is tried again with growing pauses, and Health says since when.
package mailbox

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident/door/mail"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
)

// Options is what a Box needs.
type Options struct {
	DB             *sqldb.DB
	Clock          clock.Clock
	Log            *slog.Logger
	Take           func(ctx context.Context, a mail.Arrival) error // makes a mail durable
	Server         string                                          // host:port
	Security       string                                          // tls, starttls, off
	TLS            *tls.Config                                     // nil: the system's roots and the server's name
	User, Password string
	Folder         string
	Done           string // the folder that mail is moved to; "": it stays, marked as read
	MaxMail        int64  // bytes; a larger mail is cut there
	Poll           time.Duration
	Holder         string        // names this process to others that would fetch from the same mailbox
	Pause          time.Duration // the first pause after a fault, doubled up to ten minutes; 5 s if 0
}

// Box is one mailbox.
type Box struct {
	o    Options
	news chan struct{}
}

// New makes a box.
func New(o Options) *Box {
	if o.Pause == 0 {
		o.Pause = firstPause
	}
	return &Box{o: o, news: make(chan struct{}, 1)}
}

// Pauses after faults.
const (
	firstPause  = 5 * time.Second
	lastPause   = 10 * time.Minute
	dialWithin  = 30 * time.Second
	maxFetches  = 5   // of one mail that the server does not give, before it is passed over
	maxFaultLen = 500 // bytes of a fault that are kept
)

// leaseTime is how long a process that died keeps others from its mailbox.
const leaseTime = time.Minute

// Run fetches until ctx ends, while no other process does: of several servers one fetches, and another goes on when it dies.
func (b *Box) Run(ctx context.Context) error {
	leases := lease.New(b.o.DB, b.o.Clock)
	for ctx.Err() == nil {
		t, err := leases.Acquire(ctx, "mailbox "+b.name(), cmp.Or(b.o.Holder, "firehall"), leaseTime)
		if err == nil {
			held, giveBack := leases.Keep(ctx, t, leaseTime)
			b.fetch(held)
			if err := giveBack(); err != nil {
				b.o.Log.WarnContext(ctx, "the mailbox is free for others only in a while", "error", err)
			}
		} else if !problem.Is(err, problem.Conflict) && ctx.Err() == nil {
			b.o.Log.WarnContext(ctx, "the mailbox cannot be claimed", "error", err)
		}
		rest(ctx, leaseTime/4)
	}
	return nil
}

func rest(ctx context.Context, pause time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(pause):
	}
}

// fetch fetches until ctx ends.
func (b *Box) fetch(ctx context.Context) {
	pause := b.o.Pause
	for ctx.Err() == nil {
		begun := time.Now()
		err := b.session(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(begun) > lastPause {
			pause = b.o.Pause // it worked for long: this is a new fault
		}
		b.o.Log.WarnContext(ctx, "the mailbox cannot be read, and is tried again", "server", b.o.Server, "after", pause, "error", err)
		if err := b.failed(ctx, err); err != nil {
			b.o.Log.ErrorContext(ctx, "the mailbox's state was not stored", "error", err)
		}
		rest(ctx, pause)
		pause = min(2*pause, lastPause)
	}
}

// session is one connection: it fetches what is there, and waits for more, until something fails.
func (b *Box) session(ctx context.Context) error {
	c, err := b.dial(ctx)
	if err != nil {
		return problem.Wrap(problem.Unavailable, err, "connect to %s: see reports.imap_server and imap_tls", b.o.Server)
	}
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	defer func() {
		stop()
		_ = c.Close()
	}()
	if err := c.Login(b.o.User, b.o.Password).Wait(); err != nil {
		return problem.Wrap(problem.Unavailable, err, "log in at %s: see reports.imap_user and imap_password", b.o.Server)
	}
	f := &fetcher{Box: b, c: c, refused: map[imap.UID]int{}}
	if err := f.open(); err != nil {
		return err
	}
	for {
		if err := f.fetchNew(ctx); err != nil {
			return err
		}
		if err := b.wait(ctx, c); err != nil {
			return err
		}
	}
}

func (b *Box) dial(ctx context.Context) (*imapclient.Client, error) {
	host, _, err := net.SplitHostPort(b.o.Server)
	if err != nil {
		return nil, err
	}
	secure := b.o.TLS.Clone()
	if secure == nil {
		secure = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if secure.ServerName == "" {
		secure.ServerName = host
	}
	conn, err := (&net.Dialer{Timeout: dialWithin}).DialContext(ctx, "tcp", b.o.Server)
	if err != nil {
		return nil, err
	}
	options := &imapclient.Options{TLSConfig: secure, UnilateralDataHandler: &imapclient.UnilateralDataHandler{Mailbox: b.told}}
	switch b.o.Security {
	case "off":
		return imapclient.New(conn, options), nil
	case "starttls":
		return imapclient.NewStartTLS(conn, options)
	}
	over := tls.Client(conn, secure)
	if err := over.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return imapclient.New(over, options), nil
}

// told hears that the mailbox has changed.
func (b *Box) told(*imapclient.UnilateralDataMailbox) {
	select {
	case b.news <- struct{}{}:
	default:
	}
}

// wait returns when there may be new mail.
func (b *Box) wait(ctx context.Context, c *imapclient.Client) error {
	if err := c.Noop().Wait(); err != nil { // what came since the search is told now; not every server tells it when IDLE begins
		return lost(err)
	}
	select {
	case <-b.news:
		return nil
	default:
	}
	timer := time.NewTimer(b.o.Poll)
	defer timer.Stop()
	var idle *imapclient.IdleCommand
	if caps := c.Caps(); caps.Has(imap.CapIdle) || caps.Has(imap.CapIMAP4rev2) {
		var err error
		if idle, err = c.Idle(); err != nil {
			return lost(err)
		}
	}
	var err error
	select {
	case <-ctx.Done():
		err = ctx.Err()
	case <-c.Closed():
		err = lost(io.ErrUnexpectedEOF)
	case <-b.news:
	case <-timer.C:
	}
	if idle != nil {
		err = errors.Join(err, idle.Close(), idle.Wait())
	}
	if err != nil {
		return err
	}
	return c.Noop().Wait() // servers tell here what they did not by themselves
}

func lost(err error) error {
	return problem.Wrap(problem.Unavailable, err, "the connection to the mailbox was lost")
}
