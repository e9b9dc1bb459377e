package release

import (
	"context"
	"errors"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Those who stand in no register, by the id under which each stands as organisation and contact of a decision. The register knows no such id.
const (
	// Team is the team itself.
	Team = "team"
	// Correspondent is somebody with whom the team is in a dialogue: a reporter, the party of an investigation, a person of the team.
	Correspondent = "correspondent"
)

// noticeKind is the kind of an item without content: that something waits, and where.
const noticeKind = "notice"

// TeamContact is the team's own mailbox as a contact.
func TeamContact(address string) constituency.Contact {
	return constituency.Contact{ID: Team, Organisation: Team, Channel: constituency.Mail, Address: address, Purpose: constituency.Security}
}

// Correspondence is a contact for somebody who is in no register.
func Correspondence(address string) constituency.Contact {
	return constituency.Contact{ID: Correspondent, Organisation: Correspondent, Channel: constituency.Mail, Address: address, Purpose: constituency.Security}
}

// NotAllowed is the error of a sender whose item may not go, of the kind Conflict. It holds the decision, which is recorded though what the sender did is
// rolled back; a person may approve one that needs a second person, and the sender tries again.
type NotAllowed struct{ Decision Decision }

// Error says why, and what to do.
func (e *NotAllowed) Error() string { return e.Decision.Reason }

// Stopped finds the decision that stopped a sender, in its error.
func Stopped(err error) (Decision, bool) {
	if stop := (*NotAllowed)(nil); errors.As(err, &stop) {
		return stop.Decision, true
	}
	return Decision{}, false
}

// ForIn decides about one item in the transaction of who sends, and records it. A refusal is no error: the permit is invalid. A person who chose the
// recipient may do so if they may correspond. Errors: Forbidden.
func (s *Service) ForIn(tx *sqldb.Tx, actor identity.Actor, item Item, to Recipient) (Permit, Decision, error) {
	return s.forIn(tx, actor, opOf(item, to), item, to)
}

func opOf(item Item, to Recipient) identity.Operation {
	switch {
	case item.Kind == lookupKind:
		return OpLookup
	case to.Chosen != "" || to.As != "":
		return OpCorrespond
	}
	return OpDecide
}

func (s *Service) forIn(tx *sqldb.Tx, actor identity.Actor, op identity.Operation, item Item, to Recipient) (Permit, Decision, error) {
	if err := actor.Authorise(op, item.ID); err != nil {
		return Permit{}, Decision{}, err
	}
	now := s.o.Clock.Now()
	matters, err := s.mattersIn(tx, []Ask{{item, to}}, now)
	if err != nil {
		return Permit{}, Decision{}, err
	}
	decisions, err := s.record(tx, actor, op, matters, now)
	if err != nil {
		return Permit{}, Decision{}, err
	}
	d := decisions[0]
	if d.Rule == "embargo" && s.o.Embargoed != nil && to.Chosen != "" && actor.Kind != identity.SystemKind && item.lasting() {
		err = s.o.Embargoed(tx, item, matters[0].embargo)
	}
	return permit(d, to.Contact), d, err
}

// Must is ForIn for a sender that cannot go on without: what may not go is an error that holds NotAllowed, and the decision is recorded even though the
// transaction is rolled back. Errors: Forbidden, Conflict.
func (s *Service) Must(tx *sqldb.Tx, actor identity.Actor, item Item, to Recipient) (Permit, Decision, error) {
	return s.must(tx, actor, opOf(item, to), item, to)
}

// ForHand is Must for what a person gives into somebody's hands, who may do so if they may give out evidence or documents. Errors: Forbidden, Conflict.
func (s *Service) ForHand(tx *sqldb.Tx, actor identity.Actor, item Item, to Recipient) (Permit, Decision, error) {
	return s.must(tx, actor, OpHand, item, to)
}

func (s *Service) must(tx *sqldb.Tx, actor identity.Actor, op identity.Operation, item Item, to Recipient) (Permit, Decision, error) {
	p, d, err := s.forIn(tx, actor, op, item, to)
	if err != nil || d.Allowed {
		return p, d, err
	}
	stop := &NotAllowed{d}
	tx.OnRollback(func(ctx context.Context) error {
		return s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
			_, stop.Decision, err = s.forIn(tx, actor, op, item, to) // this one is on record, so it is this one that a second person is asked about
			return err
		})
	})
	return p, d, problem.New(problem.Conflict, "%w", stop)
}

