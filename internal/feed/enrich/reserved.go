package enrich

import "net/netip"

// block is one special-purpose block. An empty name makes an exception inside a larger block: ordinary addresses after all.
type block struct {
	prefix netip.Prefix
	name   string
}

// Names of blocks that the program treats apart.
const (
	private       = "private"
	documentation = "documentation"
	benchmarking  = "benchmarking"
	protocol      = "protocol-assignment"
	multicast     = "multicast"
)

// blocks4 is IANA's IPv4 Special-Purpose Address Registry (RFC 6890 and its updates), with multicast (RFC 5771) added. The more
// specific stand first.
var blocks4 = []block{
	{netip.MustParsePrefix("255.255.255.255/32"), "broadcast"},    // RFC 8190
	{netip.MustParsePrefix("192.0.0.9/32"), ""},                   // RFC 7723: port control anycast, reachable
	{netip.MustParsePrefix("192.0.0.10/32"), ""},                  // RFC 8155: TURN anycast, reachable
	{netip.MustParsePrefix("192.0.0.0/24"), protocol},             // RFC 6890
	{netip.MustParsePrefix("192.0.2.0/24"), documentation},        // RFC 5737
	{netip.MustParsePrefix("198.51.100.0/24"), documentation},     // RFC 5737
	{netip.MustParsePrefix("203.0.113.0/24"), documentation},      // RFC 5737
	{netip.MustParsePrefix("192.88.99.0/24"), "6to4-relay"},       // RFC 7526
	{netip.MustParsePrefix("192.168.0.0/16"), private},            // RFC 1918
	{netip.MustParsePrefix("169.254.0.0/16"), "link-local"},       // RFC 3927
	{netip.MustParsePrefix("198.18.0.0/15"), benchmarking},        // RFC 2544
	{netip.MustParsePrefix("172.16.0.0/12"), private},             // RFC 1918
	{netip.MustParsePrefix("100.64.0.0/10"), "shared"},            // RFC 6598
	{netip.MustParsePrefix("0.0.0.0/8"), "this-network"},          // RFC 791 §3.2
	{netip.MustParsePrefix("10.0.0.0/8"), private},                // RFC 1918
	{netip.MustParsePrefix("127.0.0.0/8"), "loopback"},            // RFC 1122 §3.2.1.3
	{netip.MustParsePrefix("224.0.0.0/4"), multicast},             // RFC 5771
	{netip.MustParsePrefix("240.0.0.0/4"), "reserved-future-use"}, // RFC 1112 §4
}

// blocks6 is IANA's IPv6 Special-Purpose Address Registry, with multicast and the old site-local addresses added. The more specific
// stand first.
var blocks6 = []block{
	{netip.MustParsePrefix("::/128"), "unspecified"},           // RFC 4291 §2.5.2
	{netip.MustParsePrefix("::1/128"), "loopback"},             // RFC 4291 §2.5.3
	{netip.MustParsePrefix("2001:1::1/128"), ""},               // RFC 7723
	{netip.MustParsePrefix("2001:1::2/128"), ""},               // RFC 8155
	{netip.MustParsePrefix("2001:1::3/128"), ""},               // RFC 9665
	{netip.MustParsePrefix("64:ff9b::/96"), "nat64"},           // RFC 6052
	{netip.MustParsePrefix("100::/64"), "discard"},             // RFC 6666
	{netip.MustParsePrefix("100:0:0:1::/64"), "dummy"},         // RFC 9780
	{netip.MustParsePrefix("64:ff9b:1::/48"), "nat64"},         // RFC 8215
	{netip.MustParsePrefix("2001:2::/48"), benchmarking},       // RFC 5180
	{netip.MustParsePrefix("2001:4:112::/48"), ""},             // RFC 7535
	{netip.MustParsePrefix("2001::/32"), "teredo"},             // RFC 4380
	{netip.MustParsePrefix("2001:3::/32"), ""},                 // RFC 7450
	{netip.MustParsePrefix("2001:db8::/32"), documentation},    // RFC 3849
	{netip.MustParsePrefix("2001:10::/28"), "orchid"},          // RFC 4843
	{netip.MustParsePrefix("2001:20::/28"), "orchid"},          // RFC 7343
	{netip.MustParsePrefix("2001:30::/28"), "drone-remote-id"}, // RFC 9374
	{netip.MustParsePrefix("2001::/23"), protocol},             // RFC 2928
	{netip.MustParsePrefix("3fff::/20"), documentation},        // RFC 9637
	{netip.MustParsePrefix("2002::/16"), "6to4"},               // RFC 3056
	{netip.MustParsePrefix("5f00::/16"), "segment-routing"},    // RFC 9602
	{netip.MustParsePrefix("fe80::/10"), "link-local"},         // RFC 4291 §2.5.6
	{netip.MustParsePrefix("fec0::/10"), "site-local"},         // RFC 3879
	{netip.MustParsePrefix("ff00::/8"), multicast},             // RFC 4291 §2.7
	{netip.MustParsePrefix("fc00::/7"), "unique-local"},        // RFC 4193
	{netip.MustParsePrefix("::/8"), "reserved-by-ietf"},        // RFC 4291 §4
}

