package warninglist

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/platform/logging"
)

// file writes a list.
func written(t testing.TB, typ string, about []string, list ...string) []byte {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"name": "A list", "type": typ, "version": 3, "list": list, "matching_attributes": about})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestTypes(t *testing.T) {
	tests := []struct {
		name, typ string
		about     []string
		list      string
		kind      string
		value     string
		on        bool
	}{
		{"an address in a network", "cidr", []string{"ip-src"}, "8.8.8.0/24", "ip", "8.8.8.8", true},
		{"an address by itself", "cidr", []string{"ip-src"}, "8.8.8.8", "ip", "8.8.8.8", true},
		{"outside", "cidr", []string{"ip-src"}, "8.8.8.0/24", "ip", "8.8.9.8", false},
		{"a network within", "cidr", nil, "10.0.0.0/8", "cidr", "10.1.0.0/16", true},
		{"a network around", "cidr", nil, "10.0.0.0/8", "cidr", "10.0.0.0/7", false},
		{"what the list is not about", "cidr", []string{"domain"}, "8.8.8.8", "ip", "8.8.8.8", false},
		{"what nobody knows", "string", []string{"telephone"}, "8.8.8.8", "ip", "8.8.8.8", false},
		{"a text", "string", []string{"hostname"}, "AAA", "domain", "aaa", true},
		{"a name below a text", "string", []string{"hostname"}, "example.com", "domain", "www.example.com", false},
		{"an address as text", "string", nil, "2001:DB8::1", "ip", "2001:db8::1", true},
		{"a host", "hostname", []string{"hostname", "url"}, "Example.com", "domain", "example.com", true},
		{"below a host", "hostname", []string{"hostname"}, ".example.com", "domain", "www.example.com", true},
		{"beside a host", "hostname", []string{"hostname"}, "example.com", "domain", "notexample.com", false},
		{"of a URL", "hostname", []string{"url"}, "example.com", "url", "http://a:b@www.example.com:80/x", true},
		{"of a URL, of which the list is not about", "hostname", []string{"domain"}, "example.com", "url", "http://example.com/", false},
		{"a part", "substring", []string{"url"}, "/Robots", "url", "http://x.example/robots.txt", true},
		{"an expression", "regex", []string{"domain"}, `/^ns[0-9]+\./i`, "domain", "NS1.example.com", true},
		{"an expression without slashes", "regex", []string{"domain"}, `^ns[0-9]+\.`, "domain", "www.example.com", false},
	}
	for _, tt := range tests {
		l, err := Read("x", written(t, tt.typ, tt.about, tt.list))
		if err != nil {
			t.Fatal(err)
		}
		if got := l.Has(tt.kind, tt.value); got != tt.on {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// What cannot be used is said, and the rest stands.
func TestFaults(t *testing.T) {
	l, err := Read("x", written(t, "regex", nil, `good`, `(?<=back)`, strings.Repeat("x", maxRegexp+1), ""))
	if err != nil || l.Entries != 1 || len(l.Faults) != 3 || !l.Has("domain", "good.example") {
		t.Errorf("%+v, %v", l, err)
	}
	if l, err := Read("x", written(t, "cidr", nil, "8.8.8.8", "nothing")); err != nil || l.Entries != 1 || len(l.Faults) != 1 {
		t.Errorf("%+v, %v", l, err)
	}
	for _, raw := range []string{"", "[]", `{"type":"smell","list":["x"]}`, `{"type":"cidr","list":[1]}`} {
		if _, err := Read("x", []byte(raw)); err == nil {
			t.Errorf("%q was read", raw)
		}
	}
}

// A folder is read again when a file came or changed; a file that is no list is left out.
func TestFolder(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, raw []byte) {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := Open(dir, []string{"rfc*"}, logging.Discard())
	on := func(value string, wantBlock, wantSearch []string) {
		t.Helper()
		if err := f.Reload(); err != nil {
			t.Fatal(err)
		}
		block, search := f.On("ip", value)
		if !slices.Equal(block, wantBlock) || !slices.Equal(search, wantSearch) {
			t.Errorf("%s: %v, %v", value, block, search)
		}
	}
	on("8.8.8.8", nil, nil)
	write("public-dns.json", written(t, "cidr", []string{"ip-src"}, "8.8.8.8"))
	write("rfc1918/list.json", written(t, "cidr", nil, "10.0.0.0/8"))
	write("broken.json", []byte("{"))
	write("read.me", []byte("{"))
	on("8.8.8.8", []string{"public-dns"}, nil)
	on("10.1.1.1", []string{"rfc1918"}, []string{"rfc1918"})
	before := f.Version()
	write("public-dns.json", written(t, "cidr", []string{"ip-src"}, "8.8.8.8", "9.9.9.9"))
	on("9.9.9.9", []string{"public-dns"}, nil)
	if f.Version() == before || len(f.Lists()) != 2 {
		t.Errorf("%q, %d lists", f.Version(), len(f.Lists()))
	}
	if err := Open(filepath.Join(dir, "none"), nil, nil).Reload(); err == nil {
		t.Error("a folder that is not there")
	}
	if err := Open("", nil, nil).Reload(); err != nil {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	for _, typ := range []string{"string", "hostname", "cidr", "substring", "regex"} {
		f.Add(written(f, typ, []string{"ip-src", "url"}, "8.8.8.8", "example.com", "/^x/i"), "ip", "8.8.8.8")
	}
	f.Fuzz(func(t *testing.T, raw []byte, kind, value string) {
		l, err := Read("x", raw)
		if err != nil {
			return
		}
		_ = l.Has(kind, value)
		if len(l.Faults) > maxFaults || l.Entries > maxEntries {
			t.Errorf("%d faults, %d entries", len(l.Faults), l.Entries)
		}
	})
}
