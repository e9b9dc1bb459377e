package incident

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/release/leak"
)

// Taker is who gets something of a report or an incident by hand: not by a letter, but as a document, or as a file with its chain.
type Taker struct {
	// As is what somebody is who stands in no register: release.Self for the team, release.Authority for the police, release.Public for everybody. "" is
	// release.Party; of an organisation of the register its kind decides.
	As           release.Audience
	Organisation string // id in the register; "" for none
	Name         string // in words
	// Order is the law or the paper that obliges us to give it to an authority; nil: nothing does.
	Order *release.Order
}

// TakerAudiences lists what somebody may be who stands in no register.
func TakerAudiences() []release.Audience {
	return []release.Audience{release.Self, release.Authority, release.Peer, release.Provider, release.Vendor, release.Party}
}

// HandedKind is what was given by hand.
type HandedKind string

// The kinds.
const (
	HandedDocument HandedKind = "document" // a report of an incident that is printed
	HandedEvidence HandedKind = "evidence" // a file with its chain
	HandedOver     HandedKind = "handover" // to an agency, by people
)

// Handed is something that is given by hand.
type Handed struct {
	Kind    HandedKind
	Thing   string       // its id
	Content leak.Content // all that can be looked into; the same each time that the same thing is given to the same taker
	Names   *leak.Names  // of whom it must not name; nil: those of the incident
	// Own says that it tells nothing but what the team itself writes, and under which label; nil: it tells of the incident, under that one's label.
	Own *tlp.Label
}

// HandedTo is on record of what was given by hand.
type HandedTo struct {
	ID, Parent   string // Parent is the id of the report or incident
	Kind         HandedKind
	Thing        string
	Decision     string
	Organisation string // id; release.Correspondent for who stands in no register, "" for everybody
	Name         string // "" of an organisation of the register, and of what is restricted
	At           time.Time
	By           string
}

// Hand has release decide whether something of an incident may be given to somebody, looks through it for what they may not know, and puts on record that
// they have it. It is a step of somebody's operation, which authorises and audits. Errors: Invalid; NotFound for an organisation that is in no register;
// Conflict that holds release.NotAllowed or release.Leaking, each with what a second person can be asked.
func (s *Service) Hand(tx *sqldb.Tx, actor identity.Actor, in *Inside, to Taker, h Handed) (release.Decision, error) {
	return s.hand(tx, actor, in.place(), in.Now, to, h)
}

func (s *Service) hand(tx *sqldb.Tx, actor identity.Actor, p place, now time.Time, to Taker, h Handed) (d release.Decision, err error) {
	if s.o.Release == nil {
		return d, problem.New(problem.Unavailable, "nothing can be given out here: nobody decides what may be told")
	}
	if to, err = to.known(tx); err != nil {
		return d, err
	}
	r, err := s.takes(tx, actor, to)
	if err != nil {
		return d, err
	}
	if r.Order = to.Order; r.Order != nil && to.As != release.Authority {
		return d, problem.New(problem.Invalid, "an order obliges us towards an authority, and not towards anybody else")
	}
	item, err := s.givenAs(tx, p, to, h)
	if err != nil {
		return d, err
	}
	permit, d, err := s.o.Release.ForHand(tx, actor, item, r)
	if err != nil {
		return d, err
	}
	if err := s.unnamedIn(tx, actor, p, permit, to, h); err != nil {
		return d, err
	}
	row := HandedTo{
		ID: id.NewAt(now), Parent: p.id, Kind: h.Kind, Thing: h.Thing, Decision: d.ID, Organisation: r.Organisation.ID, Name: line(to.Name), At: now, By: actor.ID,
	}
	if to.Organisation != "" || p.hidden() {
		row.Name = ""
	}
	return d, row.insert(tx)
}

// known finds who is named as the register names them: then that decides what they are.
func (t Taker) known(tx *sqldb.Tx) (Taker, error) {
	if t.Organisation != "" || t.Name == "" || t.As == release.Self || t.As == release.Public {
		return t, nil
	}
	o, err := constituency.OrganisationNamed(tx, t.Name)
	if problem.Is(err, problem.NotFound) {
		return t, nil
	}
	t.Organisation = o.ID
	return t, err
}

// givenAs is the item that release decides about. Whoever it happened to is told about their own.
func (s *Service) givenAs(tx *sqldb.Tx, p place, to Taker, h Handed) (item release.Item, err error) {
	if item, err = s.itemOf(tx, p); err != nil {
		return item, err
	}
	item.Holds = sensitive
	if h.Own != nil {
		item.Version, item.Terms.Label = "words", *h.Own
		if item.PAP < tlp.PAPRed { // what somebody writes for them is what they may know; where nobody outside may notice anything, nothing is written
			item.PAP = tlp.PAPClear
		}
		if to.As != release.Authority { // the police get nothing of a report without its reporter's word, whoever writes it down
			item.Source = ""
		}
	}
	if to.Organisation == "" {
		return item, nil
	}
	var n int
	err = tx.QueryRow(`SELECT count(*) FROM report_concern c WHERE c.organisation = $1 AND c.role = 'affected' AND (c.report = $2 OR c.report IN (
		SELECT l.report FROM incident_link l JOIN incident k ON k.id = l.incident WHERE l.alert = 0 AND k.root = $2))`, to.Organisation, p.id).Scan(&n)
	if n > 0 {
		item.Owner = to.Organisation
	}
	return item, err
}

