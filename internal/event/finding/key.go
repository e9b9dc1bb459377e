package finding

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event/fold"
)

// Key names a finding: 16 bytes of address (IPv4 as ::ffff:a.b.c.d; zero for pages and for what has no address), then 12 bytes of a
// SHA-256 over what else makes the finding. So neighbouring addresses are neighbours in the table.
type Key [28]byte

const addrSize = 16

// page begins the ids of findings without an address.
const page = "page"

// leastHex is how many digits tell one finding of an address from the others well enough to be typed.
const leastHex = 6

// Asset is what an event or a fact says about the thing observed.
type Asset struct {
	Role, Type, Identifier, Malware, Transport string
	Addr                                       netip.Addr
	Port                                       int64 // 0: none
	URL, FQDN                                  string
	DestAddr                                   netip.Addr
	DestPort                                   int64
	DestURL, DestFQDN                          string
}

// The classes of keys: what makes a finding besides type and identifier.
const (
	classService   = 's' // address, port, transport
	classInfection = 'i' // address, malware
	classPage      = 'p' // URL or host, wherever it lies
	classHost      = 'h' // host name, where no address is known
)

// destination is the role of events whose other end is what they are about.
const destination = "destination"

// observed gives the side of the event that the finding is about.
func (a Asset) observed() (addr netip.Addr, port int64, url, host string) {
	if a.Role == destination {
		return a.DestAddr, a.DestPort, a.DestURL, a.DestFQDN
	}
	return a.Addr, a.Port, a.URL, a.FQDN
}

// KeyOf is the one rule of what makes a finding: the same that package fold condenses by.
func KeyOf(a Asset) Key {
	addr, port, url, host := a.observed()
	switch {
	case fold.IsPage(a.Type) && url != "":
		return makeKey(classPage, netip.Addr{}, a, url, 0, "")
	case fold.IsPage(a.Type) && host != "":
		return makeKey(classPage, netip.Addr{}, a, host, 0, "")
	case fold.IsInfection(a.Type):
		return makeKey(classInfection, addr, a, a.Malware, 0, "")
	case !addr.IsValid():
		return makeKey(classHost, addr, a, host, 0, "")
	default:
		return makeKey(classService, addr, a, "", port, a.Transport)
	}
}

func makeKey(class byte, addr netip.Addr, a Asset, text string, port int64, transport string) (k Key) {
	var room [256]byte
	b := append(room[:0], class)
	for _, s := range []string{a.Type, a.Identifier, text, transport} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	b = binary.AppendVarint(b, port)
	sum := sha256.Sum256(b)
	if addr.IsValid() {
		w := addr.As16()
		copy(k[:], w[:])
	}
	copy(k[addrSize:], sum[:])
	return k
}

// Addr is the key's address; the zero Addr for a page.
func (k Key) Addr() netip.Addr {
	if [addrSize]byte(k[:addrSize]) == ([addrSize]byte{}) {
		return netip.Addr{}
	}
	return netip.AddrFrom16([addrSize]byte(k[:addrSize])).Unmap()
}

// ID writes the key for people: "192.0.2.10~5f3a9c21d0e47b1288aa0f01", or "page~..." where there is no address.
func (k Key) ID() string {
	place := page
	if a := k.Addr(); a.IsValid() {
		place = a.String()
	}
	return place + "~" + hex.EncodeToString(k[addrSize:])
}

// String is ID.
func (k Key) String() string { return k.ID() }

// ParseID reads what ID wrote, or its beginning with at least six hexadecimal digits: the findings meant lie between low and high, both
// included; for a whole id the two are the same. Invalid if it is neither.
func ParseID(s string) (low, high Key, err error) {
	place, digits, ok := strings.Cut(strings.TrimSpace(s), "~")
	if !ok || len(digits) < leastHex || len(digits) > 2*(len(low)-addrSize) {
		return low, high, badID(s)
	}
	if place != page {
		a, err := netip.ParseAddr(place)
		if err != nil || a.Zone() != "" {
			return low, high, badID(s)
		}
		w := a.As16()
		copy(low[:], w[:])
		copy(high[:], w[:])
	}
	pad := 2*(len(low)-addrSize) - len(digits)
	_, errLow := hex.Decode(low[addrSize:], []byte(digits+strings.Repeat("0", pad)))
	_, errHigh := hex.Decode(high[addrSize:], []byte(digits+strings.Repeat("f", pad)))
	if errLow != nil || errHigh != nil {
		return low, high, badID(s)
	}
	return low, high, nil
}

func badID(s string) error {
	if len(s) > 80 {
		s = s[:80] + "..."
	}
	return problem.New(problem.Invalid, "%q is no finding: write it as firehall findings shows it, such as 192.0.2.10~5f3a9c", s)
}
