package convert_test

import (
	"bytes"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/release/leak"
	"github.com/firehall/firehall/internal/release/redact"
	"github.com/firehall/firehall/internal/sharing/convert"
	"github.com/firehall/firehall/internal/sharing/pattern"
	"github.com/firehall/firehall/internal/sharing/stix"
	"github.com/firehall/firehall/internal/sharing/stix/stixtest"
)

// rounds are what issue 7 names: how each goes out, as which type, and what it is when it comes in again.
var rounds = []struct {
	name, typ string
	fill      func(*convert.Set)
	back      func(convert.Intake) bool
}{
	{"an event", "observed-data", func(s *convert.Set) {
		s.Seen(convert.Seen{ID: "event 1", First: earlier, Last: earlier, Count: 1, Sight: sight(), Type: "scanner"})
	}, func(in convert.Intake) bool {
		o := in.Seen[0]
		return len(in.Seen) == 1 && o.Type == "scanner" && o.Count == 1 && o.First.Equal(earlier) && o.Last.Equal(earlier) && len(o.Objects) == 8
	}},
	{"a finding", "observed-data", func(s *convert.Set) {
		s.Seen(convert.Seen{ID: "f1", First: earlier, Last: now.Add(-time.Hour), Count: 7, Sight: sight(), Type: "infected-system", Malware: "Mirai", Owner: &victim})
	}, func(in convert.Intake) bool {
		o := in.Seen[0]
		return o.Count == 7 && o.Type == "infected-system" && o.Last.Equal(now.Add(-time.Hour)) && len(in.Sightings) == 1
	}},
	{"an incident", "incident", func(s *convert.Set) { s.Incident(incident()) }, func(in convert.Intake) bool {
		i := in.Incidents[0]
		return i.Title == "Ransomware at Klinikum Nord" && strings.HasPrefix(i.Summary, "The Klinikum Nord called.") && i.Status == "open" && slices.Equal(i.Classes, []string{"malicious-code"})
	}},
	{"an indicator", "indicator", func(s *convert.Set) {
		_, _ = s.Observable(convert.Observable{ID: "o", Kind: "url", Value: "http://evil.example/", Detection: true, First: earlier})
	}, func(in convert.Intake) bool {
		i := in.Indicators[0]
		return i.Name == "http://evil.example/" && i.From.Equal(earlier) && i.Reach == pattern.Exactly && i.Lookups[0].Value == "http://evil.example/" && i.Unread == ""
	}},
	{"an observable: an address", "ipv4-addr", seenAs("ip", "203.0.113.9"), foundAs("ip", "203.0.113.9")},
	{"an observable: an address of IPv6", "ipv6-addr", seenAs("ip", "2001:db8::9"), foundAs("ip", "2001:db8::9")},
	{"an observable: a network", "ipv4-addr", seenAs("cidr", "203.0.113.0/24"), foundAs("cidr", "203.0.113.0/24")},
	{"an observable: an AS", "autonomous-system", seenAs("asn", "AS64500"), foundAs("asn", "AS64500")},
	{"an observable: a domain", "domain-name", seenAs("domain", "evil.example"), foundAs("domain", "evil.example")},
	{"an observable: a URL", "url", seenAs("url", "http://evil.example/"), foundAs("url", "http://evil.example/")},
	{"an observable: a mailbox", "email-addr", seenAs("email", "a@evil.example"), foundAs("email", "a@evil.example")},
	{"an observable: a hash", "file", seenAs("sha256", strings.Repeat("ab", 32)), foundAs("sha256", strings.Repeat("ab", 32))},
	{"an observable: a file name", "file", seenAs("filename", "=cmd().exe"), foundAs("filename", "=cmd().exe")},
	{"an observable: a key of the registry", "windows-registry-key", seenAs("registry", `HKLM\Software\X`), foundAs("registry", `HKEY_LOCAL_MACHINE\Software\X`)},
	{"an observable: an account", "user-account", seenAs("account", "root"), foundAs("account", "root")},
	{"an observable: a MAC address", "mac-addr", seenAs("mac", "02:00:00:00:00:01"), foundAs("mac", "02:00:00:00:00:01")},
	{"an observable: a mutex", "mutex", seenAs("mutex", `Global\x`), foundAs("mutex", `Global\x`)},
	{"a sighting", "sighting", func(s *convert.Set) {
		var at pattern.Sight
		at.Source.Addr = netip.MustParseAddr("203.0.113.9")
		s.Seen(convert.Seen{ID: "e", First: earlier, Last: now.Add(-time.Hour), Count: 3, Sight: at, Type: "scanner"})
	}, func(in convert.Intake) bool {
		s := in.Sightings[0]
		return s.Count == 3 && s.First.Equal(earlier) && s.Last.Equal(now.Add(-time.Hour)) && s.Of == in.Indicators[0].Object
	}},
	{"a vulnerability", "vulnerability", func(s *convert.Set) {
		s.Vulnerability(convert.Vulnerability{ID: "v", CVE: "cve-2021-44228", Title: "Log4Shell", Text: "in a log"})
	}, func(in convert.Intake) bool {
		v := in.Vulnerabilities[0]
		return v.CVE == "CVE-2021-44228" && v.Name == "Log4Shell" && v.Text == "in a log"
	}},
	{"a course of action", "course-of-action", func(s *convert.Set) {
		s.Measure(convert.Measure{ID: "m", Ref: "C-1", Kind: "takedown", Value: "http://evil.example/", Words: "Please remove it."})
	}, func(in convert.Intake) bool {
		return in.Measures[0].Name == "takedown http://evil.example/" && in.Measures[0].Text == "Please remove it."
	}},
	{"an identity", "identity", func(s *convert.Set) {
		s.Party(convert.Party{ID: "p", Name: "Erika Muster", Person: true, Contact: "+43 1 2345678"})
	}, func(in convert.Intake) bool {
		p := in.Parties[slices.IndexFunc(in.Parties, func(p convert.Named) bool { return p.Name != "CERT-EX" })]
		return p.Name == "Erika Muster" && p.Class == "individual" && p.Contact == "+43 1 2345678"
	}},
}

