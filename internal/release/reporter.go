package release

import (
	"crypto/sha256"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Correspondent is the id under which somebody with whom the team is in a dialogue stands as owner, organisation and contact of a decision: a reporter,
// the party of an investigation, a person of the team. The register knows no such id.
const Correspondent = "correspondent"

// Correspondence is a contact for somebody who is in no register.
func Correspondence(address string) constituency.Contact {
	return constituency.Contact{ID: Correspondent, Organisation: Correspondent, Channel: constituency.Mail, Address: address, Purpose: constituency.Security}
}

// ForReporter decides, and records in tx, that what a person of the team writes goes to the very address that a report came from. about is the id of
// the report; it tells the reporter no more than they told us, and what that person chose to add. Errors: Forbidden; Invalid for no mail address.
func (s *Service) ForReporter(tx *sqldb.Tx, actor identity.Actor, about, address string, label tlp.Label) (Permit, constituency.Contact, error) {
	return s.correspond(tx, actor, "reporter", "What a reporter told us may be answered to the address that it came from.", about, Correspondence(address), label)
}

// ForParty decides, and records in tx, that what a person of the team writes goes to the party of an investigation or a referral. to is the party's
// contact in the register, or Correspondence. What is labelled TLP:RED goes to nobody who was not there: that is refused. Errors: Forbidden;
// Invalid for no address; Conflict for TLP:RED.
func (s *Service) ForParty(tx *sqldb.Tx, actor identity.Actor, about string, to constituency.Contact, label tlp.Label) (Permit, constituency.Contact, error) {
	if label >= tlp.Red {
		return Permit{}, to, problem.New(problem.Conflict, "what is TLP:RED goes to nobody else: ask its source for another label")
	}
	return s.correspond(tx, actor, "party", "A person of the team wrote it to this party, which can act or has to know.", about, to, label)
}

// ForPerson decides, and records in tx, that a notice without any content goes to a person of the team: that something waits, or that a glass was broken.
func (s *Service) ForPerson(tx *sqldb.Tx, actor identity.Actor, about, address string) (Permit, constituency.Contact, error) {
	return s.correspond(tx, actor, "person", "A notice that says nothing but that something waits goes to a person of the team.", about, Correspondence(address), tlp.Amber)
}

// ForPager records in tx that a report's number, and nothing else, goes to the webhook that the configuration names for the person on call.
func (s *Service) ForPager(tx *sqldb.Tx, actor identity.Actor, about string) error {
	if err := actor.Authorise(OpCorrespond, about); err != nil {
		return err
	}
	to := Correspondence("")
	to.Channel = constituency.Webhook
	_, err := s.let(tx, actor, "pager", "The number of a report that cannot wait goes to the webhook of the person on call, as the configuration says.", about, to, tlp.Amber)
	return err
}

// correspond decides about a mail.
func (s *Service) correspond(tx *sqldb.Tx, actor identity.Actor, rule, reason, about string, to constituency.Contact, label tlp.Label) (Permit, constituency.Contact, error) {
	if err := actor.Authorise(OpCorrespond, about); err != nil {
		return Permit{}, to, err
	}
	if to.Channel != constituency.Mail || to.Address == "" {
		return Permit{}, to, problem.New(problem.Invalid, "there is no mail address to write to")
	}
	p, err := s.let(tx, actor, rule, reason, about, to, label)
	return p, to, err
}

// let puts a decision on record, and gives its permit: a step of what has authorised.
func (s *Service) let(tx *sqldb.Tx, actor identity.Actor, rule, reason, about string, to constituency.Contact, label tlp.Label) (Permit, error) {
	now := s.o.Clock.Now()
	d := Decision{
		ID: id.NewAt(now), Allowed: true, Outcome: Allowed, Rule: rule, Reason: reason,
		Item: Item{Kind: "message", ID: about, Owner: to.Organisation, Terms: Terms{Label: label}, Count: 1}, Organisation: to.Organisation, Contact: to.ID,
		Policy: PolicyVersion, Label: label, By: actor.ID, At: now,
	}
	key := sha256.Sum256([]byte("firehall/release/message " + d.ID))
	if err := tx.BulkUpsert(decisionInto, each([][]any{decisionRow(key[:], d)})); err != nil {
		return Permit{}, err
	}
	return permit(d, to), actor.Audit(tx, now, OpCorrespond, d.ID, nil, map[string]any{"message": about, "to": to.ID, "rule": rule})
}
