package constituency

import (
	"net/netip"
	"strings"
	"time"

	"github.com/gaissmai/bart"
)

// Slot is the answer of a look-up: an index into a Matcher's targets, 0 for
// none. A slot means something to the matcher that gave it only.
type Slot uint32

// Target is what a slot stands for.
type Target struct {
	Organisation     string // id
	OrganisationName string
	Network          string // id of the register's network row
	Rule             Rule
	Value            string // the network as registered: 203.0.113.0/24, example.org, AS64500, country:CA
}

// registerState says which state of which register a matcher shows.
type registerState struct {
	register string
	version  int64
	since    time.Time // when a network last came into force or left it, zero for never
	boundary time.Time // when the next one will, zero for never
}

// Matcher is an immutable picture of the networks in force at one moment. It is
// safe for concurrent use. Look-ups that find nothing return 0.
type Matcher struct {
	state     registerState
	v4, v6    *bart.Fast[Slot]
	domains   map[string]Slot
	asns      map[uint32]Slot
	countries map[string]Slot

	// The targets, in columns: with a million networks a slice of structs of
	// strings would cost the collector more than everything else.
	orgs      []matchedOrg
	owner     []uint32 // slot-1 -> index into orgs
	rules     []byte   // slot-1 -> index into ruleOrder
	ids       string   // slot-1 -> network id, fixed width
	values    string   // all values, one after the other
	valueEnds []uint32 // slot-1 -> end in values
}

type matchedOrg struct{ id, name string }

// ruleOrder numbers the rules for Matcher.rules and the snapshot file.
var ruleOrder = [...]Rule{ByPrefix, ByDomain, ByASN, ByCountry}

// Addr returns the slot of the longest registered prefix that holds a. IPv4
// addresses in IPv6 form are found as IPv4; zones are ignored.
func (m *Matcher) Addr(a netip.Addr) Slot {
	if a.Is4() || a.Is4In6() {
		s, _ := m.v4.Lookup(a.Unmap())
		return s
	}
	s, _ := m.v6.Lookup(a)
	return s
}

// IPv4 is Addr for an IPv4 address given as a number; it does not allocate.
func (m *Matcher) IPv4(a uint32) Slot {
	s, _ := m.v4.Lookup(netip.AddrFrom4([4]byte{byte(a >> 24), byte(a >> 16), byte(a >> 8), byte(a)}))
	return s
}

// Domain returns the slot of the longest registered domain that is name or a
// parent of it by whole labels. Case and a final dot do not matter; names in
// Unicode are converted. A public suffix is never registered, so never matches.
func (m *Matcher) Domain(name string) Slot {
	if len(m.domains) == 0 || len(name) > 4*maxDomain {
		return 0
	}
	var buf [maxDomain + 1]byte
	folded, plain := foldASCII(buf[:0], name)
	if !plain {
		return m.domainSuffix([]byte(hostName(name)))
	}
	return m.domainSuffix(folded)
}

// domainSuffix walks the labels from the left, the longest name first.
func (m *Matcher) domainSuffix(name []byte) Slot {
	for len(name) > 0 {
		if s, ok := m.domains[string(name)]; ok { // the compiler makes no string of it
			return s
		}
		dot := 0
		for dot < len(name) && name[dot] != '.' {
			dot++
		}
		name = name[min(dot+1, len(name)):]
	}
	return 0
}

// foldASCII appends name in lower case without its final dot; plain is false
// if it holds anything that is not ASCII, or too much.
func foldASCII(dst []byte, name string) (folded []byte, plain bool) {
	name = strings.TrimSuffix(name, ".")
	if len(name) > maxDomain {
		return dst, false
	}
	for i := range len(name) {
		c := name[i]
		if c >= 0x80 {
			return dst, false
		}
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst, true
}

// ASN returns the slot of the organisation that registered the AS number.
func (m *Matcher) ASN(n uint32) Slot { return m.asns[n] }

// Country returns the slot of the organisation that answers for a country,
// given by its two letters in capitals.
func (m *Matcher) Country(cc string) Slot { return m.countries[cc] }

// Target returns what a slot of this matcher stands for; the zero Target for 0.
func (m *Matcher) Target(s Slot) Target {
	i := int(s) - 1
	if i < 0 || i >= len(m.owner) {
		return Target{}
	}
	org := m.orgs[m.owner[i]]
	return Target{
		Organisation:     org.id,
		OrganisationName: org.name,
		Network:          m.ids[i*idWidth : (i+1)*idWidth],
		Rule:             ruleOrder[m.rules[i]],
		Value:            m.value(i),
	}
}

func (m *Matcher) value(i int) string {
	start := uint32(0)
	if i > 0 {
		start = m.valueEnds[i-1]
	}
	return m.values[start:m.valueEnds[i]]
}

// Len returns how many networks are in force; slots are 1 to Len.
func (m *Matcher) Len() int { return len(m.owner) }

// Version returns the version of the register that the matcher shows.
func (m *Matcher) Version() int64 { return m.state.version }

// current reports whether the matcher shows the register's state at now, which
// may also be earlier than when it was built: clocks are set back.
func (m *Matcher) current(s registerState, now time.Time) bool {
	return m.state.register == s.register && m.state.version == s.version &&
		!now.Before(m.state.since) && (m.state.boundary.IsZero() || now.Before(m.state.boundary))
}
