package release

import (
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/tlp"
)

// Terms are what a source said about passing its things on.
type Terms struct {
	Feed        string
	Label       tlp.Label
	Receivers   []string // kinds of organisations; none named means that nobody may have it
	Attribution string
}

// Item is one thing, or a set of things that share everything that decides.
type Item struct {
	Kind    string // "findings"
	ID      string // what exactly, such as organisation/feed
	Version string // of what else decides about it; owner and terms need not be in it, they are compared too
	Owner   string // id of the organisation whose network it is, "" when nobody knows
	Terms   Terms
	Count   int64 // how many things; decides nothing
}

// How a recipient was found. It decides nothing: the owner and the grants do.
const (
	ChainOwn   = "own"
	ChainGrant = "grant"
)

// Recipient is who would be told.
type Recipient struct {
	Contact      constituency.Contact
	Organisation constituency.Organisation
	Chain        string
}

// Ask is one question: may this go to them?
type Ask struct {
	Item Item
	To   Recipient
}

// Outcome is what a rule says.
type Outcome string

// The outcomes.
const (
	Allowed Outcome = "allowed"
	Refused Outcome = "refused" // not to them; only other terms, another owner or a grant change that
	Held    Outcome = "held"    // not by this contact as it is: somebody has to mend the contact, or to call
)

// Decision is the answer to an Ask, as it was recorded.
type Decision struct {
	ID           string // "" in a preview
	Allowed      bool
	Outcome      Outcome
	Rule         string // the policy's rule
	Reason       string // sentences for a duty officer: what, why, what to do
	Item         Item
	Organisation string // id of the recipient organisation
	Contact      string // id
	Audience     string // digest of everything about the recipient that decides, grants in force included
	Grant        string // id of the grant that allows, "" for none
	Policy       int    // version
	Label        tlp.Label
	By           string // the actor's id
	At           time.Time
}
