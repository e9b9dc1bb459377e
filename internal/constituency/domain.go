package constituency

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"github.com/firehall/firehall/internal/core/problem"
)

// maxDomain is the longest domain name in text form (RFC 1035 §2.3.4).
const maxDomain = 253

// strictIDNA is for names that people register; it refuses what no registry gives.
var strictIDNA = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(true), idna.VerifyDNSLength(true))

// lenientIDNA is for names that are looked up: hosts carry underscores too.
var lenientIDNA = idna.New(idna.MapForLookup(), idna.StrictDomainName(false))

// ParseDomain reads a domain for the register and returns it in lower case and
// in its ASCII form (xn--...). A public suffix alone (co.uk, github.io) is
// refused: it belongs to everyone who registers under it.
func ParseDomain(s string) (string, error) {
	name := strings.TrimSuffix(strings.TrimSpace(s), ".")
	if rest, wild := strings.CutPrefix(name, "*."); wild {
		return "", problem.New(problem.Invalid, "%q: a domain covers all names below it, write %q", clip(s), clip(rest))
	}
	if name == "" || len(name) > 4*maxDomain {
		return "", problem.New(problem.Invalid, "%q is no domain", clip(s))
	}
	ascii, err := strictIDNA.ToASCII(name)
	if err != nil {
		return "", problem.New(problem.Invalid, "%q is no domain: write it as example.org", clip(s))
	}
	switch {
	case hostName(ascii) != ascii: // an empty label
		return "", problem.New(problem.Invalid, "%q is no domain: write it as example.org", clip(s))
	case !strings.Contains(ascii, "."):
		return "", problem.New(problem.Invalid, "%q is a single label, not a domain: write it as example.org", clip(s))
	case IsPublicSuffix(ascii):
		return "", problem.New(problem.Invalid, "%q is a public suffix, shared by everyone who registers under it: name the domain below it", clip(s))
	case allDigits(ascii[strings.LastIndexByte(ascii, '.')+1:]):
		return "", problem.New(problem.Invalid, "%q is neither an address nor a domain", clip(s))
	}
	return ascii, nil
}

// IsPublicSuffix reports whether people register names directly under name,
// which must be in lower-case ASCII form.
func IsPublicSuffix(name string) bool {
	suffix, _ := publicsuffix.PublicSuffix(name)
	return suffix == name
}

func allDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// hostName returns the look-up form of a name met in the wild, "" if it is none.
// Unlike ParseDomain it takes single labels, underscores and public suffixes.
func hostName(s string) string {
	name := strings.TrimSuffix(s, ".")
	if name == "" || len(name) > 4*maxDomain || !utf8.ValidString(name) {
		return ""
	}
	ascii, err := lenientIDNA.ToASCII(name)
	odd := func(r rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-_.", r) }
	if err != nil || len(ascii) > maxDomain || strings.ContainsFunc(ascii, odd) {
		return ""
	}
	for label := range strings.SplitSeq(ascii, ".") {
		if label == "" || len(label) > 63 {
			return ""
		}
	}
	return ascii
}

// suffixes yields name and its parents by label, the longest first.
func suffixes(name string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for name != "" && yield(name) {
			_, name, _ = strings.Cut(name, ".")
		}
	}
}

// registrable returns the part of a name that somebody registered, "" for a public suffix.
func registrable(name string) string {
	registered, err := publicsuffix.EffectiveTLDPlusOne(name)
	if err != nil {
		return ""
	}
	return registered
}
