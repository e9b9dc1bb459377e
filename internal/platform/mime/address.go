package mime

import (
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"
)

// addresses reads all fields of a name. What the standard's grammar does not take is searched for something with an @.
func (p *parser) addresses(h Header, name string) []Address {
	var out []Address
	for _, v := range h.Values(name) {
		list, ok := parseAddresses(v, p.limits.Addresses+1)
		if !ok {
			p.fault(AddressBroken, "", name)
		}
		out = append(out, list...)
		if len(out) > p.limits.Addresses {
			p.fault(TooManyNames, "", name)
			return out[:p.limits.Addresses]
		}
	}
	return out
}

var bare = regexp.MustCompile(`[^\s<>()\[\]:;,"@]{1,64}@[^\s<>()\[\]:;,"@]{1,255}`)

func parseAddresses(v string, most int) (out []Address, ok bool) {
	if len(v) < 64<<10 {
		if list, err := mail.ParseAddressList(v); err == nil {
			for _, a := range list[:min(len(list), most)] {
				out = append(out, Address{Text(a.Name), tidy(a.Address)})
			}
			return out, true
		}
	}
	for _, piece := range cutOutside(v, ',') {
		if len(out) == most {
			break
		}
		a, found := looseAddress(piece)
		ok = ok || found
		if found {
			out = append(out, a)
		}
	}
	return out, ok || strings.TrimSpace(v) == ""
}

// looseAddress takes the address in angle brackets, else the last thing that looks like one, and the words before it as the name.
func looseAddress(piece string) (Address, bool) {
	at := bare.FindAllStringIndex(piece, -1)
	if at == nil {
		return Address{}, false
	}
	last := at[len(at)-1]
	name := strings.Trim(piece[:last[0]], " \t<\"'")
	return Address{Text(strings.ReplaceAll(name, `"`, "")), tidy(piece[last[0]:last[1]])}, true
}

func tidy(address string) string {
	i := strings.LastIndexByte(address, '@')
	if i < 0 {
		return line(address)
	}
	return line(address[:i] + "@" + strings.ToLower(strings.TrimSuffix(address[i+1:], ".")))
}

// Domain is what stands behind the @, "" without one.
func (a Address) Domain() string {
	_, domain, _ := cutLast(a.Address, "@")
	return domain
}

func cutLast(s, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// Same tells whether two addresses are the same mailbox, as far as anybody can tell: nobody tells two mailboxes apart by large letters.
func Same(a, b string) bool { return a != "" && strings.EqualFold(a, b) }

// maxIDs bounds the Message-IDs of one field that are kept: the last ones, which are the nearest.
const maxIDs = 100

var messageID = regexp.MustCompile(`<([^<>\s]{1,500})>`)

// ids reads the Message-IDs of a field.
func ids(values []string) (out []string) {
	for _, v := range values {
		for _, m := range messageID.FindAllStringSubmatch(v, -1) {
			if id := line(m[1]); !slices.Contains(out[max(0, len(out)-maxIDs):], id) {
				out = append(out, id)
			}
		}
	}
	return out[max(0, len(out)-maxIDs):]
}

// layouts are how dates are written besides RFC 5322's way.
var layouts = []string{
	time.RFC3339, "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05", "Mon Jan _2 15:04:05 2006", "Mon, 2 Jan 2006 15:04:05 GMT", "2 Jan 2006 15:04:05",
}

// Date reads a date as mail and reports write it; false if it is none. It is UTC.
func Date(v string) (time.Time, bool) {
	v = strings.Join(strings.Fields(v), " ")
	if t, err := mail.ParseDate(v); err == nil {
		return t.UTC(), plausible(t)
	}
	for _, l := range layouts {
		if t, err := time.Parse(l, v); err == nil {
			return t.UTC(), plausible(t)
		}
	}
	return time.Time{}, false
}

// plausible keeps out what no store can hold.
func plausible(t time.Time) bool { return t.Year() >= 1970 && t.Year() < 2200 }
