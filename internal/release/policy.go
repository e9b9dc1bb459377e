package release

import (
	"strings"
)

// PolicyVersion names the policy that decisions were made under. Raise it with every change of the table below or of what the facts
// mean: what was decided under another version is decided anew.
const PolicyVersion = 1

// fact is something that a rule asks of a matter. Facts are bits of a set.
type fact uint32

// The facts. What each means is settled in facts.go.
const (
	ownerUnknown   fact = 1 << iota // nobody knows whose network it is
	toNobody                        // no contact, or no organisation, is named
	foreignContact                  // the contact is not the organisation's
	elsewhere                       // the recipient does not own the network
	granted                         // a grant in force lets the recipient be told
	red                             // TLP:RED, or no label that we know
	strict                          // TLP:AMBER+STRICT
	noReceivers                     // the terms name nobody
	notReceiver                     // the terms name others than the recipient's kind
	legal                           // the contact is for legal matters
	dead                            // messages to the contact fail
	spoken                          // the contact is a telephone
	keyless                         // the contact requires encryption, and nothing can be encrypted to it
	factsEnd
)

// rule decides if all facts of when hold and none of unless does.
type rule struct {
	name    string
	when    fact
	unless  fact
	outcome Outcome
	reason  string // words in braces are replaced, see matter.words
}

// policy is looked through from the top; the first rule that fits decides. What is refused for good stands before what waits for a
// better contact, so that nobody mends a contact in vain. The last rule fits everything.
//
// Need to know goes before the labels: even what the world may know (TLP:CLEAR) is sent only to whom it concerns. What the labels say
// is in FIRST's Traffic Light Protocol 2.0, in the definition of each label.
var policy = []rule{
	{
		"owner-unknown", ownerUnknown, 0, Refused,
		"Nobody can be told: whose network it is on is not known. Ask firehall who about an address of it and put the owner into the register; then it is decided anew.",
	},
	{
		"recipient-unknown", toNobody, 0, Refused,
		"No contact of an organisation is named, so there is nobody to decide about. Choose a contact from the register.",
	},
	{
		"contact-elsewhere", foreignContact, 0, Refused,
		"{address} is no contact of {organisation} in the register. Choose one of its own contacts, or put this one into the register.",
	},
	{
		"another-owner", elsewhere, granted, Refused,
		"It is about another organisation's network, and no grant in force lets {organisation} be told. If somebody decides that they should know, record it: firehall release grant --about OWNER --to {organisation} --reason WHY.",
	},
	{ // TLP:RED is for the eyes and ears of the individual recipients: those the source chose, not those we would.
		"label-red", red, 0, Refused,
		"{Feed} marks it {label}: it is for the persons who were told, and goes no further by itself. Ask the source under which label the owner may have it.",
	},
	{ // TLP:AMBER+STRICT restricts sharing to the organisation, so that a grant, which leads outside, does not help.
		"label-strict", elsewhere | strict, 0, Refused,
		"{Feed} marks it {label}: it stays with the organisation whose network it is, and no grant lets {organisation} have it. Tell the owner, or ask the source for another label.",
	},
	{
		"receivers-unnamed", noReceivers, 0, Refused,
		"The terms of {feed} name nobody who may receive it. Write the kinds of organisations into receivers of the feed in the configuration, as its source agreed.",
	},
	{
		"receiver-kind", notReceiver, 0, Refused,
		"The terms of {feed} let {receivers} receive it, and {organisation} is of the kind {kind}. If its source agrees, add the kind to receivers of the feed in the configuration.",
	},
	{
		"contact-legal", legal, 0, Held,
		"{address} is the legal contact of {organisation} and is not for this. Ask {organisation} for an abuse or security contact and put it into the register.",
	},
	{
		"contact-bad", dead, 0, Held,
		"Messages to {address} of {organisation} come back. Ask {organisation} for a contact that works; if this one does again, set its health to good.",
	},
	{
		"contact-phone", spoken, 0, Held,
		"{organisation} can only be told by telephone, {address}: somebody has to call. Ask for a mail address and put it into the register.",
	},
	{
		"key-required", keyless, 0, Held,
		"{address} of {organisation} takes encrypted messages only, and nothing can be encrypted: {key}. It goes out by itself once a valid key is in the register.",
	},
	{ // TLP:AMBER allows an organisation and its clients, TLP:GREEN its community: wider than we go without a person's word.
		"granted", elsewhere | granted, 0, Allowed,
		"By the word of a person (grant {grant}) {organisation} may be told about this network, and {label} and the terms of {feed} allow it.",
	},
	{
		"own-network", 0, elsewhere, Allowed,
		"It is about the network of {organisation} itself, and {label} and the terms of {feed} allow it.",
	},
	{
		"nothing-allows", 0, 0, Refused,
		"No rule of the policy allows it. Tell whoever looks after Firehall: the policy has a gap.",
	},
}

// decide returns the rule for a set of facts.
func decide(have fact) rule {
	for _, r := range policy {
		if have&r.when == r.when && have&r.unless == 0 {
			return r
		}
	}
	return policy[len(policy)-1] // not reached: the last rule fits everything
}

// explain writes the rule's reason about a matter. What is put in is not read for braces again.
func (r rule) explain(m matter) string {
	return strings.NewReplacer(m.words()...).Replace(r.reason)
}

// words are the pairs of a replacer.
func (m matter) words() []string {
	feed := strings.TrimSpace("feed " + m.Item.Terms.Feed)
	return []string{
		"{address}", m.To.Contact.Address, "{organisation}", m.To.Organisation.Name, "{label}", m.Item.Terms.Label.String(), "{feed}", "the " + feed, "{Feed}", "The " + feed,
		"{receivers}", strings.Join(m.Item.Terms.Receivers, ", "), "{kind}", string(m.To.Organisation.Kind), "{key}", m.trouble, "{grant}", m.grant.ID,
	}
}