// octet4 says of each first octet whether any block of blocks4 touches it: ordinary addresses are answered by this one look.
var octet4 = func() (t [256]bool) {
	for _, b := range blocks4 {
		first := int(b.prefix.Addr().As4()[0])
		for i := range 1 << max(0, 8-b.prefix.Bits()) {
			t[first+i] = true
		}
	}
	return t
}()

// mask4 are blocks4 as numbers: base, mask, name.
var mask4 = func() []struct {
	base, mask uint32
	name       string
} {
	out := make([]struct {
		base, mask uint32
		name       string
	}, len(blocks4))
	for i, b := range blocks4 {
		out[i].base, out[i].name = number4(b.prefix.Addr()), b.name
		out[i].mask = ^uint32(0) << (32 - b.prefix.Bits())
	}
	return out
}()

// Blocks decides which addresses are special. The zero value follows the registries.
type Blocks struct {
	// DocumentationIsReal makes the documentation prefixes ordinary: the demonstration nation lives there.
	DocumentationIsReal bool
}

// Reserved names the special-purpose block that an address lies in, by the registries.
func Reserved(a netip.Addr) (name string, ok bool) { return Blocks{}.Reserved(a) }

// Reserved names the special-purpose block that an address lies in; ok is false for ordinary addresses and the zero Addr. An
// IPv4-mapped IPv6 address counts as the IPv4 address.
func (s Blocks) Reserved(a netip.Addr) (name string, ok bool) {
	if a.Is4() || a.Is4In6() {
		return s.ReservedV4(number4(a.Unmap()))
	}
	if !a.IsValid() || ordinary6(a) {
		return "", false
	}
	a = a.WithZone("")
	for i := range blocks6 {
		if blocks6[i].prefix.Contains(a) {
			return s.answer(blocks6[i].name)
		}
	}
	return "", false
}

// ReservedV4 is Reserved for an IPv4 address as a big-endian number.
func (s Blocks) ReservedV4(ip uint32) (name string, ok bool) {
	if !octet4[ip>>24] {
		return "", false
	}
	for i := range mask4 {
		if ip&mask4[i].mask == mask4[i].base {
			return s.answer(mask4[i].name)
		}
	}
	return "", false
}

func (s Blocks) answer(name string) (string, bool) {
	if name == "" || s.DocumentationIsReal && name == documentation {
		return "", false
	}
	return name, true
}

// ordinary6 is true for global unicast outside the few /16 that hold special blocks.
func ordinary6(a netip.Addr) bool {
	b := a.As16()
	if b[0]>>5 != 1 { // 2000::/3
		return false
	}
	first := uint16(b[0])<<8 | uint16(b[1])
	return first != 0x2001 && first != 0x2002 && first != 0x3fff
}

func number4(a netip.Addr) uint32 {
	b := a.As4()
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}
