package convert_test

import (
	"bytes"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/release/leak"
	"github.com/firehall/firehall/internal/release/redact"
	"github.com/firehall/firehall/internal/sharing/convert"
	"github.com/firehall/firehall/internal/sharing/pattern"
	"github.com/firehall/firehall/internal/sharing/stix"
)

var (
	now     = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	earlier = now.Add(-48 * time.Hour)
	victim  = convert.Party{ID: "org-victim", Name: "Klinikum Nord", Sector: "health", Contact: "it@klinikum-nord.example", Part: convert.Victim}
)

func set() *convert.Set {
	return convert.New(convert.Options{
		Secret: [32]byte{1}, Self: convert.Party{ID: "us", Name: "CERT-EX", Contact: "cert@cert.example"}, Now: now,
		Label: convert.Label{TLP: tlp.Amber, PAP: tlp.PAPGreen},
	})
}

// incident has something of everything, with the victim's name wherever people write it.
func incident() convert.Incident {
	clear := convert.Label{}
	return convert.Incident{
		ID: "i1", Ref: "I-3FD09K", Title: "Ransomware at Klinikum Nord", Summary: "The Klinikum Nord called. Their server 192.0.2.77 speaks to 203.0.113.9.",
		Class: "malicious-code", State: "open", Severity: "high", Opened: earlier, Changed: now.Add(-time.Hour),
		Parties:         []convert.Party{victim, {ID: "p2", Name: "Erika Muster", Person: true, Contact: "+43 1 2345678", Part: convert.Reporter}, {ID: "isp", Name: "Provider AG", Contact: "abuse@provider.example"}},
		Vulnerabilities: []convert.Vulnerability{{ID: "v1", CVE: "cve-2021-44228", Title: "Log4Shell", Text: "in a log"}},
		Measures:        []convert.Measure{{ID: "c1", Ref: "C-1", Kind: "takedown", Kinds: "url", Value: "http://evil.example/gate", Words: "Please remove what hurts Klinikum Nord."}},
		Observables: []convert.Observable{
			{ID: "o1", Kind: "ip", Value: "192.0.2.77", Victim: true, Note: "Erika's own machine"},
			{ID: "o2", Kind: "domain", Value: "klinikum-nord.example", Victim: true},
			{ID: "o3", Kind: "url", Value: "http://evil.example/gate", Detection: true, First: earlier, Label: &clear},
			{ID: "o4", Kind: "sha256", Value: strings.Repeat("ab", 32), Detection: true},
			{ID: "o5", Kind: "cve", Value: "CVE-2021-44228"},
			{ID: "o6", Kind: "iban", Value: "AT611904300234573201"},
			{ID: "o7", Kind: "account", Value: "svc-backup", Victim: true},
		},
	}
}

func reader(audience, group string) convert.Reader {
	names := leak.NewNames()
	names.Add(leak.Organisation, "Klinikum Nord")
	names.Add(leak.Domain, "klinikum-nord.example")
	names.Add(leak.Address, "192.0.2.77")
	names.AddAs(leak.Reporter, leak.Person, "Erika Muster")
	return convert.Reader{Profile: redact.For(audience), Names: names, Pseudonyms: redact.NewPseudonyms([32]byte{2}, "i1", group), Group: group}
}

func redacted(t *testing.T, audience, group string) (convert.Copy, string) {
	t.Helper()
	s := set()
	if _, without := s.Incident(incident()); !slices.Equal(without, []string{"iban"}) {
		t.Errorf("left without a form: %v", without)
	}
	c, err := s.Redact(reader(audience, group))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := stix.WriteBundle(&out, "", c.Objects); err != nil {
		t.Fatal(err)
	}
	return c, out.String()
}

// parsed reads a copy as its reader would.
func parsed(t *testing.T, text string) []stix.Object {
	t.Helper()
	objects, bad, err := stix.Parse(strings.NewReader(text), stix.Limits{Now: now})
	if err != nil || len(bad) > 0 {
		t.Fatalf("%v, %v\n%s", bad, err, text)
	}
	return objects
}

