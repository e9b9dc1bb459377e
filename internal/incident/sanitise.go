package incident

import (
	"context"
	"net/netip"
	"net/url"
	"strings"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/indicator"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/release/leak"
)

// mostTold bounds the addresses and names of a report that its reporter may be told again.
const mostTold = 1000

// sensitive is what a report or an incident holds: who told us of it, whom it happened to, and what is the team's own.
const sensitive = release.Who | release.Victim | release.Internal | release.Technical

// checked is who looks through what leaves, and what must not stand in it.
type checked struct {
	actor identity.Actor
	names func(tx *sqldb.Tx) (leak.Names, error)
}

// cleared looks through a letter as it would be sent, if its permit is for a copy without names. Errors: Conflict that says where a name stands.
func (s *Service) cleared(tx *sqldb.Tx, permit release.Permit, c checked, d delivery.Draft) (release.Permit, error) {
	if permit.Profile() == "" || c.names == nil {
		return permit, nil
	}
	names, err := c.names(tx)
	if err != nil {
		var none release.Permit
		return none, err
	}
	return s.o.Release.Clear(tx, c.actor, permit, delivery.Content(d), names)
}

// Whole is what an incident is about for whom the law wants told all of it: nothing of it is a leak to them.
const Whole = "whole"

// Sanitised looks through what leaves otherwise than by SendIn: by an abuse API, as a file. to is whom it is for, and about what they have to know of. It
// is a step of somebody's operation, which has release decide. Errors: Conflict that says where a name stands.
func (s *Service) Sanitised(tx *sqldb.Tx, in *Inside, to Party, c leak.Content, about ...string) error {
	names, err := s.namesFor(tx, in.place(), to, "", about)
	if err != nil {
		return err
	}
	if found := leak.Check(c, names); len(found) > 0 {
		return problem.New(problem.Conflict, "%w", &release.Leaking{Places: found})
	}
	return nil
}

// unnamed gathers the names that must not stand in a letter about a report or an incident: of whom it happened to, of who told us, of the parties of
// other dialogues, and the numbers that those go by. What the recipient is, and what the letter has to be about, may be named.
type unnamed struct {
	*Service
	tx    *sqldb.Tx
	names leak.Names
	seen  map[string]bool // organisations
	to    Party           // who gets it; empty for who takes it by hand
}

// namesFor gives the names for a letter to a party about a place; own is the number of their dialogue. about is what they have to know of all the same: an
// address, a domain or a URL on which they are to act.
func (s *Service) namesFor(tx *sqldb.Tx, p place, to Party, own string, about []string) (leak.Names, error) {
	return s.namesBut(tx, p, func(u *unnamed) error { return u.recipient(to) }, own, about)
}

// UnnamedTo gives the names that must not stand in words about a report or an incident to a party; none where all text of it was erased. It is a step of
// somebody's operation, which authorises.
func (s *Service) UnnamedTo(ctx context.Context, actor identity.Actor, name string, to Party) (names leak.Names, err error) {
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		v, err := s.SightOf(tx, actor)
		if err != nil {
			return err
		}
		p, err := s.place(tx, v, name)
		if problem.Is(err, problem.NotFound) {
			return nil
		}
		if err == nil {
			names, err = s.namesFor(tx, p, to, "", nil)
		}
		return err
	})
	return names, err
}

// namesBut gives the names of a place for somebody; allow lets that one be named.
func (s *Service) namesBut(tx *sqldb.Tx, p place, allow func(u *unnamed) error, own string, about []string) (leak.Names, error) {
	u := unnamed{Service: s, tx: tx, names: leak.NewNames(), seen: map[string]bool{}}
	err := allow(&u)
	if err == nil {
		err = u.gather(p, own, about)
	}
	if err == nil && u.names.Len() == 0 {
		u.names.Nobody("no report, no organisation of the register and no other dialogue stands behind it")
	}
	return u.names, err
}

