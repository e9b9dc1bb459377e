package release

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// sender is a room that lets something out, as the item that it asks about.
type sender struct {
	name string
	item func(label tlp.Label, pap tlp.PAP) Item
	// chosen tells that a person picks the recipient.
	chosen bool
}

// senders are the rooms, each with what it says of its items.
var senders = []sender{
	{"notification", func(l tlp.Label, p tlp.PAP) Item {
		return Item{
			Kind: "findings", ID: "org/feed", Owner: "owner", PAP: p, Count: 1,
			Terms: Terms{Feed: "feed", Label: l, Receivers: []string{"constituent", "provider", "vendor", "peer", "authority"}},
		}
	}, false},
	{"letter about a report", func(l tlp.Label, p tlp.PAP) Item {
		return Item{Kind: "report", ID: "r", PAP: p, Source: ByReporter, Consent: WithPeers, Holds: Who | Victim | Technical, Terms: Terms{Label: l}, Count: 1}
	}, true},
	{"letter about an incident of ours", func(l tlp.Label, p tlp.PAP) Item {
		return Item{Kind: "incident", ID: "i", PAP: p, Holds: Victim | Internal | Technical, Terms: Terms{Label: l}, Count: 1}
	}, true},
	{"sharing", func(l tlp.Label, p tlp.PAP) Item {
		return Item{Kind: "indicator", ID: "s", PAP: p, Source: "other", Group: "circle", Holds: Technical, Terms: Terms{Label: l}, Count: 1}
	}, false},
	{"export", func(l tlp.Label, p tlp.PAP) Item {
		return Item{Kind: "incident", ID: "e", PAP: p, Source: "other", Holds: Victim | Technical, Terms: Terms{Label: l}, Count: 1}
	}, true},
}

// audienceKinds are the kinds of organisations by audience.
var audienceKinds = map[Audience]constituency.Kind{
	Constituent: constituency.Constituent, Provider: constituency.Provider, Vendor: constituency.Vendor, Peer: constituency.Peer, Authority: constituency.Authority,
	Owner: constituency.Constituent,
}

// recipientOf is somebody of an audience.
func recipientOf(a Audience, chosen bool) Recipient {
	id := "them"
	switch a {
	case Owner:
		id = "owner"
	case Self:
		id = Team
	case Reporter, Party:
		id = Correspondent
	}
	r := Recipient{
		Contact:      constituency.Contact{ID: "contact", Organisation: id, Channel: constituency.Mail, Address: "soc@them.example"},
		Organisation: constituency.Organisation{ID: id, Name: "Them", Kind: audienceKinds[a]},
	}
	if audienceKinds[a] == "" {
		r.As = a
	}
	if chosen {
		r.Chosen = "ada"
	}
	if a == Public {
		r.Contact, r.Organisation = constituency.Contact{}, constituency.Organisation{}
	}
	return r
}

// agreements are the states of an agreement with the recipient.
var agreementStates = []struct {
	name string
	lore lore
}{
	{"no agreement", lore{}},
	{"agreement up to AMBER", lore{agreements: map[string]Lets{"them": func(_ string, l tlp.Label) bool { return l <= tlp.Amber }}}},
	{"member of the group", lore{circles: map[string]Circle{"circle": {Cap: tlp.Amber, Members: []string{"them"}}}}},
}

func noKey(constituency.Contact) string { return "" }

func judge(item Item, to Recipient, l lore) matter { return consider(Ask{item, to}, l, noKey, day) }

// outcomeOf decides.
func outcomeOf(item Item, to Recipient, l lore) rule {
	m := judge(item, to, l)
	return decide(m.facts)
}

// Every TLP x PAP x audience x agreement x sender room, as a table that people read. -update writes it anew.
func TestMatrix(t *testing.T) {
	var b strings.Builder
	for _, s := range senders {
		for _, g := range agreementStates {
			fmt.Fprintf(&b, "## %s, %s\n", s.name, g.name)
			for _, a := range Audiences() {
				for _, l := range tlp.Labels() {
					fmt.Fprintf(&b, "%-12s %-16s", a, l)
					for pap := tlp.PAPClear; pap <= tlp.PAPRed; pap++ {
						item := s.item(l, pap)
						if a == Owner {
							item.Owner = "owner"
						}
						r := outcomeOf(item, recipientOf(a, s.chosen), g.lore)
						fmt.Fprintf(&b, " | %-46s", string(r.outcome)+" ("+r.name+")")
					}
					b.WriteString("\n")
				}
			}
			b.WriteString("\n")
		}
	}
	path := filepath.Join("testdata", "matrix.txt")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != string(want) {
		t.Errorf("the matrix has changed: look at each line, raise PolicyVersion and write it anew.\n%s", firstOther(got, string(want)))
	}
}

