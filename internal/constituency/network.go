package constituency

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
)

// Rule says by what a network is recognised.
type Rule string

// The rules, the surest first.
const (
	ByPrefix  Rule = "prefix"
	ByDomain  Rule = "domain"
	ByASN     Rule = "asn"
	ByCountry Rule = "country"
)

// Network is something that an organisation owns and by which an observation is
// found to be its own.
type Network struct {
	ID           string
	Organisation string // id of the owner
	Rule         Rule
	Value        string    // canonical: 203.0.113.0/24, example.org, AS64500, country:CA
	From         time.Time // in force from, zero for always
	Until        time.Time // in force until (exclusive), zero for ever
	ApprovedBy   string    // who approved it, "" while nobody has
	ApprovedAt   time.Time
	Version      int64
}

// Approved reports whether somebody approved the network; else it matches nothing.
func (n Network) Approved() bool { return !n.ApprovedAt.IsZero() }

// ValidAt reports whether now lies in the network's validity.
func (n Network) ValidAt(now time.Time) bool {
	return !now.Before(n.From) && (n.Until.IsZero() || now.Before(n.Until))
}

// InForce reports whether the network matches at the moment now.
func (n Network) InForce(now time.Time) bool { return n.Approved() && n.ValidAt(now) }

// Prefix returns the prefix of a ByPrefix network, the zero prefix for the others.
func (n Network) Prefix() netip.Prefix {
	if n.Rule != ByPrefix {
		return netip.Prefix{}
	}
	p, _ := netip.ParsePrefix(n.Value)
	return p
}

// ParseNetwork reads the text of a network: a prefix (or a single address), an
// AS number as AS64500 or AS1.10, country:CA, else a domain. The text must be
// exact: an address with host bits, a URL or a mail address is an error that
// names what was probably meant.
func ParseNetwork(text string) (Rule, string, error) {
	s := strings.TrimSpace(text)
	if err := cleanText(s, 300); err != nil {
		return "", "", err
	}
	switch lower := strings.ToLower(s); {
	case s == "":
		return "", "", problem.New(problem.Invalid, "the network is empty")
	case strings.HasPrefix(lower, "country:"):
		c, err := ParseCountry(s[len("country:"):])
		return ByCountry, "country:" + string(c), err
	case looksLikeASN(lower):
		n, err := ParseASN(s)
		return ByASN, "AS" + strconv.FormatUint(uint64(n), 10), err
	case strings.Contains(s, "://"):
		return "", "", urlAsNetwork(s)
	case strings.Contains(s, "@"):
		return "", "", problem.New(problem.Invalid, "%q is a mail address: it belongs in contact, not in network", clip(s))
	case looksLikePrefix(s):
		p, err := ParsePrefix(s)
		return ByPrefix, p.String(), err
	}
	d, err := ParseDomain(s)
	return ByDomain, d, err
}

func urlAsNetwork(s string) error {
	if u, err := url.Parse(s); err == nil && u.Hostname() != "" {
		return problem.New(problem.Invalid, "%q is a URL: a network is written %q", clip(s), clip(u.Hostname()))
	}
	return problem.New(problem.Invalid, "%q is a URL: write the domain alone", clip(s))
}

// looksLikeASN is true for AS and digits, and for digits alone, which ParseASN refuses with advice.
func looksLikeASN(lower string) bool {
	digits := strings.TrimPrefix(strings.TrimPrefix(lower, "asn"), "as")
	if digits == "" {
		return false
	}
	dots := strings.Count(digits, ".")
	return strings.Trim(digits, "0123456789.") == "" && (dots == 0 || dots == 1 && strings.HasPrefix(lower, "as"))
}

// looksLikePrefix is true for what can be no domain: a colon, a slash, or digits and dots only.
func looksLikePrefix(s string) bool {
	return strings.ContainsAny(s, ":/") || strings.Trim(s, "0123456789.") == ""
}

