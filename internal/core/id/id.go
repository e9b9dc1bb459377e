// Package id makes the identifiers of everything that Firehall stores.
//
// An id is 26 characters of lower-case base32 (digits, and letters without i,
// l, o and u, so that it can be read over a telephone): 48 bits of milliseconds since 1970
// and 80 random bits. Ids sort by the time they were made: to the millisecond
// across processes, and within one process those of one millisecond sort in the
// order they were made, as far as no other time came between. An id is not a
// secret, and tells nobody how many were made.
package id

import (
	"crypto/rand"
	"encoding/binary"
	"sync"
	"time"
)

// Size is the length of an id in characters.
const Size = 26

// alphabet is in ASCII order, so that the text sorts as the bits do.
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// New returns an id for this moment.
func New() string { return NewAt(time.Now()) }

// NewAt returns an id for the time t. Times before 1970 or after the year
// 10889 keep only their low 48 bits.
func NewAt(t time.Time) string {
	var b [16]byte
	ms := uint64(t.UnixMilli())
	high, low := last.next(ms)
	binary.BigEndian.PutUint64(b[:], ms<<16|uint64(high))
	binary.BigEndian.PutUint64(b[8:], low)
	return encode(b)
}

// last is the id that this process made last.
var last tail

// tail is the random part of an id: 80 bits.
type tail struct {
	sync.Mutex
	ms   uint64
	high uint16
	low  uint64
}

// next returns the random part of an id for ms: anew for a new millisecond, and
// a random step of up to 48 bits above the last one within it. A new one leaves
// its first bit free, so that the steps of a millisecond do not run over.
func (l *tail) next(ms uint64) (uint16, uint64) {
	var b [10]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	high, low := binary.BigEndian.Uint16(b[:]), binary.BigEndian.Uint64(b[2:])
	l.Lock()
	defer l.Unlock()
	if ms != l.ms {
		l.ms, l.high, l.low = ms, high>>1, low
		return l.high, l.low
	}
	before := l.low
	if l.low += low>>16 + 1; l.low < before {
		l.high++
	}
	return l.high, l.low
}

// Time returns the time, to the millisecond, that the id was made at, and
// false if s is no id.
func Time(s string) (time.Time, bool) {
	if !Valid(s) {
		return time.Time{}, false
	}
	var ms uint64
	for i := range 10 { // ten characters hold the first 48 of 50 bits: 2 pad bits lead
		ms = ms<<5 | uint64(value(s[i]))
	}
	return time.UnixMilli(int64(ms)).UTC(), true
}

// Valid reports whether s has the shape of an id.
func Valid(s string) bool {
	if len(s) != Size || value(s[0]) > 7 { // 26*5 = 130 bits: the first two are zero
		return false
	}
	for i := range len(s) {
		if value(s[i]) == 0xff {
			return false
		}
	}
	return true
}

// encode writes 128 bits as 26 characters, padded by two zero bits in front so
// that the first ten characters hold exactly the time.
func encode(b [16]byte) string {
	var out [Size]byte
	acc, bits, n := uint32(0), 2, 0
	for _, x := range b {
		acc = acc<<8 | uint32(x)
		for bits += 8; bits >= 5; bits -= 5 {
			out[n] = alphabet[acc>>(bits-5)&31]
			n++
		}
		acc &= 1<<bits - 1
	}
	return string(out[:])
}

// value returns the five bits of c, or 0xff if c is not of the alphabet.
func value(c byte) byte {
	for i := range len(alphabet) {
		if alphabet[i] == c {
			return byte(i)
		}
	}
	return 0xff
}
