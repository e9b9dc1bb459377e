package release

import (
	"cmp"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release/redact"
)

// The rules by which what was let out is kept back, beside those of the policy.
const (
	RaisedSince    = "label-raised"   // what was written says a wider label than there is now
	EncryptedSince = "encrypt-since"  // it must be encrypted now, and was written when it need not be
	RedactedSince  = "redacted-since" // the copy holds what this recipient may not see by now
	DecidedBefore  = "policy-before"  // it was decided under a policy of which this program does not know what its facts meant
)

// Withheld is why something that was let out, and is not sent yet, may not go as things are now. The zero Withheld is none.
type Withheld struct {
	Decision string // id
	Rule     string // of the policy, or one of those above
	Reason   string
	Until    time.Time // when it may be tried again; zero: a person has to see to it
}

// turning are the facts that may change while something waits. All others stay as they were when it was decided: who it is, how they were found, what the
// copy holds. Delivery itself asks whether the contact is still the same.
const turning = grouped | member | aboveGroup | embargoed | privileged | exempt | restricted | iepSilent | papRed | papMarked | ours | marked | amber | strict | red |
	aboveHandling | noReceivers | notReceiver | unconsented | agreed

// unsaid are those of the turning facts that a recorded decision alone does not tell anew: where the item cannot be asked for, those stay true that were.
const unsaid = embargoed | privileged | exempt | restricted | iepSilent | papRed | papMarked | unconsented

// Again asks of recorded decisions, by their ids, whether what was let out under a label may still go: about embargoes, marks, consents, agreements, groups,
// labels and handling as they are now, and the grants. What was decided under another policy is decided anew under that of now, and the new decision is on
// record, whatever it says, unless the copy as it was written may not go at all. The contact is the caller's to ask about. It is a step of somebody's operation
// and does not authorise. Errors: Conflict if a grant is not in force any more.
func (s *Service) Again(tx *sqldb.Tx, decisions []string, under tlp.Label) (Withheld, error) {
	now := s.o.Clock.Now()
	list, grants, err := taken(tx, decisions)
	if err == nil {
		err = standing(tx, grants, now)
	}
	if err != nil || len(list) == 0 {
		return Withheld{}, err
	}
	asks := make([]Ask, len(list))
	for i := range list {
		if asks[i], err = s.asksAgain(tx, &list[i]); err != nil {
			return Withheld{}, err
		}
	}
	l, err := s.learn(tx, s.wanted(asks), now)
	if err != nil {
		return Withheld{}, err
	}
	l.zone = s.o.Zone
	for i := range list {
		stop, err := s.againOne(tx, &list[i], asks[i], l, under)
		if err != nil || stop.Rule != "" {
			stop.Decision = cmp.Or(stop.Decision, list[i].ID)
			return stop, err
		}
	}
	return Withheld{}, nil
}

func (s *Service) againOne(tx *sqldb.Tx, d *let, a Ask, l lore, under tlp.Label) (Withheld, error) {
	now := s.o.Clock.Now()
	older := d.Policy != PolicyVersion
	if older && !d.translate() {
		return Withheld{Rule: DecidedBefore, Reason: "It was decided under another policy, which this program cannot read. Cancel it: what it was to tell is decided anew, or write it again."}, nil
	}
	m := d.turned(a, l, now)
	if stop := d.outdated(m, under, older); stop.Rule != "" || !older {
		return cmp.Or(stop, d.answer(m)), nil
	}
	return s.anew(tx, d, m, now)
}

// let is a recorded decision that is asked about again.
type let struct {
	Decision
	have    fact
	actions string // by which its copy was redacted; "" for what was decided before they were kept
	encrypt bool
	known   bool // the item is as its room has it now
}

// taken reads recorded decisions, and the grants that they need. What goes to the team itself is left out: nothing keeps that in.
func taken(tx *sqldb.Tx, decisions []string) (list []let, grants []string, err error) {
	err = eachIn(tx, "SELECT "+decisionColumns+", d.item_group, d.encrypt, d.holds, d.actions FROM release_decision d WHERE d.id IN", decisions, func(scan func(...any) error) error {
		var one let
		var group string
		var encrypt, holds int64
		var err error
		one.Decision, one.have, err = scanDecision(func(into ...any) error { return scan(append(into, &group, &encrypt, &holds, &one.actions)...) })
		one.Item.Group, one.encrypt, one.Item.Holds = group, encrypt != 0, heldThen(holds)
		if one.Grant != "" {
			grants = append(grants, one.Grant)
		}
		if one.To != Self {
			list = append(list, one)
		}
		return err
	})
	return list, distinct(grants), err
}

// heldThen is what a copy holds, as it was kept: of what was decided before that was kept, all may be in it.
func heldThen(kept int64) Sensitivity {
	if kept >= 0 {
		return Sensitivity(kept) //nolint:gosec // bits
	}
	all := Sensitivity(0)
	for _, s := range redact.Sensitivities() {
		all |= s
	}
	return all
}

