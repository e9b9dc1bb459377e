package segment

// numbering gives small numbers to the distinct values of an integer column, and gives up when they are many.
type numbering struct {
	values []int64
	table  [2 * mostNumbers]struct {
		value int64
		id    int32 // from 1
	}
}

// mostNumbers bounds a dictionary of integers: beyond it 8 bytes an entry no longer pay.
const mostNumbers = 4096

// number fills ids for v, from 0 in order of first use. False: too many distinct values, ids are worthless.
func (t *numbering) number(v []int64, ids *[]int32) bool {
	clear(t.table[:])
	t.values = t.values[:0]
	out := (*ids)[:0]
	last, lastID := int64(0), int32(0)
	for i, x := range v {
		if lastID == 0 || x != last {
			last, lastID = x, t.find(x)
			if lastID < 0 || i == mostNumbers && len(t.values) > mostNumbers/2 {
				return false
			}
		}
		out = append(out, lastID-1)
	}
	*ids = out
	return true
}

// find gives 1 + x's number, or -1 when there is no room.
func (t *numbering) find(x int64) int32 {
	const mask = uint64(len(t.table) - 1)
	for i := uint64(x) * 0x9e3779b97f4a7c15 >> 40 & mask; ; i = (i + 1) & mask { //nolint:gosec // the bits
		slot := &t.table[i]
		if slot.id == 0 {
			if len(t.values) == mostNumbers {
				return -1
			}
			t.values = append(t.values, x)
			slot.value, slot.id = x, int32(len(t.values)) //nolint:gosec // at most mostNumbers
			return slot.id
		}
		if slot.value == x {
			return slot.id
		}
	}
}
