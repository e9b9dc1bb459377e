package incident

import (
	"io"
	"time"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
)

// Door is the way by which a report came.
type Door string

// The doors.
const (
	Mail    Door = "mail"
	Form    Door = "form"
	API     Door = "api"
	Phone   Door = "phone"
	Event   Door = "event"
	Finding Door = "finding"
	Shared  Door = "shared" // an object of a fellow team's
)

// Doors lists the doors in the order in which lists show them.
func Doors() []Door { return []Door{Mail, Form, API, Phone, Event, Finding, Shared} }

// Verified says how we know that a reporter is who they say.
type Verified string

// The ways, the weakest first.
const (
	Unverified Verified = ""
	DMARC      Verified = "dmarc"       // the mail is of the domain that it says it is of
	ByServer   Verified = "server"      // read from the server that the configuration names as its own, whose name its certificate proved
	ByToken    Verified = "token"       // a program with a token of ours
	ByCert     Verified = "certificate" // a program with a certificate that we know
	CalledBack Verified = "call-back"   // we rang a registered number
	ByAccount  Verified = "account"     // logged in
	Signed     Verified = "signed"      // by a key that we knew before
)

// Reporter is who told us. Of an anonymous one all is empty.
type Reporter struct {
	Name         string   `json:"name,omitempty"`
	Email        string   `json:"email,omitempty"`
	Phone        string   `json:"phone,omitempty"`
	Organisation string   `json:"organisation,omitempty"` // as they call it
	Language     string   `json:"language,omitempty"`     // BCP 47, in which they wish to be answered
	Verified     Verified `json:"verified,omitempty"`
}

// Answers are what the public form and the phone form ask. All are optional.
type Answers struct {
	Urgent    bool        `json:"urgent,omitempty"`   // life or an essential service is in danger now
	Happened  string      `json:"happened,omitempty"` // what kind of thing, in the reporter's choice of the form's codes
	When      string      `json:"when,omitempty"`
	Affected  string      `json:"affected,omitempty"`
	Impact    string      `json:"impact,omitempty"`
	Help      string      `json:"help,omitempty"`
	Police    bool        `json:"share_police,omitempty"` // may be told
	Peers     bool        `json:"share_peers,omitempty"`  // may be told
	Vendor    bool        `json:"share_vendor,omitempty"`
	Provider  bool        `json:"share_provider,omitempty"`
	Privilege bool        `json:"privilege,omitempty"`  // under legal privilege
	Exempt    bool        `json:"foi_exempt,omitempty"` // asks to be left out of answers to freedom-of-information requests
	Children  bool        `json:"children,omitempty"`   // shows children being abused: it is quarantined
	PAP       tlp.PAP     `json:"pap,omitempty"`        // what may be done with it
	IEP       *iep.Policy `json:"iep,omitempty"`        // what else its source lets be done; nil: nothing was said
}

// Machine is what a report in a machine's form says in its fields (ARF: RFC 5965; X-ARF).
type Machine struct {
	Format   string            `json:"format"` // arf, xarf
	Type     string            `json:"type,omitempty"`
	Source   string            `json:"source,omitempty"` // who sends it
	SourceIP string            `json:"source_ip,omitempty"`
	Domain   string            `json:"domain,omitempty"`
	URL      string            `json:"url,omitempty"`
	Date     time.Time         `json:"date,omitzero"`
	Fields   map[string]string `json:"fields,omitempty"` // the others, as they stood
}

// Thread is what a mail says about the dialogue that it belongs to.
type Thread struct {
	MessageID  string   `json:"message_id,omitempty"`
	References []string `json:"references,omitempty"` // and In-Reply-To
	Tag        string   `json:"tag,omitempty"`        // a Ref in its subject: "R-7K2QX9"; anybody can write one
}

// File is something that came with a report. Body is read once, and kept as it is: nothing is unpacked.
type File struct {
	Name, MediaType string
	Body            io.Reader
}

// Trust is what a mail says about itself that a person should see: codes, as platform/mime gives them.
type Trust struct {
	Encrypted bool     `json:"encrypted,omitempty"`
	Signer    string   `json:"signer,omitempty"` // whose valid signature it bears, bound to its sender
	DKIM      string   `json:"dkim,omitempty"`
	SPF       string   `json:"spf,omitempty"`
	DMARC     string   `json:"dmarc,omitempty"`
	Auto      bool     `json:"auto,omitempty"`   // a machine or a list sent it
	Faults    []string `json:"faults,omitempty"` // what is wrong with it
}

// Draft is a report as a door gives it.
type Draft struct {
	Door          Door
	Key           string // of the door, for one submission; the same draft with the same key is one report. Empty: always a new one
	Subject, Text string
	Reporter      Reporter
	Confidential  bool // the text is sealed, and the reporter gets a reply code
	Anonymous     bool // the same, and nothing about the reporter is kept
	Answers       Answers
	TLP           tlp.Label
	Files         []File
	Machine       *Machine
	Thread        Thread
	Trust         Trust
	Raw           io.Reader // the whole as it came, kept as evidence; nil for none. An anonymous one has none
	About         string    // id of the event or finding that it was made from
}

// Limits of a draft. What is longer is refused, but for the text of a mail, whose door keeps the whole as Raw and cuts the text.
const (
	MaxSubject = 500       // bytes
	MaxText    = 256 << 10 // bytes
	MaxField   = 1000      // bytes of a reporter's fields; of an answer MaxAnswer
	MaxAnswer  = 10 << 10
	MaxFiles   = 50
	MaxFile    = 64 << 20 // bytes of one file
)
