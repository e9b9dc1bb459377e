package stix_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/sharing/stix"
)

// The ids were made by other programs: by the standard's text, and by what is widely used.
func TestNameGivesTheIDsOfTheStandard(t *testing.T) {
	tests := []struct {
		typ  string
		body stix.Body
		want string
	}{
		{"ipv4-addr", &stix.IPv4Address{Value: "198.51.100.3"}, "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4"},
		{"ipv6-addr", &stix.IPv6Address{Value: "2001:db8::1"}, "ipv6-addr--6469e3a9-b053-5e34-a025-9396ae051d26"},
		{"domain-name", &stix.DomainName{Value: "example.com"}, "domain-name--bedb4899-d24b-5401-bc86-8f6b4cc18ec7"},
		{"url", &stix.URL{Value: "http://example.com/a?x=1&y=2"}, "url--ae873ad5-e6a3-51e3-9038-5690ac1c832b"},
		{"email-addr", &stix.EmailAddress{Value: "a@example.com"}, "email-addr--8f5f7fba-cc24-5e3f-aca4-f7194112e042"},
		{"autonomous-system", &stix.AutonomousSystem{Number: 15139}, "autonomous-system--3aa27478-50b5-5ab8-9da9-cdc12b657fff"},
		{"file", &stix.File{Hashes: stix.Hashes{"MD5": "d41d8cd98f00b204e9800998ecf8427e"}}, "file--02fff920-f614-527c-81d1-6353633a6d21"},
		{"file", &stix.File{Hashes: stix.Hashes{"SHA-1": "da39a3ee5e6b4b0d3255bfef95601890afd80709"}}, "file--fa6e66a5-f019-51f9-8ab5-812023e58c6e"},
	}
	for _, tt := range tests {
		got, err := stix.Name(tt.typ, tt.body)
		if err != nil || got != tt.want {
			t.Errorf("%s: got %s, %v; want %s", tt.typ, got, err, tt.want)
		}
	}
}

func TestNameTakesOneHash(t *testing.T) {
	one := &stix.File{Hashes: stix.Hashes{"MD5": "d41d8cd98f00b204e9800998ecf8427e"}}
	two := &stix.File{Hashes: stix.Hashes{"MD5": "d41d8cd98f00b204e9800998ecf8427e", "SHA-256": strings.Repeat("0", 64)}}
	a, _ := stix.Name("file", one)
	b, _ := stix.Name("file", two)
	if a != b {
		t.Errorf("a second hash made another id: %s, %s", a, b)
	}
}

func TestNameOfWhatHasNothingIsRandom(t *testing.T) {
	a, _ := stix.Name("process", &stix.Process{Cwd: "/"})
	b, _ := stix.Name("process", &stix.Process{Cwd: "/"})
	if a == b || !stix.ValidID(a) || a[len("process--")+14] != '4' {
		t.Errorf("got %s and %s", a, b)
	}
}

func TestValidID(t *testing.T) {
	uuid := "28bb3599-77cd-5a82-a950-b5bc3caf07c4"
	tests := []struct {
		id string
		ok bool
	}{
		{"ipv4-addr--" + uuid, true},
		{"x-own--" + strings.ToUpper(uuid), true},
		{uuid, false},
		{"--" + uuid, false},
		{"Url--" + uuid, false},
		{"a--" + uuid, false},
		{"url--" + uuid[:35], false},
		{"url--" + uuid + "0", false},
		{"url--28bb3599x77cd-5a82-a950-b5bc3caf07c4", false},
		{"url--g8bb3599-77cd-5a82-a950-b5bc3caf07c4", false},
		{"u--l--" + uuid, false},
	}
	for _, tt := range tests {
		if stix.ValidID(tt.id) != tt.ok {
			t.Errorf("%q: want %v", tt.id, tt.ok)
		}
	}
}

// The short way to an id gives what the long way does, for whatever a value holds.
func TestPlainIDs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.StringMatching(`[ -~]{0,20}`), rapid.String()).Draw(t, "value")
		long, err := stix.ID("url", map[string]string{"value": value})
		if err != nil {
			t.Skip("no text")
		}
		raw, err := json.Marshal(map[string]string{"type": "url", "spec_version": "2.1", "id": long, "value": value})
		if err != nil {
			t.Fatal(err)
		}
		got, bad, err := stix.Parse(bytes.NewReader(raw), limits())
		if err != nil || len(bad) > 0 || len(got) != 1 || len(got[0].Quirks) > 0 {
			t.Fatalf("%q: %+v %v %v", value, got, bad, err)
		}
	})
}