func firstOther(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range g {
		if i >= len(w) || g[i] != w[i] {
			return fmt.Sprintf("line %d: %s", i+1, g[i])
		}
	}
	return "lines are missing"
}

// What leaves for an outsider never holds the victim, who reported, or what is the team's own.
func TestOutsidersSeeTechnicalFieldsAlone(t *testing.T) {
	for _, a := range Audiences() {
		switch a {
		case Self, Reporter, Owner:
		default:
			if a.sees() != Technical {
				t.Errorf("%s sees %b", a, a.sees())
			}
		}
	}
}

func drawItem(t *rapid.T) Item {
	s := rapid.SampledFrom(senders).Draw(t, "sender")
	item := s.item(rapid.SampledFrom(tlp.Labels()).Draw(t, "label"), tlp.PAP(rapid.IntRange(0, 3).Draw(t, "pap")))
	item.Owner = rapid.SampledFrom([]string{"", "owner", "them"}).Draw(t, "owner")
	item.Consent = Consent(rapid.IntRange(0, 15).Draw(t, "consent"))
	item.Marks = Marks(rapid.SampledFrom([]int{0, 0, 0, 1, 2, 4, 7}).Draw(t, "marks"))
	item.Holds = Sensitivity(rapid.IntRange(0, 15).Draw(t, "holds"))
	item.Source = rapid.SampledFrom([]string{"", ByReporter, "other", "them"}).Draw(t, "source")
	if rapid.IntRange(0, 3).Draw(t, "embargoed") == 0 {
		item.Embargo = day.Add(time.Hour)
	}
	if rapid.IntRange(0, 2).Draw(t, "concerned") == 0 {
		item.Concerns = []string{"them"}
	}
	if rapid.IntRange(0, 3).Draw(t, "iep") == 0 {
		item.Terms.IEP = &IEP{
			NoNotify: rapid.Bool().Draw(t, "silent"), Actions: rapid.SampledFrom(iep.Actions()).Draw(t, "action"), TLP: rapid.SampledFrom(tlp.Labels()).Draw(t, "policy label"),
			Obfuscate: rapid.Bool().Draw(t, "obfuscate"), Encrypt: rapid.Bool().Draw(t, "encrypt"),
			Attribution: rapid.SampledFrom([]iep.Attribution{iep.MayAttribute, iep.MustAttribute, iep.MustNotAttribute}).Draw(t, "attribution"),
		}
		if rapid.IntRange(0, 3).Draw(t, "over") == 0 {
			item.Terms.IEP.End = day.Add(-time.Hour)
		}
	}
	return item
}

