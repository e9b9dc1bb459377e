package leak

import (
	"net/netip"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// How names of each kind are written.

func (b *builder) organisation(value string) {
	value = plainGaps(value)
	b.words(value)
	if before, rest, ok := strings.Cut(value, "("); ok {
		inside, after, _ := strings.Cut(rest, ")")
		b.words(before + " " + after)
		b.words(inside)
		value = before
	}
	for {
		short := withoutForm(value)
		if short == value {
			return
		}
		b.words(short)
		value = short
	}
}

// withoutForm takes a legal form from the end, or an article from the beginning, of what has other words.
func withoutForm(value string) string {
	words := strings.FieldsFunc(value, func(r rune) bool { return r == ' ' || r == ',' })
	if len(words) > 1 && forms[strings.ToLower(strings.ReplaceAll(words[len(words)-1], ".", ""))] {
		return strings.Join(words[:len(words)-1], " ")
	}
	if len(words) > 2 && articles[strings.ToLower(words[0])] {
		return strings.Join(words[1:], " ")
	}
	return value
}

// person adds a name, the name with its last part first, and each part.
func (b *builder) person(value string) {
	value = plainGaps(value)
	b.words(value)
	parts := strings.Fields(strings.NewReplacer(",", " ", "(", " ", ")", " ", "\"", " ").Replace(value))
	if len(parts) < 2 {
		return
	}
	last := len(parts) - 1
	b.words(strings.Join(append([]string{parts[last]}, parts[:last]...), " "))
	for _, p := range parts {
		if titles[strings.ToLower(strings.Trim(p, "."))] || utf8.RuneCountInString(p) < 3 && strings.IndexFunc(p, wide) < 0 {
			continue
		}
		b.words(p)
	}
}

func (b *builder) domain(value string) {
	value = strings.Trim(strings.ToLower(value), ". ")
	value = strings.TrimPrefix(strings.TrimPrefix(value, "*."), "www.")
	if out, err := idna.Punycode.ToUnicode(value); err == nil {
		value = out
	}
	if strings.Contains(value, ".") {
		b.spelt(value, entry{})
		b.add(strings.ReplaceAll(value, ".", " dot "), entry{})
		b.add(strings.ReplaceAll(value, ".", " point "), entry{})
	}
}

func (b *builder) mail(value string) {
	local, domain, ok := strings.Cut(strings.ToLower(value), "@")
	if !ok || local == "" || domain == "" {
		return
	}
	if out, err := idna.Punycode.ToUnicode(domain); err == nil {
		domain = out
	}
	b.spelt(local+"@"+domain, entry{})
	for _, at := range []string{"@", " at ", " arobase "} {
		for _, dot := range []string{".", " dot ", " point "} {
			if at != "@" || dot != "." {
				b.add(plainDots(local)+at+strings.ReplaceAll(domain, ".", dot), entry{})
			}
		}
	}
}

func plainDots(s string) string { return strings.ReplaceAll(s, ".", " ") }

// phone adds a number, and its last eight digits, whatever country or trunk code stands before.
func (b *builder) phone(value string) {
	digits := b.skeleton(strings.ReplaceAll(value, "(0)", ""))
	if len(digits) < 6 {
		return
	}
	b.add(digits, entry{loose: true})
	if len(digits) > 8 {
		b.add(digits[len(digits)-8:], entry{loose: true, open: true})
	}
}

// The widest networks that are searched for.
const (
	widest4 = 8
	widest6 = 16
)

func (b *builder) address(value string) {
	p, err := netip.ParsePrefix(value)
	if err != nil {
		a, err := netip.ParseAddr(strings.Trim(value, "[]"))
		if err != nil {
			return
		}
		a = a.Unmap().WithZone("")
		p = netip.PrefixFrom(a, a.BitLen())
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	a := p.Addr()
	if a.IsUnspecified() || a.IsLoopback() || a.Is4() && p.Bits() < widest4 || a.Is6() && p.Bits() < widest6 {
		return
	}
	if b.written = true; b.allows {
		b.out.allowed.Insert(p.Masked(), b.current)
		return
	}
	b.out.addresses.Insert(p.Masked(), b.current)
}