func seenAs(kind, value string) func(*convert.Set) {
	return func(s *convert.Set) { _, _ = s.Observable(convert.Observable{ID: "o", Kind: kind, Value: value}) }
}

func foundAs(kind, value string) func(convert.Intake) bool {
	return func(in convert.Intake) bool {
		return len(in.Observables) == 1 && in.Observables[0].Kind == kind && in.Observables[0].Value == value
	}
}

// Each thing goes out under each label, fits the schema that is published for its type, and comes in again as what it was, under the label that it had.
func TestEachThingGoesOutAndComesIn(t *testing.T) {
	fits := stixtest.Schemas(t)
	for _, tt := range rounds {
		t.Run(tt.name, func(t *testing.T) {
			for _, label := range tlp.Labels() {
				objects := outAndIn(t, label, tt.fill)
				marks, met := stix.MarkingsOf(objects), 0
				for i := range objects {
					o := &objects[i]
					if err := fits(o.Raw); err != nil {
						t.Errorf("%v\n%s", err, o.Raw)
					}
					if h := marks.Of(o.Body); o.Type == tt.typ && (h.TLP != nil && *h.TLP == label || h.TLP == nil && tt.typ == "identity") {
						met++
					}
				}
				if met == 0 {
					t.Errorf("no %s under %s", tt.typ, label)
				}
				if !tt.back(convert.Read(objects)) {
					t.Errorf("under %s it came back as %+v", label, convert.Read(objects))
				}
			}
		})
	}
}

// outAndIn writes what is told, whole, and reads it as somebody else would.
func outAndIn(t *testing.T, label tlp.Label, fill func(*convert.Set)) []stix.Object {
	t.Helper()
	s := convert.New(convert.Options{Secret: [32]byte{1}, Self: convert.Party{ID: "us", Name: "CERT-EX"}, Now: now, Label: convert.Label{TLP: label, PAP: tlp.PAPAmber}})
	fill(s)
	c, err := s.Redact(convert.Reader{Profile: redact.For("self"), Names: leak.NewNames()})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := stix.WriteBundle(&out, "", c.Objects); err != nil {
		t.Fatal(err)
	}
	return parsed(t, out.String())
}
