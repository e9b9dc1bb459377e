package team

import (
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/constituency"
)

// Card is what everybody may read of a team, or of an authority: what is not agreed to be public is empty.
type Card struct {
	Name        string               `json:"name"`
	FullName    string               `json:"full_name,omitempty"`
	Country     constituency.Country `json:"country,omitempty"`
	Kind        constituency.Kind    `json:"kind"`
	Serves      string               `json:"serves,omitempty"`
	Mail        []Mailbox            `json:"mail,omitempty"`
	Phones      []string             `json:"phones,omitempty"`
	Website     string               `json:"website,omitempty"`
	Policy      string               `json:"policy,omitempty"`
	Hours       string               `json:"hours,omitempty"`
	Zone        string               `json:"zone,omitempty"`
	Languages   []string             `json:"languages,omitempty"`
	Memberships []Membership         `json:"memberships,omitempty"`
	Patch       []string             `json:"patch,omitempty"`
	Why         Why                  `json:"why"`
	Network     string               `json:"network,omitempty"` // of the patch, by which it was found
}

// Mailbox is a mail address with the fingerprint of its key.
type Mailbox struct {
	Address     string `json:"address"`
	Key         string `json:"key,omitempty"`
	Certificate bool   `json:"certificate,omitempty"` // Key is of an S/MIME certificate, not of an OpenPGP key
}

// Why says why a card is shown.
type Why string

// The reasons, as codes: pages have the words.
const (
	ByPatch   Why = "patch"    // what was asked lies in its networks, which a person approved
	ForNation Why = "national" // it says of itself that it answers for the country; nobody approved that
	InCountry Why = "country"  // it works in the country, for those whom it serves
	ByName    Why = "name"
	Fallback  Why = "fallback" // no team: an authority that takes it on
	Beside    Why = "beside"   // an authority of the country, where a team only says of itself that it answers for it
	Anywhere  Why = "anywhere" // no team, and no authority of the country: whom the configuration names for that
	Ourselves Why = "us"
)

// card is a Card, and what decides whether it is shown.
type card struct {
	Card
	id             string
	team, national bool
}

// authority is the card of a regulator, the police or a ministry: public offices, whose mailboxes and telephones are there for the public.
func authority(o constituency.Organisation, contacts []constituency.Contact) card {
	c := card{Card: Card{Name: o.Name, Country: o.Country, Kind: o.Kind}, id: o.ID}
	c.channels(contacts, true, true)
	return c
}

// cardOf shows of an entry what the team agreed to.
func cardOf(e Entry) card {
	t := e.Team
	c := card{Card: Card{Name: e.Organisation.Name, FullName: t.FullName, Country: e.Organisation.Country, Kind: e.Organisation.Kind, Serves: t.Serves}, id: t.Organisation, team: true, national: t.National}
	if t.Shows(Website) {
		c.Website, c.Policy = t.Website, t.Policy
	}
	if t.Shows(Hours) {
		c.Hours, c.Zone, c.Languages = t.Hours, t.Zone, t.Languages
	}
	if t.Shows(Belonging) {
		c.Memberships = t.Memberships
	}
	c.channels(e.Contacts, t.Shows(Mail), t.Shows(Phone))
	for _, n := range e.Networks {
		if t.Shows(Patch) && n.Approved() && len(c.Patch) < mostNetwork {
			c.Patch = append(c.Patch, n.Value)
		}
	}
	return c
}

// channels adds the contacts for everybody: not the legal ones, and none that no longer work.
func (c *card) channels(contacts []constituency.Contact, mail, phone bool) {
	for _, k := range contacts {
		switch {
		case k.Purpose == constituency.Legal || !k.Usable():
		case k.Channel == constituency.Mail && mail && !slices.ContainsFunc(c.Mail, func(m Mailbox) bool { return m.Address == k.Address }):
			c.Mail = append(c.Mail, Mailbox{k.Address, k.KeyFingerprint, constituency.IsCertificate(k.Key)})
		case k.Channel == constituency.Phone && phone && !slices.Contains(c.Phones, strings.TrimPrefix(k.Address, "tel:")):
			c.Phones = append(c.Phones, strings.TrimPrefix(k.Address, "tel:"))
		}
	}
}
