package countermeasure

import (
	"time"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/incident"
)

// Kind is what is asked for.
type Kind string

// The kinds.
const (
	Takedown Kind = "takedown" // the thing is to go
	Block    Kind = "block"    // nobody is to reach it
)

// AssetKind is what sort of thing it is.
type AssetKind string

// The kinds of assets.
const (
	URL     AssetKind = "url"
	Domain  AssetKind = "domain"
	Address AssetKind = "ip"
	Mailbox AssetKind = "mailbox"
	Other   AssetKind = "other"
)

// AssetKinds lists them.
func AssetKinds() []AssetKind { return []AssetKind{URL, Domain, Address, Mailbox, Other} }

// Asset is the thing.
type Asset struct {
	Kind  AssetKind `json:"kind"`
	Value string    `json:"value"`
	Seen  string    `json:"address,omitempty"` // the IP address at which a URL or a domain was seen
	// Marker is a text in the page, and Hash the SHA-256 (hexadecimal) of the file, by which a check knows that the thing is still there.
	Marker string `json:"marker,omitempty"`
	Hash   string `json:"sha256,omitempty"`
}

// Abuse is what the asset is used for.
type Abuse string

// What assets are used for.
const (
	Phishing   Abuse = "phishing"
	Malware    Abuse = "malware"
	Fraud      Abuse = "fraud"
	Compromise Abuse = "compromise" // a site that somebody broke into
	Control    Abuse = "control"    // command and control of malware
	Spam       Abuse = "spam"
	Misuse     Abuse = "other"
)

// Abuses lists them.
func Abuses() []Abuse {
	return []Abuse{Phishing, Malware, Fraud, Compromise, Control, Spam, Misuse}
}

// Role is in which role a party can act.
type Role string

// The roles, the nearest to the thing first.
const (
	Owner     Role = "owner" // of the site or the network
	Hoster    Role = "hoster"
	CDN       Role = "cdn"
	MailHost  Role = "mailhost"
	Registrar Role = "registrar"
	Registry  Role = "registry"
	Upstream  Role = "upstream"
	CSIRT     Role = "csirt" // the national team
	SomeParty Role = "other"
)

// Roles lists them.
func Roles() []Role {
	return []Role{Owner, Hoster, CDN, MailHost, Registrar, Registry, Upstream, CSIRT, SomeParty}
}

// Party is who can act. It is asked by mail, or by the abuse API of a provider that the configuration names.
type Party struct {
	incident.Party
	Role     Role   `json:"role"`
	Provider string `json:"provider,omitempty"`
}

// Turn is one party's turn: it was asked at a time, with a clock of its own.
type Turn struct {
	ID       string        `json:"id"`
	Party    Party         `json:"party"`
	Asked    time.Time     `json:"asked"`
	Chases   int           `json:"chases"`
	Gone     time.Time     `json:"gone,omitzero"` // the first of the checks that showed it
	Took     time.Duration `json:"-"`
	Dialogue string        `json:"dialogue,omitempty"` // id of the investigation that holds the mails
}

// Message is what we wrote to a party, as it was sent.
type Message struct {
	ID       string    `json:"id"`
	Turn     string    `json:"turn"`
	Move     MoveName  `json:"move"` // with which it was written
	At       time.Time `json:"at"`
	By       string    `json:"by"`
	Subject  string    `json:"subject"`
	Text     string    `json:"text"`
	XARF     string    `json:"xarf,omitempty"` // the report for machines, as it was attached
	Delivery string    `json:"delivery,omitempty"`
	// Of what goes to an abuse API.
	Provider string  `json:"provider,omitempty"`
	Post     Posting `json:"post,omitempty"`
	Tries    int     `json:"tries,omitempty"`
	Answer   *Answer `json:"answer,omitempty"`
}

// Posting is how far a message to an abuse API has come.
type Posting string

// How far it has come.
const (
	PostWaits    Posting = "waits"
	PostAccepted Posting = "accepted"
	PostRefused  Posting = "refused" // by an answer that trying again does not mend
	PostFailed   Posting = "failed"  // given up
)

// Outcome is what a check found.
type Outcome string

// The outcomes.
const (
	Clean   Outcome = "clean"   // it is not there
	Present Outcome = "present" // it is there
	Unclear Outcome = "unclear" // nobody knows: not clean
)

// Check is one look whether the thing is still there.
type Check struct {
	ID       string    `json:"id"`
	At       time.Time `json:"at"`
	Exit     string    `json:"exit"` // by which way; "person" for what a person saw
	By       string    `json:"by"`
	Outcome  Outcome   `json:"outcome"`
	Reason   string    `json:"reason"`             // a code: what counted, such as "nxdomain"
	Detail   string    `json:"detail,omitempty"`   // status, final address, or what the person wrote
	Decision string    `json:"decision,omitempty"` // of release, by id, that allowed the look
}

// Made is a move that was made.
type Made struct {
	At     time.Time `json:"at"`
	Move   MoveName  `json:"move"`
	From   State     `json:"from"`
	To     State     `json:"to"`
	By     string    `json:"by"`
	Reason string    `json:"reason,omitempty"`
}

// Countermeasure is a block or a take-down that we asked for.
type Countermeasure struct {
	ID          string        `json:"id"`
	Ref         string        `json:"ref"` // "C-3FD09K"
	Incident    string        `json:"incident"`
	IncidentRef string        `json:"incident_ref"`
	Restricted  bool          `json:"restricted,omitempty"` // the incident is
	Kind        Kind          `json:"kind"`
	Asset       Asset         `json:"asset"`
	Abuse       Abuse         `json:"abuse"`
	Words       string        `json:"words,omitempty"` // what the parties are told beside the asset
	State       State         `json:"state"`
	Checklist   Checklist     `json:"checklist"`
	Missing     []string      `json:"missing,omitempty"` // of the checklist, as codes
	Quarantined bool          `json:"quarantined,omitempty"`
	Party       *Party        `json:"party,omitempty"` // whose turn it is
	Ladder      []Party       `json:"ladder,omitempty"`
	Opened      time.Time     `json:"opened"`
	OpenedBy    string        `json:"opened_by"`
	Changed     time.Time     `json:"changed"`
	Asked       time.Time     `json:"asked,omitzero"`    // the first party
	Due         time.Time     `json:"due,omitzero"`      // when the party is chased, or the next asked
	Overdue     bool          `json:"overdue,omitempty"` // Due has passed
	CheckDue    time.Time     `json:"check_due,omitzero"`
	CleanSince  time.Time     `json:"clean_since,omitzero"` // the first of the clean checks in a row
	Cleans      int           `json:"cleans,omitempty"`     // how many there are
	Gone        time.Time     `json:"gone,omitzero"`
	Took        time.Duration `json:"-"`                // from asking first to gone
	Watched     time.Time     `json:"watched,omitzero"` // until then it is looked at
	Stuck       bool          `json:"stuck,omitempty"`  // nobody is left to ask: a person has to choose
	Version     int64         `json:"version"`
	PAP         tlp.PAP       `json:"-"`
	Exits       int           `json:"exits"`           // configured
	Moves       []MoveName    `json:"moves,omitempty"` // that the reader may make now
	Turns       []Turn        `json:"turns,omitempty"`
	Messages    []Message     `json:"messages,omitempty"`
	Checks      []Check       `json:"checks,omitempty"`
	History     []Made        `json:"history,omitempty"`
}
