package constituency

import (
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/firehall/firehall/internal/core/problem"
)

// Subject is what a question is about.
type Subject string

// The subjects.
const (
	AboutAddress Subject = "address"
	AboutPrefix  Subject = "prefix"
	AboutDomain  Subject = "domain"
	AboutURL     Subject = "url"
	AboutASN     Subject = "asn"
)

// Asked is a question understood. Of a URL, the host is in Addr or Domain.
type Asked struct {
	Subject Subject
	Addr    netip.Addr   // IPv4 is never in IPv6 form
	Prefix  netip.Prefix // masked
	Domain  string       // lower-case ASCII
	ASN     uint32
}

// maxQuestion is the longest text taken as a question; URLs of feeds are long.
const maxQuestion = 8 << 10

// refang undoes the ways in which people make addresses harmless in mail.
var refang = strings.NewReplacer(
	"[.]", ".", "(.)", ".", "{.}", ".", "[dot]", ".", "(dot)", ".", "{dot}", ".", "[DOT]", ".", "(DOT)", ".", `\.`, ".",
	"[:]", ":", "[://]", "://", "[/]", "/", "[at]", "@", "(at)", "@", "[@]", "@", "[AT]", "@",
)

// Refang gives what people paste as it was before it was made harmless (hxxps://www[.]example[.]org), without the signs around it.
func Refang(text string) string {
	s := refang.Replace(strings.Trim(strings.TrimSpace(text), "<>\"'`,;"))
	if scheme, rest, ok := strings.Cut(s, "://"); ok && strings.HasPrefix(strings.ToLower(scheme), "hxxp") {
		return "http" + strings.ToLower(scheme[len("hxxp"):]) + "://" + rest
	}
	return s
}

// ParseQuestion understands an address, prefix, domain, URL, mail address or AS
// number, as people paste it: in brackets or quotes, with a port, defanged
// (hxxp://, 1.2.3[.]4). Unlike the register, it takes a prefix with host bits.
func ParseQuestion(text string) (Asked, error) {
	if len(text) > maxQuestion {
		return Asked{}, problem.New(problem.Invalid, "the question is %d bytes long: at most %d", len(text), maxQuestion)
	}
	s := refang.Replace(strings.Trim(strings.TrimSpace(text), "<>\"'`,;"))
	if s == "" {
		return Asked{}, problem.New(problem.Invalid, "nothing was asked: give an address, prefix, domain, URL or AS number")
	}
	lower := strings.ToLower(s)
	if strings.HasPrefix(lower, "as") && looksLikeASN(lower) {
		n, err := ParseASN(s)
		return Asked{Subject: AboutASN, ASN: n}, err
	}
	if a, ok := parseAddress(s); ok {
		return Asked{Subject: AboutAddress, Addr: a}, nil
	}
	if p, err := netip.ParsePrefix(s); err == nil {
		return askedPrefix(p), nil
	}
	if _, host, ok := strings.Cut(s, "@"); ok && !strings.ContainsAny(s, "/") {
		return askedHost(AboutDomain, host, text)
	}
	if scheme, rest, ok := strings.Cut(s, "://"); ok {
		return askedURL(scheme, rest, text)
	}
	if host, _, ok := strings.Cut(s, "/"); ok && !allDigits(strings.ReplaceAll(host, ".", "")) {
		return askedURL("http", s, text)
	}
	return askedHost(AboutDomain, s, text)
}

// parseAddress reads an address, also with a port or in brackets.
func parseAddress(s string) (netip.Addr, bool) {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	return a.Unmap().WithZone(""), err == nil
}

func askedPrefix(p netip.Prefix) Asked {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	if p.IsSingleIP() {
		return Asked{Subject: AboutAddress, Addr: p.Addr()}
	}
	return Asked{Subject: AboutPrefix, Prefix: p.Masked()}
}

// askedURL takes the host of a URL whatever else is wrong with it: malware's URLs are.
func askedURL(scheme, rest, text string) (Asked, error) {
	if scheme == "" || strings.ContainsAny(scheme, " /.") {
		return Asked{}, notUnderstood(text)
	}
	authority, _, _ := strings.Cut(strings.ReplaceAll(rest, "\\", "/"), "/")
	authority, _, _ = strings.Cut(authority, "?")
	authority, _, _ = strings.Cut(authority, "#")
	host := authority[strings.LastIndexByte(authority, '@')+1:]
	return askedHost(AboutURL, host, text)
}

func askedHost(subject Subject, host, text string) (Asked, error) {
	if a, ok := parseAddress(host); ok {
		return Asked{Subject: subject, Addr: a}, nil
	}
	if name, port, ok := strings.Cut(host, ":"); ok && (allDigits(port) || port == "") {
		host = name
	}
	if unescaped, err := url.PathUnescape(host); err == nil {
		host = unescaped
	}
	name := hostName(host)
	if name == "" || !strings.Contains(name, ".") || number(name[strings.LastIndexByte(name, '.')+1:]) {
		return Asked{}, notUnderstood(text)
	}
	return Asked{Subject: subject, Domain: name}, nil
}

// number reports whether browsers take a host with this last label for an
// address written oddly (WHATWG URL, "ends in a number").
func number(label string) bool {
	hex, ok := strings.CutPrefix(label, "0x")
	return allDigits(label) || ok && strings.Trim(hex, "0123456789abcdef") == ""
}

func notUnderstood(text string) error {
	return problem.New(problem.Invalid, "%q is no address, prefix, domain, URL or AS number", clip(text))
}

// key is one value of the register that would answer a question.
type key struct {
	rule  Rule
	value string
}

// keys lists what in the register would answer, the most particular first.
func (a Asked) keys() []key {
	switch {
	case a.Addr.IsValid():
		return prefixKeys(netip.PrefixFrom(a.Addr, a.Addr.BitLen()))
	case a.Prefix.IsValid():
		return prefixKeys(a.Prefix)
	case a.Subject == AboutASN:
		return []key{asnKey(a.ASN)}
	}
	var keys []key
	for name := range suffixes(a.Domain) {
		if !IsPublicSuffix(name) {
			keys = append(keys, key{ByDomain, name})
		}
	}
	return keys
}

func prefixKeys(p netip.Prefix) (keys []key) {
	for bits := p.Bits(); bits > 0; bits-- {
		keys = append(keys, key{ByPrefix, netip.PrefixFrom(p.Addr(), bits).Masked().String()})
	}
	return keys
}

// CountryOfName is the country under whose ending a domain stands; empty if there is none.
func CountryOfName(domain string) Country { return Asked{Domain: domain}.country() }

// country returns the country that a domain's top level stands for, "" if none.
func (a Asked) country() Country {
	suffix, _ := publicsuffix.PublicSuffix(a.Domain)
	top := suffix[strings.LastIndexByte(suffix, '.')+1:]
	if top == "uk" {
		return "GB"
	}
	c, err := ParseCountry(top)
	if err != nil {
		return ""
	}
	return c
}
