package convert_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/release/leak"
	"github.com/firehall/firehall/internal/release/redact"
	"github.com/firehall/firehall/internal/sharing/convert"
	"github.com/firehall/firehall/internal/sharing/pattern"
	"github.com/firehall/firehall/internal/sharing/stix"
	"github.com/firehall/firehall/internal/sharing/stix/stixtest"
)

// planted is a made-up story, and the names in it that are somebody's.
type planted struct {
	fill  func(*convert.Set)
	names map[redact.Sensitivity][]string
}

// drawStory draws parties, observables and sights, of which some are the victim's, each with a name that occurs nowhere else.
func drawStory(t *rapid.T) planted {
	p := planted{names: map[redact.Sensitivity][]string{}}
	n := 0
	word := func(s redact.Sensitivity) string {
		n++
		w := fmt.Sprintf("zq%dxw", n)
		p.names[s] = append(p.names[s], w)
		return w
	}
	in := convert.Incident{ID: "i", Ref: word(redact.Internal), Title: "Something", State: "open", Class: "intrusions", Opened: earlier, Changed: now}
	for range rapid.IntRange(0, 3).Draw(t, "parties") {
		part := rapid.SampledFrom([]convert.Part{convert.Involved, convert.Victim, convert.Reporter}).Draw(t, "part")
		sense := map[convert.Part]redact.Sensitivity{convert.Involved: redact.Technical, convert.Victim: redact.Victim, convert.Reporter: redact.Who}[part]
		one := convert.Party{ID: fmt.Sprint("p", n), Name: "Name " + word(sense), Part: part, Person: rapid.Bool().Draw(t, "person")}
		if part != convert.Involved {
			one.Contact = word(redact.Internal) + "@a.example"
		}
		in.Parties = append(in.Parties, one)
	}
	for i := range rapid.IntRange(0, 6).Draw(t, "observables") {
		victim := rapid.Bool().Draw(t, "victim's")
		sense := redact.Technical
		if victim {
			sense = redact.Victim
		}
		kind := rapid.SampledFrom([]string{"domain", "url", "email", "filename", "account", "mutex", "registry"}).Draw(t, "kind")
		form := map[string]string{"domain": "%s.example", "url": "http://%s.example/", "email": "%s@b.example"}[kind]
		if form == "" {
			form = "%s"
		}
		in.Observables = append(in.Observables, convert.Observable{
			ID: fmt.Sprint("o", i), Kind: kind, Value: fmt.Sprintf(form, word(sense)), Victim: victim,
			Detection: rapid.Bool().Draw(t, "detection"), Note: word(redact.Internal),
		})
	}
	seen := convert.Seen{ID: "f", First: earlier, Last: now, Count: 2, Type: rapid.SampledFrom([]string{"infected-system", "vulnerable-system", "weak-crypto"}).Draw(t, "type")}
	seen.Sight.Source = pattern.Side{Addr: netip.MustParseAddr("192.0.2.1"), FQDN: word(redact.Victim) + ".example", URL: "http://" + word(redact.Victim) + ".example/", Account: word(redact.Victim)}
	seen.Sight.Dest.FQDN = word(redact.Technical) + ".example"
	p.fill = func(s *convert.Set) {
		s.Incident(in)
		s.Seen(seen)
	}
	return p
}

// Whatever the story, a copy holds no name that its profile drops or replaces, in no property, reference or id; it is sound, whole, and
// fits the published schemas; and what may be kept is there.
func TestNoCopyTellsMoreThanItsProfile(t *testing.T) {
	fits := stixtest.Schemas(t)
	rapid.Check(t, func(t *rapid.T) {
		story := drawStory(t)
		profile := rapid.SampledFrom(redact.Profiles()).Draw(t, "profile")
		s := set()
		story.fill(s)
		c, err := s.Redact(convert.Reader{Profile: profile, Names: leak.NewNames(), Pseudonyms: redact.NewPseudonyms([32]byte{3}, "i", "g"), Group: "g"})
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := stix.WriteBundle(&out, "", c.Objects); err != nil {
			t.Fatal(err)
		}
		for sense, names := range story.names {
			for _, name := range names {
				if there, may := strings.Contains(out.String(), name), profile.On(sense) == redact.Keep; there && !may || may && !there && sense == redact.Technical {
					t.Fatalf("for %s: %q (%b) is there: %v\n%s", profile.Name, name, sense, there, out.String())
				}
			}
		}
		objects, bad, err := stix.Parse(bytes.NewReader(out.Bytes()), stix.Limits{Now: now})
		if err != nil || len(bad) > 0 {
			t.Fatal(bad, err)
		}
		known := map[string]bool{}
		for i := range objects {
			known[objects[i].ID] = true
		}
		for i := range objects {
			for _, r := range objects[i].Refs {
				if !known[r.ID] {
					t.Fatalf("%s names %s, which is not there", objects[i].ID, r.ID)
				}
			}
			if err := fits(objects[i].Raw); err != nil {
				t.Fatalf("%v\n%s", err, objects[i].Raw)
			}
		}
	})
}

// The labels of objects are those that were given; what has none has the set's.
func TestLabels(t *testing.T) {
	for _, l := range tlp.Labels() {
		s := set()
		label := convert.Label{TLP: l, PAP: tlp.PAPRed}
		_, _ = s.Observable(convert.Observable{ID: "a", Kind: "domain", Value: "a.example", Label: &label})
		_, _ = s.Observable(convert.Observable{ID: "b", Kind: "domain", Value: "b.example"})
		c, err := s.Redact(reader("self", ""))
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range c.Objects {
			d, ok := b.(*stix.DomainName)
			if !ok {
				continue
			}
			h := stix.Markings{}.Of(b)
			want, pap := tlp.Amber, tlp.PAPGreen
			if d.Value == "a.example" {
				want, pap = l, tlp.PAPRed
			}
			if h.TLP == nil || *h.TLP != want || h.PAP == nil || *h.PAP != pap {
				t.Errorf("%s with %s: %v, %v", d.Value, l, h.TLP, h.PAP)
			}
		}
	}
}
