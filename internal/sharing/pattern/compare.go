package pattern

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"net/netip"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/firehall/firehall/internal/sharing/stix"
)

// found is a value at the end of a path, and what it is a property of.
type found struct {
	value any
	typ   string // of the object
	name  string // of the property, or of the dictionary's entry
}

// holds says whether a test holds of one value.
func (t *test) holds(f found) bool {
	var ok bool
	switch t.op {
	case "EXISTS":
		return true
	case "=":
		ok = same(f, t.values[0])
	case "!=":
		ok = !same(f, t.values[0])
	case "IN":
		for _, v := range t.values {
			ok = ok || same(f, v)
		}
	case "LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET":
		s, isText := f.value.(string)
		if !isText {
			return false
		}
		ok = t.text(s)
	default:
		n, comparable := order(f.value, t.values[0])
		if !comparable {
			return false
		}
		ok = t.op[0] == '<' && n < 0 || t.op[0] == '>' && n > 0 || len(t.op) > 1 && n == 0
	}
	return ok != t.not
}

// text says whether a test of texts holds.
func (t *test) text(s string) bool {
	switch t.op {
	case "LIKE":
		return like(norm.NFC.String(s), t.like)
	case "MATCHES":
		return t.re.MatchString(norm.NFC.String(s))
	}
	p, err := readPrefix(s)
	if err != nil || p.Addr().Is4() != t.prefix.Addr().Is4() {
		return false
	}
	if t.op == "ISSUBSET" {
		return t.prefix.Bits() <= p.Bits() && t.prefix.Contains(p.Addr())
	}
	return p.Bits() <= t.prefix.Bits() && p.Contains(t.prefix.Addr())
}

// same says whether a value is what a literal says. Values of different kinds are not (section 9.2).
func same(f found, l literal) bool {
	if b, ok := f.value.(bool); ok {
		return l.kind == word && b == l.truth
	}
	s, ok := f.value.(string)
	if ok && l.kind == text {
		return s == l.text || normal(f.typ, f.name, s, l.text)
	}
	n, ok := order(f.value, l)
	return ok && n == 0
}

// normal compares texts that name the same thing in several ways, by what they are a property of.
func normal(typ, name, value, want string) bool {
	switch {
	case typ == "ipv4-addr" && name == "value", typ == "ipv6-addr" && name == "value":
		return within(value, want)
	case typ == "domain-name" && name == "value":
		return strings.EqualFold(strings.TrimSuffix(value, "."), strings.TrimSuffix(want, "."))
	case (typ == "email-addr" || typ == "mac-addr") && name == "value", algorithms[name] != "":
		return strings.EqualFold(value, want)
	}
	return false
}

// within says whether an address is the one, or lies in the network, that is wanted.
func within(value, want string) bool {
	w, err := readPrefix(want)
	if err != nil {
		return false
	}
	v, err := readPrefix(value)
	return err == nil && v.Bits() >= w.Bits() && v.Addr().Is4() == w.Addr().Is4() && w.Contains(v.Addr())
}

// order compares a value with a literal: negative, 0, positive; false if they cannot be compared.
func order(v any, l literal) (int, bool) {
	switch v := v.(type) {
	case int64:
		if l.exact {
			return cmp.Compare(v, l.whole), true
		}
		return cmp.Compare(float64(v), l.number), l.kind == decimal
	case float64:
		return cmp.Compare(v, l.number), l.kind == integer || l.kind == decimal
	case string:
		return orderText(v, l)
	}
	return 0, false
}

func orderText(v string, l literal) (int, bool) {
	switch l.kind {
	case text:
		return strings.Compare(v, l.text), true
	case stamp:
		t, err := stix.ParseTime(v)
		return t.Compare(l.time), err == nil
	case hexed:
		b, err := hex.DecodeString(v)
		return bytes.Compare(b, l.bytes), err == nil
	case based:
		b, err := base64.StdEncoding.DecodeString(v)
		return bytes.Compare(b, l.bytes), err == nil
	}
	return 0, false
}

// like says whether a text is what pieces with anything (%) between them say; _ is any one sign. It takes each piece at the first
// place where it fits, which is right since what follows may begin anywhere behind.
func like(s string, pieces []string) bool {
	rest := []rune(s)
	for i, piece := range pieces {
		want := []rune(piece)
		last := i == len(pieces)-1
		at := -1
		switch {
		case i == 0 && last:
			return len(rest) == len(want) && fits(rest, want)
		case i == 0:
			if fits(rest, want) {
				at = 0
			}
		case last:
			return len(rest) >= len(want) && fits(rest[len(rest)-len(want):], want)
		default:
			at = find(rest, want)
		}
		if at < 0 {
			return false
		}
		rest = rest[at+len(want):]
	}
	return true
}

func fits(s, want []rune) bool {
	if len(s) < len(want) {
		return false
	}
	for i, r := range want {
		if r != '_' && r != s[i] {
			return false
		}
	}
	return true
}

func find(s, want []rune) int {
	for i := 0; i+len(want) <= len(s); i++ {
		if fits(s[i:], want) {
			return i
		}
	}
	return -1
}

// addressOf reads an address alone.
func addressOf(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(s)
	return a.Unmap().WithZone(""), err == nil
}
