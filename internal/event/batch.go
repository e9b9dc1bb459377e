package event

import (
	"strings"

	"github.com/minio/highwayhash"
)

// Reasons for which a row is set aside: the closed set of Reject.Code.
const (
	RejectFields    = "wrong-field-count"
	RejectQuote     = "bad-quote"
	RejectTooLong   = "too-long"
	RejectNUL       = "nul"
	RejectUTF8      = "bad-utf8"
	RejectTime      = "bad-time"
	RejectAddress   = "bad-address"
	RejectNumber    = "bad-number"
	RejectSyntax    = "bad-syntax"
	RejectMissing   = "missing-value"
	RejectClass     = "unknown-class"
	RejectTruncated = "truncated"
)

// Reject is a row set aside: where it stands in the decompressed input, and why. The bytes themselves stay in the intake's blob.
type Reject struct {
	Line   int64  `json:"line"`   // from 1, header included
	Offset int64  `json:"offset"` // bytes from the start of the decompressed input
	Length int    `json:"length"` // bytes
	Code   string `json:"code"`   // one of the Reject constants
	Reason string `json:"reason"` // in words, with what to do
}

// KeySize is the length of a dedupe key in bytes.
const KeySize = 16

// DedupeKey identifies an identical row of the same stream: a keyed 128-bit hash, so that nobody outside can make two rows collide.
type DedupeKey = [KeySize]byte

// Batch holds rows as columns. A decoder fills it row by row: Begin, then at most one append on each column, then End or Abort.
// It is used by one goroutine at a time and may be reset and used again.
type Batch struct {
	rows    int
	cols    []*Column
	byName  map[string]*Column
	spare   map[string]*Column // columns of earlier parts, for their memory alone
	keys    []DedupeKey
	secret  []byte // 32 bytes: the stream's key
	rejects []Reject
	extras  int
}

// maxSpare bounds the columns kept for their memory: a feed that makes up new names all the time must not fill it.
const maxSpare = 2 * MaxExtras

// NewBatch makes an empty batch; secret is the stream's 32-byte key for dedupe keys.
func NewBatch(secret [32]byte) *Batch {
	return &Batch{byName: map[string]*Column{}, spare: map[string]*Column{}, secret: secret[:]}
}

// Rows is the number of complete rows.
func (b *Batch) Rows() int { return b.rows }

// Keys holds the dedupe key of each row.
func (b *Batch) Keys() []DedupeKey { return b.keys[:b.rows] }

// Rejects lists the rows set aside, in the order in which they were met.
func (b *Batch) Rejects() []Reject { return b.rejects }

// Columns lists the columns in the order of their making; call it after the last row.
func (b *Batch) Columns() []*Column {
	for _, c := range b.cols {
		c.fill(b.rows)
	}
	return b.cols
}

// Find gives the column of that name, or nil.
func (b *Batch) Find(name string) *Column {
	c := b.byName[name]
	if c != nil {
		c.fill(b.rows)
	}
	return c
}

// Column gives the column of that name and makes it if need be; rows that came before are null. A typed field has its own kind
// and an extra is a Text. Before making a new extra ask Overflows.
func (b *Batch) Column(name string) *Column {
	if c := b.byName[name]; c != nil {
		return c
	}
	kind := Text
	if f, ok := byName[name]; ok {
		kind = f.Kind
	} else if strings.HasPrefix(name, FoldPrefix) {
		kind = Int
	} else {
		b.extras++
	}
	c := b.spare[name]
	if c == nil {
		c = newColumn(b, name, kind)
	}
	delete(b.spare, name)
	b.cols = append(b.cols, c)
	b.byName[name] = c
	return c
}

// Overflows tells whether a new extra column is one too many; the decoder then puts the value into FieldExtra.
func (b *Batch) Overflows() bool { return b.extras >= MaxExtras }

// Const gives every row of the batch the same text, at no cost a row.
func (b *Batch) Const(name, value string) {
	c := b.Column(name)
	c.constant, c.isConst = value, true
}

// ConstTime gives every row of the batch the same time, in milliseconds since 1970 (UTC).
func (b *Batch) ConstTime(name string, ms int64) { b.Column(name).absent = ms }

// Begin starts a row; raw is the record as it came, from which the dedupe key is made.
func (b *Batch) Begin(raw []byte) {
	b.keys = append(b.keys[:b.rows], highwayhash.Sum128(raw, b.secret))
}

// End completes the row; columns that were not appended to are null.
func (b *Batch) End() { b.rows++ }

// Abort drops the row begun.
func (b *Batch) Abort() {
	for _, c := range b.cols {
		c.truncate(b.rows)
	}
}

// Reject sets a row aside.
func (b *Batch) Reject(r Reject) { b.rejects = append(b.rejects, r) }

// Reset empties the batch for another part and keeps its memory. It has no columns then, so that what a part becomes depends on that
// part alone: pointers to columns from before are void.
func (b *Batch) Reset() {
	if len(b.spare)+len(b.cols) > maxSpare {
		clear(b.spare)
	}
	for _, c := range b.cols {
		c.reset()
		b.spare[c.Name] = c
	}
	b.cols = b.cols[:0]
	clear(b.byName)
	b.rows, b.keys, b.rejects, b.extras = 0, b.keys[:0], b.rejects[:0], 0
}

// Project gives a batch of the same rows that has only the columns named, and shares them.
func (b *Batch) Project(names ...string) *Batch {
	p := &Batch{rows: b.rows, byName: map[string]*Column{}, keys: b.keys, secret: b.secret}
	for _, n := range names {
		if c := b.Find(n); c != nil {
			p.cols = append(p.cols, c)
			p.byName[n] = c
		}
	}
	return p
}

// Attach adds an integer column with one value a row; the slice is the batch's from now on.
func (b *Batch) Attach(name string, values []int64) {
	c := &Column{Name: name, Kind: Int, batch: b, n: b.rows, ints: values, absent: Null}
	b.cols = append(b.cols, c)
	b.byName[name] = c
}

// Number replaces the Text column of that name, making it if need be: row i has entries[idx[i]-1], or nothing where idx[i] is 0.
func (b *Batch) Number(name string, idx []uint32, entries []string) {
	c := b.Column(name)
	c.isConst, c.constant = false, ""
	c.dict.reset()
	for _, e := range entries {
		c.dict.push([]byte(e))
	}
	c.idx, c.n = append(c.idx[:0], idx...), len(idx)
}
