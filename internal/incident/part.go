package incident

import (
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Part is a kind of thing that hangs on incidents and lives in a room of its own. What it does not need is nil.
type Part struct {
	Name string // of the kind: "countermeasure"
	// Open lists what of the kind is not done yet.
	Open func(tx *sqldb.Tx, in *Inside) ([]Hanging, error)
	// Close ends what ends along with the incident, in its transaction. What Open said to be Active is left as it is, unless with is true: a person
	// was asked.
	Close func(tx *sqldb.Tx, actor identity.Actor, in *Inside, why string, with bool) error
}

// Hanging is one thing that hangs on an incident and is not done yet.
type Hanging struct {
	Kind   string `json:"kind"` // Part.Name
	Ref    string `json:"ref"`
	Title  string `json:"title"`
	Link   string `json:"link,omitempty"` // path of its page
	Active bool   `json:"active"`         // it does something in the world: it is never ended silently
}

// Hang makes a part known. It is called before the room is used.
func (s *Service) Hang(p Part) { s.parts = append(s.parts, p) }
