// Package bounce hears what comes back to the return paths of our mail.
//
// A report is what one message says of one recipient: a delivery status notification (RFC 3464, and RFC 6533 for addresses beyond ASCII), an
// automatic answer, or somebody's words. Which delivery it is about is told by the address that it came to, and by nothing else: that holds a
// token (delivery/token) which only the recipient's side can know. What the report says of addresses, and the message that it may bring back,
// could have been written by anybody. So a message without a valid token changes nothing, and the same one twice changes nothing more.
package bounce

import (
	"errors"
	"io"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
)

// Kind is what sort of message came back.
type Kind string

// The kinds.
const (
	Status     Kind = "status"     // a delivery status notification
	Automatic  Kind = "automatic"  // an absence notice, a receipt, a bounce in plain words
	Answer     Kind = "answer"     // somebody wrote
	Unreadable Kind = "unreadable" // no mail
)

// The actions of a delivery status notification (RFC 3464 §2.3.3).
const (
	Failed    = "failed"
	Delayed   = "delayed"
	Delivered = "delivered"
	Relayed   = "relayed"
	Expanded  = "expanded"
)

// Limits of one input.
const (
	maxMessages   = 100_000
	maxMessage    = 2 << 20 // bytes that are looked at: the report stands before the message that it brings back
	maxHeader     = 256 << 10
	maxParts      = 100
	maxDepth      = 8
	maxTo         = 50  // addresses
	maxRecipients = 100 // of one notification
	maxValue      = 500 // characters of a field that are kept
	maxLines      = 20  // of an answer
	maxText       = 2000
	maxReports    = 20 // of one delivery that are acted on: it went to one address, and who knows its token could go on for ever
)

// Report is what one message says of one recipient. All of it but To is the sender's word, made fit to be shown.
type Report struct {
	Kind         Kind
	To           []string // addresses that the message came to, the surest first
	MessageID    string   // of the message that came back, "" for none
	Action       string   // of a Status: Failed, Delayed, ...; what is unknown is as the sender wrote it, in small letters
	Status       string   // RFC 3463, such as "5.1.1"; "" if not told
	Recipient    string   // the address that it is about, as the other side knows it
	Diagnostic   string   // the server's words
	ReportingMTA string
	Text         string // of what is no Status: its subject and first lines, or why it cannot be read
}

// Read gives the reports of one message, or of an mbox. A message that cannot be read is a report of the kind Unreadable. Errors: Invalid for too
// many messages, and what reading r fails with; the reports before that are given too.
func Read(r io.Reader) ([]Report, error) {
	var out []Report
	err := each(r, func(reports []Report) error {
		out = append(out, reports...)
		return nil
	})
	return out, err
}

// each reads message by message, so that an mbox of any size is read in little memory.
func each(r io.Reader, do func([]Report) error) error {
	s, count := newSplitter(r), 0
	for {
		raw, err := s.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return problem.Wrap(problem.Unavailable, err, "read what came back")
		}
		if count++; count > maxMessages {
			return problem.New(problem.Invalid, "there are more than %d messages: those before are done, split the file", maxMessages)
		}
		if err := do(read(raw)); err != nil {
			return err
		}
	}
}

// addressesIn finds what may be mail addresses in a header field, however it is written.
func addressesIn(value string) []string {
	words := strings.FieldsFunc(value, func(c rune) bool { return c <= ' ' || strings.ContainsRune(`,;<>"()[]`, c) })
	var out []string
	for _, w := range words {
		if strings.Contains(w, "@") {
			out = append(out, w)
		}
	}
	return out
}
