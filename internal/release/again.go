package release

import (
	"slices"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// The rules by which what was let out is kept back, beside those of the policy.
const (
	RaisedSince    = "label-raised"  // what was written says a wider label than there is now
	EncryptedSince = "encrypt-since" // it must be encrypted now, and was written when it need not be
	DecidedBefore  = "policy-before" // it was decided under another policy
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
const turning = grouped | member | aboveGroup | embargoed | privileged | exempt | restricted | iepSilent | papRed | papMarked | ours | marked | amber | strict | red | aboveHandling |
	aboveHandling | noReceivers | notReceiver | unconsented | agreed

// unsaid are those of the turning facts that a recorded decision alone does not tell anew: where the item cannot be asked for, those stay true that were.
const unsaid = embargoed | privileged | exempt | restricted | iepSilent | papRed | papMarked | unconsented

// Again asks of recorded decisions, by their ids, whether what was let out under a label may still go: about embargoes, marks, consents, agreements, groups,
// labels and handling as they are now, and the grants. The contact is the caller's to ask about. It is a step of somebody's operation and does not authorise.
// Errors: Conflict if a grant is not in force any more.
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
		if stop := list[i].again(asks[i], l, under, now); stop.Rule != "" {
			stop.Decision = list[i].ID
			return stop, nil
		}
	}
	return Withheld{}, nil
}

// let is a recorded decision that is asked about again.
type let struct {
	Decision
	have    fact
	encrypt bool
	known   bool // the item is as its room has it now
}

// taken reads recorded decisions, and the grants that they need. What goes to the team itself is left out: nothing keeps that in.
func taken(tx *sqldb.Tx, decisions []string) (list []let, grants []string, err error) {
	err = eachIn(tx, "SELECT "+decisionColumns+", d.item_group, d.encrypt FROM release_decision d WHERE d.id IN", decisions, func(scan func(...any) error) error {
		var one let
		var group string
		var encrypt int64
		var err error
		one.Decision, one.have, err = scanDecision(func(into ...any) error { return scan(append(into, &group, &encrypt)...) })
		one.Item.Group, one.encrypt = group, encrypt != 0
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

// again decides with the facts of then, and what has turned since.
func (d *let) again(a Ask, l lore, under tlp.Label, now time.Time) Withheld {
	if d.Policy != PolicyVersion {
		return Withheld{Rule: DecidedBefore, Reason: "It was decided under an older policy of this program. Cancel it: what it was to tell is decided anew, or write it again."}
	}
	m := d.turned(a, l, now)
	r := decide(m.facts)
	switch {
	case m.facts&inside == 0 && m.effective > under:
		return Withheld{Rule: RaisedSince, Reason: "It is " + m.effective.String() + " by now, and what was written says " + under.String() +
			". Cancel it, and write it again under the label that holds."}
	case m.mustEncrypt() && d.known && !d.encrypt:
		return Withheld{Rule: EncryptedSince, Reason: "Its source asks by now that it is encrypted, and it was written before. Cancel it, and write it again."}
	case r.outcome.lets(), r.outcome == Second && d.Seconder != "" && d.Allowed && r.name == d.Rule:
		return Withheld{}
	}
	stop := Withheld{Rule: r.name, Reason: r.explain(m)}
	if r.name == "embargo" {
		stop.Until = m.embargo
	}
	return stop
}

// turned is the matter of a recorded decision as it is now.
func (d *let) turned(a Ask, l lore, now time.Time) matter {
	about := a.Item.about().key()
	a.Item = l.wishes[about].over(a.Item).under(now)
	m := matter{Ask: a, relation: d.To, at: l.zone, handling: l.keeps(d.Organisation)}
	m.effective, m.embargo = l.schedules[about].at(a.Item.Terms.Label, a.Item.Embargo, now)
	m.effective = min(m.effective, tlp.Red)
	m.facts = m.needFacts(l) | m.markFacts(now) | m.labelFacts(l)
	if !d.known {
		if l.wishes[about].Version == 0 { // nobody says what the reporter agreed to
			m.facts &^= unconsented
		}
		m.facts |= d.have & unsaid
	}
	m.facts = m.facts&turning | d.have&^turning
	return m
}
