package release

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
)

// signed is what stands between us and the recipient. The facts about it are what a person would read in the directory.
type signed struct {
	name      string
	agreement *team.Agreement // nil for none: what is not signed by both cannot be recorded, so a draft is none
	member    bool            // of the sharing group that a thing is for, which shares up to TLP:AMBER
}

func agreement(change func(a *team.Agreement)) *team.Agreement {
	a := &team.Agreement{
		Organisation: "them", Signed: day.AddDate(-1, 0, 0), SignedUs: "Ada", SignedThem: "Bo", From: day.AddDate(-1, 0, 0), Until: day.AddDate(1, 0, 0),
		Out: tlp.AmberStrict, In: tlp.AmberStrict,
	}
	change(a)
	return a
}

// signedStates are all that an agreement can be.
var signedStates = []signed{
	{name: "none, or a draft"},
	{name: "in force", agreement: agreement(func(*team.Agreement) {})},
	{name: "in force, without an end", agreement: agreement(func(a *team.Agreement) { a.Until = time.Time{} })},
	{name: "lapsed this very moment", agreement: agreement(func(a *team.Agreement) { a.Until = day })},
	{name: "ended by somebody's word", agreement: agreement(func(a *team.Agreement) { a.Ended = day.Add(-time.Hour) })},
	{name: "signed, and not begun", agreement: agreement(func(a *team.Agreement) { a.From = day.Add(time.Hour) })},
	{name: "for what they send us only", agreement: agreement(func(a *team.Agreement) { a.Out = tlp.Clear })},
	{name: "about other things", agreement: agreement(func(a *team.Agreement) { a.Flows = []team.Flow{team.Vulnerabilities} })},
	{name: "about this, up to TLP:AMBER", agreement: agreement(func(a *team.Agreement) {
		a.Out, a.Flows = tlp.Amber, []team.Flow{team.Incidents, team.Indicators, team.Observations}
	})},
	{name: "a member of the group", member: true},
}

// lore is what release learns of it, as the house wires it: an agreement counts while it holds.
func (s signed) lore() (l lore) {
	if s.agreement != nil && s.agreement.Holds(day) {
		flow := map[string]team.Flow{"findings": team.Observations, "report": team.Incidents, "incident": team.Incidents}
		l.agreements = map[string]Lets{"them": func(kind string, label tlp.Label) bool {
			f, ok := flow[kind]
			if !ok {
				f = team.Indicators
			}
			return s.agreement.Lets(f, label)
		}}
	}
	if s.member {
		l.circles = map[string]Circle{"circle": {Cap: tlp.Amber, Members: []string{"them"}}}
	}
	return l
}

// lets says by the calendar and the paper alone whether something may flow.
func (s signed) lets(label tlp.Label) bool {
	switch s.name {
	case "in force", "in force, without an end":
		return label != tlp.Red
	case "about this, up to TLP:AMBER":
		return label == tlp.Clear || label == tlp.Green || label == tlp.Amber
	case "for what they send us only":
		return label == tlp.Clear
	}
	return false
}

// scene is one cell of the matrix.
type scene struct {
	room     sender
	audience Audience
	label    tlp.Label
	pap      tlp.PAP
	signed   signed
	policy   string // of the source, IEP: "", "tell nobody", "do nothing"
	consent  bool   // of who reported it, to everybody
	embargo  bool
}

func (c scene) String() string {
	return fmt.Sprintf("%s to %s, %s, %s, %s, IEP %q, consent %v, embargo %v", c.room.name, c.audience, c.label, c.pap, c.signed.name, c.policy, c.consent, c.embargo)
}

func (c scene) ask() (Item, Recipient) {
	item := c.room.item(c.label, c.pap)
	if c.audience == Owner {
		item.Owner = "owner"
	}
	item.Consent = 0
	if c.consent {
		item.Consent = WithPolice | WithPeers | WithVendor | WithProvider
	}
	if c.embargo {
		item.Embargo = day.Add(time.Minute)
	}
	switch c.policy {
	case "tell nobody":
		item.Terms.IEP = &IEP{NoNotify: true}
	case "do nothing":
		item.Terms.IEP = &IEP{Actions: iep.NoAction}
	}
	return item, recipientOf(c.audience, c.room.chosen)
}