// unnamedIn looks through what is given, if its permit is for a copy without names.
func (s *Service) unnamedIn(tx *sqldb.Tx, actor identity.Actor, p place, permit release.Permit, to Taker, h Handed) (err error) {
	if permit.Profile() == "" {
		return nil
	}
	names := h.Names
	if names == nil {
		found, err := s.namesBut(tx, p, func(u *unnamed) error { return u.taker(to) }, "", nil)
		if err != nil {
			return err
		}
		names = &found
	}
	_, err = s.o.Release.Clear(tx, actor, permit, h.Content, *names)
	return err
}

// Unnamed gives the names that must not stand in what somebody gets of an incident. Errors: NotFound.
func (s *Service) Unnamed(ctx context.Context, actor identity.Actor, name string, to Taker) (names leak.Names, err error) {
	err = s.Look(ctx, actor, OpIncidentRead, name, func(tx *sqldb.Tx, in *Inside) error {
		names, err = s.namesBut(tx, in.place(), func(u *unnamed) error { return u.taker(to) }, "", nil)
		return err
	})
	return names, err
}

// taker lets who takes something be named.
func (u *unnamed) taker(to Taker) error {
	if to.Organisation == "" {
		u.names.Allow(leak.Organisation, to.Name)
		return nil
	}
	u.seen[to.Organisation] = true
	return u.organisation(to.Organisation, func(_ leak.Role, kind leak.Kind, value string) { u.names.Allow(kind, value) }, "")
}

// byHand is the contact of who takes something into their hands: no mailbox that could fail.
const byHand = "by-hand"

// takes says who a taker is to release.
func (s *Service) takes(tx *sqldb.Tx, actor identity.Actor, to Taker) (r release.Recipient, err error) {
	c := release.Correspondence("")
	c.Channel = constituency.Webhook // nothing is posted: it is no mailbox and no telephone
	switch {
	case to.Organisation != "":
		c.ID, c.Organisation = byHand, to.Organisation
		if to.As != release.Authority { // whom a person calls the police is asked for what the police are, whatever the register says
			to.As = ""
		}
		return release.Chosen(tx, actor, c, to.As)
	case to.As == release.Public:
		return release.Recipient{As: release.Public, Chosen: actor.ID}, nil
	case to.As == release.Self:
		c.ID, c.Organisation = release.Team, release.Team
		return release.Recipient{Contact: c, Organisation: constituency.Organisation{ID: release.Team, Name: s.o.TeamName}, As: release.Self, Chosen: actor.ID}, nil
	case to.As != "" && !slices.Contains(TakerAudiences(), to.As):
		return r, problem.New(problem.Invalid, "say what they are who get it: one of %v, or an organisation of the register", TakerAudiences())
	case strings.TrimSpace(to.Name) == "":
		return r, problem.New(problem.Invalid, "say to whom it is given")
	}
	return release.Recipient{
		Contact: c, Organisation: constituency.Organisation{ID: release.Correspondent, Name: line(to.Name)}, As: cmp.Or(to.As, release.Party), Chosen: actor.ID,
	}, nil
}

func (h *HandedTo) insert(tx *sqldb.Tx) error {
	_, err := tx.Exec(`INSERT INTO handing (id, parent, kind, thing, decision, organisation, name, at, actor) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		h.ID, h.Parent, string(h.Kind), h.Thing, h.Decision, h.Organisation, h.Name, h.At, h.By)
	return err
}

const handingColumns = `id, parent, kind, thing, decision, organisation, name, at, actor`

func scanHanding(scan func(...any) error) (h HandedTo, err error) {
	err = scan(&h.ID, &h.Parent, &h.Kind, &h.Thing, &h.Decision, &h.Organisation, &h.Name, moment{&h.At}, &h.By)
	return h, err
}

// HandedUnder gives what was given by hand under some decisions, the oldest first of each: for release, which asks who has a copy.
func HandedUnder(tx *sqldb.Tx, decisions []string) (list []HandedTo, err error) {
	for part := range slices.Chunk(decisions, handedAtOnce) {
		var q query
		q.in("decision", part)
		err = tx.Each("SELECT "+handingColumns+" FROM handing WHERE "+q.String()+" ORDER BY decision, at, id", q.args, func(scan func(...any) error) error {
			h, err := scanHanding(scan)
			list = append(list, h)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// handedAtOnce is about how many decisions one query asks.
const handedAtOnce = 500
