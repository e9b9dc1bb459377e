// Package id makes the identifiers of everything that Firehall stores.
//
// An id is 26 characters of lower-case base32 (digits, and letters without i,
// l, o and u, so that it can be read over a telephone): 48 bits of milliseconds since 1970
// and 80 random bits. Ids sort by the time they were made, to the millisecond;
// within one millisecond the order is random. An id is not a secret.
package id

import (
	"crypto/rand"
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
	for i := range 6 {
		b[i] = byte(ms >> (40 - 8*i))
	}
	rand.Read(b[6:]) // never fails: crypto/rand ends the process instead
	return encode(b)
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
