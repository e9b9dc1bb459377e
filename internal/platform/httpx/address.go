package httpx

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"github.com/firehall/firehall/internal/core/problem"
)

// refusal is a block that no request of ours may reach.
type refusal struct {
	prefix netip.Prefix
	why    string
}

func block(prefix, why string) refusal { return refusal{netip.MustParsePrefix(prefix), why} }

// refused are the blocks of IANA's special-purpose registries (RFC 6890 and its
// successors) that are not global, and those of cloud metadata services. What
// carries an IPv4 address inside is judged by that address, in embedded.
var refused = []refusal{
	block("0.0.0.0/8", "this network"),
	block("10.0.0.0/8", "private"),
	block("100.64.0.0/10", "shared address space"),
	block("127.0.0.0/8", "loopback"),
	block("169.254.0.0/16", "link-local, where cloud metadata is"),
	block("172.16.0.0/12", "private"),
	block("192.0.0.0/24", "protocol assignments"),
	block("192.0.2.0/24", "documentation"),
	block("192.31.196.0/24", "AS112"),
	block("192.52.193.0/24", "AMT"),
	block("192.88.99.0/24", "6to4 relay"),
	block("192.168.0.0/16", "private"),
	block("192.175.48.0/24", "AS112"),
	block("198.18.0.0/15", "benchmarking"),
	block("198.51.100.0/24", "documentation"),
	block("203.0.113.0/24", "documentation"),
	block("224.0.0.0/4", "multicast"),
	block("240.0.0.0/4", "reserved"),
	block("168.63.129.16/32", "cloud metadata"),
	block("::/128", "unspecified"),
	block("::1/128", "loopback"),
	block("64:ff9b:1::/48", "local NAT64"),
	block("100::/64", "discard"),
	block("100:0:0:1::/64", "dummy prefix"),
	block("2001::/32", "Teredo"),
	block("2001:2::/48", "benchmarking"),
	block("2001:10::/28", "ORCHID"),
	block("2001:20::/28", "ORCHID"),
	block("2001:db8::/32", "documentation"),
	block("2002::/16", "6to4"),
	block("2620:4f:8000::/48", "AS112"),
	block("3fff::/20", "documentation"),
	block("5f00::/16", "segment routing"),
	block("fc00::/7", "private"),
	block("fe80::/10", "link-local"),
	block("fec0::/10", "site-local"),
	block("ff00::/8", "multicast"),
}

// globalIPv6 is all that is given out as global unicast; the rest is reserved.
var (
	globalIPv6 = netip.MustParsePrefix("2000::/3")
	nat64      = netip.MustParsePrefix("64:ff9b::/96")
	compatible = netip.MustParsePrefix("::/96")
)

// Check returns an error for an address that no request may be sent to: not
// global, or a wrapping of one that is not. Mapped and NAT64 addresses are
// judged by the IPv4 address inside; 6to4 and Teredo are refused whole, for
// their relays are nobody's we know.
func Check(a netip.Addr) error {
	if !a.IsValid() {
		return problem.New(problem.Forbidden, "no address")
	}
	a = a.WithZone("").Unmap()
	for _, r := range refused {
		if r.prefix.Contains(a) {
			return problem.New(problem.Forbidden, "address %s is not allowed: %s (%s)", a, r.why, r.prefix)
		}
	}
	if inner, ok := embedded(a); ok {
		if err := Check(inner); err != nil {
			return problem.Wrap(problem.Forbidden, err, "address %s is not allowed", a)
		}
		return nil
	}
	if a.Is6() && !globalIPv6.Contains(a) {
		return problem.New(problem.Forbidden, "address %s is not allowed: outside global unicast", a)
	}
	return nil
}

// metadata is where clouds tell their machines their secrets, within private networks and shared address space.
var metadata = []netip.Prefix{
	netip.MustParsePrefix("100.100.100.200/32"), netip.MustParsePrefix("fd00:ec2::/32"), netip.MustParsePrefix("fd20:ce::/32"),
}

var shared = netip.MustParsePrefix("100.64.0.0/10")

// inside tells whether an address is of this machine or a private network.
func inside(a netip.Addr) bool {
	a = a.WithZone("").Unmap()
	if slices.ContainsFunc(metadata, func(p netip.Prefix) bool { return p.Contains(a) }) {
		return false
	}
	return a.IsLoopback() || a.IsPrivate() || shared.Contains(a)
}

// embedded returns the IPv4 address in the last 32 bits of NAT64 (RFC 6052) and
// of the long deprecated IPv4-compatible form.
func embedded(a netip.Addr) (netip.Addr, bool) {
	if !nat64.Contains(a) && !compatible.Contains(a) {
		return a, false
	}
	b := a.As16()
	var v4 [4]byte
	binary.BigEndian.PutUint32(v4[:], binary.BigEndian.Uint32(b[12:]))
	return netip.AddrFrom4(v4), true
}
