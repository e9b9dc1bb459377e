package pattern

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Kind is what a looked-up value is; the words are those of observables in incidents, where they have one.
type Kind string

// The kinds.
const (
	IP       Kind = "ip"
	CIDR     Kind = "cidr"
	ASN      Kind = "asn"
	Domain   Kind = "domain"
	URL      Kind = "url"
	Email    Kind = "email"
	MD5      Kind = "md5"
	SHA1     Kind = "sha1"
	SHA256   Kind = "sha256"
	SHA512   Kind = "sha512"
	FileName Kind = "filename"
	Registry Kind = "registry"
	MAC      Kind = "mac"
	Mutex    Kind = "mutex"
)

// Lookup is a plain value in normal form: 192.0.2.1, 192.0.2.0/24, AS64500, evil.example, a hash in small letters.
type Lookup struct {
	Kind  Kind
	Value string
}

// Reach says what finding one of a pattern's values means.
type Reach uint8

// The reaches.
const (
	Exactly   Reach = iota // the pattern holds of an observation that has one of the values, and of no other
	Necessary              // the pattern may hold where one of the values is, and nowhere else: match it there
	Anything               // no values are needed: it has to be matched with everything
)

// String is the reach in words.
func (r Reach) String() string {
	return [...]string{"is exactly these", "needs evaluation where one of these is", "needs evaluation of everything"}[min(r, Anything)]
}

// Lookups gives the plain values that a pattern needs, in the order in which they stand, each once; of Anything none.
func (p *Pattern) Lookups() ([]Lookup, Reach) {
	v := valuesOf(p.root)
	if v.reach == Anything {
		return nil, Anything
	}
	var out []Lookup
	seen := map[Lookup]bool{}
	for _, l := range v.list {
		if !seen[l] {
			seen[l] = true
			out = append(out, l)
		}
	}
	return out, v.reach
}

// values are what a part of a pattern needs.
type values struct {
	list  []Lookup
	reach Reach
}

func valuesOf(x expr) values {
	switch x := x.(type) {
	case *box:
		return valuesIn(x.cond)
	case bound:
		return valuesOf(x.of).loosened()
	case join:
		var parts []values
		for _, p := range x.parts {
			parts = append(parts, valuesOf(p))
		}
		if x.op == "OR" {
			return combine(true, parts)
		}
		return combine(true, parts).loosened() // each holds of another observation, so what all of them need has to be looked at
	}
	return values{reach: Anything}
}

func valuesIn(c cond) values {
	switch c := c.(type) {
	case *test:
		return c.lookups()
	case logic:
		var parts []values
		for _, p := range c.parts {
			parts = append(parts, valuesIn(p))
		}
		return combine(c.op == "OR", parts)
	}
	return values{reach: Anything}
}

// loosened says that more has to hold than that a value is there.
func (v values) loosened() values {
	v.reach = max(v.reach, Necessary)
	return v
}

// combine takes all values of what may hold; of what must hold together, those of the part that needs the fewest.
func combine(either bool, parts []values) values {
	if either {
		var out values
		for _, p := range parts {
			out.list = append(out.list, p.list...)
			out.reach = max(out.reach, p.reach)
		}
		return out
	}
	best := values{reach: Anything}
	for _, p := range parts {
		if p.reach != Anything && (best.reach == Anything || len(p.list) < len(best.list)) {
			best = p.loosened()
		}
	}
	return best
}

// lookups gives what a test needs. A set of nothing never holds, and so needs exactly nothing.
func (t *test) lookups() values {
	out := values{reach: Exactly}
	if t.not || t.op != "=" && t.op != "IN" && t.op != "ISSUBSET" {
		return values{reach: Anything}
	}
	kinds, direct := kindsOf(t.path)
	if kinds == nil || t.op == "ISSUBSET" && !slices.Contains(kinds, IP) {
		return values{reach: Anything}
	}
	if !direct {
		out.reach = Necessary
	}
	for _, l := range t.values {
		v, ok := lookup(kinds, l)
		if !ok {
			return values{reach: Anything}
		}
		out.list = append(out.list, v)
	}
	return out
}

// algorithms are hashes by the name that they have in STIX, as it is written and as it is often mistyped.
var algorithms = map[string]Kind{
	"MD5": MD5, "SHA-1": SHA1, "SHA-256": SHA256, "SHA-512": SHA512, "SHA1": SHA1, "SHA256": SHA256, "SHA512": SHA512,
	"md5": MD5, "sha1": SHA1, "sha256": SHA256, "sha512": SHA512,
}

