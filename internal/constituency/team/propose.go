package team

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/token"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Proposal is a change of a team's contact that waits for a second person, or was decided by one.
type Proposal struct {
	ID           string                `json:"id"`
	Organisation string                `json:"organisation"`
	Contact      string                `json:"contact,omitempty"` // id of the one that it changes or removes; empty: it adds one
	Body         *constituency.Contact `json:"body,omitempty"`    // as it shall be; nil: to remove it
	Seen         int64                 `json:"seen"`              // version of the contact that was looked at
	Reason       string                `json:"reason"`
	ProposedBy   string                `json:"proposed_by"` // actor's id
	Proposer     string                `json:"proposer"`    // actor's name
	Proposed     time.Time             `json:"proposed"`
	State        State                 `json:"state"`
	DecidedBy    string                `json:"decided_by,omitempty"`
	Decided      time.Time             `json:"decided,omitzero"`
	Why          string                `json:"why,omitempty"` // it was refused
}

// State is how far a proposal has come.
type State string

// The states.
const (
	Open     State = "open"
	Approved State = "approved"
	Refused  State = "refused"
)

// Guarded gives the ids of organisations whose contacts change only by a second person's word: those that are in the directory and have a
// contact already. It is a step of somebody's operation, which authorises; constituency.Register asks it before it changes a contact.
func Guarded(tx *sqldb.Tx) (map[string]bool, error) {
	ids := map[string]bool{}
	err := tx.Each(`SELECT organisation FROM team t WHERE EXISTS (SELECT 1 FROM contact c WHERE c.organisation = t.organisation)`, nil, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		ids[id] = true
		return err
	})
	return ids, err
}

// Propose asks for another contact of a team: to add body (contact empty), to put it in the place of a contact, or to remove one (body nil).
// The addresses that the team has hear of it. A team without contacts gets its first one at once, and then the proposal is approved already.
// Errors: NotFound; Invalid; Conflict if the contact was changed since.
func (s *Service) Propose(ctx context.Context, actor identity.Actor, p Proposal) (Proposal, error) {
	if err := actor.Authorise(OpChange, p.Organisation); err != nil {
		return p, err
	}
	p, err := p.normal()
	if err != nil {
		return p, err
	}
	err = s.write(ctx, actor, OpChange, p.Organisation, func(tx *sqldb.Tx, now time.Time) error {
		if _, err := byOrganisation(tx, p.Organisation); err != nil {
			return err
		}
		p.by(actor, now)
		if err := p.check(tx); err != nil {
			return err
		}
		guarded, err := Guarded(tx)
		if err != nil {
			return err
		}
		if guarded[p.Organisation] {
			return s.open(ctx, tx, actor, now, p)
		}
		p.State = Approved
		return s.apply(ctx, tx, actor, now, p)
	})
	if err == nil && p.State == Approved {
		err = s.Register.Refresh(ctx)
	}
	return p, err
}

// normal checks a proposal.
func (p Proposal) normal() (Proposal, error) {
	var err error
	if p.Reason, err = cleanLine("reason", p.Reason, maxLine); err != nil {
		return p, err
	}
	switch {
	case p.Reason == "":
		return p, problem.New(problem.Invalid, "say why: the second person, and the team, will read it")
	case p.Body == nil && p.Contact == "":
		return p, problem.New(problem.Invalid, "say which contact to add, change or remove")
	case p.Body == nil:
		return p, nil
	}
	c := *p.Body
	c.Organisation = p.Organisation
	c, err = constituency.CleanContact(c)
	p.Body = &c
	return p, err
}

// check refuses what was made from another contact than there is, or from one of somebody else.
func (p *Proposal) check(tx *sqldb.Tx) error {
	if p.Contact == "" {
		return nil
	}
	c, err := constituency.ContactIn(tx, p.Contact)
	if err != nil {
		return err
	}
	if c.Organisation != p.Organisation {
		return problem.New(problem.NotFound, "the team has no contact %s", clip(p.Contact))
	}
	if p.Seen == 0 {
		p.Seen = c.Version
	}
	if c.Version != p.Seen {
		return problem.New(problem.Conflict, "the contact was changed by somebody else: look at it again")
	}
	return nil
}

// by notes who proposes it, and when.
func (p *Proposal) by(actor identity.Actor, now time.Time) {
	p.ID, p.State, p.ProposedBy, p.Proposer, p.Proposed = id.NewAt(now), Open, actor.ID, actor.Name, now
}

// open stores a proposal and tells the team of it.
func (s *Service) open(ctx context.Context, tx *sqldb.Tx, actor identity.Actor, now time.Time, p Proposal) error {
	if p.ID == "" {
		p.by(actor, now)
	}
	if err := insertProposal(tx, p); err != nil {
		return err
	}
	if err := s.tellAll(ctx, tx, actor, p, TellPropose); err != nil {
		return err
	}
	return actor.AuditReason(tx, now, OpChange, p.Organisation, p.Reason, nil, p.told())
}

