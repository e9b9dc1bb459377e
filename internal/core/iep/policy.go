package iep

import (
	"cmp"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/tlp"
)

// Policy is what of a policy decides, or is told to whoever gets a copy. The zero Policy forbids nothing.
type Policy struct {
	ID, Name    string
	Encrypt     bool        // encrypt_in_transit: must
	Actions     Action      // permitted_actions
	NoNotify    bool        // affected_party_notifications: must-not
	TLP         tlp.Label   // tlp; what is marked less strictly is so all the same
	Attribution Attribution // attribution
	Obfuscate   bool        // obfuscate_affected_parties: must
	NoResale    bool        // unmodified_resale: must-not
	Start, End  time.Time   // start_date, and end_date, at which it is over; zero: always
	Reference   string      // external_reference, a URL
}

// Action is the widest action that a policy permits.
type Action string

// The permitted actions, from the most to the fewest.
const (
	AnyAction      Action = "" // externally visible direct actions, or nothing said
	IndirectAction Action = "externally-visible-indirect"
	InternalAction Action = "internally-visible"
	AskFirst       Action = "contact-for-instruction"
	NoAction       Action = "none"
)

var actions = []Action{AnyAction, IndirectAction, InternalAction, AskFirst, NoAction}

// Actions lists them, from the most to the fewest.
func Actions() []Action { return slices.Clone(actions) }

// strictness orders actions: the higher, the fewer. What is no action permits nothing.
func (a Action) strictness() int {
	if i := slices.Index(actions, a); i >= 0 {
		return i
	}
	return len(actions)
}

// Attribution says whether who gets a copy learns where it is from.
type Attribution string

// The attributions.
const (
	MayAttribute     Attribution = ""
	MustAttribute    Attribution = "must"
	MustNotAttribute Attribution = "must-not"
)

// Outside reports whether whoever gets it may act so that others see it. No policy forbids nothing.
func (p *Policy) Outside() bool { return p == nil || p.Actions.strictness() <= 1 }

// PAP is the least strict label of permissible actions that keeps to the policy: what only one's own house may see is PAP:RED, and what others may see but
// the adversary must not is PAP:AMBER.
func (p *Policy) PAP() tlp.PAP {
	switch {
	case p == nil || p.Actions == AnyAction:
		return tlp.PAPClear
	case p.Actions == IndirectAction:
		return tlp.PAPAmber
	}
	return tlp.PAPRed
}

// At gives the policy if it holds at a moment, and nil once it is over. One that is yet to start is kept to already: whoever gets a copy has it then too.
func (p *Policy) At(now time.Time) *Policy {
	if p == nil || !p.End.IsZero() && !now.Before(p.End) {
		return nil
	}
	return p
}

// Stricter is the policy that keeps to both; either may be nil. It has no name of its own where they differ, and holds as long as one of them does.
func Stricter(a, b *Policy) *Policy {
	switch {
	case a == nil:
		return b
	case b == nil || *a == *b:
		return a
	}
	out := Policy{
		Encrypt: a.Encrypt || b.Encrypt, Actions: a.Actions, NoNotify: a.NoNotify || b.NoNotify, TLP: tlp.Strictest(a.TLP, b.TLP),
		Attribution: a.Attribution, Obfuscate: a.Obfuscate || b.Obfuscate, NoResale: a.NoResale || b.NoResale,
		ID: same(a.ID, b.ID), Name: same(a.Name, b.Name), Reference: same(a.Reference, b.Reference),
	}
	if b.Actions.strictness() > a.Actions.strictness() {
		out.Actions = b.Actions
	}
	if b.Attribution == MustNotAttribute || a.Attribution == MayAttribute { // not to be named is stricter than to be named
		out.Attribution = b.Attribution
	}
	if !a.Start.IsZero() && !b.Start.IsZero() {
		out.Start = earlier(a.Start, b.Start)
	}
	if !a.End.IsZero() && !b.End.IsZero() {
		out.End = later(a.End, b.End)
	}
	return &out
}

func same(a, b string) string {
	if a == "" || b == "" || a == b {
		return cmp.Or(a, b)
	}
	return ""
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
