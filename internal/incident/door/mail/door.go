package mail

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/mime"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// OpReceive is to take mail in.
const OpReceive identity.Operation = "report.receive"

// Job is the kind of job that makes a report of a mail; its subject is the mail's id.
const Job = "report.mail"

// Arrival is a mail as it came.
type Arrival struct {
	Via        string        // smtp, lmtp, imap
	Envelope   mime.Envelope // all zero but From for a mail that was fetched
	Recipients []string      // the addresses of ours that it came to
	Raw        []byte
}

// Answer is an acknowledgement to be sent.
type Answer struct {
	Report   incident.Report
	To       mime.Address
	Language string   // BCP 47, "" if unknown
	Subject  string   // of the mail
	Thread   []string // Message-IDs of the mail's thread without angle brackets, the mail's own last
}

// Fed is a mail whose sender is proved, and who may therefore be one whose mails are inputs of a feed.
type Fed struct {
	From    string // the author's address
	Message *mime.Message
	TLP     tlp.Label   // what the subject says
	Said    bool        // whether it says a TLP label
	PAP     tlp.PAP     // what the subject says
	IEP     *iep.Policy // what the subject and the text say; nil for nothing
}

// Options is what a Door needs. What may be nil says so.
type Options struct {
	DB     *sqldb.DB
	Clock  clock.Clock
	Log    *slog.Logger
	Key    [32]byte // seals what waits
	Limits mime.Limits
	// Addresses are those that reports come to; mail from one of them is never answered.
	Addresses []string
	// Opener decrypts and verifies; nil opens nothing.
	Opener *mime.Opener
	// Resolver is asked about senders; nil asks nothing.
	Resolver mime.Resolver
	Accept   func(ctx context.Context, actor identity.Actor, d incident.Draft) (incident.Report, error)
	// ReturnPath tells whether an address is a return path of ours; nil: none is.
	ReturnPath func(address string) bool
	// Bounced takes what came back to a return path; used tells whether it could do something with it.
	Bounced func(ctx context.Context, actor identity.Actor, r io.Reader) (used bool, err error)
	// Feed takes what is an input of a feed; used tells whether it is one. nil: nothing is.
	Feed func(ctx context.Context, actor identity.Actor, f Fed) (used bool, err error)
	// Answer sends an acknowledgement; nil: none is sent.
	Answer func(ctx context.Context, actor identity.Actor, a Answer) error
	// Wake tells the queue of jobs that there is work; may be nil.
	Wake func()
}

// Door takes mail. It is safe for concurrent use.
type Door struct {
	o     Options
	group *sqldb.Group // of mails that are reports now
	count counts

	mu      sync.Mutex
	waiting []*taking
	busy    bool // somebody writes what waits
}

// New makes a door.
func New(o Options) *Door {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Door{o: o, group: sqldb.NewGroup(o.DB)}
}

// Kind says how the job is done. Most of its time it waits for the DNS and the disk.
func (d *Door) Kind() jobs.Kind {
	return jobs.Kind{Name: Job, Attempts: 8, Concurrency: 8, Lease: time.Minute, Do: d.do}
}

// Takes tells whether mail to an address is for us: one of the addresses for reports, with or without an extension (cert+x@), or a return path.
func (d *Door) Takes(address string) bool {
	if d.o.ReturnPath != nil && d.o.ReturnPath(address) {
		return true
	}
	return d.ours(address)
}
