package message

import (
	"time"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/release"
)

// Team is who writes.
type Team struct {
	Name, Email, ReplyTo, Web, Phone string
}

// The standings of a section's recipient, as attribution.standing has them.
const (
	Responsible = "responsible" // the thing observed is theirs to mend
	Victim      = "victim"      // something was done to them
)

// Letter is everything that one message says. All texts may be hostile.
type Letter struct {
	Language     string // BCP 47 of the contact; "" is the default language
	Team         Team
	Organisation string // its name
	Address      string // where the letter goes
	Purpose      string // of the contact: abuse, security, ...
	Ticket       string // the tag that answers keep: FH-2026-0001234
	Label        tlp.Label
	Handling     release.Handling // what its sources let be done with it, beside the label
	Made         time.Time
	Part, Parts  int  // from 1; 0 of 0 is the same as 1 of 1
	Reminder     bool // they were told of some of it before
	Attributions []string
	Sections     []Section
	// Of the whole matter, all parts together; zero is the sum of the sections.
	Findings, Events int64
	// Zone is the name of the team's time zone, in which the date of the letter is written. Observations are always in UTC. "" is UTC.
	Zone string
	// Columns of the table, which the parts of a letter share; nil are those that hold something.
	columns []string
}

// Section is what was found of one kind.
type Section struct {
	Type       string // RSIT type; may be unknown
	Identifier string // classification.identifier, or ""
	Malware    string
	Report     string // of the feed: scan_telnet
	Standing   string // Responsible or Victim; "" is Responsible
	Reminder   bool   // told before
	First      time.Time
	// Of the whole section, also where only some of its rows are in this part; zero is what Rows hold.
	Findings, Events int64
	Rows             []Row
}

// Row is one observation: an event as far as the recipient may see it, or, where no event is at hand, the finding alone.
type Row struct {
	Finding     string    // the finding's id
	Network     string    // the recipient's network, as the register has it: 192.0.2.0/24
	Time        time.Time // of the observation; zero: Last, else First
	First, Last time.Time // of the finding
	Count       int64     // observations of the finding in all
	// What was observed: the recipient's side. The other side is read from Event.
	Addr                          string
	Port                          int64 // 0 is none
	Transport, Host, URL, Malware string
	Severity                      string
	Event                         map[string]string // IntelMQ's field names to texts: exactly what the recipient may see
}

// Rendered is a letter in all its forms.
type Rendered struct {
	Subject     string // one line, with what it is about
	Generic     string // one line that says nothing of it, for TLP:AMBER and above
	Text        string // UTF-8, lines end with \n
	Attachments []delivery.Attachment
	Payload     []byte // JSON: the same facts for webhooks
}