// Every copy is sound, refers to nothing that is not in it, and says what its audience may know and no more.
func TestCopiesOfAnIncident(t *testing.T) {
	secrets := map[string][]string{
		"victim":   {"Klinikum", "klinikum-nord", "192.0.2.77", "svc-backup"},
		"who":      {"Erika", "erika", "2345678"},
		"internal": {"I-3FD09K", "C-1", "it@klinikum"},
	}
	tests := []struct {
		audience string
		knows    []string // of secrets
		has      []string
	}{
		{"self", []string{"victim", "who", "internal"}, []string{"evil.example", "Log4Shell", "Provider AG", "AMBER"}},
		{"owner", []string{"victim"}, []string{"evil.example", "Log4Shell"}},
		{"peer", nil, []string{"evil.example", "Log4Shell", `"name":"[organisation `, "CVE-2021-44228", "Provider AG"}},
		{"vendor", nil, []string{"evil.example", "Log4Shell"}},
		{"public", nil, []string{"evil.example", "Log4Shell", "CERT-EX"}},
	}
	for _, tt := range tests {
		t.Run(tt.audience, func(t *testing.T) {
			_, text := redacted(t, tt.audience, "g")
			for what, words := range secrets {
				for _, w := range words {
					if strings.Contains(text, w) && !slices.Contains(tt.knows, what) {
						t.Errorf("it tells %s (%s)", w, what)
					}
				}
			}
			for _, w := range tt.has {
				if !strings.Contains(text, w) {
					t.Errorf("it lacks %s\n%s", w, text)
				}
			}
			whole(t, parsed(t, text))
		})
	}
}

// whole checks that all that objects refer to is there.
func whole(t *testing.T, objects []stix.Object) {
	t.Helper()
	known := map[string]bool{}
	for i := range objects {
		known[objects[i].ID] = true
	}
	for i := range objects {
		for _, r := range objects[i].Refs {
			if !known[r.ID] {
				t.Errorf("%s names %s as %s, which is not in the copy", objects[i].ID, r.ID, r.Property)
			}
		}
	}
}

// Who knows an object's id in one group does not find it in another, where it stands for somebody.
func TestPseudonymsDifferByGroup(t *testing.T) {
	ids := func(group string) map[string]bool {
		_, text := redacted(t, "peer", group)
		out := map[string]bool{}
		for _, o := range parsed(t, text) {
			if i, ok := o.Body.(*stix.Identity); ok && strings.HasPrefix(i.Name, "[") {
				out[i.ID+i.Name] = true
			}
		}
		return out
	}
	a, again, b := ids("a"), ids("a"), ids("b")
	if len(a) != 2 || fmt.Sprint(a) != fmt.Sprint(again) {
		t.Errorf("the same group got %v and %v", a, again)
	}
	for x := range a {
		if b[x] {
			t.Errorf("both groups got %s", x)
		}
	}
}

func TestIDsNeedTheSecret(t *testing.T) {
	other := convert.New(convert.Options{Secret: [32]byte{9}, Self: convert.Party{ID: "us", Name: "CERT-EX"}, Now: now})
	if a, b := set().Party(victim), set().Party(victim); a != b || a == other.Party(victim) {
		t.Errorf("got %s, %s and %s", a, b, other.Party(victim))
	}
}

func TestASetIsRedactedOnce(t *testing.T) {
	s := set()
	_, _ = s.Redact(reader("self", ""))
	if _, err := s.Redact(reader("public", "")); !problem.Is(err, problem.Conflict) {
		t.Errorf("got %v", err)
	}
}