func (u *unnamed) gather(p place, own string, about []string) error {
	u.names.Allow(leak.Organisation, u.o.TeamName)
	u.names.Allow(leak.Ticket, own)
	for _, value := range about {
		u.allow(value)
	}
	if p.report != nil {
		u.names.Allow(leak.Ticket, p.report.Ref)
		return u.reports([]record{*p.report})
	}
	in, err := u.around(u.tx, p.id)
	if err != nil {
		return err
	}
	u.names.Allow(leak.Ticket, in.Ref)
	if err := u.dialogues(in, own); err != nil {
		return err
	}
	if err := u.parts(in); err != nil {
		return err
	}
	list, err := reportsBehind(u.tx, in.ID)
	if err == nil {
		err = u.reports(list)
	}
	return err
}

// around opens an incident by its id, whoever asks: what must not be named does not depend on who writes.
func (s *Service) around(tx *sqldb.Tx, id string) (*Inside, error) {
	var i incidentRecord
	if err := tx.QueryRow("SELECT "+incidentColumns+" FROM incident i WHERE i.id = $1", id).Scan(i.into()...); err != nil {
		return nil, err
	}
	return s.inside(tx, &i)
}

// dialogues adds the parties of all dialogues but one, and their numbers.
func (u *unnamed) dialogues(in *Inside, own string) error {
	cond, args := in.Rows("incident", 1)
	return u.tx.Each(`SELECT `+investigationColumns+` FROM investigation WHERE `+cond+` ORDER BY opened, id`, args, func(scan func(...any) error) error {
		v, sealed, err := scanInvestigation(scan)
		if err != nil || v.Ref == own {
			return err
		}
		var b investigationBody
		if err := in.Get(v.Incident, "investigation/"+v.ID, sealed, &b); err != nil {
			return err
		}
		u.names.AddAs(leak.Other, leak.Ticket, v.Ref)
		if !strings.EqualFold(b.Party.Name, u.to.Name) {
			u.names.AddAs(leak.Other, leak.Organisation, b.Party.Name)
		}
		u.names.AddAs(leak.Other, leak.Mail, b.Party.Email)
		return nil
	})
}

// parts adds what other rooms know to be somebody's whom it happened to: an address that was marked so.
func (u *unnamed) parts(in *Inside) error {
	for _, part := range u.Service.parts {
		if part.Victims == nil {
			continue
		}
		if err := part.Victims(u.tx, in, func(kind leak.Kind, value string) { u.names.AddAs(leak.Victim, kind, value) }); err != nil {
			return err
		}
	}
	return nil
}

// recipient lets the party be named: by its own address, and by all that the register knows of its organisation. What somebody typed as the name of whom an
// address is clears nobody: a victim's name does not become the recipient's by being written before their address.
func (u *unnamed) recipient(to Party) error {
	u.to = to
	if to.Email == "" && to.Contact == "" {
		u.names.Allow(leak.Organisation, to.Name)
		u.names.Allow(leak.Person, to.Name)
	}
	u.names.Allow(leak.Mail, to.Email)
	if err := registered(u.tx, &to); err != nil || to.Contact == "" {
		return err
	}
	c, err := constituency.ContactIn(u.tx, to.Contact)
	if err != nil {
		return err
	}
	u.seen[c.Organisation] = true
	return u.organisation(c.Organisation, func(_ leak.Role, kind leak.Kind, value string) { u.names.Allow(kind, value) }, "")
}

// allow lets be named what a letter is about.
func (u *unnamed) allow(value string) {
	if value == "" {
		return
	}
	host := value
	if parsed, err := url.Parse(value); err == nil && parsed.Host != "" {
		host = parsed.Hostname()
		u.names.Allow(leak.Text, parsed.Host+parsed.RequestURI()) // without the scheme, which a defanged one has otherwise
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		u.names.Allow(leak.Address, host)
		return
	}
	if _, err := netip.ParsePrefix(value); err == nil {
		u.names.Allow(leak.Address, value)
		return
	}
	u.names.Allow(leak.Domain, host)
	if strings.Contains(value, "@") {
		u.names.Allow(leak.Mail, value)
	}
}