// lessTrust are changes after which nobody may get more.
var lessTrust = map[string]func(i *Item, to *Recipient, l *lore){
	"a stricter label":   func(i *Item, _ *Recipient, _ *lore) { i.Terms.Label = min(i.Terms.Label+1, tlp.Red) },
	"a stricter PAP":     func(i *Item, _ *Recipient, _ *lore) { i.PAP = min(i.PAP+1, tlp.PAPRed) },
	"no agreement":       func(_ *Item, _ *Recipient, l *lore) { l.agreements = nil },
	"out of the group":   func(_ *Item, _ *Recipient, l *lore) { l.circles = nil },
	"no grant":           func(_ *Item, _ *Recipient, l *lore) { l.grants = nil },
	"no consent":         func(i *Item, _ *Recipient, _ *lore) { i.Consent = 0 },
	"privilege":          func(i *Item, _ *Recipient, _ *lore) { i.Marks |= Privileged },
	"restriction":        func(i *Item, _ *Recipient, _ *lore) { i.Marks |= Restricted | Exempt },
	"an embargo":         func(i *Item, _ *Recipient, _ *lore) { i.Embargo = day.Add(time.Hour) },
	"more that it holds": func(i *Item, _ *Recipient, _ *lore) { i.Holds = Who | Victim | Internal | Technical },
	"not concerned": func(i *Item, _ *Recipient, _ *lore) {
		if iep := i.Terms.IEP; iep == nil || !iep.NoNotify { // else who is not concerned may know what who is may not
			i.Concerns = nil
		}
	},
	"nobody chose them": func(_ *Item, to *Recipient, _ *lore) { to.Chosen = "" },
	"keeps less": func(_ *Item, _ *Recipient, l *lore) {
		l.handling = map[string]tlp.Label{"them": tlp.Clear, "owner": tlp.Clear}
	},
	"a stricter IEP": func(i *Item, _ *Recipient, _ *lore) {
		i.Terms.IEP = iep.Stricter(i.Terms.IEP, &IEP{TLP: tlp.Amber, Actions: iep.IndirectAction, Obfuscate: true})
	},
	"a wish": func(i *Item, _ *Recipient, l *lore) { l.wishes = map[string]Wish{i.about().key(): strictWish(*i)} },
	"an IEP": func(i *Item, _ *Recipient, _ *lore) {
		i.Terms.IEP = &IEP{NoNotify: true, Actions: iep.NoAction, TLP: tlp.Red, Attribution: iep.MustNotAttribute, Obfuscate: true, Encrypt: true}
	},
	"a bad contact": func(_ *Item, to *Recipient, _ *lore) { to.Contact.Health = constituency.Bad },
}

// strictWish keeps what a report's own says, and adds to it: at a report a wish takes its place.
func strictWish(i Item) Wish {
	pap := max(i.PAP, tlp.PAPAmber)
	return Wish{Version: 1, Marks: i.Marks&^Restricted | Exempt, Consent: i.Consent, PAP: &pap, IEP: iep.Stricter(i.Terms.IEP, &IEP{NoNotify: true, End: day.Add(time.Hour)})}
}

// Lowering trust never reveals more.
func TestLoweringTrustNeverRevealsMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		item := drawItem(t)
		to := recipientOf(rapid.SampledFrom(Audiences()).Draw(t, "audience"), rapid.Bool().Draw(t, "chosen"))
		l := rapid.SampledFrom(agreementStates).Draw(t, "agreement").lore
		if rapid.Bool().Draw(t, "keeps") {
			l.handling = map[string]tlp.Label{"them": rapid.SampledFrom(tlp.Labels()).Draw(t, "handling")}
		}
		if rapid.Bool().Draw(t, "granted") {
			l.grants = map[pair]Grant{{item.Owner, "them"}: {ID: "g"}}
		}
		before := judge(item, to, l)
		open := decide(before.facts).outcome.openness()
		for name, lower := range lessTrust {
			i, r, k := item, to, l
			lower(&i, &r, &k)
			after := judge(i, r, k)
			if got := decide(after.facts); got.outcome.openness() > open {
				t.Fatalf("%s: %s by %s, before %s by %s", name, got.outcome, got.name, decide(before.facts).outcome, decide(before.facts).name)
			}
			if hidden := after.hidden(); before.hidden()&^hidden != 0 && i.Holds == item.Holds {
				t.Fatalf("%s: hides %b, before %b", name, hidden, before.hidden())
			}
		}
	})
}

// The farther the audience, the less: who is outside gets no more than the owner, and everybody no more than who is outside.
func TestFartherAudiencesGetLess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		item := drawItem(t)
		item.Owner, item.Source, item.Concerns = "owner", rapid.SampledFrom([]string{"", "other", ByReporter}).Draw(t, "whose"), nil
		l := rapid.SampledFrom(agreementStates).Draw(t, "agreement").lore
		open := func(a Audience) int { return outcomeOf(item, recipientOf(a, true), l).outcome.openness() }
		for _, far := range []Audience{Party, Provider, Vendor, Peer, Authority} {
			if item.Terms.IEP == nil && open(far) > open(Owner) && item.Group == "" {
				t.Fatalf("%s gets more than the owner", far)
			}
			if open(Public) > open(far) && item.Source != ByReporter && item.Group == "" && item.Terms.Feed == "" {
				t.Fatalf("everybody gets more than %s", far)
			}
		}
	})
}
