package rdap

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/core/problem"
)

// Answer is what is used of a registry's answer.
type Answer struct {
	Handle   string     `json:"handle,omitempty"`
	Name     string     `json:"name,omitempty"`    // of the network or domain
	Country  string     `json:"country,omitempty"` // as the registry writes it
	From     netip.Addr `json:"from,omitzero"`     // the range of the network, both ends included; invalid for a domain or AS number, or if the registry gave none
	To       netip.Addr `json:"to,omitzero"`
	Source   string     `json:"source"`         // the server that answered
	Asked    time.Time  `json:"asked,omitzero"` // when it did
	Contacts []Contact  `json:"contacts"`       // abuse contacts, the nearest first
}

// Contact is an abuse contact of an answer.
type Contact struct {
	Name  string `json:"name,omitempty"`
	Mail  string `json:"mail"`
	Phone string `json:"phone,omitempty"`
}

// The limits of an answer: registries nest two or three deep.
const (
	maxNesting  = 8
	maxEntities = 1000
	maxContacts = 20
)

// object is the part of RFC 9083's ip network, autnum and domain that we read.
type object struct {
	Class    string   `json:"objectClassName"`
	Handle   string   `json:"handle"`
	Name     string   `json:"name"`
	LDHName  string   `json:"ldhName"`
	Country  string   `json:"country"`
	Start    string   `json:"startAddress"`
	End      string   `json:"endAddress"`
	Entities []entity `json:"entities"`
}

type entity struct {
	Roles    []string        `json:"roles"`
	VCard    json.RawMessage `json:"vcardArray"`
	Entities []entity        `json:"entities"`
}

// Decode reads the answer to an ip, autnum or domain query (RFC 9083 §5).
// Errors: Invalid for what is no such answer.
func Decode(data []byte) (Answer, error) {
	var o object
	if err := json.Unmarshal(data, &o); err != nil {
		return Answer{}, problem.Wrap(problem.Invalid, err, "the registry's answer cannot be read")
	}
	if !slices.Contains([]string{"ip network", "autnum", "domain"}, o.Class) {
		return Answer{}, problem.New(problem.Invalid, "the registry answered with %q, not with a network or domain", clip(o.Class))
	}
	name := o.Name
	if name == "" {
		name = o.LDHName
	}
	a := Answer{Handle: clip(o.Handle), Name: clip(name), Country: clip(o.Country)}
	a.From, a.To = span(o.Start, o.End)
	a.Contacts = abuse(o.Entities)
	return a, nil
}

// span reads the ends of a network (RFC 9083 §5.4); of what is none it gives none.
func span(start, end string) (from, to netip.Addr) {
	from, err1 := netip.ParseAddr(start)
	to, err2 := netip.ParseAddr(end)
	if err1 != nil || err2 != nil || from.BitLen() != to.BitLen() || to.Less(from) || from.Zone()+to.Zone() != "" {
		return netip.Addr{}, netip.Addr{}
	}
	return from, to
}

// abuse walks the entities breadth first, since the nearer one is the more
// particular; entities without the role are walked through, for registries hang
// the abuse role under the registrant or registrar.
func abuse(level []entity) (found []Contact) {
	left := maxEntities
	for depth := 0; depth < maxNesting && len(level) > 0; depth++ {
		var next []entity
		for _, e := range level {
			if left--; left < 0 {
				return found
			}
			if hasRole(e, "abuse") {
				found = add(found, readVCard(e.VCard))
			}
			next = append(next, e.Entities...)
		}
		level = next
	}
	return found
}

func hasRole(e entity, role string) bool {
	return slices.ContainsFunc(e.Roles, func(r string) bool { return strings.EqualFold(r, role) })
}

// add keeps contacts that have a mail address, each address once.
func add(list []Contact, c Contact) []Contact {
	same := func(d Contact) bool { return strings.EqualFold(c.Mail, d.Mail) }
	if c.Mail == "" || len(list) >= maxContacts || slices.ContainsFunc(list, same) {
		return list
	}
	return append(list, c)
}

// readVCard reads a jCard (RFC 7095): ["vcard", [[name, params, type, value...], ...]].
// What is not well formed is passed over.
func readVCard(raw json.RawMessage) (c Contact) {
	var card []json.RawMessage
	if json.Unmarshal(raw, &card) != nil || len(card) < 2 {
		return c
	}
	var properties [][]json.RawMessage
	if json.Unmarshal(card[1], &properties) != nil {
		return c
	}
	for _, p := range properties {
		if len(p) < 4 {
			continue
		}
		name, value := text(p[0]), text(p[3])
		switch strings.ToLower(name) {
		case "fn":
			c.Name = first(c.Name, clip(value))
		case "email":
			c.Mail = first(c.Mail, mailAddress(value))
		case "tel":
			c.Phone = first(c.Phone, clip(strings.TrimPrefix(value, "tel:")))
		}
	}
	return c
}

func first(have, got string) string {
	if have != "" {
		return have
	}
	return got
}

func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// mailAddress keeps what is plainly one address: this goes into a To: header later.
func mailAddress(s string) string {
	s = strings.TrimPrefix(strings.TrimSpace(s), "mailto:")
	local, host, ok := strings.Cut(s, "@")
	odd := func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`<>()[],;:\"@`, r) }
	if !ok || local == "" || len(s) > 254 || strings.ContainsFunc(local, odd) || !hostName(host) {
		return ""
	}
	return s
}

// hostName reports whether a text is a domain name: an address in numbers would
// have mail delivered to a machine of somebody's choice, our own included.
func hostName(s string) bool {
	labels := strings.Split(s, ".")
	for _, l := range labels {
		odd := func(r rune) bool {
			return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
		}
		if l == "" || strings.ContainsFunc(l, odd) || strings.HasPrefix(l, "-") || strings.HasSuffix(l, "-") {
			return false
		}
	}
	return len(labels) > 1 && strings.Trim(labels[len(labels)-1], "0123456789") != ""
}

// clip bounds a text of the registry's and takes out what does not print, hides
// or reorders: it is shown on terminals.
func clip(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > 200 {
		return string(runes[:200])
	}
	return s
}
