package values

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"
	"sort"
)

// Entry says that an object holds a value.
type Entry struct {
	Mark   int64 // of the value
	Object int64 // its number
}

func (e Entry) compare(o Entry) int {
	return cmp.Or(cmp.Compare(e.Mark, o.Mark), cmp.Compare(e.Object, o.Object))
}

// Measures of a chunk: with its columns it is a little less than a quarter of a page of PostgreSQL and than half of one of SQLite, so that neither
// engine puts part of it elsewhere.
const (
	perChunk = 120 // entries
	perEntry = 16  // bytes
)

// pack writes entries as a chunk's body: mark and object by turns, eight bytes each.
func pack(list []Entry) []byte {
	body := make([]byte, 0, len(list)*perEntry)
	for _, e := range list {
		body = binary.BigEndian.AppendUint64(body, uint64(e.Mark))   //nolint:gosec // all bits are wanted
		body = binary.BigEndian.AppendUint64(body, uint64(e.Object)) //nolint:gosec // all bits are wanted
	}
	return body
}

func count(body []byte) int { return len(body) / perEntry }

func at(body []byte, i int) Entry {
	return Entry{
		Mark:   int64(binary.BigEndian.Uint64(body[i*perEntry:])),   //nolint:gosec // all bits are wanted
		Object: int64(binary.BigEndian.Uint64(body[i*perEntry+8:])), //nolint:gosec // all bits are wanted
	}
}

func unpack(list []Entry, body []byte) []Entry {
	for i := range count(body) {
		list = append(list, at(body, i))
	}
	return list
}

// newestIn appends the objects that hold a value, the newest first, n at most; before tells whether more may stand in the chunk before this one.
func newestIn(list []int64, body []byte, mark int64, n int) (out []int64, before bool) {
	end := sort.Search(count(body), func(i int) bool { return at(body, i).compare(Entry{mark, math.MaxInt64}) > 0 })
	for i := end - 1; i >= 0; i-- {
		e := at(body, i)
		if e.Mark != mark || len(list) >= n {
			return list, false
		}
		list = append(list, e.Object)
	}
	return list, true
}

// joined merges sorted lists, two by two.
func joined(lists [][]Entry) []Entry {
	if len(lists) == 0 {
		return nil
	}
	for len(lists) > 1 {
		next := make([][]Entry, 0, len(lists)/2+1)
		for pair := range slices.Chunk(lists, 2) {
			next = append(next, two(pair))
		}
		lists = next
	}
	return lists[0]
}

func two(pair [][]Entry) []Entry {
	if len(pair) == 1 {
		return pair[0]
	}
	a, b := pair[0], pair[1]
	out := make([]Entry, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if a[0].compare(b[0]) <= 0 {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return append(append(out, a...), b...)
}
