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

// Team is the id under which the team itself stands as owner, organisation and contact of a decision. The register knows no such id.
const Team = "team"

// TeamContact is the team's own mailbox as a contact.
func TeamContact(address string) constituency.Contact {
	return constituency.Contact{ID: Team, Organisation: Team, Channel: constituency.Mail, Address: address, Purpose: constituency.Security}
}

// ForTeam decides, and records in tx, that a notice about the team's own work goes to the team's own mailbox (Options.Team), and gives its permit.
// What such a notice holds came to the team under terms that let it in; nobody else gets it. Errors: Forbidden; Invalid if the team has no mailbox.
func (s *Service) ForTeam(tx *sqldb.Tx, actor identity.Actor, about string) (Permit, constituency.Contact, error) {
	if err := actor.Authorise(OpDecide, Team); err != nil {
		return Permit{}, constituency.Contact{}, err
	}
	if s.o.Team == "" {
		return Permit{}, constituency.Contact{}, problem.New(problem.Invalid, "the team has no mailbox: team.email in the configuration would name it")
	}
	to, now := TeamContact(s.o.Team), s.o.Clock.Now()
	d := Decision{
		ID: id.NewAt(now), Allowed: true, Outcome: Allowed, Rule: "team", Reason: "A notice about the team's own work goes to the team itself.",
		Item: Item{Kind: "notice", ID: about, Owner: Team, Terms: Terms{Label: tlp.Amber}, Count: 1}, Organisation: Team, Contact: Team,
		Policy: PolicyVersion, Label: tlp.Amber, By: actor.ID, At: now,
	}
	key := sha256.Sum256([]byte("firehall/release/notice " + d.ID))
	if err := tx.BulkUpsert(decisionInto, each([][]any{decisionRow(key[:], d)})); err != nil {
		return Permit{}, to, err
	}
	return permit(d, to), to, actor.Audit(tx, now, OpDecide, d.ID, nil, map[string]any{"notice": about, "to": Team})
}
