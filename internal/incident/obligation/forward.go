package obligation

import (
	"context"
	"slices"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Passing is a forward to be: of what we were told under an obligation, to the authority, the single point of contact or another CSIRT.
type Passing struct {
	Obligation string         `json:"obligation"`
	Target     Target         `json:"target"`
	Party      incident.Party `json:"party"`
	Note       string         `json:"note,omitempty"`
	Subject    string         `json:"subject,omitempty"` // of the mail
	Text       string         `json:"text,omitempty"`    // of the mail; empty: it went another way
}

func (p *Passing) check() (err error) {
	if !slices.Contains(Targets(), p.Target) {
		return problem.New(problem.Invalid, "it is forwarded to one of %v, and not to %q", Targets(), p.Target)
	}
	if p.Party.Name, err = short("to whom it is forwarded", p.Party.Name, true); err != nil {
		return err
	}
	p.Note, err = short("the note", p.Note, false)
	return err
}

// Forward records that we passed on what we were told; with a text it is mailed in a dialogue of its own. Errors: NotFound; Invalid; Conflict if the
// incident's label lets nobody else know; Unavailable if no mail can be sent.
func (s *Service) Forward(ctx context.Context, actor identity.Actor, name string, p Passing) (out Forward, err error) {
	if err := actor.Authorise(OpForward, name); err != nil {
		return out, err
	}
	if err := p.check(); err != nil {
		return out, err
	}
	err = s.o.Incidents.Work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		o, err := s.find(tx, in, p.Obligation)
		if err != nil {
			return err
		}
		out = Forward{ID: id.NewAt(in.Now), Obligation: o.ID, Target: p.Target, Name: p.Party.Name, Note: p.Note, At: in.Now, By: actor.ID}
		if p.Text != "" {
			if out.Dialogue, err = s.mail(tx, actor, in, &p); err != nil {
				return err
			}
		}
		return s.forward(tx, actor, in, &o, &out)
	})
	return out, err
}

func (s *Service) mail(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, p *Passing) (string, error) {
	if s.o.Send == nil {
		return "", problem.New(problem.Unavailable, "no mail can be sent: name a mail.relay, or a mail.maildir, in the configuration, or tell them another way and leave the text empty")
	}
	return s.o.Send(tx, actor, in, p.Party, p.Subject, p.Text)
}

func (s *Service) forward(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, o *Obligation, f *Forward) error {
	sealed, err := in.Put("forward/"+f.ID, forwardBody{f.Name, f.Note})
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO obligation_forward (id, incident, obligation, kind, at, actor, dialogue, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		f.ID, in.ID, f.Obligation, string(f.Target), f.At, f.By, f.Dialogue, sealed); err != nil {
		return err
	}
	if err := record(tx, actor, in, Record{Obligation: f.Obligation, What: "forwarded", Object: string(f.Target), After: f.Name}); err != nil {
		return err
	}
	args := map[string]string{"law": o.Law, "to": f.Name}
	if err := s.o.Incidents.Tell(tx, actor, in, incident.Entry{Code: "clock.forwarded", Args: args, Link: link(in)}); err != nil {
		return err
	}
	return actor.Audit(tx, in.Now, OpForward, in.ID, nil, map[string]any{"obligation": f.Obligation, "forward": f.ID, "target": f.Target, "dialogue": f.Dialogue})
}
