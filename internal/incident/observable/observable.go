package observable

import (
	"time"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/incident"
)

// Role is the part that an observable plays in the incident.
type Role string

// The roles; "" is not known.
const (
	Victim         Role = "victim"
	Attacker       Role = "attacker"
	Infrastructure Role = "infrastructure" // of the attacker: where it is hosted, commanded, paid
	Delivery       Role = "delivery"       // by which it came
	Payload        Role = "payload"
	Witness        Role = "witness" // it only saw, or was passed through
)

// Roles lists the roles in the order in which forms show them.
func Roles() []Role { return []Role{Victim, Attacker, Infrastructure, Delivery, Payload, Witness} }

// Source says from where we have an observable.
type Source string

// The sources.
const (
	FromPerson     Source = "person"
	FromReport     Source = "report"     // taken over from a report's indicators
	FromEvidence   Source = "evidence"   // of a file in the vault
	FromExtraction Source = "extraction" // found in a text that somebody pasted
)

// Sources lists the sources.
func Sources() []Source { return []Source{FromPerson, FromReport, FromEvidence, FromExtraction} }

// Draft is an observable to be added.
type Draft struct {
	Kind      Kind       `json:"kind,omitempty"` // "": found out, if the value tells
	Value     string     `json:"value"`          // as people write it; brackets that make it harmless are taken off
	Role      Role       `json:"role,omitempty"`
	TLP       *tlp.Label `json:"tlp,omitempty"` // nil: the incident's
	PAP       *tlp.PAP   `json:"pap,omitempty"` // nil: the incident's
	Note      string     `json:"note,omitempty"`
	First     time.Time  `json:"first,omitzero"` // when it was first and last seen in the world
	Last      time.Time  `json:"last,omitzero"`
	Source    Source     `json:"source,omitempty"`    // "": a person
	Origin    string     `json:"origin,omitempty"`    // id of the report or the file
	Detection bool       `json:"detection,omitempty"` // good to look for in logs
	Secret    bool       `json:"secret,omitempty"`    // its value lies encrypted, whatever the incident: a confidential report told of it
}

// Observable is one value in one incident.
type Observable struct {
	ID        string    `json:"id"`
	Incident  string    `json:"incident"` // for which it was added: another one where that was merged into this
	Kind      Kind      `json:"kind"`
	Value     string    `json:"value"`
	Role      Role      `json:"role,omitempty"`
	TLP       tlp.Label `json:"tlp"`
	PAP       tlp.PAP   `json:"pap"`
	Note      string    `json:"note,omitempty"`
	First     time.Time `json:"first,omitzero"`
	Last      time.Time `json:"last,omitzero"`
	Source    Source    `json:"source"`
	Origin    string    `json:"origin,omitempty"`
	Detection bool      `json:"detection"`
	Listed    []string  `json:"listed,omitempty"` // codes of the warning lists that it is on
	Quiet     bool      `json:"quiet,omitempty"`  // so that it matches nothing
	Secret    bool      `json:"secret,omitempty"`
	Added     time.Time `json:"added"`
	By        string    `json:"by"`
	Removed   time.Time `json:"removed,omitzero"`
	RemovedBy string    `json:"removed_by,omitempty"`
	Reason    string    `json:"reason,omitempty"` // of the removal
	Version   int64     `json:"version"`

	Seen      int `json:"seen"`      // sightings, and how often each
	False     int `json:"false"`     // of them, that it was not what it was taken for
	Relations int `json:"relations"` // how many
	Elsewhere int `json:"elsewhere"` // other incidents that the reader sees, and that have something that matches: counted up to MostCounted
}

// Why says why two observables match.
type Why string

// The reasons: what the other one is to the one that was asked about.
const (
	Same       Why = "same"        // the same value
	Contains   Why = "contains"    // the network that it lies in
	Within     Why = "within"      // an address or a network in it
	Above      Why = "above"       // the domain above it
	Below      Why = "below"       // a name below it
	Host       Why = "host"        // the host of the URL
	OnHost     Why = "on-host"     // a URL on it
	SameHost   Why = "same-host"   // another URL on the same host
	MailDomain Why = "mail-domain" // the domain of the mail address
	AtDomain   Why = "at-domain"   // a mail address at the domain
)

// Match is an observable of another incident.
type Match struct {
	Observable string         `json:"observable"` // id
	Incident   string         `json:"incident"`   // id
	Ref        string         `json:"ref"`
	Title      string         `json:"title"`
	Stage      incident.Stage `json:"state"` // of the incident
	Restricted bool           `json:"restricted,omitempty"`
	Kind       Kind           `json:"kind"`
	Value      string         `json:"value"`
	Role       Role           `json:"role,omitempty"`
	TLP        tlp.Label      `json:"tlp"`
	PAP        tlp.PAP        `json:"pap"`
	Why        Why            `json:"why"`
	Added      time.Time      `json:"added"`
}

// Added says what became of drafts.
type Added struct {
	Added   []Observable `json:"added"`
	Known   []Observable `json:"known"` // that were there already; when they were last seen is newer now
	Refused []Refused    `json:"refused"`
}

// Refused is a draft that was not added, and why.
type Refused struct {
	Row    int    `json:"row"` // from 0
	Kind   Kind   `json:"kind,omitempty"`
	Value  string `json:"value"`
	Reason string `json:"reason"`
}

// Revision changes an observable; nil leaves as it is.
type Revision struct {
	Role      *Role      `json:"role,omitempty"`
	TLP       *tlp.Label `json:"tlp,omitempty"`
	PAP       *tlp.PAP   `json:"pap,omitempty"`
	Note      *string    `json:"note,omitempty"`
	First     *time.Time `json:"first,omitempty"`
	Last      *time.Time `json:"last,omitempty"`
	Detection *bool      `json:"detection,omitempty"`
}

// Order is how a list is sorted.
type Order string

// The orders; ByAdded is that of "".
const (
	ByAdded Order = "added" // the newest first
	ByAge   Order = "age"   // the oldest first
	ByKind  Order = "kind"
)

// Filter narrows a list. Zero values do not.
type Filter struct {
	Kinds     []Kind
	Role      Role
	Source    Source
	Text      string // stands in the value
	Detection bool   // only those for detection
	Listed    bool   // only those on a warning list
	Removed   bool   // only those that were removed; else none of them
	Order     Order
}

// Head names the incident that something is of.
type Head struct {
	ID         string         `json:"id"`
	Ref        string         `json:"ref"`
	Title      string         `json:"title"`
	Stage      incident.Stage `json:"state"`
	Restricted bool           `json:"restricted,omitempty"`
	TLP        tlp.Label      `json:"tlp"`
	PAP        tlp.PAP        `json:"pap"`
}

func headOf(in *incident.Inside) Head {
	return Head{in.ID, in.Ref, in.Title, in.Stage, in.Restricted, in.TLP, in.PAP}
}

// Listing is a page of an incident's observables.
type Listing struct {
	page.Page[Observable]
	In     Head      `json:"-"`
	Counts []Count   `json:"counts"` // of all that the filter finds but for its kinds
	Total  int       `json:"total"`  // of all that the filter finds
	TLP    tlp.Label `json:"tlp"`    // the strictest of the incident and of what is listed here
}

// Count is how many there are of a kind.
type Count struct {
	Kind  Kind `json:"kind"`
	Count int  `json:"count"`
}
