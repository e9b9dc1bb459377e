package obligation

import (
	"time"

	"github.com/firehall/firehall/internal/incident"
)

// View is all about the clocks of one incident.
type View struct {
	ID          string             `json:"id"`
	Ref         string             `json:"ref"`
	Now         time.Time          `json:"now"`
	Anchors     []Statement        `json:"anchors"` // that hold for the whole incident
	Moments     Moments            `json:"moments"` // that the incident has by itself
	Obligations []Obligation       `json:"obligations"`
	Records     []Record           `json:"records,omitempty"` // of changes, the latest first
	Inside      *incident.Inside   `json:"-"`
	Files       []incident.FileRef `json:"-"` // that can prove a submission
}

// Obligation is the decision whether somebody has a duty, and what came of it.
type Obligation struct {
	ID           string       `json:"id"`
	Incident     string       `json:"incident"` // for which it was made
	Duty         string       `json:"duty"`     // "nis2/incident"
	Law          string       `json:"law"`      // name
	Track        string       `json:"track"`    // name
	French       string       `json:"fr,omitempty"`
	InForce      bool         `json:"in_force"`          // the law binds
	Unknown      bool         `json:"unknown,omitempty"` // the law is no longer among those that are known
	Organisation string       `json:"organisation,omitempty"`
	Who          string       `json:"who,omitempty"` // owes it, by name
	Applies      bool         `json:"applies"`
	Facts        []string     `json:"facts,omitempty"`
	Kind         Kind         `json:"kind,omitempty"`
	Entity       Entity       `json:"entity,omitempty"`
	Crossing     Answer       `json:"cross_border,omitempty"`
	Crime        Answer       `json:"suspected_crime,omitempty"`
	Reason       string       `json:"reason"`
	By           string       `json:"by"` // actor
	At           time.Time    `json:"at"`
	Version      int64        `json:"version"`
	Stages       []Stage      `json:"stages"`
	Anchors      []Statement  `json:"anchors,omitempty"` // its own, which go before the incident's
	Submissions  []Submission `json:"submissions,omitempty"`
	Forwards     []Forward    `json:"forwards,omitempty"`
	computed     time.Time
}

// Moments are when something happened; what did not is missing.
type Moments map[Anchor]time.Time

// Kind is what was notified (NIS2 Art. 23(1) and 30(1)).
type Kind string

// The kinds.
const (
	Significant Kind = "significant" // incident
	Incident    Kind = "incident"    // another one, told voluntarily
	Threat      Kind = "threat"
	NearMiss    Kind = "near-miss"
)

// Kinds lists them.
func Kinds() []Kind { return []Kind{Significant, Incident, Threat, NearMiss} }

// Entity is what NIS2 Art. 3 makes of who notifies.
type Entity string

// The entities; empty is unknown.
const (
	Essential Entity = "essential"
	Important Entity = "important"
	Neither   Entity = "neither"
)

// Entities lists them.
func Entities() []Entity { return []Entity{Essential, Important, Neither} }

// Answer is yes, no, or empty: nobody knows yet.
type Answer string

// The answers.
const (
	Yes Answer = "yes"
	No  Answer = "no"
)

// Answers lists them.
func Answers() []Answer { return []Answer{Yes, No} }

// Statement is what somebody said of when something happened.
type Statement struct {
	Obligation string    `json:"obligation,omitempty"` // "": for the whole incident
	Anchor     Anchor    `json:"anchor"`
	At         time.Time `json:"at"`
	By         string    `json:"by"`
	Stated     time.Time `json:"stated"`
	incident   string
}

// Submission is that a stage was submitted, with its proof.
type Submission struct {
	ID         string    `json:"id"`
	Obligation string    `json:"obligation"`
	Stage      string    `json:"stage"`
	At         time.Time `json:"at"`
	To         string    `json:"to,omitempty"`        // whom
	Reference  string    `json:"reference,omitempty"` // that they gave
	Note       string    `json:"note,omitempty"`
	Item       string    `json:"item,omitempty"` // a file of the vault that proves it
	By         string    `json:"by"`
	Recorded   time.Time `json:"recorded"`
	Withdrawn  time.Time `json:"withdrawn,omitzero"`
	Why        string    `json:"why,omitempty"` // it was withdrawn
	incident   string
}

// Target is to whom a report is forwarded.
type Target string

// The targets.
const (
	Authority    Target = "authority"
	ContactPoint Target = "contact-point" // the single point of contact
	CSIRT        Target = "csirt"
	Other        Target = "other"
)

// Targets lists them.
func Targets() []Target { return []Target{Authority, ContactPoint, CSIRT, Other} }

// Forward is that we passed on what we were told.
type Forward struct {
	ID         string    `json:"id"`
	Obligation string    `json:"obligation"`
	Target     Target    `json:"target"`
	Name       string    `json:"name"`
	Note       string    `json:"note,omitempty"`
	Dialogue   string    `json:"dialogue,omitempty"` // by which it was mailed
	At         time.Time `json:"at"`
	By         string    `json:"by"`
}

// Record is a change, with what was before.
type Record struct {
	ID         string    `json:"id"`
	Obligation string    `json:"obligation,omitempty"`
	What       string    `json:"what"` // decided, anchor, submitted, withdrawn, forwarded, carried (Before and After: numbers of incidents)
	At         time.Time `json:"at"`
	By         string    `json:"by"`
	Object     string    `json:"object,omitempty"` // an anchor, a stage
	Before     string    `json:"before,omitempty"` // times as RFC 3339, else codes
	After      string    `json:"after,omitempty"`
	Reason     string    `json:"reason,omitempty"`
}