// oracle says what has to come of a scene: written from FIRST's TLP 2.0, the definition of PAP and docs/guide/release.md, and not from the table of the policy.
// What goes is "allowed" here, be it redacted or not.
func oracle(c scene) Outcome {
	fromReporter, fromFeed, shared := c.room.name == "letter about a report", c.room.name == "notification", c.room.name == "sharing"
	setByUs := c.room.name == "letter about an incident of ours"
	own := c.audience == Owner
	outsider := c.audience != Self && !(fromReporter && c.audience == Reporter)
	if !outsider {
		return Allowed // to the team, and to who told us, nothing of it is new
	}
	partner := slices.Contains([]Audience{Vendor, Peer, Authority}, c.audience)
	acts := c.audience == Party || c.audience == Provider
	inGroup := shared && c.signed.member && !slices.Contains([]Audience{Reporter, Party, Public, Owner}, c.audience)

	var no []string
	refuse := func(holds bool, why string) {
		if holds {
			no = append(no, why)
		}
	}
	refuse(!own && !c.room.chosen && !inGroup && c.audience != Public, "nobody said that they need to know")
	refuse(shared && !own && !inGroup, "it is for a group, and they are not in it")
	refuse(inGroup && (c.label == tlp.AmberStrict || c.label == tlp.Red), "the group does not share that")
	refuse(c.embargo, "embargo")
	refuse(c.label == tlp.Red, "TLP:RED: for those who were told")
	refuse(c.label == tlp.AmberStrict && !own && !setByUs, "TLP:AMBER+STRICT: the organisation alone")
	refuse(c.audience == Public && c.label != tlp.Clear, "only TLP:CLEAR is for everybody")
	strictest := c.pap == tlp.PAPRed || c.policy == "do nothing"
	refuse(c.audience == Public && (c.pap != tlp.PAPClear || strictest), "the adversary reads it")
	refuse(acts && !own && strictest, "what they do, others see")
	refuse(c.policy == "tell nobody" && (own || c.audience == Constituent), "those whom it affects must not know")
	refuse(fromFeed && slices.Contains([]Audience{Reporter, Party, Public}, c.audience), "the feed's terms name no such receivers")
	refuse(fromReporter && partner && !c.consent, "who reported it did not agree")
	switch {
	case len(no) > 0:
		return Refused
	case c.label == tlp.AmberStrict && !own: // ours: one person alone is too few
		return Second
	case partner && c.label >= tlp.Amber && !inGroup && !c.signed.lets(c.label):
		return Second
	}
	return Allowed
}

// Every sender room x audience x TLP x PAP x agreement x IEP x consent x embargo is decided as the oracle says.
func TestMatrixByTheOracle(t *testing.T) {
	cells, wrong := 0, 0
	for _, room := range senders {
		for _, state := range signedStates {
			l := state.lore()
			for i := range len(Audiences()) * len(tlp.Labels()) * 4 * 3 * 2 * 2 {
				c := scene{room: room, signed: state}
				pick := func(n int) int { k := i % n; i /= n; return k }
				c.audience, c.label = Audiences()[pick(len(Audiences()))], tlp.Labels()[pick(len(tlp.Labels()))]
				c.pap, c.policy = tlp.PAP(pick(4)), []string{"", "tell nobody", "do nothing"}[pick(3)] //nolint:gosec // one of four
				c.consent, c.embargo = pick(2) == 1, pick(2) == 1
				item, to := c.ask()
				r := outcomeOf(item, to, l)
				got := r.outcome
				if got == AllowedRedacted {
					got = Allowed
				}
				cells++
				if want := oracle(c); got != want {
					if wrong++; wrong <= 20 {
						t.Errorf("%s: %s by %s, want %s", c, got, r.name, want)
					}
				}
			}
		}
	}
	if cells != len(senders)*len(signedStates)*len(Audiences())*len(tlp.Labels())*48 || wrong > 20 {
		t.Errorf("%d cells, %d wrong", cells, wrong)
	}
}

