package notification

import (
	"context"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/release/leak"
)

// namesNobody looks through the words of a correction, which all of a batch read, for what only one of them was told: the names of whose networks its other
// messages were about. Errors: Conflict that says where a name stands; then nobody is written to.
func (s *Service) namesNobody(ctx context.Context, c Correction, about map[string]About, text string) error {
	if text == "" {
		return nil
	}
	return s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		named, err := namedBy(tx, about, text)
		if err != nil || len(named) == 0 {
			return err
		}
		for address, of := range knownTo(c) {
			names, err := s.namesBeside(tx, named, of)
			if err != nil {
				return err
			}
			if found := leak.Check(leak.Content{Text: text}, names); len(found) > 0 {
				return problem.New(problem.Conflict, "to %s: %w", address, &release.Leaking{Places: found})
			}
		}
		return nil
	})
}

// namedBy gives the organisations of a batch that words name, each with a ticket of its messages.
func namedBy(tx *sqldb.Tx, about map[string]About, text string) (map[string][]string, error) {
	tickets := map[string][]string{}
	for ticket, a := range about {
		if a.Organisation != "" {
			tickets[a.Organisation] = append(tickets[a.Organisation], ticket)
		}
	}
	named := map[string][]string{}
	for organisation, list := range tickets {
		names := leak.NewNames()
		if err := nameOf(tx, organisation, list, names.Add); err != nil {
			return nil, err
		}
		if len(leak.Check(leak.Content{Text: text}, names)) > 0 {
			named[organisation] = list
		}
	}
	return named, nil
}

// knownTo gives, for each address that is written to, the organisations of which it knows: its own, and those that it was told about.
func knownTo(c Correction) map[string]map[string]bool {
	known := map[string]map[string]bool{}
	for _, to := range c.To {
		if to.Held != "" {
			continue
		}
		if known[to.Address] == nil {
			known[to.Address] = map[string]bool{}
		}
		known[to.Address][to.Organisation], known[to.Address][to.of.ID] = true, true
	}
	return known
}

// namesBeside gives the names that one recipient may not read: of all that are named, but for those of which it knows.
func (s *Service) namesBeside(tx *sqldb.Tx, named map[string][]string, known map[string]bool) (leak.Names, error) {
	names := leak.NewNames()
	names.Allow(leak.Organisation, s.Team.Name)
	for organisation, tickets := range named {
		if !known[organisation] {
			if err := nameOf(tx, organisation, tickets, names.Add); err != nil {
				return names, err
			}
		}
	}
	for organisation := range known {
		if organisation != "" {
			if err := nameOf(tx, organisation, named[organisation], names.Allow); err != nil {
				return names, err
			}
		}
	}
	return names, nil
}

// nameOf adds what names an organisation: its name, domains, prefixes, mail addresses and the tickets of its messages.
func nameOf(tx *sqldb.Tx, organisation string, tickets []string, add func(kind leak.Kind, value string)) error {
	o, err := constituency.OrganisationIn(tx, organisation)
	if problem.Is(err, problem.NotFound) { // one that is in the register no more, or an operator whom its registry names
		return nil
	}
	if err != nil {
		return err
	}
	add(leak.Organisation, o.Name)
	for _, ticket := range tickets {
		add(leak.Ticket, ticket)
	}
	networks, err := constituency.NetworksIn(tx, organisation)
	for _, n := range networks {
		switch n.Rule {
		case constituency.ByDomain:
			add(leak.Domain, n.Value)
		case constituency.ByPrefix:
			add(leak.Address, n.Value)
		}
	}
	if err != nil {
		return err
	}
	contacts, err := constituency.ContactsIn(tx, organisation)
	for _, k := range contacts {
		if k.Channel == constituency.Mail {
			add(leak.Mail, k.Address)
		}
	}
	return err
}
