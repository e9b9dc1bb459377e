package indicator

import (
	"net/netip"
	"slices"
	"strings"
)

// numbered are words before something that looks like an address and is a
// version, a section or the like.
var numbered = strings.Fields(`version v ver vers. release rel build firmware fw revision rev section sect sec chapter clause article art
	paragraph para annex appendix table figure fig § rfc iso chapitre paragraphe annexe alinéa tableau micrologiciel logiciel software oid`)

// address takes an address, with a port or zone or in brackets, or a prefix.
func (s *scanner) address(from, to int) bool {
	text := string(s.text[from:min(to, from+80)])
	if len(text) < 3 || to-from > 64 || strings.Trim(text, "0123456789abcdefABCDEF.:/[]%") != "" && !strings.Contains(text, "%") {
		return false
	}
	if p, ok := prefix(text); ok {
		s.found(Indicator{Kind: CIDR, Value: p.String()}, from, to)
		return true
	}
	a, ok := addr(text)
	if !ok || slices.Contains(numbered, s.before) && a.Is4() && !s.bracketed(from, to) {
		return false
	}
	s.found(Indicator{Kind: IP, Value: a.String()}, from, to)
	return true
}

// bracketed reports whether somebody made it harmless, which nobody does with a version.
func (s *scanner) bracketed(from, to int) bool {
	_, _, defanged := s.span(from, to)
	return defanged
}

func addr(text string) (netip.Addr, bool) {
	inner := text
	if ap, err := netip.ParseAddrPort(text); err == nil {
		return clean(ap.Addr()), true
	}
	if strings.HasPrefix(text, "[") {
		inner, _, _ = strings.Cut(text[1:], "]")
	}
	a, err := netip.ParseAddr(strings.Trim(inner, "[]."))
	if err != nil {
		a, err = netip.ParseAddr(strings.TrimSuffix(inner, ":"))
	}
	if err != nil || a.Is6() && !likely6(inner) {
		return a, false
	}
	return clean(a), true
}

func clean(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

// likely6 tells an IPv6 address from other things with colons: "::", names in programs (face::add), times, hardware addresses.
func likely6(text string) bool {
	if !strings.ContainsAny(text, "0123456789") && strings.Count(text, ":") < 4 {
		return false
	}
	if !strings.Contains(text, "::") {
		groups := strings.Split(text, ":")
		return slices.ContainsFunc(groups, func(g string) bool { return len(g) != 2 })
	}
	return true
}

// prefix takes a prefix of a sensible length; host bits are cleared.
func prefix(text string) (netip.Prefix, bool) {
	if !strings.Contains(text, "/") {
		return netip.Prefix{}, false
	}
	p, err := netip.ParsePrefix(text)
	if err != nil || p.Bits() == 0 || p.Addr().Is4In6() || p.Addr().Is6() && !likely6(strings.TrimRight(text, "0123456789")) {
		return netip.Prefix{}, false
	}
	return p.Masked(), true
}

// release reports whether digits behind a slash are a product's version, as browsers write them: Chrome/120.0.0.0.
func (s *scanner) release(from, to int) bool {
	text := string(s.text[from:min(to, from+20)])
	return from > 1 && letter(s.text[from-2]) && strings.HasSuffix(text, ".0") && strings.Trim(text, "0123456789.") == ""
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func digit(c byte) bool  { return c >= '0' && c <= '9' }

// oddAddress reads the ways in which browsers let an IPv4 address be written: 0x7f.1, 2130706433, 0177.0.0.1 (WHATWG URL, "IPv4 parser").
func oddAddress(host string) (netip.Addr, bool) {
	parts := strings.Split(strings.TrimSuffix(host, "."), ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var sum uint64
	for i, part := range parts {
		n, ok := oddNumber(part)
		last := i == len(parts)-1
		if !ok || !last && n > 255 || last && n >= 1<<(8*(5-len(parts))) {
			return netip.Addr{}, false
		}
		if last {
			sum |= n
		} else {
			sum |= n << (8 * (3 - i))
		}
	}
	return netip.AddrFrom4([4]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)}), true
}
