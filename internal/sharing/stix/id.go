package stix

import (
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // UUIDv5 is made with it (RFC 9562 §5.5); nothing is protected by it
	"encoding/hex"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/firehall/firehall/internal/core/problem"
)

// namespace is that of the ids of observables: 00abedb4-aa42-466c-9c01-fed23315a9b7 (section 2.9).
var namespace = [16]byte{0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c, 0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7}

// ID gives the deterministic id of an observable: the UUIDv5 of the contributing properties (a map, a struct, or their JSON) in
// the canonical form of RFC 8785. Errors: Invalid, if they are no JSON.
func ID(typ string, contributing any) (string, error) {
	raw, err := json.Marshal(contributing)
	if err != nil {
		return "", problem.Wrap(problem.Invalid, err, "make the id of a %s", typ)
	}
	canonical := jsontext.Value(raw)
	if err := canonical.Canonicalize(); err != nil {
		return "", problem.Wrap(problem.Invalid, err, "make the id of a %s", typ)
	}
	return hashed(typ, canonical), nil
}

// hashed gives the id of a canonical text.
func hashed(typ string, canonical []byte) string {
	var room [256]byte
	sum := sha1.Sum(append(append(room[:0], namespace[:]...), canonical...)) //nolint:gosec // see above
	return withUUID(typ, [16]byte(sum[:16]), 5)
}

// plainID gives the id of an observable whose value alone gives it, if the value stands in JSON as it is: most are such, and need no
// second reading.
func plainID(typ string, b Body) (id string, ok bool) {
	var value string
	switch b := b.(type) {
	case *DomainName:
		value = b.Value
	case *EmailAddress:
		value = b.Value
	case *IPv4Address:
		value = b.Value
	case *IPv6Address:
		value = b.Value
	case *MACAddress:
		value = b.Value
	case *URL:
		value = b.Value
	}
	for i := range len(value) {
		if c := value[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return "", false
		}
	}
	return hashed(typ, []byte(`{"value":"`+value+`"}`)), value != ""
}

// NewID makes a random id (UUIDv4).
func NewID(typ string) string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	return withUUID(typ, b, 4)
}

// IDFrom makes an id of 16 bytes that look random to whoever does not know how they were made, such as of a keyed hash. It is
// written as a UUIDv4: nothing may be read from it.
func IDFrom(typ string, b [16]byte) string { return withUUID(typ, b, 4) }

// withUUID writes an id of 16 bytes, as a UUID of a version (RFC 9562 §4).
func withUUID(typ string, b [16]byte, version byte) string {
	b[6], b[8] = b[6]&0x0f|version<<4, b[8]&0x3f|0x80
	var room [64]byte
	id := append(append(room[:0], typ...), "--"...)
	for i, end := range [...]int{4, 6, 8, 10, 16} {
		begin := [...]int{0, 4, 6, 8, 10}[i]
		if i > 0 {
			id = append(id, '-')
		}
		id = hex.AppendEncode(id, b[begin:end])
	}
	return string(id)
}

// ValidID reports whether s is an identifier: a type, two hyphens and a UUID.
func ValidID(s string) bool {
	n := len(s) - 38
	return n > 0 && s[n] == '-' && s[n+1] == '-' && ValidType(s[:n]) && validUUID(s[n+2:])
}

// ValidType reports whether s may name a type: 3 to 250 small letters, digits and hyphens, no two hyphens in a row, a letter first.
func ValidType(s string) bool {
	if len(s) < 3 || len(s) > 250 || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && (c != '-' || s[i-1] == '-') {
			return false
		}
	}
	return true
}

func validUUID(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		hyphen := i == 8 || i == 13 || i == 18 || i == 23
		if hyphen && s[i] != '-' || !hyphen && (c < 'a' || c > 'f') && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return len(s) == 36
}

// algorithms are the hashes that may give an id, the first that there is (section 2.9).
var algorithms = []string{"MD5", "SHA-1", "SHA-256", "SHA-512"}

// contribution picks the properties that give an observable's id out of all of them; nil means that the type, or the object, has none.
func contribution(typ string, all map[string]jsontext.Value) map[string]jsontext.Value {
	var out map[string]jsontext.Value
	for _, name := range models[typ].gives {
		v, ok := all[name]
		if ok && name == "hashes" {
			v = oneHash(v)
		}
		if ok && v != nil {
			if out == nil {
				out = map[string]jsontext.Value{}
			}
			out[name] = v
		}
	}
	return out
}

func oneHash(v jsontext.Value) jsontext.Value {
	var all map[string]jsontext.Value
	if json.Unmarshal(v, &all) != nil || len(all) == 0 {
		return nil
	}
	names := make([]string, 0, len(all))
	for n := range all {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, a := range algorithms {
		if _, ok := all[a]; ok {
			names = []string{a}
			break
		}
	}
	out, err := json.Marshal(map[string]jsontext.Value{names[0]: all[names[0]]})
	if err != nil {
		return nil
	}
	return out
}

// idOf gives the id that an observable's content gives; "" where it gives none (a process).
func idOf(typ string, raw []byte) (string, error) {
	var all map[string]jsontext.Value
	if err := json.Unmarshal(raw, &all); err != nil {
		return "", problem.Wrap(problem.Invalid, err, "make the id of a %s", typ)
	}
	c := contribution(typ, all)
	if c == nil {
		return "", nil
	}
	return ID(typ, c)
}
