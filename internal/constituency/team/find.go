package team

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Answer is what the public finder says.
type Answer struct {
	Question string               `json:"question"`
	About    string               `json:"about"` // address, prefix, domain, url, asn, country, name, nothing
	Country  constituency.Country `json:"country,omitempty"`
	ASN      uint32               `json:"asn,omitempty"`
	Us       bool                 `json:"us"` // it is ours to handle
	Teams    []Card               `json:"teams"`
	Others   []Card               `json:"others"`   // that work in the country, or have the name
	Fallback []Card               `json:"fallback"` // where no team is, or none that a person approved
}

// Finder answers the public question "who is the team for this?".
type Finder struct {
	*Service
	Global []string // names of organisations that take on what nobody else does

	known atomic.Pointer[shelf]
}

// shelf is all cards at a state of the register and the directory: whoever asks needs them, and they rarely change.
type shelf struct {
	stamp string
	cards []card
}

// byFinder is who asks for the public.
var byFinder = identity.System("team-finder")

// What of a list is shown in public.
const (
	mostShown   = 20
	mostNetwork = 50
	maxQuery    = 500
)

// Find finds the team for a country, an address, a prefix, an AS number, a domain, a URL or a name. It tells what teams agreed to have shown, and
// nothing about constituents: a network of one is answered as if only its country were known. A team that agreed to nothing is as if it were
// not there. Errors: Invalid for a question that is too long.
func (f *Finder) Find(ctx context.Context, text string) (Answer, error) {
	if len(text) > maxQuery {
		return Answer{}, problem.New(problem.Invalid, "the question is too long: at most %d bytes", maxQuery)
	}
	text, err := cleanLine("question", strings.ToValidUTF8(text, ""), maxQuery) // it is shown again: nothing in it may turn the writing round
	if err != nil {
		return Answer{}, err
	}
	a := Answer{Question: text, About: "nothing"}
	if text == "" {
		return a, nil
	}
	h, about, err := f.understand(ctx, text)
	if err != nil {
		return a, err
	}
	a.About, a.Country, a.ASN = about, h.Country, h.ASN
	all, err := f.cards(ctx)
	if err != nil {
		return a, err
	}
	if about == "name" {
		a.Others = named(all, text)
		return a, nil
	}
	h.Holders = shownHolders(all, h.Holders)
	a.Us = f.ours(h)
	a.Teams = holding(all, h)
	instead := Fallback
	if len(a.Teams) == 0 {
		if a.Teams = inCountry(all, h.Country, ForNation, func(c card) bool { return c.national }); len(a.Teams) > 0 {
			instead = Beside
		}
	}
	if about == "country" {
		a.Others = without(inCountry(all, h.Country, InCountry, func(c card) bool { return c.team }), a.Teams)
	}
	if (len(a.Teams) == 0 || instead == Beside) && !a.Us {
		a.Fallback = f.fallback(all, h.Country, instead)
	}
	return a, nil
}

// understand reads a question. What is neither a network nor a country is a name.
func (f *Finder) understand(ctx context.Context, text string) (h constituency.Holding, about string, err error) {
	if c, ok := Country(text); ok {
		h, err = f.Register.CountryHolders(ctx, byFinder, c)
		return h, "country", err
	}
	h, err = f.Register.Holders(ctx, byFinder, spelledASN(text))
	if problem.Is(err, problem.Invalid) {
		return constituency.Holding{}, "name", nil
	}
	return h, string(h.Asked.Subject), err
}

// cards reads everybody whom the finder may name: teams that agreed to it, and authorities.
func (f *Finder) cards(ctx context.Context) (list []card, err error) {
	err = f.read(ctx, byFinder, "finder", func(tx *sqldb.Tx) error {
		var now string
		err := tx.QueryRow(`SELECT CAST(COALESCE((SELECT max(version) FROM register_state), 0) AS TEXT) || ' ' ||
			CAST((SELECT COALESCE(sum(version), 0) FROM team) AS TEXT) || ' ' || CAST((SELECT count(*) FROM contact WHERE health = 'bad') AS TEXT)`).Scan(&now)
		if known := f.known.Load(); err != nil || known != nil && known.stamp == now {
			if err == nil {
				list = known.cards
			}
			return err
		}
		if list, err = f.readCards(tx); err == nil {
			f.known.Store(&shelf{now, list})
		}
		return err
	})
	return list, err
}