// Chosen is a person's choice of a recipient: the contact as the register has it, or Correspondence. as is Reporter, Party, or what the team knows the
// recipient to be, such as Peer. Errors: NotFound for a contact whose organisation is in no register.
func Chosen(tx *sqldb.Tx, actor identity.Actor, to constituency.Contact, as Audience) (Recipient, error) {
	r := Recipient{Contact: to, Organisation: constituency.Organisation{ID: to.Organisation}, As: as, Chosen: actor.ID}
	if !registered(to) {
		return r, nil
	}
	o, err := constituency.OrganisationIn(tx, to.Organisation)
	r.Organisation = o
	return r, err
}

// ForReporter lets what a person of the team writes go to the very address that a report came from, if the item may: item is the report. It tells the
// reporter no more than they told us, and what that person chose to add. Errors: Forbidden; Invalid for no mail address; Conflict if it may not go.
func (s *Service) ForReporter(tx *sqldb.Tx, actor identity.Actor, item Item, address string) (Permit, constituency.Contact, error) {
	item.Source = ByReporter
	return s.correspond(tx, actor, item, Correspondence(address), Reporter)
}

// ForMailbox lets what a person of the team writes lie in the mailbox of a report whose reporter left no address, if the item may: item is the report. Errors:
// Forbidden; Conflict if it may not go.
func (s *Service) ForMailbox(tx *sqldb.Tx, actor identity.Actor, item Item) (Decision, error) {
	if err := actor.Authorise(OpCorrespond, item.ID); err != nil {
		return Decision{}, err
	}
	item.Source = ByReporter
	to := Correspondence("")
	to.Channel = constituency.Webhook // it is fetched
	r, err := Chosen(tx, actor, to, Reporter)
	if err != nil {
		return Decision{}, err
	}
	_, d, err := s.Must(tx, actor, item, r)
	return d, err
}

// ForParty lets what a person of the team writes go to the party of an investigation or a referral, if the item may: item is the report or incident that
// it is about. to is the party's contact in the register, or Correspondence; as is one of Parties. Errors: Forbidden; Invalid for no
// address; Conflict if it may not go.
func (s *Service) ForParty(tx *sqldb.Tx, actor identity.Actor, item Item, to constituency.Contact, as Audience) (Permit, constituency.Contact, error) {
	return s.correspond(tx, actor, item, to, as)
}

// ForPerson lets a notice without any content go to a person of the team: that something waits, or that a glass was broken.
func (s *Service) ForPerson(tx *sqldb.Tx, actor identity.Actor, about, address string) (Permit, constituency.Contact, error) {
	return s.correspond(tx, actor, notice(about), Correspondence(address), Self)
}

// ForPager lets a report's number, and nothing else, go to the webhook that the configuration names for the person on call.
func (s *Service) ForPager(tx *sqldb.Tx, actor identity.Actor, about string) error {
	to := Correspondence("")
	to.Channel = constituency.Webhook
	r, err := Chosen(tx, actor, to, Self)
	if err == nil {
		_, _, err = s.Must(tx, actor, notice(about), r)
	}
	return err
}

// ForTeam lets a notice about the team's own work go to the team's own mailbox (Options.Team), and gives its permit. What such a notice holds came to
// the team under terms that let it in; nobody else gets it. Errors: Forbidden; Invalid if the team has no mailbox.
func (s *Service) ForTeam(tx *sqldb.Tx, actor identity.Actor, about string) (Permit, constituency.Contact, error) {
	if err := actor.Authorise(OpDecide, Team); err != nil {
		return Permit{}, constituency.Contact{}, err
	}
	if s.o.Team == "" {
		return Permit{}, constituency.Contact{}, problem.New(problem.Invalid, "the team has no mailbox: team.email in the configuration would name it")
	}
	to := TeamContact(s.o.Team)
	p, d, err := s.forIn(tx, actor, OpDecide, notice(about), Recipient{Contact: to, Organisation: constituency.Organisation{ID: Team}, As: Self})
	if err == nil && !d.Allowed {
		err = problem.New(problem.Conflict, "%w", &NotAllowed{d})
	}
	return p, to, err
}

// notice is something without content about the team's own work.
func notice(about string) Item {
	return Item{Kind: noticeKind, ID: about, Owner: Team, Terms: Terms{Label: tlp.Amber}, Count: 1}
}

// correspond decides about a mail to somebody whom a person chose.
func (s *Service) correspond(tx *sqldb.Tx, actor identity.Actor, item Item, to constituency.Contact, as Audience) (Permit, constituency.Contact, error) {
	if err := actor.Authorise(OpCorrespond, item.ID); err != nil {
		return Permit{}, to, err
	}
	if to.Channel != constituency.Mail || to.Address == "" {
		return Permit{}, to, problem.New(problem.Invalid, "there is no mail address to write to")
	}
	r, err := Chosen(tx, actor, to, as)
	if err != nil {
		return Permit{}, to, err
	}
	p, _, err := s.Must(tx, actor, item, r)
	return p, to, err
}
