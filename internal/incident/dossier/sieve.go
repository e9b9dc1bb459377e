package dossier

import (
	"context"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/release/leak"
	"github.com/firehall/firehall/internal/release/redact"
)

// newSieve makes what takes from texts the names of all who are not to be named to an audience: reporters, parties, other organisations, the team's people.
// What becomes of them is in the audience's profile of redaction.
func (d *draft) newSieve(ctx context.Context, items map[string][]Item) (*redact.Text, error) {
	n, err := d.s.o.Incidents.Unnamed(ctx, d.actor, d.incident.ID, d.order.taker())
	if err != nil {
		return nil, err
	}
	own := d.names[d.order.Organisation]
	for id, name := range d.names {
		if id == d.order.Organisation {
			n.Allow(leak.Organisation, name)
		} else {
			n.AddAs(leak.Victim, leak.Organisation, name)
		}
	}
	n.Allow(leak.Organisation, d.s.o.Team)
	for account, name := range d.people {
		if !strings.HasPrefix(account, "token:") { // what programs are called are no names: "sensor", "mail"
			n.AddAs(leak.Ours, leak.Person, name)
		}
		n.AddAs(leak.Ours, leak.Text, account)
	}
	for _, v := range d.incident.Investigations {
		n.AddAs(leak.Other, leak.Person, v.Party.Name)
		n.AddAs(leak.Other, leak.Mail, v.Party.Email)
		n.AddAs(leak.Other, leak.Ticket, v.Ref)
	}
	for _, r := range items[KindReports] {
		n.AddAs(leak.Ours, leak.Ticket, r.Cells[0])
	}
	if err := d.reporters(ctx, &n, own); err != nil {
		return nil, err
	}
	if n.Len() > leak.MaxNames {
		return nil, problem.New(problem.Conflict, "there are %d names to look for, and at most %d can be: print for the team", n.Len(), leak.MaxNames)
	}
	pseudonyms, err := d.pseudonyms()
	d.taken = n
	return &redact.Text{Profile: d.order.Audience.profile(), Names: n, Pseudonyms: pseudonyms}, err
}

// reporters adds who told us.
func (d *draft) reporters(ctx context.Context, n *leak.Names, own string) error {
	for _, ref := range d.incident.Reports {
		r, err := d.s.o.Incidents.Report(ctx, d.actor, ref.ID)
		if err != nil {
			return err
		}
		n.AddAs(leak.Reporter, leak.Person, r.Reporter.Name)
		n.AddAs(leak.Reporter, leak.Mail, r.Reporter.Email)
		n.AddAs(leak.Reporter, leak.Phone, r.Reporter.Phone)
		if own == "" || !strings.EqualFold(own, r.Reporter.Organisation) {
			n.AddAs(leak.Reporter, leak.Organisation, r.Reporter.Organisation)
		}
	}
	return nil
}

// pseudonyms are those of the incident for whom the document is: the same name has the same one in each document that they get.
func (d *draft) pseudonyms() (redact.Pseudonyms, error) {
	if d.s.o.Secret == nil {
		return redact.Pseudonyms{}, nil
	}
	secret, err := d.s.o.Secret()
	group := string(d.order.Audience)
	if d.order.Organisation != "" {
		group = d.order.Organisation
	}
	return redact.NewPseudonyms(secret, d.incident.ID, group), err
}

// profile says what becomes of names.
func (a Audience) profile() redact.Profile { return redact.For(string(a)) }