func (f *Finder) readCards(tx *sqldb.Tx) (list []card, err error) {
	teams, err := allTeams(tx)
	if err != nil {
		return nil, err
	}
	inDirectory := map[string]bool{}
	for _, t := range teams {
		inDirectory[t.Organisation] = true
		if !t.Shows(Name) {
			continue
		}
		e, err := entryIn(tx, t.Organisation)
		if err != nil {
			return nil, err
		}
		list = append(list, cardOf(e))
	}
	authorities, err := authoritiesIn(tx, f.Global)
	if err != nil {
		return nil, err
	}
	for _, o := range authorities {
		if inDirectory[o.ID] {
			continue
		}
		contacts, err := constituency.ContactsIn(tx, o.ID)
		if err != nil {
			return nil, err
		}
		list = append(list, authority(o, contacts))
	}
	return list, nil
}

// authoritiesIn reads the organisations of the kind authority, and those that the configuration names.
func authoritiesIn(tx *sqldb.Tx, global []string) (list []constituency.Organisation, err error) {
	var ids []string
	err = tx.Each(`SELECT id FROM organisation WHERE kind = 'authority' ORDER BY name_key`, nil, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		o, err := constituency.OrganisationIn(tx, id)
		if err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	for _, name := range global {
		o, err := constituency.OrganisationNamed(tx, name)
		if problem.Is(err, problem.NotFound) || slices.ContainsFunc(list, func(known constituency.Organisation) bool { return known.ID == o.ID }) {
			continue // a name that is wrong is told by the doctor, not to the public
		}
		if err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	return list, nil
}

// shownHolders leaves out who is not shown: what hides them would show where they are.
func shownHolders(all []card, holders []constituency.Holder) []constituency.Holder {
	return slices.DeleteFunc(slices.Clone(holders), func(h constituency.Holder) bool {
		return !slices.ContainsFunc(all, func(c card) bool { return c.team && c.id == h.Organisation.ID })
	})
}

// holding picks the teams whose approved networks hold what was asked: those of the surest rule only.
func holding(all []card, h constituency.Holding) (out []Card) {
	for _, holder := range h.Holders {
		i := slices.IndexFunc(all, func(c card) bool { return c.team && c.id == holder.Organisation.ID })
		if i < 0 {
			continue
		}
		if len(out) > 0 && out[0].Network != holder.Network.Value {
			break
		}
		c := all[i].Card
		c.Why, c.Network = ByPatch, holder.Network.Value
		out = append(out, c)
	}
	return out
}

// inCountry picks the cards of a country that fit.
func inCountry(all []card, country constituency.Country, why Why, fits func(card) bool) (out []Card) {
	for _, c := range all {
		if country != "" && c.Country == country && fits(c) && len(out) < mostShown {
			one := c.Card
			one.Why = why
			out = append(out, one)
		}
	}
	return out
}

// without leaves out the cards that are shown already.
func without(list, shown []Card) []Card {
	return slices.DeleteFunc(list, func(c Card) bool {
		return slices.ContainsFunc(shown, func(s Card) bool { return s.Name == c.Name })
	})
}

// named picks the teams whose name holds a text.
func named(all []card, text string) (out []Card) {
	text = strings.ToLower(text)
	for _, c := range all {
		if c.team && len(out) < mostShown && len(text) > 1 && strings.Contains(strings.ToLower(c.Name+"\n"+c.FullName), text) {
			one := c.Card
			one.Why = ByName
			out = append(out, one)
		}
	}
	return out
}

// fallback is who takes on what no team does, or none that somebody vouches for: the authorities of the country, else those that the configuration names.
func (f *Finder) fallback(all []card, country constituency.Country, why Why) []Card {
	here := inCountry(all, country, why, func(c card) bool { return c.Kind == constituency.Authority })
	if len(here) > 0 || why == Beside {
		return here
	}
	var out []Card
	for _, name := range f.Global {
		if i := slices.IndexFunc(all, func(c card) bool { return strings.EqualFold(c.Name, name) }); i >= 0 {
			one := all[i].Card
			one.Why = Anywhere
			out = append(out, one)
		}
	}
	return out
}