// What we write and read again is what we meant.
func TestReadTakesBackWhatWasWritten(t *testing.T) {
	_, text := redacted(t, "self", "")
	in := convert.Read(parsed(t, text))
	var values []string
	for _, o := range in.Observables {
		values = append(values, o.Kind+" "+o.Value)
		want := tlp.Amber
		if o.Kind == "url" {
			want = tlp.Clear
		}
		if o.Handling.TLP == nil || *o.Handling.TLP != want {
			t.Errorf("%s is labelled %v", o.Value, o.Handling.TLP)
		}
	}
	slices.Sort(values)
	if got := strings.Join(values, ", "); got != "account svc-backup, domain klinikum-nord.example, ip 192.0.2.77, sha256 "+strings.Repeat("ab", 32)+", url http://evil.example/gate" {
		t.Errorf("got %s", got)
	}
	if len(in.Indicators) != 2 || in.Indicators[0].Reach != pattern.Exactly || len(in.Indicators[0].Lookups) != 1 || in.Indicators[0].Unread != "" {
		t.Errorf("indicators: %+v", in.Indicators)
	}
	if len(in.Vulnerabilities) != 1 || in.Vulnerabilities[0].CVE != "CVE-2021-44228" || in.Vulnerabilities[0].Name != "Log4Shell" {
		t.Errorf("vulnerabilities: %+v", in.Vulnerabilities)
	}
	if len(in.Incidents) != 1 || in.Incidents[0].Status != "open" || !slices.Equal(in.Incidents[0].Classes, []string{"malicious-code"}) || len(in.Parties) != 4 || len(in.Measures) != 1 {
		t.Errorf("got %+v, %d parties, %d measures", in.Incidents, len(in.Parties), len(in.Measures))
	}
}

func TestReadOfIndicators(t *testing.T) {
	const head = `{"type":"indicator","spec_version":"2.1","id":"indicator--00000000-0000-4000-8000-000000000001","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","valid_from":"2026-01-01T00:00:00Z",`
	tests := []struct{ more, reach, unread string }{
		{`"pattern":"[url:value = 'x']","pattern_type":"stix"`, "is exactly these", ""},
		{`"pattern":"[url:value LIKE 'x%']","pattern_type":"stix"`, "needs evaluation of everything", ""},
		{`"pattern":"[url:value","pattern_type":"stix"`, "needs evaluation of everything", "cannot be read"},
		{`"pattern":"rule x {}","pattern_type":"yara"`, "needs evaluation of everything", "written for yara"},
	}
	for _, tt := range tests {
		in := convert.Read(parsed(t, head+tt.more+"}"))
		if len(in.Indicators) != 1 || in.Indicators[0].Reach.String() != tt.reach || !strings.Contains(in.Indicators[0].Unread, tt.unread) || (tt.unread == "") != (in.Indicators[0].Unread == "") {
			t.Errorf("%s: %+v", tt.more, in.Indicators)
		}
	}
}

// sight is what an infected machine of the victim was seen doing.
func sight() pattern.Sight {
	return pattern.Sight{
		Time: earlier, Transport: "TCP", Application: "http", SHA256: strings.Repeat("cd", 32),
		Source: pattern.Side{Addr: netip.MustParseAddr("192.0.2.77"), Port: 50123, Local: netip.MustParseAddr("10.0.0.5"), Account: "erika"},
		Dest:   pattern.Side{Addr: netip.MustParseAddr("2001:db8:9::9"), Port: 80, FQDN: "c2.evil.example", URL: "http://c2.evil.example/"},
	}
}

func TestSeen(t *testing.T) {
	infected := convert.Seen{ID: "f1", First: earlier, Last: now.Add(-time.Hour), Count: 7, Sight: sight(), Type: "infected-system", Malware: "Mirai", Owner: &victim}
	scanner := infected
	scanner.Type, scanner.Malware, scanner.Owner = "scanner", "", nil
	tests := []struct {
		name, audience string
		seen           convert.Seen
		types          string
		has, lacks     []string
	}{
		{"an infection, to a peer", "peer", infected, "domain-name file identity identity ipv4-addr ipv6-addr malware network-traffic observed-data relationship sighting url", []string{"Mirai", "[organisation ", `"number_observed":7`}, []string{"192.0.2.77", "Klinikum", "erika", "10.0.0.5"}},
		{"an infection, to the public", "public", infected, "domain-name file identity ipv6-addr malware network-traffic observed-data sighting url", []string{"2001:db8:9::9"}, []string{"192.0.2.77", "src_ref", "Klinikum", "erika"}},
		{"an infection, to its owner", "owner", infected, "domain-name file identity identity ipv4-addr ipv4-addr ipv6-addr malware network-traffic observed-data relationship sighting url user-account", []string{"192.0.2.77", "10.0.0.5", "erika"}, nil},
		{"a scanner, to the public", "public", scanner, "domain-name file identity indicator ipv4-addr ipv6-addr network-traffic observed-data relationship sighting url", []string{"[ipv4-addr:value = '192.0.2.77']"}, []string{"erika", "10.0.0.5"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := set()
			if s.Seen(tt.seen) == "" {
				t.Fatal("nothing was seen")
			}
			r := reader(tt.audience, "g")
			r.Names = leak.NewNames()
			c, err := s.Redact(r)
			if err != nil {
				t.Fatal(err)
			}
			var types []string
			for _, b := range c.Objects {
				if h, _ := b.Common(); h.Type != "marking-definition" {
					types = append(types, h.Type)
				}
			}
			slices.Sort(types)
			if got := strings.Join(types, " "); got != tt.types {
				t.Errorf("got %s", got)
			}
			var out bytes.Buffer
			if err := stix.WriteBundle(&out, "", c.Objects); err != nil {
				t.Fatal(err)
			}
			for _, w := range append(tt.has, tt.lacks...) {
				if strings.Contains(out.String(), w) != slices.Contains(tt.has, w) {
					t.Errorf("%s: should it be there? %v\n%s", w, slices.Contains(tt.has, w), out.String())
				}
			}
			whole(t, parsed(t, out.String()))
		})
	}
}

