package incident

import (
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release/leak"
)

// Part is a kind of thing that hangs on incidents and lives in a room of its own. What it does not need is nil.
type Part struct {
	Name string // of the kind: "countermeasure"
	// Open lists what of the kind is not done yet.
	Open func(tx *sqldb.Tx, in *Inside) ([]Hanging, error)
	// Close ends what ends along with the incident, in its transaction. What Open said to be Active is left as it is, unless with is true: a person
	// was asked.
	Close func(tx *sqldb.Tx, actor identity.Actor, in *Inside, why string, with bool) error
	// Carry lets some of the kind, by id, hang on another incident: a split takes them over, and its undoing brings them back. What is sealed is sealed
	// anew under the other's key. nil: what is of the kind stays where it is.
	Carry func(tx *sqldb.Tx, actor identity.Actor, from, to *Inside, ids []string) error
	// Carriable lists what of the kind a person may want to take along; nil: nothing that a form could list.
	Carriable func(tx *sqldb.Tx, in *Inside) ([]Hanging, error)
	// Home tells for which of in.IDs something was made: there the undoing of a split brings it back. nil: for in.ID.
	Home func(tx *sqldb.Tx, in *Inside, id string) (string, error)
	// Settle is called once an incident has become restricted or was opened to the team, and when another was merged into it: what the kind keeps in
	// clear for searching is sealed, or the other way round.
	Settle func(tx *sqldb.Tx, in *Inside) error
	// Moved is called where an edit says anew since when somebody is aware of an incident, or when it was classified, in the edit's transaction: it may
	// refuse. after is the incident as it becomes.
	Moved func(tx *sqldb.Tx, before, after *Inside) error
	// Victims gives what of the kind is somebody's whom it happened to: whoever is outside must not find it in what they get. nil: nothing of it is.
	Victims func(tx *sqldb.Tx, in *Inside, give func(kind leak.Kind, value string)) error
}

// Hanging is one thing that hangs on an incident and is not done yet.
type Hanging struct {
	Kind   string `json:"kind"`         // Part.Name
	ID     string `json:"id,omitempty"` // for Carry
	Ref    string `json:"ref"`
	Title  string `json:"title"`
	French string `json:"fr,omitempty"`   // the title in French, where it is another
	Link   string `json:"link,omitempty"` // path of its page
	Active bool   `json:"active"`         // it does something in the world: it is never ended silently
	Left   bool   `json:"-"`              // closing leaves it to people: it may be open beneath what is closed
}

// In gives the title in a language.
func (h Hanging) In(lang string) string {
	if lang == "fr" && h.French != "" {
		return h.French
	}
	return h.Title
}

// Hang makes a part known. It is called before the room is used.
func (s *Service) Hang(p Part) { s.parts = append(s.parts, p) }
