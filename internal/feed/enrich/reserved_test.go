package enrich

import (
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
)

func TestReserved(t *testing.T) {
	tests := []struct{ addr, want string }{
		{"0.0.0.0", "this-network"},
		{"10.1.2.3", "private"},
		{"11.0.0.1", ""},
		{"100.63.255.255", ""},
		{"100.64.0.0", "shared"},
		{"100.127.255.255", "shared"},
		{"100.128.0.0", ""},
		{"127.0.0.1", "loopback"},
		{"169.254.9.9", "link-local"},
		{"172.15.255.255", ""},
		{"172.16.0.1", "private"},
		{"172.32.0.0", ""},
		{"192.0.0.1", "protocol-assignment"},
		{"192.0.0.9", ""},
		{"192.0.2.1", "documentation"},
		{"192.0.1.1", ""},
		{"192.88.99.1", "6to4-relay"},
		{"192.168.1.1", "private"},
		{"198.18.0.1", "benchmarking"},
		{"198.20.0.1", ""},
		{"203.0.113.9", "documentation"},
		{"224.0.0.1", "multicast"},
		{"239.255.255.255", "multicast"},
		{"240.0.0.1", "reserved-future-use"},
		{"255.255.255.255", "broadcast"},
		{"::ffff:10.0.0.1", "private"},
		{"::", "unspecified"},
		{"::1", "loopback"},
		{"64:ff9b::c000:201", "nat64"},
		{"64:ff9b:1::1", "nat64"},
		{"100::1", "discard"},
		{"2001::1", "teredo"},
		{"2001:1::1", ""},
		{"2001:1::9", "protocol-assignment"},
		{"2001:2::1", "benchmarking"},
		{"2001:200::1", ""},
		{"2001:db8::1", "documentation"},
		{"3fff::1", "documentation"},
		{"2002:c000:201::1", "6to4"},
		{"2a00::1", ""},
		{"fd00::1", "unique-local"},
		{"fe80::1%eth0", "link-local"},
		{"ff02::1", "multicast"},
	}
	for _, tt := range tests {
		t.Run(tt.addr, func(t *testing.T) {
			got, ok := Reserved(netip.MustParseAddr(tt.addr))
			if got != tt.want || ok != (tt.want != "") {
				t.Errorf("got %q %v, want %q", got, ok, tt.want)
			}
		})
	}
}

func TestDocumentationMayBeReal(t *testing.T) {
	b := Blocks{DocumentationIsReal: true}
	for _, a := range []string{"192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"} {
		if name, ok := b.Reserved(netip.MustParseAddr(a)); ok {
			t.Errorf("%s is %s", a, name)
		}
	}
	if _, ok := b.Reserved(netip.MustParseAddr("10.0.0.1")); !ok {
		t.Error("10.0.0.1 became ordinary")
	}
}

// TestWarningListsAreReserved asks for each prefix of the public lists, where they lie beside the repository.
func TestWarningListsAreReserved(t *testing.T) {
	for _, name := range []string{"rfc1918", "rfc3849", "rfc5735", "rfc6598"} {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "shared", "data", "warninglists", name+".json"))
			if err != nil {
				t.Skip("the reference list ../shared/data/warninglists is not here")
			}
			var list struct{ List []string }
			if err := json.Unmarshal(text, &list); err != nil {
				t.Fatal(err)
			}
			for _, s := range list.List {
				p := netip.MustParsePrefix(s)
				for _, a := range []netip.Addr{p.Addr(), lastAddr(p)} {
					if _, ok := Reserved(a); !ok {
						t.Errorf("%s of %s counts as ordinary", a, p)
					}
				}
			}
		})
	}
}

func BenchmarkReservedV4(b *testing.B) {
	for name, ip := range map[string]uint32{"ordinary": 0x0b010203, "ordinary in 192": 0xc0010203, "documentation": 0xc0000201} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Blocks{}.ReservedV4(ip)
			}
		})
	}
}