// told is a proposal as the record has it: who, what and when, without the key's text.
func (p Proposal) told() map[string]any {
	out := map[string]any{"proposal": p.ID, "contact": p.Contact, "state": p.State, "proposed_by": p.ProposedBy}
	if p.Body != nil {
		out["address"], out["purpose"], out["key"] = p.Body.Address, p.Body.Purpose, p.Body.KeyFingerprint
	}
	return out
}

// Decide approves a proposal or refuses it, with the reason why. Only another person than who proposed it may approve it; who proposed it may
// take it back. What the team had before hears of it, at the old address. Errors: NotFound; Forbidden; Conflict; Invalid without a reason.
func (s *Service) Decide(ctx context.Context, actor identity.Actor, proposal string, approve bool, why string) (p Proposal, err error) {
	if err := actor.Authorise(OpApprove, proposal); err != nil {
		return p, err
	}
	if why, err = cleanLine("reason", why, maxLine); err != nil {
		return p, err
	}
	if !approve && why == "" {
		return p, problem.New(problem.Invalid, "say why it is refused")
	}
	err = s.write(ctx, actor, OpApprove, proposal, func(tx *sqldb.Tx, now time.Time) error {
		if p, err = proposalByID(tx, proposal); err != nil {
			return err
		}
		if p.State != Open {
			return problem.New(problem.Conflict, "it was decided already")
		}
		p.DecidedBy, p.Decided, p.Why = actor.ID, now, why
		if !approve {
			p.State = Refused
			return s.refuse(ctx, tx, actor, now, p)
		}
		own, err := token.Same(tx, p.ProposedBy, actor)
		if err != nil {
			return err
		}
		if own {
			return problem.New(problem.Forbidden, "another person than %s has to approve it", p.Proposer)
		}
		p.State = Approved
		if err := p.check(tx); err != nil {
			return err
		}
		return s.apply(ctx, tx, actor, now, p)
	})
	if err == nil {
		err = s.Register.Refresh(ctx)
	}
	return p, err
}

func (s *Service) refuse(ctx context.Context, tx *sqldb.Tx, actor identity.Actor, now time.Time, p Proposal) error {
	if err := decided(tx, p); err != nil {
		return err
	}
	if err := s.tellAll(ctx, tx, actor, p, TellRefused); err != nil {
		return err
	}
	return actor.AuditReason(tx, now, OpApprove, p.Organisation, p.Why, nil, p.told())
}

// apply changes the register as a proposal says. Who had the address before is told first, while it stands.
func (s *Service) apply(ctx context.Context, tx *sqldb.Tx, actor identity.Actor, now time.Time, p Proposal) error {
	if err := s.tellAll(ctx, tx, actor, p, TellChange); err != nil {
		return err
	}
	if err := constituency.Touch(tx); err != nil {
		return err
	}
	before, after, err := p.change(tx, now)
	if err != nil {
		return err
	}
	if err := endLinks(tx, p.Contact, now); err != nil {
		return err
	}
	if err := actor.AuditReason(tx, now, constituency.OpChange, p.Organisation, p.Reason, before, after); err != nil {
		return err
	}
	if p.DecidedBy == "" { // a first contact needs no second person
		return nil
	}
	if err := decided(tx, p); err != nil {
		return err
	}
	return actor.AuditReason(tx, now, OpApprove, p.Organisation, p.Why, nil, p.told())
}

// change does it, and gives the contact before and after for the record.
func (p Proposal) change(tx *sqldb.Tx, now time.Time) (before, after any, err error) {
	if p.Contact == "" {
		after, err = constituency.AddContactIn(tx, now, *p.Body)
		return nil, after, err
	}
	old, err := constituency.ContactIn(tx, p.Contact)
	if err != nil {
		return nil, nil, err
	}
	if p.Body == nil {
		return old, nil, constituency.RemoveContactIn(tx, p.Contact, p.Seen)
	}
	c := *p.Body
	c.ID, c.Version = p.Contact, p.Seen
	if c.Address != old.Address {
		c.Health = constituency.Unknown // what is known is of the old one
	}
	after, err = constituency.ChangeContactIn(tx, c)
	return old, after, err
}

