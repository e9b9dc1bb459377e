package team

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
)

// Team is what the directory knows of a team beside its name, country, networks and contacts, which stand in the register.
type Team struct {
	Organisation string                `json:"organisation"`          // id in the register
	FullName     string                `json:"full_name,omitempty"`   // where the register has the short one
	Host         string                `json:"host,omitempty"`        // of whom it is a part
	Serves       string                `json:"serves,omitempty"`      // its constituency, in its own words
	National     bool                  `json:"national"`              // it answers for its country
	Sectors      []constituency.Sector `json:"sectors,omitempty"`     // that it serves; none: all
	Hours        string                `json:"hours,omitempty"`       // in its own words
	Zone         string                `json:"zone,omitempty"`        // of the hours, an IANA name
	Languages    []string              `json:"languages,omitempty"`   // BCP 47
	Handling     tlp.Label             `json:"handling"`              // the strictest label that it takes
	Memberships  []Membership          `json:"memberships,omitempty"` // as somebody told us: see Source
	Policy       string                `json:"policy,omitempty"`      // URL of its RFC 2350 page, or of its policy
	Website      string                `json:"website,omitempty"`
	Direct       bool                  `json:"direct"`              // it wants copies sent directly to its providers, too
	Public       []Part                `json:"public"`              // what it agreed to be shown to everybody
	Source       Source                `json:"source"`              // of the entry
	SourceID     string                `json:"source_id,omitempty"` // its name there
	Confirmed    time.Time             `json:"confirmed,omitzero"`  // when it last said that all of this is right
	ConfirmedBy  string                `json:"confirmed_by,omitempty"`
	Asked        time.Time             `json:"asked,omitzero"` // when it was last asked
	Created      time.Time             `json:"created"`
	Updated      time.Time             `json:"updated"`
	Version      int64                 `json:"version"`
}

// Membership is a forum in which teams know each other.
type Membership string

// The memberships.
const (
	FIRST   Membership = "first"
	TFCSIRT Membership = "tf-csirt"
	Nation  Membership = "national" // of the network of national teams of its region
)

// Memberships lists the memberships.
func Memberships() []Membership { return []Membership{FIRST, TFCSIRT, Nation} }

// Part is a part of an entry that a team may agree to have shown to everybody.
type Part string

// The parts. Without Name nothing of a team is shown.
const (
	Name      Part = "name" // name, country, what it serves
	Mail      Part = "mail" // mail addresses and keys
	Phone     Part = "phone"
	Website   Part = "website" // and the policy
	Hours     Part = "hours"   // and the languages
	Patch     Part = "patch"   // its networks
	Belonging Part = "memberships"
)

// Parts lists the parts.
func Parts() []Part { return []Part{Name, Mail, Phone, Website, Hours, Patch, Belonging} }

// Source is where an entry came from.
type Source string

// The sources.
const (
	ByHand            Source = "hand"
	FromCSV           Source = "csv"
	FromFIRST         Source = "first"
	TrustedIntroducer Source = "trusted-introducer"
)

// Sources lists the sources.
func Sources() []Source { return []Source{ByHand, FromCSV, FromFIRST, TrustedIntroducer} }

// Shows tells whether the team agreed to have a part shown; no part is without the name.
func (t Team) Shows(p Part) bool {
	return slices.Contains(t.Public, Name) && slices.Contains(t.Public, p)
}

// The longest texts of an entry, in bytes.
const (
	maxLine = 500
	maxText = 4000
)

// normal checks an entry and returns it in canonical form.
func (t Team) normal() (Team, error) {
	for _, text := range []struct {
		what string
		at   *string
		most int
	}{{"full name", &t.FullName, maxLine}, {"host", &t.Host, maxLine}, {"hours", &t.Hours, maxLine}, {"serves", &t.Serves, maxText}, {"source id", &t.SourceID, maxLine}} {
		clean, err := cleanLine(text.what, *text.at, text.most)
		if err != nil {
			return t, err
		}
		*text.at = clean
	}
	if t.Handling > tlp.Red {
		return t, problem.New(problem.Invalid, "a team takes labels up to TLP:RED")
	}
	return t.normalWords()
}

// normalWords checks what comes from closed lists, and links.
func (t Team) normalWords() (Team, error) {
	var err error
	if t.Zone, err = zone(t.Zone); err != nil {
		return t, err
	}
	if t.Policy, err = link("policy", t.Policy); err != nil {
		return t, err
	}
	if t.Website, err = link("website", t.Website); err != nil {
		return t, err
	}
	if t.Sectors, err = each(t.Sectors, constituency.ParseSector); err != nil {
		return t, err
	}
	if t.Languages, err = each(t.Languages, constituency.ParseLanguage); err != nil {
		return t, err
	}
	if t.Memberships, err = each(t.Memberships, ParseMembership); err != nil {
		return t, err
	}
	if t.Public, err = each(t.Public, ParsePart); err != nil {
		return t, err
	}
	if t.Source == "" {
		t.Source = ByHand
	}
	t.Source, err = word("source", string(t.Source), Sources())
	return t, err
}

// ParseMembership reads a membership; Errors: Invalid, with those that there are.
func ParseMembership(s string) (Membership, error) {
	switch strings.ToLower(strings.NewReplacer(" ", "", "_", "", "-", "").Replace(s)) {
	case "tfcsirt", "trustedintroducer", "ti":
		return TFCSIRT, nil
	}
	return word("membership", s, Memberships())
}

// ParsePart reads a part; Errors: Invalid, with those that there are.
func ParsePart(s string) (Part, error) { return word("part", s, Parts()) }

// each parses a list, and gives each word once, in order.
func each[T ~string](list []T, parse func(string) (T, error)) (out []T, err error) {
	for _, v := range list {
		if strings.TrimSpace(string(v)) == "" {
			continue
		}
		w, err := parse(string(v))
		if err != nil {
			return nil, err
		}
		if !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	slices.Sort(out)
	return out, nil
}

// word finds s among the known words, whatever its case.
func word[T ~string](what, s string, known []T) (T, error) {
	w := T(strings.ToLower(strings.TrimSpace(s)))
	if slices.Contains(known, w) {
		return w, nil
	}
	return "", problem.New(problem.Invalid, "unknown %s %q: use one of %s", what, clip(s), joined(known, ", "))
}

func joined[T ~string](list []T, by string) string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return strings.Join(out, by)
}

// zone checks a time zone's name; "" stays "".
func zone(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", nil
	}
	if _, err := time.LoadLocation(s); err != nil || s == "Local" || len(s) > 64 {
		return "", problem.New(problem.Invalid, "%q is no time zone: use a name such as Europe/Helsinki", clip(s))
	}
	return s, nil
}

// link checks a URL that people will follow: https or http, a host, no password; "" stays "".
func link(what, s string) (string, error) {
	s, err := cleanLine(what, s, 1000)
	if err != nil || s == "" {
		return "", err
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil {
		return "", problem.New(problem.Invalid, "%s: %q is no address of a page: write it as https://example.org/path", what, clip(s))
	}
	return u.String(), nil
}
