package enrich

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"net/netip"
	"slices"
)

// wide is an IPv6 address as a number; IPv4 tables use the lowest 32 bits of lo.
type wide struct{ hi, lo uint64 }

func (a wide) compare(b wide) int {
	if c := cmp.Compare(a.hi, b.hi); c != 0 {
		return c
	}
	return cmp.Compare(a.lo, b.lo)
}

// next is a+1; carried is true past the last address.
func (a wide) next() (n wide, carried bool) {
	lo, c := bits.Add64(a.lo, 1, 0)
	hi, c := bits.Add64(a.hi, 0, c)
	return wide{hi, lo}, c != 0
}

func wideOf(a netip.Addr) wide {
	if a.Is4() {
		return wide{0, uint64(number4(a))}
	}
	b := a.As16()
	return wide{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}
}

// last is the highest address of a prefix.
func last(p netip.Prefix) wide {
	w := wideOf(p.Addr())
	host := p.Addr().BitLen() - p.Bits()
	switch {
	case host >= 64:
		w.lo = ^uint64(0)
		if host > 64 {
			w.hi |= ^uint64(0) >> (128 - host)
		}
	case host > 0:
		w.lo |= ^uint64(0) >> (64 - host)
	}
	return w
}

// claim is one prefix and the record that it has.
type claim struct {
	prefix netip.Prefix
	record uint32 // 0 is none
}

// step says that from an address on, until the next step, a record holds.
type step struct {
	from   wide
	record uint32
}

// flatten turns prefixes of one family, which may lie within each other, into steps: at each address the longest prefix has its say.
// Of two equal prefixes the later one counts.
func flatten(claims []claim) []step {
	slices.SortStableFunc(claims, func(a, b claim) int {
		if c := a.prefix.Addr().Compare(b.prefix.Addr()); c != 0 {
			return c
		}
		return cmp.Compare(a.prefix.Bits(), b.prefix.Bits())
	})
	s := sweep{steps: []step{{}}}
	for _, c := range claims {
		start := wideOf(c.prefix.Addr())
		s.closeBefore(start)
		s.put(start, c.record)
		s.open = append(s.open, opened{last(c.prefix), c.record})
	}
	s.closeAll()
	return s.steps
}

type opened struct {
	last   wide
	record uint32
}

// sweep walks over sorted prefixes; open holds those that the walk is inside of, the innermost last.
type sweep struct {
	steps []step
	open  []opened
}

// closeBefore leaves the prefixes that end before an address.
func (s *sweep) closeBefore(at wide) {
	for len(s.open) > 0 && s.open[len(s.open)-1].last.compare(at) < 0 {
		s.leave()
	}
}

func (s *sweep) closeAll() {
	for len(s.open) > 0 {
		s.leave()
	}
}

// leave ends the innermost prefix: behind it the one around it holds again.
func (s *sweep) leave() {
	top := s.open[len(s.open)-1]
	s.open = s.open[:len(s.open)-1]
	outer := uint32(0)
	if n := len(s.open); n > 0 {
		outer = s.open[n-1].record
	}
	if after, end := top.last.next(); !end {
		s.put(after, outer)
	}
}

// put begins a record at an address; a step of no length is overwritten, one that changes nothing is left out.
func (s *sweep) put(at wide, record uint32) {
	if n := len(s.steps); s.steps[n-1].from == at {
		s.steps = s.steps[:n-1]
	}
	if n := len(s.steps); n > 0 && s.steps[n-1].record == record {
		return
	}
	s.steps = append(s.steps, step{at, record})
}

// overlay joins two lists of steps; both says what the record is where the one says a and the other b.
func overlay(a, b []step, both func(a, b uint32) uint32) []step {
	s := sweep{steps: []step{{record: both(a[0].record, b[0].record)}}}
	for i, j := 0, 0; ; {
		at, more := follow(a, b, i, j)
		if !more {
			return s.steps
		}
		if i+1 < len(a) && a[i+1].from == at {
			i++
		}
		if j+1 < len(b) && b[j+1].from == at {
			j++
		}
		s.put(at, both(a[i].record, b[j].record))
	}
}

// follow is the address of the next step of either list.
func follow(a, b []step, i, j int) (at wide, more bool) {
	switch {
	case i+1 < len(a) && (j+1 >= len(b) || a[i+1].from.compare(b[j+1].from) <= 0):
		return a[i+1].from, true
	case j+1 < len(b):
		return b[j+1].from, true
	}
	return wide{}, false
}

// flat4 answers for IPv4: the steps as arrays, with an index by the address's upper half.
type flat4 struct {
	from   []uint32
	record []uint32
	index  []uint32 // of 65537: where the steps of each /16 begin
}

func newFlat4(from, record []uint32) flat4 {
	f := flat4{from: from, record: record, index: make([]uint32, 1<<16+1)}
	at := 0
	for half := range uint32(1 << 16) {
		for at < len(from) && from[at] < half<<16 {
			at++
		}
		f.index[half] = uint32(at)
	}
	f.index[1<<16] = uint32(len(from))
	return f
}

// at finds the last step that begins at or before an address.
func (f *flat4) at(ip uint32) uint32 {
	lo, hi := f.index[ip>>16], f.index[ip>>16+1]
	for lo < hi {
		mid := (lo + hi) / 2
		if f.from[mid] <= ip {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return f.record[lo-1]
}

// flat6 answers for IPv6.
type flat6 struct {
	from   []wide
	record []uint32
}

func (f *flat6) at(ip wide) uint32 {
	lo, hi := 0, len(f.from)
	for lo < hi {
		mid := (lo + hi) / 2
		if f.from[mid].compare(ip) <= 0 {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return f.record[lo-1]
}