// less are steps down in trust between scenes; each gives false where there is none.
var less = map[string]func(c *scene) bool{
	"a stricter label": func(c *scene) bool { c.label++; return c.label <= tlp.Red },
	"a stricter PAP":   func(c *scene) bool { c.pap++; return c.pap <= tlp.PAPRed },
	"no consent":       func(c *scene) bool { was := c.consent; c.consent = false; return was },
	"an embargo":       func(c *scene) bool { was := c.embargo; c.embargo = true; return !was },
	"an IEP":           func(c *scene) bool { was := c.policy; c.policy = "do nothing"; return was == "" },
	"a silent IEP":     func(c *scene) bool { was := c.policy; c.policy = "tell nobody"; return was == "" },
	"no agreement":     func(c *scene) bool { c.signed = signedStates[0]; return true },
	"a lesser agreement": func(c *scene) bool {
		if c.signed.agreement == nil || !c.signed.agreement.Holds(day) || c.signed.agreement.Out <= tlp.Clear {
			return false
		}
		a := *c.signed.agreement
		a.Out--
		c.signed = signed{name: "lesser", agreement: &a}
		return true
	},
	"everybody": func(c *scene) bool {
		was := c.audience
		c.audience = Public
		return slices.Contains([]Audience{Party, Provider, Vendor, Peer, Authority}, was) && c.room.chosen && (c.room.name != "letter about a report" || c.consent)
	},
}

// Lowering trust never reveals more, along each axis of the matrix, from any cell of it; twice in a row too.
func TestEachAxisOfTheMatrixOnlyCloses(t *testing.T) {
	names := make([]string, 0, len(less))
	for name := range less {
		names = append(names, name)
	}
	slices.Sort(names)
	open := func(c scene) (int, string) {
		item, to := c.ask()
		r := outcomeOf(item, to, c.signed.lore())
		return r.outcome.openness(), r.name
	}
	rapid.Check(t, func(t *rapid.T) {
		c := scene{
			room: rapid.SampledFrom(senders).Draw(t, "room"), signed: rapid.SampledFrom(signedStates).Draw(t, "signed"),
			audience: rapid.SampledFrom(Audiences()).Draw(t, "audience"), label: rapid.SampledFrom(tlp.Labels()).Draw(t, "label"),
			pap: tlp.PAP(rapid.IntRange(0, 3).Draw(t, "pap")), policy: rapid.SampledFrom([]string{"", "tell nobody", "do nothing"}).Draw(t, "IEP"), //nolint:gosec // one of four
			consent: rapid.Bool().Draw(t, "consent"), embargo: rapid.Bool().Draw(t, "embargo"),
		}
		before, by := open(c)
		for range 2 {
			name := rapid.SampledFrom(names).Draw(t, "less")
			next := c
			if !less[name](&next) {
				continue
			}
			after, then := open(next)
			if after > before {
				t.Fatalf("%s: %s (%s) is more open than %s (%s)", name, next, then, c, by)
			}
			c, before, by = next, after, then
		}
	})
}

func drawnPolicy(t *rapid.T, name string) *IEP {
	p := &IEP{
		Encrypt: rapid.Bool().Draw(t, name+" encrypt"), Actions: rapid.SampledFrom(iep.Actions()).Draw(t, name+" actions"), NoNotify: rapid.Bool().Draw(t, name+" silent"),
		Attribution: rapid.SampledFrom([]iep.Attribution{iep.MayAttribute, iep.MustAttribute, iep.MustNotAttribute}).Draw(t, name+" attribution"),
		TLP:         rapid.SampledFrom(tlp.Labels()).Draw(t, name+" label"), Obfuscate: rapid.Bool().Draw(t, name+" obfuscate"), NoResale: rapid.Bool().Draw(t, name+" resale"),
	}
	if rapid.IntRange(0, 4).Draw(t, name+" none") == 0 {
		return nil
	}
	return p
}

