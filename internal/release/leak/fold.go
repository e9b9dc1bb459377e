package leak

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A text is searched by its skeleton: letters and digits alone, small, without accents, look-alikes made alike. What stands between them is looked at once
// a name was found. The blunt skeleton, by which is searched, also takes 0 for o, and 1 and l for i; the precise one does not.

// ascii are the letters and digits of ASCII in the precise skeleton; 0 for all else.
var ascii = func() (t [utf8.RuneSelf]byte) {
	for c := range byte(utf8.RuneSelf) {
		switch {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
			t[c] = c
		case 'A' <= c && c <= 'Z':
			t[c] = c + 'a' - 'A'
		}
	}
	return t
}()

// blunt makes a byte of the precise skeleton one of the blunt.
var blunt = func() (t [256]byte) {
	for c := range 256 {
		t[c] = byte(c) //nolint:gosec // below 256
	}
	t['l'], t['1'], t['0'] = 'i', 'i', 'o'
	return t
}()

// folder gives the precise skeleton of runes, and remembers those beyond ASCII. It is not for concurrent use.
type folder struct {
	known map[rune]string
	ring  []int32 // lent to walks
	run   run
}

// maxKnown bounds what is remembered: there are more runes than anybody writes with.
const maxKnown = 4096

func newFolder() *folder { return &folder{known: map[rune]string{}} }

// of is the precise skeleton of a rune beyond ASCII; "" for one that is no letter or digit.
func (f *folder) of(r rune) string {
	s, ok := f.known[r]
	if !ok {
		s = skeletonOf(r)
		if len(f.known) < maxKnown {
			f.known[r] = s
		}
	}
	return s
}

func skeletonOf(r rune) string {
	if s, ok := alike(r); ok {
		return s
	}
	var out strings.Builder
	for _, c := range norm.NFKD.String(string(r)) {
		if s, ok := alike(c); ok {
			out.WriteString(s)
			continue
		}
		if c = unicode.ToLower(c); c == '⁄' || unicode.Is(unicode.M, c) || filler(c) || !unicode.IsLetter(c) && !unicode.IsDigit(c) {
			continue
		}
		if s, ok := alike(c); ok {
			out.WriteString(s)
		} else if d := digit(c); d != 0 {
			out.WriteByte(d)
		} else {
			out.WriteRune(c)
		}
	}
	return out.String()
}

// digit is the ASCII digit of a decimal digit of any script; 0 for what is none. Decimal digits stand in runs of ten that begin with nought.
func digit(r rune) byte {
	if r < utf8.RuneSelf || !unicode.Is(unicode.Nd, r) {
		return 0
	}
	first := r
	for first > r-9 && unicode.Is(unicode.Nd, first-1) {
		first--
	}
	if r >= 0x1D7CE && r <= 0x1D7FF { // the mathematical ones follow one another; NFKD has taken them already
		first = r - (r-0x1D7CE)%10
	}
	return byte('0' + (r-first)%10) //nolint:gosec // one digit
}

// filler tells of letters that show nothing.
func filler(r rune) bool {
	switch r {
	case '\u115f', '\u1160', '\u3164', '\uffa0':
		return true
	}
	return false
}

// unseen tells of runes that show nothing, or stand upon the letter before: they part nothing.
func unseen(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return r == 0x7f || r < ' ' && r != '\n' && r != '\r' && r != '\t' && r != '\v' && r != '\f'
	case r == '\u2800' || filler(r):
		return true
	}
	return unicode.In(r, unicode.M, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// wide tells of scripts that write no blanks between words: a name may begin and end anywhere.
func wide(r rune) bool {
	return r >= 0x0e00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// wordy tells of runes that have a skeleton.
func (f *folder) wordy(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 0 && ascii[r] != 0
	}
	return f.of(r) != ""
}

// skeleton is the precise skeleton of a text.
func (f *folder) skeleton(text string) string {
	var out strings.Builder
	for _, r := range text {
		if r < utf8.RuneSelf {
			if c := ascii[r]; c != 0 {
				out.WriteByte(c)
			}
			continue
		}
		out.WriteString(f.of(r))
	}
	return out.String()
}
