package demo

import (
	"fmt"
	"net/netip"
	"strconv"
)

// Space says which addresses a file speaks of.
type Space uint8

const (
	// Documentation is the demonstration nation's: 768 IPv4 addresses, and IPv6 below 2001:db8::/32.
	Documentation Space = iota
	// Broad is 11.0.0.0/8, for measuring: as data in a file only.
	Broad
)

// broadBase is 11.0.0.0 as a number.
const broadBase = 11 << 24

// String is the space's word.
func (s Space) String() string {
	if s == Broad {
		return "broad"
	}
	return "documentation"
}

var documentation = [...]uint32{192<<24 | 0<<16 | 2<<8, 198<<24 | 51<<16 | 100<<8, 203<<24 | 0<<16 | 113<<8}

// address picks the address of a host; the same host has the same address.
func (s Space) address(host uint64) uint32 {
	if s == Broad {
		return broadBase | uint32(below(mix(host), 1<<24))
	}
	h := mix(host)
	return documentation[below(h, len(documentation))] | uint32(below(mix(h), 254)+1)
}

// asn is the autonomous system that announces an address.
func (s Space) asn(ip uint32) uint32 {
	if s == Broad {
		return 4200000000 + ip>>13&0x7ff
	}
	switch ip & 0xffffff00 {
	case documentation[0]:
		return 64496
	case documentation[1]:
		if ip&0xff >= 128 { // in nobody's register
			return 64499
		}
		return 64497
	}
	if ip&0xff >= 224 { // the neighbour's
		return 64510
	}
	return 64498
}

// country is where an address lies. AQ stands for Demonstra, BV for its neighbour: codes of lands where nobody lives.
func (s Space) country(ip uint32) string {
	if s == Broad {
		return broadCountries[ip>>16&0xff%uint32(len(broadCountries))]
	}
	if s.asn(ip) == 64510 {
		return "BV"
	}
	return "AQ"
}

var broadCountries = [...]string{"AQ", "AQ", "AQ", "AQ", "AQ", "BV", "HM", "TF", "GS"}

func appendIPv4(b []byte, ip uint32) []byte {
	for shift := 24; shift >= 0; shift -= 8 {
		b = append(b, octets[ip>>shift&0xff]...)
		if shift > 0 {
			b = append(b, '.')
		}
	}
	return b
}

// octets are the decimal texts of a byte: writing addresses is a good part of writing rows.
var octets = func() (t [256]string) {
	for i := range t {
		t[i] = strconv.Itoa(i)
	}
	return t
}()

// Host6 is the n-th host of a demonstration organisation's IPv6 prefix 2001:db8:<site>::/48.
func Host6(site, n int) netip.Addr {
	return netip.MustParseAddr(fmt.Sprintf("2001:db8:%x::%x", site, n+1))
}
