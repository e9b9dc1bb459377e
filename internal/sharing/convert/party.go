package convert

import (
	"strings"
	"time"

	"github.com/firehall/firehall/internal/release/leak"
	"github.com/firehall/firehall/internal/release/redact"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// Part is the part that somebody has in what is told.
type Part uint8

// The parts.
const (
	Involved Part = iota // whom who acts must know: a provider, a vendor
	Victim               // whom it happened to
	Reporter             // who reported it
)

var parts = [...]redact.Sensitivity{Involved: redact.Technical, Victim: redact.Victim, Reporter: redact.Who}

// Party is an organisation, a team or a person.
type Party struct {
	ID      string // of ours; it is not told
	Name    string
	Person  bool
	Sector  string // as the register has it
	Contact string // how to reach it, where that may be told
	Part    Part
	Changed time.Time
}

// sectors are those of the register, as the standard's vocabulary has them (section 10.8); others go as they are.
var sectors = map[string]string{
	"banking": "financial-services", "financial-market": "financial-services", "health": "healthcare", "drinking-water": "water", "waste-water": "water",
	"digital-infrastructure": "telecommunications", "digital-providers": "technology", "ict-service-management": "technology", "public-administration": "government",
	"transport": "transportation", "space": "aerospace", "food": "agriculture", "chemicals": "chemical", "research": "education",
}

func identity(p Party) *stix.Identity {
	i := &stix.Identity{Name: p.Name, Class: "organization", ContactInformation: p.Contact}
	if p.Person {
		i.Class = "individual"
	}
	group, _, _ := strings.Cut(p.Sector, "-") // energy-oil is energy, transport-rail is transport
	switch {
	case sectors[p.Sector] != "":
		i.Sectors = []string{sectors[p.Sector]}
	case sectors[group] != "":
		i.Sectors = []string{sectors[group]}
	case p.Sector != "" && p.Sector != "other":
		i.Sectors = []string{group}
	}
	return i
}

// reach is what a way to reach somebody is: where it may be told it stays, though in a text of people it would be taken out.
func reach(contact string) leak.Kind {
	if strings.Contains(contact, "@") {
		return leak.Mail
	}
	return leak.Phone
}

// Party adds somebody and gives the id of the identity. How to reach a victim or a reporter is the team's own.
func (s *Set) Party(p Party) string {
	i := identity(p)
	sense, contact := parts[min(p.Part, Reporter)], redact.Technical
	if p.Part != Involved {
		contact = redact.Internal
		i.Sectors = nil // of few organisations, the sector names one
	}
	kind := leak.Organisation
	if p.Person {
		kind = leak.Person
	}
	d := &draft{body: i, whole: sense, stands: true, slots: []slot{
		text(&i.Name, "name", sense, kind, true),
		text(&i.ContactInformation, "contact_information", contact, reach(p.Contact), false),
	}}
	return s.add(d, "identity", p.ID, p.Changed)
}
