package release

import (
	"strings"
	"time"
)

// PolicyVersion names the policy that decisions were made under. Raise it with every change of the table below or of what the facts
// mean: what was decided under another version is decided anew. Who adds facts says in layout.go since when there are.
const PolicyVersion = 4

// fact is something that a rule asks of a matter. Facts are bits of a set.
type fact uint64

// The facts. What each means is settled in facts.go, and said in words in questions.go.
const (
	ownerUnknown   fact = 1 << iota // nobody knows whom it concerns
	toNobody                        // no contact, or no organisation, is named
	foreignContact                  // the contact is not the organisation's
	lookup                          // nothing is sent: somebody is asked
	touching                        // the target itself is asked
	papNoLookup                     // the PAP forbids to ask third parties
	papNoContact                    // the PAP forbids to touch the target
	self                            // the team itself
	ofSource                        // the recipient is who told us
	elsewhere                       // the recipient does not own the network
	granted                         // a grant in force lets the recipient be told
	concerned                       // it is about the recipient in another way
	member                          // the recipient is in the sharing group that it is for
	chosen                          // a person of the team chose this very recipient
	public                          // whoever asks
	partner                         // a vendor, a peer or an authority
	acting                          // a party or a provider: what they do, others see
	embargoed                       // before the end of its embargo
	privileged                      // under legal privilege
	exempt                          // to be left out of freedom-of-information answers
	restricted                      // only the members of an incident see it
	grouped                         // it is for a sharing group
	aboveGroup                      // its label is stricter than the group may share
	iepSilent                       // the IEP forbids to notify those whom it affects
	papRed                          // PAP:RED, or an IEP that permits nothing which others see
	papMarked                       // the PAP is not CLEAR
	ours                            // we ourselves set the label
	marked                          // the label is not CLEAR
	amber                           // TLP:AMBER or stricter
	strict                          // TLP:AMBER+STRICT
	red                             // TLP:RED, or no label that we know
	aboveHandling                   // its label is stricter than the recipient says it can keep
	noReceivers                     // the feed's terms name nobody
	notReceiver                     // the feed's terms name others than the recipient's kind
	unconsented                     // the reporter did not agree to tell such a recipient
	agreed                          // an agreement in force lets this label flow to the recipient
	legal                           // the contact is for legal matters
	dead                            // messages to the contact fail
	spoken                          // the contact is a telephone
	keyless                         // encryption is required, and nothing can be encrypted to the contact
	sensitive                       // it holds what this audience may not see
	compelled                       // a law or a court obliges us to tell the recipient
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

// inside are those to whom nothing of it is new.
const inside = self | ofSource

// policy is looked through from the top; the first rule that fits decides. What is refused for good stands before what waits for a
// better contact, so that nobody mends a contact in vain, and that before what a second person is asked.
//
// Need to know goes before the labels: even what the world may know (TLP:CLEAR) is sent only to whom it concerns. What the labels say
// is in FIRST's Traffic Light Protocol 2.0, in the definition of each label.
var policy = []rule{
	{
		"owner-unknown", ownerUnknown, inside, Refused,
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
		"lookup-pap-active", lookup | touching | papNoContact, 0, Refused,
		"The {pap} of the incident forbids to touch the target. A person may note what they know from elsewhere, or let whoever owns the incident change its PAP.",
	},
	{
		"lookup-pap-passive", lookup | papNoLookup, 0, Refused,
		"The {pap} of the incident forbids to ask third parties. Use what we have ourselves, or let whoever owns the incident change its PAP.",
	},
	{
		"lookup-active", lookup | touching, 0, Allowed,
		"The {pap} of the incident allows to ask the target itself.",
	},
	{
		"lookup-passive", lookup, 0, Allowed,
		"The {pap} of the incident allows to ask third parties, such as a registry.",
	},
	{
		"another-owner", elsewhere, granted | concerned | member | chosen | public | inside, Refused,
		"It is about another organisation's network, and no grant in force lets {organisation} be told. If somebody decides that they should know, record it: firehall release grant --about OWNER --to {organisation} --reason WHY.",
	},
	{
		"compelled-privileged", compelled | privileged, inside, Refused,
		"{order} obliges us to hand it over, and it is under legal privilege, which no order ends by itself. Ask whose counsel it is, and take the mark away if they agree.",
	},
	{ // No label, no embargo and no consent stands against the law. That nothing goes beyond what it asks for, a second person sees.
		"compelled", compelled, inside, Second,
		"{order} obliges us to hand it over to {organisation}, whatever its label, its embargo, or what who reported it agreed to. Somebody else than who asked has to hold the paper against what is given: nothing beyond it goes. firehall release approve, or the page Releases.",
	},
	{
		"embargo", embargoed, concerned | inside, Refused,
		"It is under embargo until {embargo}: nothing of it leaves before. Wait until then, or ask its source to lift the embargo.",
	},
	{
		"privileged", privileged | elsewhere, inside, Refused,
		"It is under legal privilege, which ends if it is shared: {organisation} gets nothing of it. Ask whose counsel it is, and take the mark away if they agree.",
	},
	{
		"foi-exempt", exempt | public, 0, Refused,
		"It asks to be left out of what is made public. Leave it out, or ask its source.",
	},
	{
		"restricted-public", restricted | public, 0, Refused,
		"Only the members of the incident see it. It is not made public while it is restricted: lift that first.",
	},
	{
		"group-elsewhere", grouped | elsewhere, member | inside, Refused,
		"It is for a sharing group, and {organisation} is not in it. Ask the group, or add {organisation} to it if it was taken in.",
	},
	{
		"group-label", aboveGroup | elsewhere, inside, Refused,
		"The sharing group that it is for does not share what is {label}. Ask its source for another label, or the group for another limit.",
	},
	{ // IEP 2.0, affected_party_notifications.
		"iep-affected", iepSilent, inside, Refused,
		"Its source forbids to tell those whom it affects, and {organisation} is one of them. Ask the source whether they may know by now.",
	},
	{
		"pap-red", papRed | acting | elsewhere, inside, Refused,
		"Its source allows nothing that others may notice ({pap}), and what {organisation} does about it, they would. Use it in our own house, or ask the source for another PAP.",
	},
	{
		"pap-public", papMarked | public, 0, Refused,
		"It is {pap}: what is public tells the adversary. Ask the source whether it may be PAP:CLEAR.",
	},
	{ // TLP:RED is for the eyes and ears of the individual recipients: those the source chose, not those we would.
		"label-red", red, inside, Refused,
		"{Feed} marks it {label}: it is for the persons who were told, and goes no further by itself. Ask the source under which label the owner may have it.",
	},
	{
		"label-public", marked | public, 0, Refused,
		"{Feed} marks it {label}, and only what is TLP:CLEAR is for everybody. Ask the source for TLP:CLEAR.",
	},
	{ // TLP:AMBER+STRICT restricts sharing to the organisation, so that a grant, which leads outside, does not help.
		"label-strict", elsewhere | strict, ours | inside, Refused,
		"{Feed} marks it {label}: it stays with the organisation whose network it is, and no grant lets {organisation} have it. Tell the owner, or ask the source for another label.",
	},
	{
		"above-handling", aboveHandling, inside, Refused,
		"{organisation} says that it keeps what is {handling} at most, and it is {label}. Ask its source for a wider label; if {organisation} can keep it by now, let it say so in the directory of teams.",
	},
	{
		"receivers-unnamed", noReceivers, self, Refused,
		"The terms of {feed} name nobody who may receive it. Write the kinds of organisations into receivers of the feed in the configuration, as its source agreed.",
	},
	{
		"receiver-kind", notReceiver, self, Refused,
		"The terms of {feed} let {receivers} receive it, and {organisation} is of the kind {kind}. If its source agrees, add the kind to receivers of the feed in the configuration.",
	},
	{
		"no-consent", unconsented, inside, Refused,
		"Who reported it did not agree that {organisation} is told ({audience}). Ask them, and note their consent at the report; then it is decided anew.",
	},
	{
		"contact-legal", legal, chosen, Held,
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
		"What goes to {address} of {organisation} must be encrypted, and nothing can be encrypted: {key}. It goes out by itself once a valid key is in the register.",
	},
	{ // Who set the label may relax it, and that is ourselves; one person alone is too few for it.
		"own-label-strict", elsewhere | strict | ours, inside, Second,
		"We ourselves marked it {label}, and {organisation} is outside. Somebody else than who asked has to agree: firehall release approve, or the page Releases.",
	},
	{
		"restricted-partner", restricted | partner | elsewhere, inside, Second,
		"Only the members of the incident see it, and {organisation} is outside. Somebody else than who asked has to agree: firehall release approve, or the page Releases.",
	},
	{
		"no-agreement", amber | partner | elsewhere, agreed | granted | concerned | member | inside, Second,
		"No agreement in force with {organisation} lets what is {label} flow to them. Somebody else than who asked has to agree, or make an agreement: firehall release approve, or the page Releases.",
	},
	{
		"team", self, 0, Allowed,
		"It goes to the team itself, or to one of its people.",
	},
	{
		"reporter", ofSource, 0, Allowed,
		"What somebody told us may be answered to them: it tells them what they told us, and what a person chose to add.",
	},
	{
		"public", public, 0, Allowed,
		"It is {label}, and nothing keeps it from everybody.",
	},
	{ // TLP:AMBER allows an organisation and its clients, TLP:GREEN its community: wider than we go without a person's word.
		"granted", elsewhere | granted, 0, Allowed,
		"By the word of a person (grant {grant}) {organisation} may be told about this network, and {label} and the terms of {feed} allow it.",
	},
	{
		"concerned", elsewhere | concerned, 0, Allowed,
		"It is about {organisation} too, and {label} and the terms of {feed} allow it.",
	},
	{
		"group", elsewhere | member, 0, Allowed,
		"{organisation} is in the sharing group that it is for, and the group may share what is {label}.",
	},
	{
		"party", elsewhere | chosen, 0, Allowed,
		"A person of the team chose {organisation}, which can act or has to know, and {label} allows it.",
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

// decide returns the rule for a set of facts. What allows what the audience may not see allows a redacted copy.
func decide(have fact) rule {
	for _, r := range policy {
		if have&r.when == r.when && have&r.unless == 0 {
			return r.redacting(have)
		}
	}
	return policy[len(policy)-1] // not reached: the last rule fits everything
}

func (r rule) redacting(have fact) rule {
	if r.outcome == Allowed && have&sensitive != 0 && have&lookup == 0 {
		r.outcome = AllowedRedacted
	}
	return r
}

// explain writes the rule's reason about a matter. What is put in is not read for braces again.
func (r rule) explain(m matter) string {
	text := strings.NewReplacer(m.words()...).Replace(r.reason)
	if r.outcome == AllowedRedacted {
		text += " What this audience may not see is taken out first (profile " + m.profile() + ")."
	}
	return text
}

// words are the pairs of a replacer.
func (m matter) words() []string {
	feed := strings.TrimSpace("feed " + m.Item.Terms.Feed)
	origin, opening := "the "+feed, "The "+feed
	if m.Item.Terms.Feed == "" {
		origin, opening = "its source", "Its source"
	}
	organisation := m.To.Organisation.Name
	if organisation == "" {
		organisation = "this recipient"
	}
	return []string{
		"{address}", m.To.Contact.Address, "{organisation}", organisation, "{label}", m.effective.String(), "{feed}", origin, "{Feed}", opening,
		"{receivers}", strings.Join(m.Item.Terms.Receivers, ", "), "{kind}", string(m.To.Organisation.Kind), "{key}", m.trouble, "{grant}", m.grant.ID,
		"{pap}", m.Item.PAP.String(), "{embargo}", m.embargo.In(m.zone()).Format("2006-01-02 15:04 MST (-07:00)"), "{audience}", string(m.relation),
		"{handling}", m.handling.String(), "{order}", m.To.Order.words(),
	}
}

// zone is where an embargo is told.
func (m matter) zone() *time.Location {
	if m.at == nil {
		return time.UTC
	}
	return m.at
}