// asksAgain puts the question together as it is now, as far as it can be known.
func (s *Service) asksAgain(tx *sqldb.Tx, d *let) (a Ask, err error) {
	a = Ask{Item: d.Item, To: Recipient{Organisation: constituency.Organisation{ID: d.Organisation}, As: d.To}}
	if slices.Contains(constituency.Kinds(), constituency.Kind(d.To)) {
		a.To.Organisation.Kind = constituency.Kind(d.To)
	}
	a.To.Contact = constituency.Contact{ID: d.Contact, Organisation: d.Organisation, Channel: constituency.Mail}
	if d.have&chosen != 0 {
		a.To.Chosen = d.By
	}
	if d.have&concerned != 0 {
		a.Item.Concerns = []string{d.Organisation}
	}
	if err := a.registered(tx); err != nil {
		return a, err
	}
	if s.o.Now == nil {
		return a, nil
	}
	now, known, err := s.o.Now(tx, d.Item)
	if err != nil || !known {
		return a, err
	}
	d.known = true
	now.ID, now.Kind, now.Version, now.Owner, now.Group, now.Concerns = a.Item.ID, a.Item.Kind, a.Item.Version, a.Item.Owner, a.Item.Group, a.Item.Concerns
	now.Holds = a.Item.Holds // the copy is written
	now.Terms.Label, now.PAP = max(now.Terms.Label, a.Item.Terms.Label), max(now.PAP, a.Item.PAP)
	if a.Item.Source == ByReporter { // what a reporter wrote to us stays theirs
		now.Source = ByReporter
	}
	a.Item = now
	return a, nil
}

// registered takes what the register knows of a recipient by now. One that is gone from it is the caller's to find.
func (a *Ask) registered(tx *sqldb.Tx) error {
	if !registered(a.To.Contact) {
		return nil
	}
	c, err := constituency.ContactIn(tx, a.To.Contact.ID)
	if err == nil {
		a.To.Contact = c
		a.To.Organisation, err = constituency.OrganisationIn(tx, a.To.Organisation.ID)
	}
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	return err
}

// outdated says what of the message as it was written does not hold any more, whatever the policy would say; the zero Withheld for nothing.
func (d *let) outdated(m matter, under tlp.Label, older bool) Withheld {
	switch {
	case m.facts&inside == 0 && m.effective > under:
		return Withheld{Rule: RaisedSince, Reason: "It is " + m.effective.String() + " by now, and what was written says " + under.String() +
			". Cancel it, and write it again under the label that holds."}
	case m.mustEncrypt() && d.known && !d.encrypt:
		return Withheld{Rule: EncryptedSince, Reason: "Its source asks by now that it is encrypted, and it was written before. Cancel it, and write it again."}
	case (older || d.actions != "") && !d.covered(m):
		return Withheld{Rule: RedactedSince, Reason: "By now more would be taken from a copy for " + string(m.relation) + " than was taken from this one. Cancel it, and write it again."}
	}
	return Withheld{}
}

// covered reports whether the copy, as it was written, says no more than one that would be made now.
func (d *let) covered(m matter) bool {
	if d.Profile == "" || m.hidden() == 0 {
		return m.hidden() == 0
	}
	return redact.For(m.profile()).Covers(d.actions, d.Item.Holds)
}

// answer is the policy's, as what has turned since has it; a second person's yes counts for the reason that they saw.
func (d *let) answer(m matter) Withheld {
	r := decide(m.facts)
	if r.outcome.lets() || r.outcome == Second && d.Seconder != "" && d.Allowed && r.name == d.Rule {
		return Withheld{}
	}
	return m.withheld(r.name, r.explain(m))
}

func (m *matter) withheld(rule, reason string) Withheld {
	stop := Withheld{Rule: rule, Reason: reason}
	if rule == "embargo" {
		stop.Until = m.embargo
	}
	return stop
}

// anew decides under the policy of now, and puts that on record, once for all that stays the same. What a second person let go under the older policy somebody
// has to look at again: they saw another question.
func (s *Service) anew(tx *sqldb.Tx, d *let, m matter, now time.Time) (Withheld, error) {
	m.insteadOf, m.asked, m.audience = d.ID, d.By, d.Audience
	m.key = m.digest()
	decisions, err := s.record(tx, identity.System("release"), OpDecide, []matter{m}, now)
	if err != nil || decisions[0].Allowed {
		return Withheld{}, err
	}
	stop := m.withheld(decisions[0].Rule, decisions[0].Reason)
	stop.Decision = decisions[0].ID
	return stop, nil
}

// turned is the matter of a recorded decision as it is now.
func (d *let) turned(a Ask, l lore, now time.Time) matter {
	about := a.Item.about().key()
	a.Item = l.wishes[about].over(a.Item).under(now)
	m := matter{Ask: a, relation: d.To, at: l.zone, handling: l.keeps(d.Organisation), grant: l.grants[pair{a.Item.Owner, d.Organisation}]}
	m.effective, m.embargo = l.schedules[about].at(a.Item.Terms.Label, a.Item.Embargo, now)
	m.effective = min(m.effective, tlp.Red)
	m.facts = m.needFacts(l) | m.markFacts(now) | m.labelFacts(l)
	if !d.known {
		if l.wishes[about].Version == 0 { // nobody says what the reporter agreed to
			m.facts &^= unconsented
		}
		m.facts |= d.have & unsaid
	}
	m.facts = m.facts&turning | d.have&^turning&^sensitive
	set(&m.facts, sensitive, m.hidden() != 0)
	return m
}