// What is told twice is the same to the letter, but for our own identity, which has no time of its own.
func TestToldTwice(t *testing.T) {
	owner := victim
	owner.Changed = earlier
	told := func(at time.Time) map[string]string {
		s := convert.New(convert.Options{Self: convert.Party{ID: "team", Name: "CERT"}, Label: convert.Label{TLP: tlp.Amber}, Now: at})
		s.Seen(convert.Seen{ID: "f1", First: earlier, Last: now.Add(-time.Hour), Count: 7, Sight: sight(), Type: "scanner", Malware: "Mirai", Owner: &owner})
		c, err := s.Redact(convert.Reader{Profile: redact.For("self"), Names: leak.NewNames()})
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]string{}
		for _, b := range c.Objects {
			raw, err := stix.Marshal(b)
			if err != nil {
				t.Fatal(err)
			}
			if h, _ := b.Common(); h.ID != s.Self() {
				out[h.ID] = string(raw)
			}
		}
		return out
	}
	first, second := told(now), told(now.Add(time.Hour))
	if len(first) < 10 || !maps.Equal(first, second) {
		t.Errorf("%v\n%v", first, second)
	}
}

func TestSeenOfNothing(t *testing.T) {
	if id := set().Seen(convert.Seen{ID: "x"}); id != "" {
		t.Errorf("got %s", id)
	}
}

func TestObservableRefuses(t *testing.T) {
	for _, o := range []convert.Observable{{Kind: "phone", Value: "+43"}, {Kind: "ip", Value: "hello"}, {Kind: "asn", Value: "ASx"}} {
		if id, err := set().Observable(o); !problem.Is(err, problem.Invalid) || id != "" {
			t.Errorf("%+v: %s, %v", o, id, err)
		}
	}
}

// An observable that was met as the victim's once is the victim's.
func TestObservablesAreAsSensitiveAsTheirMostSensitiveMention(t *testing.T) {
	for _, first := range []bool{true, false} {
		s := set()
		_, _ = s.Observable(convert.Observable{ID: "a", Kind: "ip", Value: "192.0.2.77", Victim: first})
		_, _ = s.Observable(convert.Observable{ID: "b", Kind: "ip", Value: "192.0.2.77", Victim: !first})
		c, err := s.Redact(reader("public", ""))
		if err != nil || c.Dropped["ipv4-addr"] != 1 {
			t.Errorf("got %+v, %v", c, err)
		}
	}
}

func TestSectorsAreOfTheStandardsVocabulary(t *testing.T) {
	tests := map[string]string{"health": "healthcare", "transport-rail": "transportation", "energy-oil": "energy", "other": "", "": "", "manufacturing-machinery": "manufacturing"}
	for ours, want := range tests {
		s := set()
		s.Party(convert.Party{ID: "x", Name: "X", Sector: ours})
		c, err := s.Redact(reader("public", ""))
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range c.Objects {
			if i, ok := b.(*stix.Identity); ok && i.Name == "X" && strings.Join(i.Sectors, " ") != want {
				t.Errorf("%s is %v", ours, i.Sectors)
			}
		}
	}
}
