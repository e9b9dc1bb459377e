package observable

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"strings"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/incident/indicator"
)

// mark is the digest of a value: from the tables alone nobody reads what is sealed.
func (s *Service) mark(kind Kind, folded string) int64 {
	h := hmac.New(sha256.New, s.o.Key[:])
	h.Write([]byte("observable " + kind))
	h.Write([]byte{0})
	h.Write([]byte(folded))
	return int64(binary.BigEndian.Uint64(h.Sum(nil)))
}

func (s *Service) markOf(v value) int64 { return s.mark(v.kind, v.fold()) }

// place is something in which an observable lies.
type place struct {
	kind  Kind
	value string
}

// above lists what a value lies in by name: its host, and the domains above it down to the one that somebody registered.
func (v value) above() (list []place) {
	name := v.host
	switch v.kind {
	case indicator.Domain:
		name = parent(v.text)
	case indicator.URL, indicator.Email:
		if _, err := netip.ParseAddr(name); err == nil {
			return []place{{indicator.IP, name}}
		}
	default:
		return nil
	}
	for ; name != ""; name = parent(name) {
		list = append(list, place{indicator.Domain, name})
	}
	return list
}

// parent is the domain above one; "" where everybody may register names.
func parent(name string) string {
	_, above, ok := strings.Cut(name, ".")
	if !ok || constituency.IsPublicSuffix(above) {
		return ""
	}
	return above
}

// net is the network that a value is: an address, also of a URL's host, is the smallest.
func (v value) net() netip.Prefix {
	text := v.text
	switch v.kind {
	case indicator.CIDR:
		p, _ := netip.ParsePrefix(text)
		return p
	case indicator.URL:
		text = v.host
	case indicator.IP:
	default:
		return netip.Prefix{}
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}
	}
	return netip.PrefixFrom(a, a.BitLen())
}

// networks lists the networks around one, of lengths from a length on, the smallest first.
func networks(p netip.Prefix, from, step int) (list []place) {
	if !p.IsValid() {
		return nil
	}
	for bits := p.Bits() - 1; bits >= from; bits-- {
		if bits%step != 0 {
			continue
		}
		around, _ := p.Addr().Prefix(bits)
		list = append(list, place{indicator.CIDR, around.String()})
	}
	return list
}

// kept lists the networks of which digests are kept for what is sealed: from /8 on, of IPv6 each fourth length from /16 to /64.
func kept(p netip.Prefix) []place {
	if !p.IsValid() || p.Addr().Is4() {
		return networks(p, 8, 1)
	}
	if p.Bits() > 64 {
		p, _ = p.Addr().Prefix(65)
	}
	return networks(p, 16, 4)
}

// asked lists under which kept networks lies what is inside one: itself, or, of IPv6, the next smaller ones that are kept.
func asked(p netip.Prefix) (list []place) {
	if p.Addr().Is4() || p.Bits()%4 == 0 || p.Bits() > 64 {
		return []place{{indicator.CIDR, p.String()}}
	}
	bits := p.Bits() + 4 - p.Bits()%4
	first := p.Addr().As16()
	shift := 128 - bits
	for i := range 1 << (bits - p.Bits()) {
		a := first
		a[15-shift/8] |= byte(i << (shift % 8))
		list = append(list, place{indicator.CIDR, netip.PrefixFrom(netip.AddrFrom16(a), bits).String()})
	}
	return list
}

// span gives the first and the last address of a network as the column low has them.
func span(p netip.Prefix) (low, high string) {
	a := p.Addr().As16()
	low = hex.EncodeToString(a[:])
	bits := p.Bits()
	if p.Addr().Is4() {
		bits += 96
	}
	for i := bits; i < 128; i++ {
		a[i/8] |= 0x80 >> (i % 8)
	}
	return low, hex.EncodeToString(a[:])
}

// low is the column of that name: where a value begins among all addresses; "" for what is none.
func (v value) low() string {
	p := v.net()
	if !p.IsValid() {
		return ""
	}
	low, _ := span(p)
	return low
}

// marks digests places.
func (s *Service) marks(list []place) []int64 {
	out := make([]int64, len(list))
	for i, p := range list {
		out[i] = s.mark(p.kind, p.value)
	}
	return out
}
