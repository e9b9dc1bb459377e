package stix_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/sharing/stix"
	"github.com/firehall/firehall/internal/sharing/stix/stixtest"
)

var (
	made = stix.At(time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC))
	fine = stix.Time{Time: time.Date(2026, 1, 2, 3, 4, 5, 678_901_000, time.UTC)}
)

// as gives an object its common properties, and much of what all may have.
func as(typ string, b stix.Body) stix.Body {
	h, t := b.Common()
	if typ != "marking-definition" {
		t.Extensions = map[string]jsontext.Value{id("extension-definition", 1): jsontext.Value(`{"extension_type":"property-extension","x_own":1}`)}
	}
	if stix.ClassOf(typ) == stix.Observable {
		if _, err := stix.Name(typ, b); err != nil {
			panic(err)
		}
	} else {
		*h = stix.Head{Type: typ, SpecVersion: "2.1", ID: id(typ, 1), CreatedBy: id("identity", 9), Created: made, Modified: fine}
		t.Labels, t.Confidence, t.Lang = []string{"a"}, new(0), "en"
		t.ExternalReferences = []stix.ExternalReference{{SourceName: "cve", ExternalID: "CVE-2021-44228"}, {SourceName: "us", URL: "https://a.example/x", Hashes: stix.Hashes{"SHA-256": strings.Repeat("ab", 32)}}}
	}
	t.Markings = []string{stix.RefTLP(tlp.AmberStrict), stix.RefPAP(tlp.PAPGreen)}
	t.GranularMarkings = []stix.GranularMarking{{Marking: stix.RefTLP(tlp.Red), Selectors: []string{"id"}}}
	return b
}

// everything is an object of each type, with most of what it may have.
func everything() []stix.Body {
	phase := []stix.KillChainPhase{{KillChain: "lockheed", Phase: "delivery"}}
	refs := func(typ string) []string { return []string{id(typ, 1), id(typ, 2)} }
	statement := &stix.MarkingDefinition{Name: "ours", DefinitionType: "statement", Definition: jsontext.Value(`{"statement":"© us"}`)}
	out := []stix.Body{
		as("attack-pattern", &stix.AttackPattern{Name: "x", Description: "y", Aliases: []string{"z"}, KillChainPhases: phase}),
		as("course-of-action", &stix.CourseOfAction{Name: "block", Description: "y"}),
		as("grouping", &stix.Grouping{Name: "x", Context: "suspicious-activity", Objects: refs("indicator")}),
		as("identity", &stix.Identity{Name: "CERT", Roles: []string{"a"}, Class: "organization", Sectors: []string{"energy"}, ContactInformation: "a@b.example"}),
		as("incident", &stix.Incident{Name: "I-1", Description: "y"}),
		as("indicator", &stix.Indicator{Name: "x", Types: []string{"malicious-activity"}, Pattern: "[url:value = 'x']", PatternType: "stix", PatternVersion: "2.1", ValidFrom: made, ValidUntil: fine, KillChainPhases: phase}),
		as("infrastructure", &stix.Infrastructure{Name: "x", Types: []string{"botnet"}, Aliases: []string{"z"}, KillChainPhases: phase, FirstSeen: made, LastSeen: fine}),
		as("location", &stix.Location{Name: "x", Latitude: new(0.0), Longitude: new(16.5), Precision: new(10.0), Region: "europe", Country: "AT", City: "Wien", PostalCode: "1010"}),
		as("malware", &stix.Malware{Name: "x", IsFamily: true, Types: []string{"bot"}, Aliases: []string{"z"}, FirstSeen: made, OperatingSystems: refs("software"), Samples: refs("file"), Capabilities: []string{"a"}}),
		as("malware", &stix.Malware{}),
		as("note", &stix.Note{Abstract: "a", Content: "b", Authors: []string{"c"}, Objects: refs("indicator")}),
		as("observed-data", &stix.ObservedData{FirstObserved: made, LastObserved: fine, NumberObserved: 3, ObjectRefs: refs("url")}),
		as("report", &stix.Report{Name: "x", Types: []string{"threat-report"}, Published: made, Objects: refs("indicator")}),
		as("threat-actor", &stix.ThreatActor{Name: "x", Types: []string{"crime-syndicate"}, Goals: []string{"money"}, FirstSeen: made}),
		as("tool", &stix.Tool{Name: "x", Types: []string{"remote-access"}, Version: "1", KillChainPhases: phase}),
		as("vulnerability", &stix.Vulnerability{Name: "CVE-2021-44228", Description: "y"}),
		as("relationship", &stix.Relationship{Kind: "indicates", Source: id("indicator", 1), Target: id("malware", 1), Start: made, Stop: fine}),
		as("sighting", &stix.Sighting{Of: id("indicator", 1), Count: new(int64(0)), FirstSeen: made, LastSeen: fine, ObservedData: refs("observed-data"), Where: refs("identity"), Summary: true}),
		as("extension-definition", &stix.ExtensionDefinition{Name: "x", Schema: "https://a.example/s", Version: "1.0", Types: []string{"property-extension"}}),
		as("language-content", &stix.LanguageContent{Object: id("tool", 1), ObjectModified: made, Contents: map[string]jsontext.Value{"de": jsontext.Value(`{"name":"Werkzeug"}`)}}),
		as("marking-definition", statement),
		stix.MarkTLP(tlp.AmberStrict), stix.MarkPAP(tlp.PAPAmber),
	}
	statement.Modified, statement.Labels, statement.Confidence, statement.Lang = stix.Time{}, nil, nil, ""
	return append(out, observables()...)
}

