package demo

import (
	"strconv"
	"strings"
)

// row is what the columns of one record are made from.
type row struct {
	space Space
	host  uint64 // which machine: its address, name, device and certificate follow from it
	n     uint64 // which record: what differs each time the machine is seen
	cert  uint64 // which certificate; many machines share one that came with the product
	ip    uint32
	when  stamp
}

// column appends one value, quoted where CSV wants it.
type column func(r *row, b []byte) []byte

// quoted is how Shadowserver's files write a value: bare when it is one word, else in quotes.
func quoted(s string) string {
	if !strings.ContainsAny(s, " ,\"\n;|") {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

func allQuoted(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = quoted(s)
	}
	return out
}

// fixed is the same text in every row.
func fixed(s string) column {
	s = quoted(s)
	return func(_ *row, b []byte) []byte { return append(b, s...) }
}

// ofHost picks a word that stays with the machine.
func ofHost(name string, list []string) column {
	list, key := allQuoted(list), salt(name)
	return func(r *row, b []byte) []byte { return append(b, list[skewed(mix(r.host^key), len(list))]...) }
}

// ofCert picks a word that stays with the certificate.
func ofCert(name string, list []string) column {
	list, key := allQuoted(list), salt(name)
	return func(r *row, b []byte) []byte { return append(b, list[skewed(mix(r.cert^key), len(list))]...) }
}

// ofRow picks a word anew in each record.
func ofRow(name string, list []string) column {
	list, key := allQuoted(list), salt(name)
	return func(r *row, b []byte) []byte { return append(b, list[skewed(mix(r.n^key), len(list))]...) }
}

// number is an integer from low to high-1, new in each record.
func number(name string, low, high int) column {
	key := salt(name)
	return func(r *row, b []byte) []byte {
		return strconv.AppendInt(b, int64(low+below(mix(r.n^key), high-low)), 10)
	}
}

// seldom leaves the column empty but once in n machines.
func seldom(name string, n int, c column) column {
	key := salt(name)
	return func(r *row, b []byte) []byte {
		if !chance(mix(r.host^key), n) {
			return b
		}
		return c(r, b)
	}
}

const upperHex = "0123456789ABCDEF"

// colonHex are the texts of a byte in a fingerprint, colon included.
var colonHex = func() (t [256][3]byte) {
	for i := range t {
		t[i] = [3]byte{upperHex[i>>4], upperHex[i&15], ':'}
	}
	return t
}()

// fingerprint is a certificate's digest of size bytes as the reports write it: upper-case hex with colons.
func fingerprint(name string, size int) column {
	key := salt(name)
	return func(r *row, b []byte) []byte {
		word := r.cert ^ key
		for i := range size {
			if i%8 == 0 {
				word = mix(word)
			}
			three := &colonHex[byte(word>>(i%8*8))]
			b = append(b, three[0], three[1], three[2])
		}
		return b[:len(b)-1]
	}
}

// hexOf is size bytes of lower-case hex made from a seed.
func hexOf(b []byte, seed uint64, size int) []byte {
	const digits = "0123456789abcdef"
	for i := range size {
		if i%8 == 0 {
			seed = mix(seed)
		}
		v := byte(seed >> (i % 8 * 8))
		b = append(b, digits[v>>4], digits[v&15])
	}
	return b
}

// digest is size bytes of hex that one of n things has.
func digest(name string, size, n int) column {
	key := salt(name)
	return func(r *row, b []byte) []byte {
		return hexOf(b, key^uint64(skewed(mix(r.host^key), n)), size)
	}
}

// days is a date near the scan: from low to high days away from it.
func days(name string, low, high int) column {
	key := salt(name)
	texts := make([]string, high-low)
	for i := range texts {
		texts[i] = string(appendDay(nil, epochDay+int64(low+i))) + " "
	}
	return func(r *row, b []byte) []byte {
		h := mix(r.cert ^ key)
		b = append(append(b, '"'), texts[below(h, high-low)]...)
		b = appendClock(b, int64(below(mix(h), 86400)))
		return append(b, '"')
	}
}