// reports adds who told us, what the reports concern, and their numbers.
func (u *unnamed) reports(list []record) error {
	for i := range list {
		f, err := u.full(&list[i])
		if problem.Is(err, problem.NotFound) { // erased: no name is left of it
			continue
		}
		if err != nil {
			return err
		}
		r := f.head.Reporter
		if r.Email != "" && strings.EqualFold(r.Email, u.to.Email) {
			u.names.Allow(leak.Person, r.Name)
			u.names.Allow(leak.Organisation, r.Organisation)
			if err := u.told(&f); err != nil {
				return err
			}
		}
		u.names.AddAs(leak.Other, leak.Ticket, f.Ref)
		u.names.AddAs(leak.Reporter, leak.Person, r.Name)
		u.names.AddAs(leak.Reporter, leak.Mail, r.Email)
		u.names.AddAs(leak.Reporter, leak.Phone, r.Phone)
		u.names.AddAs(leak.Reporter, leak.Organisation, r.Organisation)
		if err := u.concerned(f.ID); err != nil {
			return err
		}
	}
	return nil
}

// told lets be named to a reporter what they said themselves of whom it happened to, as they wrote it and as it is written plainly. What only we know of those
// stays unsaid, and so does what another report says of somebody that this one only names.
func (u *unnamed) told(f *full) error {
	theirs := unnamed{Service: u.Service, tx: u.tx, names: leak.NewNames(), seen: map[string]bool{}}
	if err := theirs.concerned(f.ID); err != nil {
		return err
	}
	said := f.head.Subject + "\n" + f.body.Text + "\n" + f.body.Answers.Affected + "\n" + f.body.Answers.Impact + "\n" + f.body.Answers.Help
	for _, in := range indicator.Extract(said, indicator.Limits{Count: mostTold}).List {
		said += "\n" + in.Value
	}
	for _, l := range leak.Check(leak.Content{Text: said}, theirs.names) {
		if l.Kind != leak.Unreadable {
			u.names.Allow(l.Kind, l.Found)
		}
	}
	for _, in := range indicator.Extract(f.body.Answers.Affected, indicator.Limits{Count: mostTold}).List {
		u.allow(in.Value)
	}
	return nil
}

// concerned adds the organisations that a report concerns: those to whom it happened, and the reporter's. Where it came from, or what its text names in
// passing, is what letters are about.
func (u *unnamed) concerned(report string) error {
	roles := map[string]string{}
	err := u.tx.Each(`SELECT organisation, role FROM report_concern WHERE report = $1 ORDER BY organisation`, []any{report}, func(scan func(...any) error) error {
		var organisation, role string
		err := scan(&organisation, &role)
		roles[organisation] = role
		return err
	})
	for organisation, role := range roles {
		if err != nil {
			return err
		}
		switch role {
		case triage.RoleAffected:
			err = u.organisation(organisation, u.names.AddAs, leak.Victim)
		case triage.RoleReporter:
			err = u.organisation(organisation, u.names.AddAs, leak.Reporter)
		}
	}
	return err
}

// organisation gives all names that the register knows of one; each is given once.
func (u *unnamed) organisation(id string, give func(role leak.Role, kind leak.Kind, value string), role leak.Role) error {
	if role != "" && u.seen[id] {
		return nil
	}
	u.seen[id] = true
	o, err := constituency.OrganisationIn(u.tx, id)
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	give(role, leak.Organisation, o.Name)
	networks, err := constituency.NetworksIn(u.tx, id)
	if err != nil {
		return err
	}
	for _, n := range networks {
		switch n.Rule {
		case constituency.ByDomain:
			give(role, leak.Domain, n.Value)
		case constituency.ByPrefix:
			give(role, leak.Address, n.Value)
		}
	}
	contacts, err := constituency.ContactsIn(u.tx, id)
	for _, c := range contacts {
		if c.Channel == constituency.Mail {
			give(role, leak.Mail, c.Address)
		}
	}
	return err
}
