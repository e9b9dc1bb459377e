package warninglist

import (
	_ "embed" // the list of resolvers
	"encoding/binary"
	"net/netip"
	"slices"
	"sync"
)

// special are the address blocks of the IANA special-purpose registries
// (RFC 6890) that are no particular machine of the Internet.
var special = []struct {
	prefix netip.Prefix
	list   List
}{
	{netip.MustParsePrefix("10.0.0.0/8"), Private},
	{netip.MustParsePrefix("172.16.0.0/12"), Private},
	{netip.MustParsePrefix("192.168.0.0/16"), Private},
	{netip.MustParsePrefix("100.64.0.0/10"), Private},
	{netip.MustParsePrefix("fc00::/7"), Private},
	{netip.MustParsePrefix("0.0.0.0/8"), Reserved},
	{netip.MustParsePrefix("127.0.0.0/8"), Reserved},
	{netip.MustParsePrefix("169.254.0.0/16"), Reserved},
	{netip.MustParsePrefix("192.0.0.0/24"), Reserved},
	{netip.MustParsePrefix("192.88.99.0/24"), Reserved},
	{netip.MustParsePrefix("224.0.0.0/4"), Reserved},
	{netip.MustParsePrefix("240.0.0.0/4"), Reserved},
	{netip.MustParsePrefix("::/127"), Reserved},
	{netip.MustParsePrefix("fe80::/10"), Reserved},
	{netip.MustParsePrefix("ff00::/8"), Reserved},
	{netip.MustParsePrefix("100::/64"), Reserved},
	{netip.MustParsePrefix("192.0.2.0/24"), Documentation},
	{netip.MustParsePrefix("198.51.100.0/24"), Documentation},
	{netip.MustParsePrefix("203.0.113.0/24"), Documentation},
	{netip.MustParsePrefix("2001:db8::/32"), Documentation},
	{netip.MustParsePrefix("3fff::/20"), Documentation},
	{netip.MustParsePrefix("198.18.0.0/15"), Benchmark},
	{netip.MustParsePrefix("2001:2::/48"), Benchmark},
}

// resolvers6 are the well-known public resolvers' IPv6 addresses; the list has only IPv4.
var resolvers6 = []netip.Addr{
	netip.MustParseAddr("2001:4860:4860::8888"), netip.MustParseAddr("2001:4860:4860::8844"),
	netip.MustParseAddr("2606:4700:4700::1111"), netip.MustParseAddr("2606:4700:4700::1001"),
	netip.MustParseAddr("2620:fe::fe"), netip.MustParseAddr("2620:fe::9"),
}

//go:embed lists/public-dns-v4.bin
var packed []byte

// resolvers are the public resolvers, ascending. They are unpacked when first asked for: a quarter of a megabyte.
var resolvers = sync.OnceValue(func() []uint32 {
	out := make([]uint32, 0, len(packed)/2)
	last := uint64(0)
	for rest := packed; len(rest) > 0; {
		step, n := binary.Uvarint(rest)
		if n <= 0 {
			break // cannot be: a test reads them all
		}
		last += step
		out = append(out, uint32(last))
		rest = rest[n:]
	}
	return out
})

// Addr returns the lists that an address is on. IPv4 in IPv6 form is IPv4.
func Addr(a netip.Addr) []string {
	a = a.Unmap().WithZone("")
	for _, s := range special {
		if s.prefix.Contains(a) {
			return []string{string(s.list)}
		}
	}
	if resolver(a) {
		return []string{string(PublicDNS)}
	}
	return nil
}

func resolver(a netip.Addr) bool {
	if !a.Is4() {
		return slices.Contains(resolvers6, a)
	}
	b := a.As4()
	_, found := slices.BinarySearch(resolvers(), binary.BigEndian.Uint32(b[:]))
	return found
}

// Prefix returns the lists of blocks in which a whole prefix lies.
func Prefix(p netip.Prefix) []string {
	for _, s := range special {
		if s.prefix.Bits() <= p.Bits() && s.prefix.Contains(p.Addr()) {
			return []string{string(s.list)}
		}
	}
	return nil
}
