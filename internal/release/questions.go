package release

import "strings"

// question is a fact in words, for who asks why.
type question struct {
	fact    fact
	code    string
	yes, no string // sentences; words in braces are replaced as in reasons
}

// questions are the facts in the order in which the policy asks for them.
var questions = []question{
	{ownerUnknown, "owner-unknown", "Nobody knows whom it concerns.", "It is known whom it concerns."},
	{toNobody, "no-recipient", "No contact of an organisation is named.", "There is somebody to tell."},
	{foreignContact, "foreign-contact", "{address} is no contact of {organisation}.", "The contact is the recipient's own."},
	{lookup, "lookup", "Nothing is sent: somebody is asked about it.", "It is sent, or shown."},
	{touching, "touching", "The target itself would notice.", "The target itself notices nothing of it."},
	{papNoLookup, "pap-no-lookup", "{pap} forbids to ask third parties.", "{pap} lets third parties be asked."},
	{papNoContact, "pap-no-contact", "{pap} forbids to touch the target.", "{pap} lets the target be touched."},
	{self, "self", "It stays in the team.", "It leaves the team."},
	{ofSource, "of-source", "The recipient is who told us.", "It is not told to the recipient as to who told us."},
	{elsewhere, "elsewhere", "It is not about the recipient's own network.", "It is about the recipient's own network."},
	{granted, "granted", "A grant in force lets the recipient be told.", "No grant in force lets the recipient be told."},
	{concerned, "concerned", "It is about the recipient too.", "It is not told to the recipient as to somebody else whom it concerns."},
	{member, "member", "The recipient is in the sharing group that it is for.", "The recipient is in no sharing group that it is for."},
	{chosen, "chosen", "A person of the team chose this recipient for it.", "No person chose this recipient for it."},
	{public, "public", "Everybody could read it.", "It goes to a named recipient."},
	{partner, "partner", "The recipient is a partner: a vendor, a peer or an authority.", "The recipient is neither vendor, peer nor authority."},
	{acting, "acting", "What the recipient does about it, others may notice.", "The recipient is nobody whose doing others notice."},
	{embargoed, "embargoed", "It is under embargo until {embargo}.", "No embargo holds."},
	{privileged, "privileged", "It is under legal privilege.", "It is under no privilege."},
	{exempt, "foi-exempt", "It asks to be left out of freedom-of-information answers.", "It does not ask to be left out of freedom-of-information answers."},
	{restricted, "restricted", "Only the members of an incident see it.", "It is not restricted."},
	{grouped, "grouped", "It is for a sharing group.", "It is for no sharing group."},
	{aboveGroup, "above-group", "Its label is stricter than the group may share.", "The label is within what its group may share."},
	{iepSilent, "iep-silent", "Its source forbids to tell those whom it affects (IEP).", "Its source does not forbid to tell those whom it affects."},
	{papRed, "pap-red", "Its source allows nothing that others notice.", "Its source allows what others may notice."},
	{papMarked, "pap-marked", "It is {pap}: stricter than PAP:CLEAR.", "It is PAP:CLEAR."},
	{ours, "ours", "We ourselves set the label.", "Somebody else set the label."},
	{marked, "marked", "It is {label}: stricter than TLP:CLEAR.", "It is TLP:CLEAR."},
	{amber, "amber", "It is TLP:AMBER or stricter.", "It is less strict than TLP:AMBER."},
	{strict, "strict", "It is TLP:AMBER+STRICT.", "It is not TLP:AMBER+STRICT."},
	{red, "red", "It is TLP:RED.", "It is not TLP:RED."},
	{aboveHandling, "above-handling", "The recipient says that it keeps what is {handling} at most.", "The recipient does not say that it cannot keep it."},
	{noReceivers, "no-receivers", "The terms of the feed name nobody who may have it.", "No feed's terms leave open who may have it."},
	{notReceiver, "not-receiver", "The terms of the feed do not name what the recipient is.", "No feed's terms leave the recipient out."},
	{unconsented, "unconsented", "Who reported it did not agree to tell such a recipient.", "No consent of a reporter is missing."},
	{agreed, "agreed", "An agreement in force lets this label flow to the recipient.", "No agreement in force lets this label flow to the recipient."},
	{legal, "legal-contact", "The contact is for legal matters.", "The contact is not for legal matters only."},
	{dead, "dead-contact", "Messages to the contact come back.", "Messages to the contact do not come back."},
	{spoken, "phone-contact", "The contact is a telephone.", "The contact is no telephone."},
	{keyless, "keyless", "It must be encrypted, and nothing can be encrypted to the contact: {key}.", "Nothing about encryption stands in the way."},
	{compelled, "compelled", "A law or a court obliges us to tell the recipient.", "Nothing obliges us to tell the recipient."},
	{sensitive, "sensitive", "It holds what this audience ({audience}) may not see.", "It holds nothing that this audience may not see."},
}

// steps says of each fact whether it holds, in words.
func (m matter) steps() []Step {
	out := make([]Step, 0, len(questions))
	fill := strings.NewReplacer(m.words()...)
	for _, q := range questions {
		holds := m.facts&q.fact != 0
		if q.fact&(touching|papNoLookup|papNoContact) != 0 && m.facts&lookup == 0 {
			continue
		}
		text := q.no
		if holds {
			text = q.yes
		}
		out = append(out, Step{Fact: q.code, Holds: holds, Why: fill.Replace(text)})
	}
	return out
}

// Facts lists the codes of all facts, in the order in which they are asked.
func Facts() (codes []string) {
	for _, q := range questions {
		codes = append(codes, q.code)
	}
	return codes
}

// Rules lists the names of the policy's rules, in their order.
func Rules() (names []string) {
	for _, r := range policy {
		names = append(names, r.name)
	}
	return names
}