func observables() []stix.Body {
	ip, mac, user := id("ipv4-addr", 1), id("mac-addr", 1), id("user-account", 1)
	return []stix.Body{
		as("artifact", &stix.Artifact{MIMEType: "image/png", Payload: "VGVzdA=="}),
		as("artifact", &stix.Artifact{URL: "https://a.example/x", Hashes: stix.Hashes{"MD5": strings.Repeat("ab", 16)}, Encryption: "mime-type-indicated", DecryptionKey: "infected"}),
		as("autonomous-system", &stix.AutonomousSystem{Number: 64500, Name: "x", RIR: "RIPE"}),
		as("directory", &stix.Directory{Path: `C:\`, Ctime: made, Contains: []string{id("file", 1)}}),
		as("domain-name", &stix.DomainName{Value: "a.example", ResolvesTo: []string{ip}}),
		as("email-addr", &stix.EmailAddress{Value: "a@b.example", DisplayName: "A", BelongsTo: user}),
		as("email-message", &stix.EmailMessage{
			IsMultipart: true, Date: made, From: id("email-addr", 1), To: []string{id("email-addr", 2)}, Subject: "s", MessageID: "<a@b>", ReceivedLines: []string{"from x"},
			AdditionalHeaders: map[string]jsontext.Value{"Reply-To": jsontext.Value(`"x"`)}, Parts: []stix.MIMEPart{{Body: "x", ContentType: "text/plain"}, {BodyRaw: id("artifact", 1), Disposition: "attachment"}},
		}),
		as("email-message", &stix.EmailMessage{Body: "x"}),
		as("file", &stix.File{Hashes: stix.Hashes{"SHA-256": strings.Repeat("ab", 32), "SSDEEP": "3:a:b"}, Size: new(int64(0)), Name: "a", MagicNumber: "4d5a", MIMEType: "text/plain", Mtime: fine, ParentDirectory: id("directory", 1), Content: id("artifact", 1)}),
		as("ipv4-addr", &stix.IPv4Address{Value: "192.0.2.0/24", ResolvesTo: []string{mac}, BelongsTo: []string{id("autonomous-system", 1)}}),
		as("ipv6-addr", &stix.IPv6Address{Value: "2001:db8::1"}),
		as("mac-addr", &stix.MACAddress{Value: "00:00:5e:00:53:af"}),
		as("mutex", &stix.Mutex{Name: "m"}),
		as("network-traffic", &stix.NetworkTraffic{Start: made, End: fine, IsActive: new(false), Source: ip, Destination: id("ipv6-addr", 1), SourcePort: new(0), DestinationPort: new(443), Protocols: []string{"ipv4", "tcp"}, SourceBytes: new(int64(9)), IPFIX: map[string]jsontext.Value{"minimumIpTotalLength": jsontext.Value("32")}}),
		as("process", &stix.Process{PID: new(int64(0)), IsHidden: new(false), CommandLine: "x", CreatedTime: made, CreatorUser: user, Environment: map[string]jsontext.Value{"A": jsontext.Value(`"b"`)}}),
		as("software", &stix.Software{Name: "x", CPE: "cpe:2.3:a:x:y:1:*:*:*:*:*:*:*", Vendor: "v", Version: "1", Languages: []string{"eng"}}),
		as("url", &stix.URL{Value: "https://a.example/x?y=z"}),
		as("user-account", &stix.UserAccount{UserID: "1", Login: "l", Kind: "unix", IsPrivileged: new(false), AccountCreated: made}),
		as("windows-registry-key", &stix.WindowsRegistryKey{Key: `HKEY_LOCAL_MACHINE\x`, Values: []stix.RegistryValue{{Name: new(""), Data: "x", Type: "REG_SZ"}}, Subkeys: new(int64(0))}),
		as("x509-certificate", &stix.X509Certificate{SerialNumber: "00:01", Issuer: "C=AT", IsSelfSigned: new(false), NotBefore: made, PublicKeyExponent: new(int64(65537)), V3Extensions: map[string]jsontext.Value{"basic_constraints": jsontext.Value(`"CA:TRUE"`)}}),
	}
}

func TestEverythingIsEveryType(t *testing.T) {
	for _, typ := range stix.Types() {
		if !slices.ContainsFunc(everything(), func(b stix.Body) bool { h, _ := b.Common(); return h.Type == typ }) {
			t.Errorf("no test writes a %s", typ)
		}
	}
}

// What is written and read is the same, as Go values and as JSON.
func TestRoundTrip(t *testing.T) {
	for _, b := range everything() {
		h, _ := b.Common()
		raw, err := stix.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		objects, bad, err := stix.Parse(bytes.NewReader(raw), limits())
		if err != nil || len(bad) > 0 || len(objects) != 1 {
			t.Errorf("%s: %v, %v\n%s", h.Type, bad, err, raw)
			continue
		}
		if diff := cmp.Diff(b, objects[0].Body); diff != "" {
			t.Errorf("%s came back otherwise:\n%s", h.Type, diff)
		}
		if err := stix.Check(b); err != nil || len(objects[0].Quirks) > 0 {
			t.Errorf("%s: %v, %v", h.Type, err, objects[0].Quirks)
		}
	}
}

// What is not modelled is written as it came, behind what is.
func TestRoundTripKeepsTheUnknown(t *testing.T) {
	texts := []string{
		`{"type":"x-own","spec_version":"2.1","id":"` + id("x-own", 1) + `","created":"2026-01-01T00:00:00.000Z","x_a":{"z":1,"a":[null,1.50,"\u00e9"]},"x_b":12345678901234567890}`,
		sdo("tool", 1, `,"name":"x","external_references":[{"source_name":"a","url":"https://a.example/","x_own":{"k":1}}],"x_own":[1]`),
		`{"type":"windows-registry-key","id":"` + id("windows-registry-key", 1) + `","key":"HKEY_X","values":[{"name":"","x_own":1}]}`,
	}
	for _, text := range texts {
		objects, bad, err := stix.Parse(strings.NewReader(text), limits())
		if err != nil || len(bad) > 0 {
			t.Fatal(bad, err)
		}
		raw, err := stix.Marshal(objects[0].Body)
		if err != nil || !stix.Same(raw, []byte(text)) {
			t.Errorf("%s\nwas written as\n%s, %v", text, raw, err)
		}
	}
}

func TestTimesAreWrittenAsTheyAre(t *testing.T) {
	tests := []struct{ text, want string }{
		{"2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z"},
		{"2026-01-02T03:04:05.1Z", "2026-01-02T03:04:05.100Z"},
		{"2026-01-02T03:04:05.123456Z", "2026-01-02T03:04:05.123456Z"},
		{"2026-01-02T03:04:05.123000Z", "2026-01-02T03:04:05.123Z"},
		{"2026-01-02T03:04:05.123456789Z", "2026-01-02T03:04:05.123456789Z"},
		{"2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999999999Z"},
		{"2026-01-02T03:04:05", ""},
		{"2026-01-02T03:04:05+01:00", ""},
		{"2026-02-30T03:04:05Z", ""},
		{"2026-01-02 03:04:05Z", ""},
		{"", ""},
	}
	for _, tt := range tests {
		got, err := stix.ParseTime(tt.text)
		if (err == nil) != (tt.want != "") || err == nil && got.String() != tt.want {
			t.Errorf("%q: got %s, %v", tt.text, got, err)
		}
	}
}

func TestBundleIsSortedAndRead(t *testing.T) {
	list := append(everything(), everything()...)
	slices.Reverse(list)
	list = stix.Sort(list)
	var out bytes.Buffer
	if err := stix.WriteBundle(&out, "", list); err != nil {
		t.Fatal(err)
	}
	objects, bad, err := stix.Parse(&out, limits())
	if err != nil || len(bad) > 0 || len(objects) != len(list) {
		t.Fatal(len(objects), len(list), bad, err)
	}
	if first, last := objects[0].Type, objects[len(objects)-1].Type; stix.ClassOf(first) != stix.Meta || stix.ClassOf(last) != stix.Relation {
		t.Errorf("it begins with %s and ends with %s", first, last)
	}
	var empty bytes.Buffer
	if err := stix.WriteBundle(&empty, "", nil); err != nil || !json.Valid(empty.Bytes()) {
		t.Errorf("an empty bundle: %s, %v", empty.String(), err)
	}
}

func TestWhatIsWrittenFitsThePublishedSchemas(t *testing.T) {
	fits := stixtest.Schemas(t)
	for _, b := range everything() {
		h, _ := b.Common()
		raw, err := stix.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		if err := fits(raw); err != nil {
			t.Errorf("%s: %v\n%s", h.Type, err, raw)
		}
	}
}
