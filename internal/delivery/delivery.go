// Package delivery gets messages to those who should have them, and remembers what became of each.
//
// A delivery is one message to one contact. Its bytes, its Message-ID and its return path are stored when it is enqueued, before anything is
// sent, and each attempt sends exactly these. A channel (a mail relay, a maildir, webhooks) sends; one lane a channel hands it one message
// at a time, across all processes, and commits that it does so before the first byte leaves. So whatever dies when, a message is lost never
// and repeated at most once for each time a process was killed: see docs/adr/0012-one-lane-a-channel.md.
//
// The words: a message is queued, sending, accepted (by the next server, which is not yet the reader), in doubt (cut off after its end),
// held (for a person), refused (for good), bounced (accepted first, and came back) or cancelled. A stop order keeps messages where they
// are, within a second. What cannot be delivered becomes a task for the team (delivery/queue) and a row in the outbox, topic Failed.
package delivery

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/tlp"
)

// Failed is the topic of outbox rows that name a delivery which reached nobody.
const Failed = "delivery.failed"

// Attachment is a file that goes with a message.
type Attachment struct {
	Name, MediaType string
	Data            []byte
}

// Thread places a message behind earlier ones, by their Message-IDs in angle brackets.
type Thread struct {
	InReplyTo  string
	References []string
}

// Draft is what a room wants said to one contact.
type Draft struct {
	ID          string // id.New(): names the delivery, its return path, its webhook-id and its Message-ID
	To          constituency.Contact
	ToName      string // the organisation's
	Subject     string // the real one
	Generic     string // the outer one for TLP:AMBER and above
	Text        string
	Attachments []Attachment
	Payload     []byte // JSON for webhooks
	Label       tlp.Label
	Language    string // BCP 47
	Ticket      string
	Thread      Thread
	Date        time.Time
	Feeds       []string // where what it says comes from; each can be stopped
	Batch       string   // the run that made it; can be stopped
	NotBefore   time.Time
	Automatic   bool // answers a mail by itself (RFC 3834): it has no return path, so that nothing comes back for it
}

// Ready is a message as it will be sent.
type Ready struct {
	Draft      Draft // without its text, attachments and payload
	Channel    string
	MessageID  string // in angle brackets; the webhook-id for webhooks
	Subject    string // the outer one, which everybody on the way reads
	ReturnPath string // "" for webhooks
	Domain     string // of the recipient: what the pace counts; the host for webhooks
	Bytes      []byte

	seal [sha256.Size]byte // Service.Compose's word for all of it: Enqueue takes nothing that was altered since
}

// Outcome is how an attempt ended.
type Outcome uint8

// The outcomes. The zero Outcome is none: a channel that gives it is treated as if it were Doubtful.
const (
	_        Outcome = iota
	Accepted         // the other side has taken it on
	Deferred         // not now (4xx, 429, 503): later
	Refused          // never (5xx)
	Doubtful         // cut off after the message's end: it may have arrived
	Down             // the channel itself does not work (connect, TLS, log-in): no attempt of this message
	Stopped          // ended before the message's end because ctx was cancelled
)

var outcomes = [...]string{"none", "accepted", "deferred", "refused", "in doubt", "down", "stopped"}

// String returns the outcome in words.
func (o Outcome) String() string {
	if int(o) < len(outcomes) {
		return outcomes[o]
	}
	return outcomes[0]
}

// Result is what a channel says of an attempt.
type Result struct {
	Outcome Outcome
	Code    int    // SMTP reply or HTTP status, 0 if there was none
	Status  string // enhanced status (RFC 3463), "5.1.1", or ""
	Detail  string // the other side's words, or what failed; one line
	// Recipient tells, of Refused, that it was said of the recipient's address (at RCPT TO; 410 of a webhook) and not of the message.
	Recipient  bool
	RetryAfter time.Duration // of Deferred: what the other side asked for, 0 if nothing
}

// Item is a message handed to its channel.
type Item struct {
	ID, Channel, Address, Domain, MessageID, ReturnPath string
	Contact                                             string // id
	Bytes                                               []byte // exactly what is sent; not to be changed
	Attempt                                             int    // from 1
	FirstTried                                          time.Time
}

// Channel is a way out: a mail relay or a maildir, webhooks.
type Channel interface {
	// Name is "mail" or "webhook".
	Name() string
	// Takes tells whether the contact is reached by this channel.
	Takes(c constituency.Contact) bool
	// Compose makes the bytes. problem.Invalid: it cannot be composed (a bad address, no valid key where one is required); the caller holds
	// the message and says why.
	Compose(ctx context.Context, d Draft) (Ready, error)
	// Send makes one attempt. It is called by one goroutine at a time. ctx is cancelled when somebody stops sending, the lane is lost or the
	// process ends: it then returns at once, with Stopped if the message's end was not yet sent.
	Send(ctx context.Context, m Item) Result
	Close() error
}

// Traits is what a channel may say of itself, by a method Traits() Traits. One that says nothing has none of them.
type Traits struct {
	Idempotent bool // the same id twice is one message (a maildir's file name, a webhook-id): what is in doubt is simply repeated
	Local      bool // nothing leaves this machine: no pace
	PerHost    bool // Domain is the very host that is asked: one that fails is left alone for a while, and the others go on
}

// Traited is a channel that says something of itself.
type Traited interface{ Traits() Traits }
