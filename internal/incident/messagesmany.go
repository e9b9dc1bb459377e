package incident

import (
	"context"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	wordings "github.com/firehall/firehall/internal/incident/letters"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release/leak"
)

// MaxParties is to how many one writes at once: who writes to more publishes a warning.
const MaxParties = 50

// Outgoing is what somebody writes about an incident to several parties. Each gets a mail of its own, in a dialogue of its own, and learns of no other.
type Outgoing struct {
	Parties       []Party
	Subject, Text string // {party} in the text is each one's name
	Need          string // why they need to know; asked for what only those may get
}

// Outlook says what would leave, before it does.
type Outlook struct {
	Label      tlp.Label   `json:"label"`   // of what is written
	Generic    bool        `json:"generic"` // the subject on the outside says nothing
	Need       bool        `json:"need"`    // somebody has to say why these need to know
	Recipients []Recipient `json:"recipients"`
}

// Allowed tells whether all of it may leave.
func (o *Outlook) Allowed() bool {
	return len(o.Recipients) > 0 && !slices.ContainsFunc(o.Recipients, func(r Recipient) bool { return !r.Allowed })
}

// Recipient is one of those whom something is to be written to.
type Recipient struct {
	Party        Party       `json:"party"`
	Organisation string      `json:"organisation,omitempty"` // id, if the address stands in the register
	Encrypted    bool        `json:"encrypted"`              // we have a key, and use it
	Allowed      bool        `json:"allowed"`
	Why          Verdict     `json:"why"`
	Text         string      `json:"text"`            // as it would be sent
	Under        []string    `json:"under,omitempty"` // lines that stand below it: what may be done with it
	Leaks        []string    `json:"leaks,omitempty"` // where it says what they may not know, in sentences
	Found        []leak.Leak `json:"-"`               // the same, for who says it in another language
}

// Verdict is what permits or forbids that something goes to somebody.
type Verdict string

// The verdicts. The first two permit.
const (
	Registered   Verdict = "registered"   // an organisation of the register
	Unregistered Verdict = "unregistered" // somebody whom a person of the team names, and answers for
	TooStrict    Verdict = "strict"       // TLP:AMBER+STRICT goes to organisations that we know alone
	ForNobody    Verdict = "red"          // TLP:RED goes to nobody else
	Ended        Verdict = "closed"       // the incident is closed
	NoMailbox    Verdict = "no-mailbox"
	Failing      Verdict = "failing" // mail to them comes back
	NoKey        Verdict = "no-key"  // they ask for encryption, and we have no key
	NoMail       Verdict = "no-mail" // this installation sends none
	Leaking      Verdict = "leaks"   // what is written says what they may not know
)

// Verdicts lists the verdicts.
func Verdicts() []Verdict {
	return []Verdict{Registered, Unregistered, TooStrict, ForNobody, Ended, NoMailbox, Failing, NoKey, NoMail, Leaking}
}

// Foresee says what would leave, and what permits or forbids it; nothing is sent and nothing is on record but that it was looked at. Errors: NotFound, Invalid.
func (s *Service) Foresee(ctx context.Context, actor identity.Actor, name string, d Outgoing) (out Outlook, err error) {
	if err := d.check(); err != nil {
		return out, err
	}
	err = s.Look(ctx, actor, OpInvestigate, name, func(tx *sqldb.Tx, in *Inside) error {
		out, err = s.foresee(tx, in, &d)
		return err
	})
	if err != nil {
		return Outlook{}, err
	}
	return out, nil
}

// check puts it right.
func (d *Outgoing) check() (err error) {
	if len(d.Parties) == 0 || len(d.Parties) > MaxParties {
		return problem.New(problem.Invalid, "name between 1 and %d whom it goes to: who tells more publishes a warning", MaxParties)
	}
	parties := make([]Party, 0, len(d.Parties))
	for _, p := range d.Parties {
		if err := p.check(); err != nil {
			return err
		}
		if !slices.ContainsFunc(parties, p.same) {
			parties = append(parties, p)
		}
	}
	d.Parties, d.Need = parties, line(d.Need)
	if d.Subject = line(d.Subject); d.Subject == "" || len(d.Subject) > MaxSubject {
		return problem.New(problem.Invalid, "the mail needs a subject of at most %d bytes", MaxSubject)
	}
	d.Text, err = messageText(d.Text)
	return err
}

