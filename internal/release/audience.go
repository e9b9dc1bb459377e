package release

import (
	"slices"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/release/redact"
)

// Audience is what a recipient is to an item.
type Audience string

// The audiences.
const (
	Self        Audience = "self"        // the team and its people
	Reporter    Audience = "reporter"    // who told us
	Owner       Audience = "owner"       // whose network it is
	Constituent Audience = "constituent" // another organisation that we serve
	Party       Audience = "party"       // somebody whom a person of the team writes to because they can act
	Provider    Audience = "provider"
	Vendor      Audience = "vendor"
	Peer        Audience = "peer"
	Authority   Audience = "authority"
	Public      Audience = "public"
)

// Audiences lists them, the nearest first.
func Audiences() []Audience {
	return []Audience{Self, Reporter, Owner, Constituent, Party, Provider, Vendor, Peer, Authority, Public}
}

// partners are those with whom agreements are made.
var partners = []Audience{Vendor, Peer, Authority}

// AudienceOf says what a recipient is to an item. Teams, vendors and authorities of the register stay what they are, whatever a person writes to them as,
// so that nobody gets around what is asked of them.
func AudienceOf(item Item, to Recipient) Audience {
	kind := Audience(to.Organisation.Kind)
	switch {
	case to.As == Self || to.As == Reporter || to.As == Public:
		return to.As
	case item.Owner != "" && item.Owner == to.Organisation.ID:
		return Owner
	case slices.Contains(partners, kind):
		return kind
	case to.As == Party || to.As == Peer || to.As == Vendor || to.As == Authority || to.As == Provider:
		return to.As
	case slices.Contains(constituency.Kinds(), to.Organisation.Kind):
		return kind
	}
	return Party
}

// Parties lists what a person can say that a party is, who is not of the register: whoever can act first.
func Parties() []Audience { return []Audience{Party, Provider, Peer, Vendor, Authority} }

// Consent is what a reporter agreed to, as bits.
type Consent uint8

// The consents: with whom the report may be shared.
const (
	WithPolice Consent = 1 << iota
	WithPeers
	WithVendor
	WithProvider
)

// asked says which consent an audience needs; 0 is none.
func (a Audience) asked() Consent {
	return map[Audience]Consent{Authority: WithPolice, Peer: WithPeers, Vendor: WithVendor, Provider: WithProvider}[a]
}

// Marks keep an item in, whatever its label, as bits.
type Marks uint8

// The marks.
const (
	Privileged Marks = 1 << iota // under legal privilege
	Exempt                       // asks to be left out of answers to freedom-of-information requests
	Restricted                   // only the members of an incident see it
)

// sees gives what an audience may see, as the redaction profile of its name says. Nobody outside sees who reported, or the victim.
func (a Audience) sees() (may Sensitivity) {
	profile := redact.For(string(a))
	for _, s := range redact.Sensitivities() {
		if profile.On(s) == redact.Keep {
			may |= s
		}
	}
	return may
}