// tellAll writes to each mail address that the team has now. Where no mail can be sent the change goes on: the proposal shows that.
func (s *Service) tellAll(ctx context.Context, tx *sqldb.Tx, actor identity.Actor, p Proposal, kind LetterKind) error {
	if s.Send == nil {
		return nil
	}
	o, err := constituency.OrganisationIn(tx, p.Organisation)
	if err != nil {
		return err
	}
	contacts, err := constituency.ContactsIn(tx, p.Organisation)
	if err != nil {
		return err
	}
	told := map[string]bool{}
	for _, c := range contacts {
		if c.Channel != constituency.Mail || told[c.Address] {
			continue
		}
		told[c.Address] = true
		err := s.Send(ctx, tx, actor, Letter{About: p.ID, To: c, Name: o.Name, Kind: kind, Details: p.lines(contacts), Former: kind == TellChange && c.ID == p.Contact})
		if err != nil && !problem.Is(err, problem.Unavailable) {
			return err
		}
	}
	return nil
}

// lines say what a proposal changes.
func (p Proposal) lines(contacts []constituency.Contact) (out []string) {
	for _, c := range contacts {
		if c.ID == p.Contact {
			out = append(out, "- "+line(c))
		}
	}
	if p.Body != nil {
		out = append(out, "+ "+line(*p.Body))
	}
	return out
}

func line(c constituency.Contact) string {
	parts := []string{c.Address, string(c.Purpose)}
	if c.KeyFingerprint != "" {
		word := "key "
		if constituency.IsCertificate(c.Key) {
			word = "certificate "
		}
		parts = append(parts, word+c.KeyFingerprint)
	}
	return strings.Join(parts, ", ")
}

const proposalColumns = `id, organisation, contact, body, seen, reason, proposed_by, proposer, proposed, state, decided_by, decided, why`

func insertProposal(tx *sqldb.Tx, p Proposal) error {
	body := ""
	if p.Body != nil {
		data, err := json.Marshal(p.Body)
		if err != nil {
			return fmt.Errorf("write a proposal: %w", err)
		}
		body = string(data)
	}
	_, err := tx.Exec(`INSERT INTO team_proposal (id, organisation, contact, body, seen, reason, proposed_by, proposer, proposed, state)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, p.ID, p.Organisation, p.Contact, body, p.Seen, p.Reason, p.ProposedBy, p.Proposer, p.Proposed, string(p.State))
	return err
}

func scanProposal(scan func(...any) error) (p Proposal, err error) {
	var proposed, at int64
	var body string
	if err := scan(&p.ID, &p.Organisation, &p.Contact, &body, &p.Seen, &p.Reason, &p.ProposedBy, &p.Proposer, &proposed, &p.State, &p.DecidedBy, &at, &p.Why); err != nil {
		return p, err
	}
	p.Proposed, p.Decided = sqldb.Time(proposed), sqldb.Time(at)
	if body != "" {
		p.Body = &constituency.Contact{}
		err = json.Unmarshal([]byte(body), p.Body)
	}
	return p, err
}

func proposalByID(tx *sqldb.Tx, proposal string) (Proposal, error) {
	p, err := scanProposal(tx.QueryRow(`SELECT `+proposalColumns+` FROM team_proposal WHERE id = $1`, proposal).Scan)
	if sqldb.NoRows(err) {
		return p, problem.New(problem.NotFound, "there is no proposal %s", clip(proposal))
	}
	return p, err
}

// decided stores how a proposal ended. Errors: Conflict if somebody else was faster.
func decided(tx *sqldb.Tx, p Proposal) error {
	n, err := tx.Exec(`UPDATE team_proposal SET state = $2, decided_by = $3, decided = $4, why = $5 WHERE id = $1 AND state = 'open'`,
		p.ID, string(p.State), p.DecidedBy, p.Decided, p.Why)
	if err == nil && n == 0 {
		err = problem.New(problem.Conflict, "it was decided already")
	}
	return err
}

// mostProposals bounds a list of proposals.
const mostProposals = 500

// proposals reads all open ones.
func proposals(tx *sqldb.Tx) (list []Proposal, err error) {
	return proposalsWhere(tx, "state = 'open'")
}

func proposalsWhere(tx *sqldb.Tx, where string, args ...any) (list []Proposal, err error) {
	err = tx.Each(`SELECT `+proposalColumns+` FROM team_proposal WHERE `+where+` ORDER BY proposed DESC, id DESC LIMIT `+strconv.Itoa(mostProposals), args,
		func(scan func(...any) error) error {
			p, err := scanProposal(scan)
			list = append(list, p)
			return err
		})
	return list, err
}

// Proposals lists those of an organisation, or the open ones of all if it is empty, the newest first.
func (s *Service) Proposals(ctx context.Context, actor identity.Actor, organisation string) (list []Proposal, err error) {
	err = s.read(ctx, actor, organisation, func(tx *sqldb.Tx) error {
		if organisation == "" {
			list, err = proposals(tx)
			return err
		}
		list, err = proposalsWhere(tx, "organisation = $1", organisation)
		return err
	})
	return list, err
}
