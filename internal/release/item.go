package release

import (
	"slices"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
)

// Terms are what a source said about passing its things on.
type Terms struct {
	Feed        string // "" for what no feed brought
	Label       tlp.Label
	Receivers   []string // of a feed: kinds of organisations; none named means that nobody may have it
	Attribution string
	IEP         *IEP // nil: the source said nothing more
}

// IEP is what of FIRST's Information Exchange Policy 2.0 decides. The zero IEP forbids nothing.
type IEP = iep.Policy

// ByReporter is Item.Source of what a reporter told us.
const ByReporter = "reporter"

// Item is one thing, or a set of things that share everything that decides.
type Item struct {
	Kind     string // "findings", "report", "incident", "message", "notice", "lookup", or a type of STIX
	ID       string // what exactly, such as organisation/feed
	Version  string // of what else decides about it; what stands in the other fields need not be in it
	Owner    string // id of the organisation whose network it is, "" when nobody knows
	Terms    Terms
	PAP      tlp.PAP
	Source   string      // whose word rules the label: an organisation's id, ByReporter; "" is we ourselves, or the feed that the terms name
	Concerns []string    // ids of organisations that it is about beside the owner: they need to know
	Group    string      // id of the sharing group whose members it is for; "" for none
	Consent  Consent     // what the reporter agreed to; asked if Source is ByReporter
	Marks    Marks       // what keeps it in, whatever its label
	Embargo  time.Time   // before which nothing leaves; zero for none
	Holds    Sensitivity // what kinds of fields it holds
	Count    int64       // how many things; decides nothing
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
	// As is Reporter, Party, Public or Self for whom the register does not decide, and "" else: then the kind of the organisation and its relation to
	// the item say what audience it is.
	As Audience
	// Chosen is by whom of the team this recipient was chosen for this item, "" for nobody: a program found it. A person's choice is need to know.
	Chosen string
	// Order obliges us to tell an authority, whatever label or consent says; nil: nothing does.
	Order *Order
}

// FeedItem is the kind under which schedules and wishes about all that a feed brings are kept; its id is the feed's name.
const FeedItem = "feed"

// about is what an item's schedule and wish are kept for: findings, and what follows from them, share those of their feed.
func (i Item) about() thing {
	if i.Terms.Feed != "" {
		return thing{FeedItem, i.Terms.Feed}
	}
	return thing{i.Kind, i.ID}
}

// lasting reports whether a schedule or a wish about the item would be asked for again: of what has a label for one sending only it would not.
func (i Item) lasting() bool { return i.Terms.Feed != "" || !slices.Contains(unscheduled, i.Kind) }

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
	// AllowedRedacted lets a sanitised copy go: Decision.Profile names how, and Service.Clear looks whether it was done.
	AllowedRedacted Outcome = "allowed redacted"
	// Second waits for Service.Approve by another person than who asked. The same question is then answered as that person said.
	Second  Outcome = "needs a second person"
	Refused Outcome = "refused" // not to them; only other terms, another owner or a grant change that
	Held    Outcome = "held"    // not by this contact as it is: somebody has to mend the contact, or to call
)

// Outcomes lists them, the most open first. Held is as shut as Refused: what mends it is not trust.
func Outcomes() []Outcome { return []Outcome{Allowed, AllowedRedacted, Second, Held, Refused} }

// openness orders outcomes by how much goes.
func (o Outcome) openness() int {
	return map[Outcome]int{Second: 1, AllowedRedacted: 2, Allowed: 3}[o]
}

// Decision is the answer to an Ask, as it was recorded.
type Decision struct {
	ID           string // "" in a preview
	Allowed      bool   // Allowed or AllowedRedacted
	Outcome      Outcome
	Rule         string // the policy's rule
	Reason       string // sentences for a duty officer: what, why, what to do
	Item         Item
	Organisation string   // id of the recipient organisation
	Contact      string   // id
	To           Audience // what the recipient is to the item
	Audience     string   // digest of everything about the recipient that decides, grants in force included
	Grant        string   // id of the grant that allows, "" for none
	Policy       int      // version
	Label        tlp.Label
	Effective    tlp.Label // Label after the schedule: what decided, and what goes out
	Profile      string    // of AllowedRedacted, or of Second that would be: the redaction profile, named as its audience
	Steps        []Step    // every fact that the policy asked, in its order
	By           string    // the actor's id
	At           time.Time
	// Seconder is who approved or refused what needed a second person, when, and why; zero while nobody did.
	Seconder   string
	Seconded   time.Time
	SecondedBy string // the reason in that person's words
	// InsteadOf is the decision, under an older policy, of what waited to be sent, and was decided again when it would have gone; "" for none.
	InsteadOf string
}

// Step is one thing that the policy asked of a matter.
type Step struct {
	Fact  string // its code
	Holds bool
	Why   string // a sentence
}
