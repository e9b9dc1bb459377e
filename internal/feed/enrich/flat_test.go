package enrich

import (
	"net/netip"
	"testing"

	"github.com/gaissmai/bart"
	"pgregory.net/rapid"
)

// drawPrefix4 draws from a small part of the address space, so that prefixes lie within each other often.
func drawPrefix4(t *rapid.T) netip.Prefix {
	ip := rapid.SampledFrom([]uint32{0, 0x0b000000, 0xcb007100, 0xffffff00}).Draw(t, "base") | rapid.Uint32Range(0, 255).Draw(t, "low")
	return netip.PrefixFrom(addr4(ip), rapid.IntRange(0, 32).Draw(t, "bits")).Masked()
}

func drawPrefix6(t *rapid.T) netip.Prefix {
	a := netip.MustParseAddr("2001:db8::").As16()
	a[5], a[7], a[8], a[15] = rapid.Byte().Draw(t, "b5"), rapid.Byte().Draw(t, "b7"), rapid.Byte().Draw(t, "b8"), rapid.Byte().Draw(t, "b15")
	return netip.PrefixFrom(netip.AddrFrom16(a), rapid.IntRange(0, 128).Draw(t, "bits")).Masked()
}

func addr4(ip uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(ip >> 24), byte(ip >> 16), byte(ip >> 8), byte(ip)})
}

// TestFlatAgreesWithATrie holds the arrays to a routing table: the same prefixes, the same answers, at each prefix's edges.
func TestFlatAgreesWithATrie(t *testing.T) {
	for name, draw := range map[string]func(*rapid.T) netip.Prefix{"IPv4": drawPrefix4, "IPv6": drawPrefix6} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				var trie bart.Fast[uint32]
				var l layer
				prefixes := rapid.SliceOfN(rapid.Custom(draw), 1, 40).Draw(t, "prefixes")
				for i, p := range prefixes {
					trie.Insert(p, uint32(i+1))
					l.claim(p, uint32(i+1))
				}
				table := assemble(nil, make([]record, len(prefixes)+1), flatten(l.four), flatten(l.six))
				for _, p := range prefixes {
					checkEdges(t, table, &trie, p)
				}
			})
		})
	}
}

func checkEdges(t *rapid.T, table *Table, trie *bart.Fast[uint32], p netip.Prefix) {
	end := lastAddr(p)
	for _, a := range []netip.Addr{p.Addr(), p.Addr().Prev(), end, end.Next()} {
		if !a.IsValid() {
			continue
		}
		want, _ := trie.Lookup(a)
		got := table.six.at(wideOf(a))
		if a.Is4() {
			got = table.four.at(number4(a))
		}
		if got != want {
			t.Fatalf("%s: record %d, a trie says %d", a, got, want)
		}
	}
}

func TestRangeIsMadeOfFewestPrefixes(t *testing.T) {
	tests := []struct {
		name, start, end string
		want             int
	}{
		{"one address", "192.0.2.1", "192.0.2.1", 1},
		{"a whole prefix", "192.0.2.0", "192.0.2.255", 1},
		{"two halves off centre", "192.0.2.1", "192.0.2.2", 2},
		{"everything", "0.0.0.0", "255.255.255.255", 1},
		{"IPv6 half", "8000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 1},
		{"IPv6 across the middle", "2001:db8::ffff:ffff:ffff:ffff", "2001:db8:0:1::", 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var l layer
			if err := newBuilder().claimRange(&l, tt.start, tt.end, record{asn: 1}); err != nil {
				t.Fatal(err)
			}
			if got := len(l.four) + len(l.six); got != tt.want {
				t.Errorf("%d prefixes, want %d: %v %v", got, tt.want, l.four, l.six)
			}
		})
	}
}
