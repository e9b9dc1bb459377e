package segment

import (
	"cmp"
	"slices"

	"github.com/firehall/firehall/internal/event"
)

// Sorter puts rows in order of source.ip; it keeps its buffers.
type Sorter struct {
	pairs, spare []pair
}

type pair struct {
	key uint32
	row int32
}

// Sort orders rows (numbers of b's rows) by source.ip; rows of the same address keep their order.
func (s *Sorter) Sort(b *event.Batch, rows []int32) {
	c := b.Find(event.FieldSourceIP)
	if c == nil || c.Kind != event.IP {
		return
	}
	hi, lo := c.HiLo()
	if s.gather(hi, lo, rows) {
		s.radix()
		for i, p := range s.pairs {
			rows[i] = p.row
		}
		return
	}
	slices.SortStableFunc(rows, func(a, b int32) int {
		return cmp.Or(cmp.Compare(hi[a], hi[b]), cmp.Compare(lo[a], lo[b]))
	})
}

// gather fills pairs; it answers false if not all addresses are IPv4.
func (s *Sorter) gather(hi, lo []uint64, rows []int32) bool {
	s.pairs = s.pairs[:0]
	for _, r := range rows {
		if hi[r] != 0 || lo[r]>>32 != 0xffff {
			return false
		}
		s.pairs = append(s.pairs, pair{uint32(lo[r]), r}) //nolint:gosec // the lower half is the address
	}
	return true
}

// radix sorts pairs by key in three passes of eleven bits, least significant first.
func (s *Sorter) radix() {
	s.spare = slices.Grow(s.spare[:0], len(s.pairs))[:len(s.pairs)]
	for shift := 0; shift < 32; shift += 11 {
		var count [1 << 11]int32
		for _, p := range s.pairs {
			count[p.key>>shift&0x7ff]++
		}
		at := int32(0)
		for i, n := range count {
			count[i], at = at, at+n
		}
		for _, p := range s.pairs {
			d := p.key >> shift & 0x7ff
			s.spare[count[d]] = p
			count[d]++
		}
		s.pairs, s.spare = s.spare, s.pairs
	}
}
