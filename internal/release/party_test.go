package release

import (
	"testing"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/tlp"
)

// What a reporter agreed to holds for whom the report is written to, whatever somebody calls them: the register's word goes first, then the person's.
func TestConsentFollowsWhoTheyAre(t *testing.T) {
	agreed := Item{Kind: "report", ID: "r-1", Source: ByReporter, Consent: WithPeers, Holds: Who | Victim, Terms: Terms{Label: tlp.Green}}
	of := func(kind constituency.Kind, as Audience) Recipient {
		r := Recipient{As: as, Chosen: "ada", Contact: constituency.Contact{Channel: constituency.Mail, Address: "a@b.example"}}
		if kind != "" {
			r.Organisation = constituency.Organisation{ID: "o-1", Kind: kind}
		}
		return r
	}
	for name, tt := range map[string]struct {
		item Item
		to   Recipient
		as   Audience
		stop bool // for want of consent
	}{
		"police of the register, as a party":    {agreed, of(constituency.Authority, Party), Authority, true},
		"police of the register, as a team":     {agreed, of(constituency.Authority, Peer), Authority, true},
		"police of the register, as a provider": {agreed, of(constituency.Authority, Provider), Authority, true},
		"police that somebody names":            {agreed, of("", Authority), Authority, true},
		"a vendor of the register, as a team":   {agreed, of(constituency.Vendor, Peer), Vendor, true},
		"a team of the register, as a vendor":   {agreed, of(constituency.Peer, Vendor), Peer, false},
		"a team that somebody names":            {agreed, of("", Peer), Peer, false},
		"a provider whom a person asks to act":  {agreed, of("", Provider), Provider, false},
		"a provider whom nobody chose":          {agreed, Recipient{As: Provider}, Provider, true},
		"whoever can act":                       {agreed, of("", Party), Party, false},
	} {
		m := matter{Ask: Ask{Item: tt.item, To: tt.to}, relation: AudienceOf(tt.item, tt.to)}
		if m.relation != tt.as {
			t.Errorf("%s: is %s, want %s", name, m.relation, tt.as)
		}
		if got := m.markFacts(day)&unconsented != 0; got != tt.stop {
			t.Errorf("%s: stopped %v, want %v", name, got, tt.stop)
		}
	}
}