// same tells whether two are the same mailbox.
func (p Party) same(q Party) bool {
	return p.Contact != "" && p.Contact == q.Contact || p.Email != "" && strings.EqualFold(p.Email, q.Email)
}

func (s *Service) foresee(tx *sqldb.Tx, in *Inside, d *Outgoing) (out Outlook, err error) {
	label, sealed := in.place().secrecy()
	out = Outlook{Label: label, Generic: sealed || label >= tlp.Amber, Need: in.Restricted || label >= tlp.AmberStrict}
	under, err := s.under(tx, in.place(), label)
	if err != nil {
		return out, err
	}
	for _, p := range d.Parties {
		r, err := s.recipient(tx, in, label, p)
		if err != nil {
			return out, err
		}
		r.Text, r.Under = d.textFor(r.Party), under
		if err := s.searched(tx, in, d.Subject, &r); err != nil {
			return out, err
		}
		out.Recipients = append(out.Recipients, r)
	}
	return out, nil
}

// under are the lines below a letter about something: what its sources let be done with it.
func (s *Service) under(tx *sqldb.Tx, p place, label tlp.Label) ([]string, error) {
	if s.o.Release == nil {
		return nil, nil
	}
	item, err := s.itemOf(tx, p)
	if err != nil {
		return nil, err
	}
	item.Terms.Label = label
	return s.o.Release.UnderNow(tx, item)
}

// Under gives the lines that would stand below a mail about a report or an incident: what its sources let be done with it. A report that is passed on (Pass) goes
// under its own label, also where it is sealed. Errors: NotFound.
func (s *Service) Under(ctx context.Context, actor identity.Actor, name string, move MoveName) (lines []string, err error) {
	if err := actor.Authorise(OpIncidentRead, name); err != nil {
		return nil, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		v, err := s.SightOf(tx, actor)
		if err != nil {
			return err
		}
		p, err := s.place(tx, v, name)
		if err != nil {
			return err
		}
		label, _ := p.secrecy()
		if move == Pass && p.report != nil {
			label = max(p.report.label(), tlp.Green)
		}
		lines, err = s.under(tx, p, label)
		return err
	})
	return lines, err
}

// searched looks in what one of them would get for what they may not know.
func (s *Service) searched(tx *sqldb.Tx, in *Inside, subject string, r *Recipient) error {
	if !r.Allowed {
		return nil
	}
	names, err := s.namesFor(tx, in.place(), r.Party, "", nil)
	if err != nil {
		return err
	}
	r.Found = leak.Check(leak.Content{Subject: subject, Text: r.Text}, names)
	for _, l := range r.Found {
		r.Leaks, r.Allowed, r.Why = append(r.Leaks, l.String()), false, Leaking
	}
	return nil
}

// textFor is the text as one party gets it.
func (d *Outgoing) textFor(p Party) string {
	return wordings.Fill(d.Text, map[string]string{"party": p.Name})
}

// recipient looks at one of them.
func (s *Service) recipient(tx *sqldb.Tx, in *Inside, label tlp.Label, p Party) (r Recipient, err error) {
	if err := registered(tx, &p); err != nil {
		return r, err
	}
	c, err := contactOf(tx, &p)
	if problem.Is(err, problem.NotFound) || problem.Is(err, problem.Invalid) {
		return Recipient{Party: p, Why: NoMailbox}, nil
	}
	if err != nil {
		return r, err
	}
	r = Recipient{Party: p, Encrypted: c.Key != ""}
	if p.Contact != "" {
		r.Organisation = c.Organisation
	}
	r.Why = s.verdict(in, label, p, c)
	r.Allowed = r.Why == Registered || r.Why == Unregistered
	return r, nil
}

func (s *Service) verdict(in *Inside, label tlp.Label, p Party, c constituency.Contact) Verdict {
	switch {
	case s.o.Delivery == nil || s.o.Release == nil:
		return NoMail
	case in.Stage != StageOpen:
		return Ended
	case label >= tlp.Red:
		return ForNobody
	case c.Address == "":
		return NoMailbox
	case p.Contact == "" && label >= tlp.AmberStrict:
		return TooStrict
	case !c.Usable():
		return Failing
	case c.Encryption == constituency.EncryptionRequired && c.Key == "":
		return NoKey
	case p.Contact == "":
		return Unregistered
	}
	return Registered
}

