// Package liaison keeps what an incident has to do with those outside who do not repair it: what is handed over to the police, who of other teams and
// authorities asked, and what the press was told.
//
// Words: a handover is what one agency gets, with its own states; a log entry says who asked, what was said, and who let it be said. Entries stand on a
// track: liaison or media.
//
// Guarantees: what is written is sealed under the incident's key; states change by the table (Moves) and each step stays with who made it; nothing is handed
// over without a legal basis, nothing said to the press without who approved it; two people who change the same entry get a Clash with both texts;
// what is taken out stays in the record. Nothing here is sent: people carry it, once release decided that the agency may have it, and who has it is on record.
package liaison

import (
	"slices"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/release"
)

// The operations.
const (
	OpRead     identity.Operation = "liaison.read"
	OpHandover identity.Operation = "liaison.handover"
	OpLog      identity.Operation = "liaison.log"
)

// State is how far a handover is.
type State string

// The states.
const (
	Considered   State = "considered"
	Decided      State = "decided"
	HandedOver   State = "handed-over"
	Acknowledged State = "acknowledged"
	Closed       State = "closed"
)

// States lists the states in the order of a handover's life.
func States() []State { return []State{Considered, Decided, HandedOver, Acknowledged, Closed} }

// Move is a line of the table of what may become of a handover.
type Move struct {
	Name string
	From []State
	To   State
}

var moves = []Move{
	{"decide", []State{Considered}, Decided},
	{"hand-over", []State{Decided}, HandedOver},
	{"acknowledge", []State{HandedOver}, Acknowledged},
	{"close", []State{Considered, Decided, HandedOver, Acknowledged}, Closed},
	{"reopen", []State{Closed}, Considered},
}

// Moves is the table of what may become of a handover.
func Moves() []Move { return slices.Clone(moves) }

// From lists the moves that can be made in a state.
func From(s State) (names []string) {
	for _, m := range moves {
		if slices.Contains(m.From, s) {
			names = append(names, m.Name)
		}
	}
	return names
}

// Facts are what a handover says.
type Facts struct {
	Agency    string   `json:"agency"`              // who gets it
	Contact   string   `json:"contact,omitempty"`   // the person there, and how to reach them
	Reference string   `json:"reference,omitempty"` // their file number
	Basis     string   `json:"basis,omitempty"`     // by which law it is handed over; needed before it is decided
	What      string   `json:"what,omitempty"`      // that is handed over, in words
	Items     []string `json:"items,omitempty"`     // ids of files of the incident
	// Order obliges us to hand it over: no consent is asked for, and no label stands against it, but a second person has to check it; nil: nothing does.
	Order *Order `json:"order,omitempty"`
}

// Order is the law, or the paper of a court, that compels a hand-over.
type Order struct {
	release.Order
	Silent bool `json:"silent,omitempty"` // it forbids to tell those whom it concerns
}

// Given is what became of a hand-over when it was made.
type Given struct {
	Decision string   `json:"decision"`             // of release, its id
	Checked  string   `json:"checked_by,omitempty"` // account of the second person, where one had to look
	Unread   []string `json:"unread,omitempty"`     // names of files into which nobody could look for names
}

// Handover is what one agency gets.
type Handover struct {
	ID       string `json:"id"`
	Incident string `json:"incident"`
	State    State  `json:"state"`
	Facts
	Given   *Given    `json:"given,omitempty"` // the last time that it was handed over; of those before release was asked, none
	By      string    `json:"by"`
	Created time.Time `json:"created"`
	Changed time.Time `json:"changed"`
	Version int64     `json:"version"`
	Steps   []Step    `json:"steps"` // the oldest first
}

// Step is a change of state.
type Step struct {
	State State     `json:"state"`
	By    string    `json:"by"`
	At    time.Time `json:"at"`
	Note  string    `json:"note,omitempty"`
}

// Track is which log an entry stands in.
type Track string

// The tracks.
const (
	Liaison Track = "liaison" // other teams, authorities, constituents
	Media   Track = "media"   // the press
)

// Tracks lists the tracks.
func Tracks() []Track { return []Track{Liaison, Media} }

// Said is what a log entry says.
type Said struct {
	Who          string `json:"who"` // asked
	Organisation string `json:"organisation,omitempty"`
	Asked        string `json:"asked,omitempty"`
	Said         string `json:"said,omitempty"` // what was answered
}

// Entry is a line of a log.
type Entry struct {
	ID       string    `json:"id"`
	Incident string    `json:"incident"`
	Track    Track     `json:"track"`
	At       time.Time `json:"at"` // when they spoke
	Said
	Approver string    `json:"approver,omitempty"` // account that let it be said
	By       string    `json:"by"`
	Editor   string    `json:"editor"`
	Changed  time.Time `json:"changed"`
	Version  int64     `json:"version"`
}

// EntryDraft is an entry as somebody writes it.
type EntryDraft struct {
	Track Track // not changed by an edit
	At    time.Time
	Said
	Approver string
}

// Item is a file that can be handed over.
type Item struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// Book is all of one incident.
type Book struct {
	Incident  incident.Inside `json:"-"`
	Handovers []Handover      `json:"handovers"`
	Entries   []Entry         `json:"entries"` // the latest first
	Files     []Item          `json:"-"`       // that could be handed over
}

// On lists the entries of a track.
func (b *Book) On(t Track) (list []Entry) {
	for _, e := range b.Entries {
		if e.Track == t {
			list = append(list, e)
		}
	}
	return list
}

// Limits of text, in bytes, of a name, of files in one handover, and of how many of each an incident has.
const (
	MaxText  = 20 << 10
	MaxName  = 500
	MaxItems = 200
	MaxEach  = 1000
)

// Service is the room. It is safe for concurrent use.
type Service struct{ incidents *incident.Service }

// New makes the room.
func New(incidents *incident.Service) *Service { return &Service{incidents} }