// A policy that somebody adds, whatever it says and whatever stood there before, never lets more go, or more be seen of it; and nothing is lost of it in the few
// numbers that an event's own is kept as.
func TestMorePolicyNeverRevealsMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := scene{
			room: rapid.SampledFrom(senders).Draw(t, "room"), signed: rapid.SampledFrom(signedStates).Draw(t, "signed"),
			audience: rapid.SampledFrom(Audiences()).Draw(t, "audience"), label: rapid.SampledFrom(tlp.Labels()).Draw(t, "label"),
			pap: tlp.PAP(rapid.IntRange(0, 3).Draw(t, "pap")), consent: rapid.Bool().Draw(t, "consent"), //nolint:gosec // one of four
		}
		feeds, own := drawnPolicy(t, "feed"), drawnPolicy(t, "own")
		look := func(p *IEP) matter {
			item, to := c.ask()
			item.Terms.IEP, item.Holds = p, Who|Victim|Internal|Technical
			return consider(Ask{item, to}, c.signed.lore(), func(constituency.Contact) string { return "it has no key" }, day)
		}
		before, after := look(feeds), look(iep.Stricter(feeds, own))
		if a, b := decide(before.facts), decide(after.facts); b.outcome.openness() > a.outcome.openness() {
			t.Fatalf("%s: %v lets %s (%s), and with %v %s (%s)", c, feeds, a.outcome, a.name, own, b.outcome, b.name)
		}
		if before.hidden()&^after.hidden() != 0 || after.effective < before.effective || after.Item.PAP < before.Item.PAP {
			t.Fatalf("%s: with %v beside %v more is seen", c, own, feeds)
		}
		kept := own.Code().Policy() // as facts keep it, its label beside it
		if own != nil && own.TLP > tlp.Clear {
			kept = iep.Stricter(kept, &IEP{TLP: own.TLP})
		}
		if other := look(iep.Stricter(feeds, kept)); other.facts != after.facts || other.hidden() != after.hidden() || other.effective != after.effective {
			t.Fatalf("%s: %v is kept as %v", c, own, kept)
		}
	})
}

// The end of an embargo is a moment, whatever zone it was said in, also where clocks go back and an hour comes twice.
func TestEmbargoEndsAtItsMoment(t *testing.T) {
	for _, tt := range []struct{ name, zone, local, utc, told string }{
		{"Helsinki in winter", "Europe/Helsinki", "2026-12-01 09:00 +0200", "2026-12-01T07:00:00Z", "2026-12-01 09:00 EET (+02:00)"},
		{"Helsinki in summer", "Europe/Helsinki", "2027-06-01 09:00 +0300", "2027-06-01T06:00:00Z", "2027-06-01 09:00 EEST (+03:00)"},
		{"the first of two hours", "Europe/Paris", "2027-10-31 02:30 +0200", "2027-10-31T00:30:00Z", "2027-10-31 02:30 CEST (+02:00)"},
		{"the second of two hours", "Europe/Paris", "2027-10-31 02:30 +0100", "2027-10-31T01:30:00Z", "2027-10-31 02:30 CET (+01:00)"},
		{"just after the lost hour", "Europe/Paris", "2027-03-28 03:00 +0200", "2027-03-28T01:00:00Z", "2027-03-28 03:00 CEST (+02:00)"},
		{"another day there", "Pacific/Auckland", "2026-12-24 08:00 +1300", "2026-12-23T19:00:00Z", "2026-12-24 08:00 NZDT (+13:00)"},
		{"half an hour off", "Asia/Kolkata", "2026-12-01 12:30 +0530", "2026-12-01T07:00:00Z", "2026-12-01 12:30 IST (+05:30)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			zone, err := time.LoadLocation(tt.zone)
			if err != nil {
				t.Fatal(err)
			}
			end, err := time.Parse("2006-01-02 15:04 -0700", tt.local)
			if err != nil {
				t.Fatal(err)
			}
			utc, err := time.Parse(time.RFC3339, tt.utc)
			if err != nil || !utc.Equal(end) {
				t.Fatalf("%v is not %v: %v", utc, end, err)
			}
			item := senders[2].item(tlp.Green, tlp.PAPClear)
			item.Embargo = end.In(zone)
			to := recipientOf(Party, true)
			at := func(now time.Time) rule {
				m := consider(Ask{item, to}, lore{zone: zone}, noKey, now)
				return decide(m.facts)
			}
			if r := at(utc.Add(-time.Millisecond)); r.name != "embargo" {
				t.Errorf("just before its end: %s", r.name)
			}
			if r := at(utc); !r.outcome.lets() {
				t.Errorf("at its end: %s", r.name)
			}
			m := consider(Ask{item, to}, lore{zone: zone}, noKey, utc.Add(-time.Minute))
			if told := (rule{reason: "{embargo}"}).explain(m); told != tt.told {
				t.Errorf("told as %s", told)
			}
			kept := milli(item.Embargo) // as a schedule keeps it
			if !kept.Equal(utc) {
				t.Errorf("kept as %v", kept)
			}
		})
	}
}