// registered finds the contact of an address, so that its key is used: the mailbox is the same, whoever names it.
func registered(tx *sqldb.Tx, p *Party) error {
	if p.Contact != "" || p.Email == "" {
		return nil
	}
	var contact string
	err := tx.QueryRow(`SELECT id FROM contact WHERE channel = 'mail' AND address = $1 ORDER BY CASE purpose WHEN 'security' THEN 0 WHEN 'abuse' THEN 1 ELSE 2 END, id LIMIT 1`,
		p.Email).Scan(&contact)
	if sqldb.NoRows(err) {
		return nil
	}
	p.Contact = contact
	return err
}

// WriteToAll writes to several parties at once: all, or nobody. It is checked against the label and the need to know in the transaction that sends. Errors:
// NotFound, Invalid, also without Need where somebody has to say it; Conflict if one of them may not get it.
func (s *Service) WriteToAll(ctx context.Context, actor identity.Actor, name string, d Outgoing) (list []Investigation, err error) {
	if err := actor.Authorise(OpInvestigate, name); err != nil {
		return nil, err
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	err = s.Work(ctx, actor, name, func(tx *sqldb.Tx, in *Inside) error {
		list, err = s.writeToAll(tx, actor, in, &d)
		return err
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

func (s *Service) writeToAll(tx *sqldb.Tx, actor identity.Actor, in *Inside, d *Outgoing) (list []Investigation, err error) {
	o, err := s.foresee(tx, in, d)
	if err != nil {
		return nil, err
	}
	if o.Need && d.Need == "" {
		return nil, problem.New(problem.Invalid, "say why they need to know: it is %s, or the incident is restricted", o.Label)
	}
	for _, r := range o.Recipients {
		if !r.Allowed && r.Why != Leaking { // what leaks is stopped where it is sent, so that a second person can be asked about it
			return nil, problem.New(problem.Conflict, "nothing was sent: it may not go to %s (%s)", r.Party.Name, string(r.Why))
		}
	}
	for _, r := range o.Recipients {
		v, err := s.SendIn(tx, actor, in, r.Party, d.Subject, r.Text, nil)
		if err != nil {
			return nil, err
		}
		if err := s.toldOut(tx, actor, in.place(), &v); err != nil {
			return nil, err
		}
		what := map[string]any{"investigation": v.ID, "message": v.Messages[0].ID, "delivery": v.Messages[0].Delivery, "why": r.Why, "together": len(o.Recipients)}
		if err := actor.AuditReason(tx, in.Now, OpInvestigate, in.ID, d.Need, nil, what); err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// Dialogues lists the dialogues with parties about an incident, the oldest first, with their messages. Errors: NotFound.
func (s *Service) Dialogues(ctx context.Context, actor identity.Actor, name string) (in Inside, list []Investigation, err error) {
	err = s.Look(ctx, actor, OpIncidentRead, name, func(tx *sqldb.Tx, at *Inside) error {
		in, list = *at, nil
		for _, about := range at.IDs {
			some, err := s.investigationsOf(tx, at.keys[about], "incident", about)
			if err != nil {
				return err
			}
			list = append(list, some...)
		}
		return nil
	})
	if err != nil {
		return Inside{}, nil, err
	}
	return in, list, nil
}

// ConcernedBy lists the organisations that the reports of an incident concern, by id: those whom one would write to. Errors: NotFound.
func (s *Service) ConcernedBy(ctx context.Context, actor identity.Actor, name string) (list []string, err error) {
	err = s.Look(ctx, actor, OpIncidentRead, name, func(tx *sqldb.Tx, in *Inside) error {
		list = nil
		cond, args := in.Rows("l.incident", 1)
		return tx.Each(`SELECT DISTINCT c.organisation FROM incident_link l JOIN report_concern c ON c.report = l.report WHERE l.alert = 0 AND `+cond+` ORDER BY c.organisation LIMIT 20`,
			args, func(scan func(...any) error) error {
				var id string
				err := scan(&id)
				list = append(list, id)
				return err
			})
	})
	return list, err
}
