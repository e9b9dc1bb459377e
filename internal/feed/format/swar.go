package format

import (
	"encoding/binary"
	"math/bits"
)

// Eight bytes at a time: in x = word XOR (wanted byte repeated), a wanted byte has become zero, and (x - ones) AND NOT x has the top
// bit of the lowest zero byte set. Higher bits may be wrong after the first hit, so only the lowest counts.
const (
	ones = 0x0101010101010101
	tops = 0x8080808080808080

	quotes   = ones * '"'
	newlines = ones * '\n'
)

// indexPlain finds the end of an unquoted field: the first comma, newline or quote in data from i, or len(data).
func indexPlain(data []byte, i int, commas uint64) int {
	for ; i+8 <= len(data); i += 8 {
		w := binary.LittleEndian.Uint64(data[i:])
		c, n, q := w^commas, w^newlines, w^quotes
		if hit := ((c - ones) &^ c & tops) | ((n - ones) &^ n & tops) | ((q - ones) &^ q & tops); hit != 0 {
			return i + bits.TrailingZeros64(hit)>>3
		}
	}
	comma := byte(commas)
	for ; i < len(data); i++ {
		if c := data[i]; c == comma || c == '\n' || c == '"' {
			return i
		}
	}
	return i
}

// indexQuoted finds the first quote or newline in data from i, or len(data).
func indexQuoted(data []byte, i int) int {
	for ; i+8 <= len(data); i += 8 {
		w := binary.LittleEndian.Uint64(data[i:])
		n, q := w^newlines, w^quotes
		if hit := ((n - ones) &^ n & tops) | ((q - ones) &^ q & tops); hit != 0 {
			return i + bits.TrailingZeros64(hit)>>3
		}
	}
	for ; i < len(data); i++ {
		if c := data[i]; c == '\n' || c == '"' {
			return i
		}
	}
	return i
}
