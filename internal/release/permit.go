package release

import (
	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
)

// Permit is the proof that something may go to one contact. The zero Permit is
// invalid, and only this package can make another.
type Permit struct {
	decisions []string
	to        string // digest of the contact's facts that decide
	owner     string
	label     tlp.Label
}

// Valid reports whether the permit permits anything.
func (p Permit) Valid() bool { return len(p.decisions) > 0 }

// Decision returns the ids of the decisions that it stands on, separated by spaces.
func (p Permit) Decision() string { return "" }

// Covers reports whether the permit is for the contact, and the contact still as it was decided about.
func (p Permit) Covers(contact constituency.Contact) bool { return false }

// Label returns the strictest label of what may go.
func (p Permit) Label() tlp.Label { return p.label }

// Owner returns the id of the organisation whose networks it is about.
func (p Permit) Owner() string { return p.owner }

// Merge makes one permit for a message made of several items about the same owner for the same contact.
func Merge(ps ...Permit) (Permit, error) {
	return Permit{}, problem.New(problem.Unavailable, "release.Merge is not built yet")
}