// direct are the paths whose value is what an object is.
var direct = map[string][]Kind{
	"ipv4-addr:value": {IP}, "ipv6-addr:value": {IP}, "domain-name:value": {Domain}, "url:value": {URL}, "email-addr:value": {Email},
	"mac-addr:value": {MAC}, "mutex:name": {Mutex}, "file:name": {FileName}, "windows-registry-key:key": {Registry}, "autonomous-system:number": {ASN},
}

// byWay are the paths that lead to another object's value.
var byWay = map[string][]Kind{
	"network-traffic:src_ref.value": {IP, Domain, MAC}, "network-traffic:dst_ref.value": {IP, Domain, MAC},
	"domain-name:resolves_to_refs[*].value": {IP, Domain}, "email-message:from_ref.value": {Email}, "email-message:sender_ref.value": {Email},
	"email-message:to_refs[*].value": {Email}, "ipv4-addr:belongs_to_refs[*].number": {ASN}, "ipv6-addr:belongs_to_refs[*].number": {ASN},
}

// kindsOf says what the values of a path may be, and whether they are what the object is.
func kindsOf(p Path) (kinds []Kind, isObject bool) {
	if p.Type == "file" && len(p.Steps) == 2 && p.Steps[0].Name == "hashes" {
		if k, ok := algorithms[p.Steps[1].Name]; ok {
			return []Kind{k}, true
		}
		return nil, false
	}
	text := p.String()
	if k, ok := direct[text]; ok {
		return k, true
	}
	return byWay[text], false
}

// lookup reads a literal as a value of one of the kinds.
func lookup(kinds []Kind, l literal) (Lookup, bool) {
	if l.kind == integer && slices.Contains(kinds, ASN) && l.whole >= 0 {
		return Lookup{ASN, "AS" + strconv.FormatInt(l.whole, 10)}, true
	}
	if l.kind != text || l.text == "" {
		return Lookup{}, false
	}
	for _, k := range kinds {
		if v, ok := k.value(l.text); ok {
			return v, true
		}
	}
	return Lookup{}, false
}

// value reads a text as a value of that kind.
func (k Kind) value(s string) (Lookup, bool) {
	switch k {
	case IP:
		if a, ok := addressOf(s); ok {
			return Lookup{IP, a.String()}, true
		}
		p, err := netip.ParsePrefix(s)
		if err == nil && p.IsSingleIP() {
			return Lookup{IP, p.Addr().String()}, true
		}
		return Lookup{CIDR, p.Masked().String()}, err == nil
	case Domain:
		s = strings.ToLower(strings.TrimSuffix(s, "."))
		return Lookup{Domain, s}, strings.Contains(s, ".")
	case MAC:
		return Lookup{MAC, strings.ToLower(s)}, strings.Count(s, ":") == 5
	case Email, MD5, SHA1, SHA256, SHA512:
		return Lookup{k, strings.ToLower(s)}, true
	case ASN:
		return Lookup{}, false
	}
	return Lookup{k, s}, true
}

// Normal gives the normal form of a value of that kind; false if it is none.
func (k Kind) Normal(s string) (string, bool) {
	l, ok := k.value(s)
	return l.Value, ok
}

// Of prints the pattern that looks for one value; false if there is none for its kind.
func Of(kind Kind, value string) (string, bool) {
	typ := ""
	switch kind {
	case IP, CIDR:
		typ = "ipv4-addr:value"
		if strings.Contains(value, ":") {
			typ = "ipv6-addr:value"
		}
	case ASN:
		n, err := strconv.ParseUint(strings.TrimPrefix(strings.ToUpper(value), "AS"), 10, 32)
		return fmt.Sprintf("[autonomous-system:number = %d]", n), err == nil
	case MD5:
		typ = "file:hashes.MD5"
	case SHA1, SHA256, SHA512:
		typ = "file:hashes.'SHA-" + strings.TrimPrefix(string(kind), "sha") + "'"
	default:
		for path, kinds := range direct {
			if kinds[0] == kind {
				typ = path
			}
		}
	}
	return "[" + typ + " = " + quote(value) + "]", typ != ""
}
