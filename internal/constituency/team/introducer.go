package team

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
)

// tiTeam is one team of Trusted Introducer's teams.json.
type tiTeam struct {
	Official     string         `json:"official_name"`
	Short        string         `json:"short_name"`
	Country      tiCountry      `json:"country"`
	Host         string         `json:"host_organisation"`
	Constituency tiConstituency `json:"constituency"`
	Hours        string         `json:"business_hours"`
	Zone         string         `json:"business_hours_timezone"`
	Phones       []tiPhone      `json:"phones"`
	Emails       []tiMail       `json:"emails"`
	Ours         *ours          `json:"firehall"`
}

type tiCountry struct {
	Code texts `json:"code"` // a number for what is no country
}

type tiConstituency struct {
	Types     texts       `json:"types"`
	ASNs      texts       `json:"asns"`
	Domains   texts       `json:"domains"`
	Ranges    texts       `json:"ipranges"`
	Countries []tiCountry `json:"countries"`
}

type tiPhone struct {
	Usage  texts  `json:"usage"`
	Number string `json:"number"`
}

type tiMail struct {
	Address string `json:"address"`
	Usage   texts  `json:"usage"`
}

func readTI(data []byte) (list []record, rejected []Rejected, err error) {
	var all []json.RawMessage
	if err := json.Unmarshal(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), &all); err != nil {
		return nil, nil, problem.New(problem.Invalid, "this is no teams.json of Trusted Introducer: %v", err)
	}
	for i, raw := range all {
		r := newRecord(i+1, TrustedIntroducer)
		var t tiTeam
		if err := json.Unmarshal(raw, &t); err != nil {
			rejected = append(rejected, aside(r, "the team cannot be read: "+err.Error()))
			continue
		}
		t.into(&r)
		list = append(list, r)
	}
	return list, rejected, nil
}

// into writes a team of Trusted Introducer's as a record.
func (t tiTeam) into(r *record) {
	r.name, r.country = t.Short, alpha2(t.Country)
	if strings.TrimSpace(r.name) == "" {
		r.name = t.Official
	}
	r.team.FullName, r.team.Host, r.team.SourceID = t.Official, t.Host, t.Short
	r.team.Serves = strings.Join(t.Constituency.Types, ", ")
	r.team.Hours, r.team.Zone = t.Hours, knownZone(t.Zone)
	r.team.National = slices.ContainsFunc(t.Constituency.Types, func(s string) bool { return strings.EqualFold(s, "National") })
	r.team.Memberships, r.team.Public = []Membership{TFCSIRT}, append(slices.Clone(published), Patch)
	for fact, v := range map[string]string{"full_name": t.Official, "host": t.Host, "serves": r.team.Serves, "hours": t.Hours, "zone": r.team.Zone} {
		r.say(fact, v != "")
	}
	for _, fact := range []string{"memberships", "source_id", "national"} {
		r.say(fact, true)
	}
	t.Ours.over(r)
	for _, m := range t.Emails {
		r.contacts = append(r.contacts, mailContact(m.Address, ""))
	}
	for _, p := range t.Phones {
		if slices.Contains(p.Usage, "voice") || len(p.Usage) == 0 {
			r.contacts = append(r.contacts, phoneContact(p.Number, slices.Contains(p.Usage, "emergency")))
		}
	}
	t.patch(r)
}

// patch writes the constituency as networks. A country is claimed by who says of itself that it is national; a whole top-level domain by nobody:
// the country's team has it already, by its country.
func (t tiTeam) patch(r *record) {
	for _, n := range t.Constituency.ASNs {
		r.networks = append(r.networks, "AS"+strings.TrimPrefix(strings.ToUpper(n), "AS"))
	}
	for _, d := range t.Constituency.Domains {
		d = strings.TrimPrefix(d, "*.")
		if constituency.IsPublicSuffix(strings.ToLower(d)) {
			r.refused = append(r.refused, fmt.Sprintf("network left out: %s is a public suffix, under which everybody registers", clip(d)))
			continue
		}
		r.networks = append(r.networks, d)
	}
	r.networks = append(r.networks, t.Constituency.Ranges...)
	for _, c := range t.Constituency.Countries {
		if code := alpha2(c); code != "" && r.team.National {
			r.networks = append(r.networks, "country:"+code)
		}
	}
}

// alpha2 is the two letters of a country, "" for what is none.
func alpha2(c tiCountry) string {
	code, err := constituency.ParseCountry(c.Code.one())
	if err != nil {
		return ""
	}
	return string(code)
}
