package event

// Rows that come back from a segment are added many at a time, column by column: Extend makes room for them, the Load methods fill it.

// Extend adds n complete rows and gives the number of the first. They are null until a Load method gives a column its values; keys
// holds one key a row, or nothing where the segment keeps none.
func (b *Batch) Extend(n int, keys []DedupeKey) (first int) {
	first = b.rows
	b.keys = append(b.keys[:first], keys...)
	for len(b.keys) < first+n {
		b.keys = append(b.keys, DedupeKey{})
	}
	b.rows += n
	return first
}

// LoadInts gives an Int, Time, Bool or Float column its values (as Ints has them) from row first on.
func (c *Column) LoadInts(first int, v []int64) {
	c.truncate(first)
	c.fill(first)
	c.ints = append(c.ints, v...)
	c.n += len(v)
}

// LoadHiLo gives an IP column its words from row first on.
func (c *Column) LoadHiLo(first int, hi, lo []uint64) {
	c.truncate(first)
	c.fill(first)
	c.hi, c.lo = append(c.hi, hi...), append(c.lo, lo...)
	c.n += len(lo)
}

// LoadTexts gives a Text column its values from row first on: row i has entry(idx[i]-1), or nothing where idx[i] is 0. Each of the
// entries is looked up once. With shared they are distinct and the column keeps a dictionary; otherwise it may give that up.
func (c *Column) LoadTexts(first int, idx []uint32, entries int, entry func(uint32) []byte, shared bool) {
	c.truncate(first)
	c.fill(first)
	if shared { // a dictionary's entries are all new to this column, which says nothing about how often each is used
		c.dict.asked = trial + 1
	}
	number := make([]uint32, entries+1)
	for i := range entries {
		number[i+1] = c.dict.add(entry(uint32(i))) //nolint:gosec // at most the rows of a group
	}
	for _, x := range idx {
		c.idx = append(c.idx, number[x])
	}
	c.n += len(idx)
}
