package event

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
)

// dictionary numbers the distinct texts of a column. When nearly each text is new it stops looking and only appends: a look-up that
// never hits is pure cost, and the segment stores such a column plainly anyway.
type dictionary struct {
	arena []byte
	ends  []uint32 // end of each entry in arena
	table []uint64 // open addressing: upper half of the hash, 1 + entry's number
	asked int
	plain bool
	short [64]shortEntry
	long  [32]longEntry
}

// shortEntry remembers where a text of at most eight bytes stands: most cells are short and take few values.
type shortEntry struct {
	text  uint64
	entry uint32 // from 1
	size  uint8
}

// longEntry remembers where a longer text stands, by its two ends and its length.
type longEntry struct {
	head, tail uint64
	size       uint32
	entry      uint32 // from 1
}

const (
	firstTable = 1 << 10
	// After this many look-ups the share of new entries decides whether looking is worth it.
	trial = 2048
)

var seed = maphash.MakeSeed()

// add gives 1 + the number of v's entry.
func (d *dictionary) add(v []byte) uint32 {
	if d.plain {
		return d.push(v)
	}
	if d.asked++; d.asked == trial && len(d.ends) > trial*3/4 {
		d.plain = true
		return d.push(v)
	}
	switch {
	case len(v) > 8:
		return d.addLong(v)
	case cap(v) >= 8:
		return d.addShort(v)
	default:
		return d.find(v)
	}
}

// addLong looks into the small memory first; v has more than eight bytes.
func (d *dictionary) addLong(v []byte) uint32 {
	head, tail := binary.LittleEndian.Uint64(v), binary.LittleEndian.Uint64(v[len(v)-8:])
	size := uint32(len(v)) //nolint:gosec // below a part's size
	s := &d.long[(head*0x9e3779b97f4a7c15^tail*0xc2b2ae3d27d4eb4f^uint64(size)<<40)>>59]
	if s.head == head && s.tail == tail && s.size == size && (size <= 16 || bytes.Equal(v, d.entry(s.entry-1))) {
		return s.entry
	}
	*s = longEntry{head, tail, size, d.find(v)}
	return s.entry
}

// addShort looks into the small memory first; v has room for eight bytes.
func (d *dictionary) addShort(v []byte) uint32 {
	text := binary.LittleEndian.Uint64(v[:8]) & (1<<(8*len(v)) - 1)
	s := &d.short[text*0x9e3779b97f4a7c15>>58]
	if s.text == text && int(s.size) == len(v) && s.entry != 0 {
		return s.entry
	}
	*s = shortEntry{text, d.find(v), uint8(len(v))} //nolint:gosec // at most 8
	return s.entry
}

// find looks v up among all entries and makes one if need be.
func (d *dictionary) find(v []byte) uint32 {
	if len(d.ends)*2 >= len(d.table) {
		d.grow()
	}
	h := maphash.Bytes(seed, v)
	mask := uint64(len(d.table) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		slot := d.table[i]
		if slot == 0 {
			n := d.push(v)
			d.table[i] = h>>32<<32 | uint64(n)
			return n
		}
		if slot>>32 == h>>32 && bytes.Equal(v, d.entry(uint32(slot)-1)) { //nolint:gosec // lower half
			return uint32(slot) //nolint:gosec // lower half
		}
	}
}

func (d *dictionary) push(v []byte) uint32 {
	d.arena = append(d.arena, v...)
	d.ends = append(d.ends, uint32(len(d.arena))) //nolint:gosec // a part is far below 4 GiB
	return uint32(len(d.ends))                    //nolint:gosec // as above
}

func (d *dictionary) entry(i uint32) []byte {
	start := uint32(0)
	if i > 0 {
		start = d.ends[i-1]
	}
	return d.arena[start:d.ends[i]:d.ends[i]]
}

func (d *dictionary) grow() {
	size := max(firstTable, 4*len(d.table))
	d.table = make([]uint64, size)
	mask := uint64(size - 1)
	for n := range d.ends {
		h := maphash.Bytes(seed, d.entry(uint32(n))) //nolint:gosec // number of entries fits
		i := h & mask
		for d.table[i] != 0 {
			i = (i + 1) & mask
		}
		d.table[i] = h>>32<<32 | uint64(n+1) //nolint:gosec // number of entries fits
	}
}

func (d *dictionary) reset() {
	d.arena, d.ends, d.asked, d.plain = d.arena[:0], d.ends[:0], 0, false
	clear(d.table)
	d.short, d.long = [64]shortEntry{}, [32]longEntry{}
}