// ParseASN reads AS64500 or, as RFC 5396's asdot, AS1.10. The numbers that no
// network can have (0, 23456, 65535, 4294967295: RFC 7607, 6793, 7300) are refused.
func ParseASN(s string) (uint32, error) {
	lower := strings.ToLower(strings.TrimSpace(s))
	digits, found := strings.CutPrefix(lower, "as")
	digits = strings.TrimPrefix(digits, "n")
	if !found {
		return 0, problem.New(problem.Invalid, "%q: write an AS number with its letters, AS%s", clip(s), clip(lower))
	}
	n, err := asdot(digits)
	if err != nil {
		return 0, problem.New(problem.Invalid, "%q is no AS number: use AS1 to AS4294967294", clip(s))
	}
	switch n {
	case 0, 23456, 65535, 4294967295:
		return 0, problem.New(problem.Invalid, "AS%d is reserved: no organisation has it", n)
	}
	return n, nil
}

func asdot(digits string) (uint32, error) {
	high, low, dotted := strings.Cut(digits, ".")
	if !dotted {
		n, err := strconv.ParseUint(digits, 10, 32)
		return uint32(n), err
	}
	h, err := strconv.ParseUint(high, 10, 16)
	if err != nil {
		return 0, err
	}
	l, err := strconv.ParseUint(low, 10, 16)
	return uint32(h)<<16 | uint32(l), err
}

// The shortest prefixes that a register takes: the largest blocks ever given to
// one party are /8 (IPv4) and /16 (IPv6).
const (
	shortest4 = 8
	shortest6 = 16
)

// ParsePrefix reads an IPv4 or IPv6 prefix; an address alone is its /32 or /128.
// Host bits, IPv4-mapped notation, zones, and blocks too large or never anyone's
// are errors that say what to write.
func ParsePrefix(s string) (netip.Prefix, error) {
	p, err := rawPrefix(strings.TrimSpace(s))
	if err != nil {
		return netip.Prefix{}, err
	}
	if p.Addr().Is4In6() {
		return netip.Prefix{}, mappedPrefix(p)
	}
	if p != p.Masked() {
		return netip.Prefix{}, problem.New(problem.Invalid, "%s has host bits set: did you mean %s?", p, p.Masked())
	}
	return p, usablePrefix(p)
}

func rawPrefix(s string) (netip.Prefix, error) {
	if strings.Contains(s, "/") {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return p, problem.New(problem.Invalid, "%q is no prefix: write it as 203.0.113.0/24 or 2001:db8::/32", clip(s))
		}
		return p, nil
	}
	a, err := netip.ParseAddr(s)
	switch {
	case err != nil && strings.Contains(s, "-"):
		return netip.Prefix{}, problem.New(problem.Invalid, "%q is a range: write it as prefixes such as 203.0.113.0/24", clip(s))
	case err != nil:
		return netip.Prefix{}, problem.New(problem.Invalid, "%q is no address: write it as 203.0.113.7 or 203.0.113.0/24", clip(s))
	case a.Zone() != "":
		return netip.Prefix{}, problem.New(problem.Invalid, "%q has a zone, which means something on one machine only: leave it off", clip(s))
	}
	return netip.PrefixFrom(a, a.BitLen()), nil
}

func mappedPrefix(p netip.Prefix) error {
	if p.Bits() < 96 {
		return problem.New(problem.Invalid, "%s holds all IPv4-mapped addresses: write the IPv4 prefix itself", p)
	}
	plain := netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96).Masked()
	return problem.New(problem.Invalid, "%s is IPv4-mapped: did you mean %s?", p, plain)
}

// neverOwned are blocks that no organisation can answer for. Private and
// documentation blocks may be registered: internal teams and demonstrations use them.
var neverOwned = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("224.0.0.0/3"),
	netip.MustParsePrefix("::/16"), netip.MustParsePrefix("fe80::/10"), netip.MustParsePrefix("ff00::/8"),
}

func usablePrefix(p netip.Prefix) error {
	shortest := shortest6
	if p.Addr().Is4() {
		shortest = shortest4
	}
	if p.Bits() < shortest {
		return problem.New(problem.Invalid, "%s is too large to be one party's: the largest block is a /%d", p, shortest)
	}
	for _, never := range neverOwned {
		if never.Overlaps(p) {
			return problem.New(problem.Invalid, "%s lies in %s, which is nobody's", p, never)
		}
	}
	return nil
}
