package indicator

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// mark says that from text[to] on, bytes come from source[from] on, one by one, until the next mark.
type mark struct {
	to, from int32
	defanged bool // what is changed here made something harmless
}

// plain is a piece of the text without its disguises.
type plain struct {
	text  []byte
	marks []mark
	raw   string // the same piece as written
	base  int    // where that begins in the whole text
}

// disguises are what people write in brackets for a sign, in lower case.
var disguises = map[string]string{
	".": ".", "dot": ".", "point": ".", "punto": ".", "punkt": ".", "d0t": ".",
	"@": "@", "at": "@", "arobase": "@", "chez": "@",
	":": ":", "://": "://", "/": "/", "-": "-",
	"http": "http", "https": "https", "hxxp": "hxxp", "hxxps": "hxxps", "www": "www", "www.": "www.",
}

// longestDisguise is that between brackets, with its blanks.
const longestDisguise = 10

// fold writes a piece of the text without zero-width characters and without what made addresses harmless.
func (p *plain) fold(raw string, base int) {
	p.text, p.marks, p.raw, p.base = p.text[:0], p.marks[:0], raw, base
	for i := 0; i < len(raw); {
		c := raw[i]
		switch {
		case c == '[' || c == '(' || c == '{':
			i += p.bracket(i)
		case c == '\\' && i+1 < len(raw) && raw[i+1] == '.':
			i += p.replace(i, 2, ".", true)
		case c >= utf8.RuneSelf:
			i += p.wide(i)
		default:
			p.text = append(p.text, c)
			i++
		}
	}
}

// replace writes with for the n bytes at i, and returns n.
func (p *plain) replace(i, n int, with string, defanged bool) int {
	p.marks = append(p.marks, mark{int32(len(p.text)), int32(i), defanged})
	p.text = append(p.text, with...)
	p.marks = append(p.marks, mark{int32(len(p.text)), int32(i + n), false})
	return n
}

// bracket undoes a disguise in brackets, and takes the blanks around a sign; any other bracket stays.
func (p *plain) bracket(i int) int {
	inside, n := between(p.raw[i:])
	with, ok := disguises[strings.ToLower(strings.Trim(inside, " "))]
	if !ok {
		p.text = append(p.text, p.raw[i])
		return 1
	}
	if strings.Contains(".@:://", with) { // these never begin a word
		p.text = p.text[:len(p.text)-blanksBefore(p.text)]
		p.unmark()
		for n < len(p.raw)-i && n < longestDisguise+4 && p.raw[i+n] == ' ' {
			n++
		}
	}
	return p.replace(i, n, with, true)
}

// unmark takes back marks of blanks that were taken back.
func (p *plain) unmark() {
	for len(p.marks) > 0 && int(p.marks[len(p.marks)-1].to) > len(p.text) {
		p.marks = p.marks[:len(p.marks)-1]
	}
}

// between returns what stands between a bracket and the next closing one, and how long that is with both.
func between(s string) (string, int) {
	limit := min(len(s), longestDisguise+2)
	end := strings.IndexByte(s[:limit], map[byte]byte{'[': ']', '(': ')', '{': '}'}[s[0]])
	if end < 0 {
		return "", 0
	}
	return s[1:end], end + 1
}

// blanksBefore counts the blanks at the end, two at most.
func blanksBefore(b []byte) int {
	n := 0
	for n < 2 && n < len(b) && b[len(b)-1-n] == ' ' {
		n++
	}
	return n
}

// wide writes a character beyond ASCII: those that mean an ASCII sign as that, those that cannot be seen not at all.
// Letters stay what they are: a Cyrillic "a" is no Latin one.
func (p *plain) wide(i int) int {
	r, n := utf8.DecodeRuneInString(p.raw[i:])
	switch {
	case r == utf8.RuneError && n == 1:
		return p.replace(i, 1, " ", false)
	case unseen(r) && !p.joins(i, n):
		return p.replace(i, n, "", false)
	}
	if sign := meant(r); sign != "" {
		return p.replace(i, n, sign, false)
	}
	p.text = append(p.text, p.raw[i:i+n]...)
	return n
}

// joins reports whether what stands at i is between letters that need joiners.
func (p *plain) joins(i, n int) bool {
	return len(p.text) > 0 && p.text[len(p.text)-1] >= utf8.RuneSelf && i+n < len(p.raw) && p.raw[i+n] >= utf8.RuneSelf
}

// unseen reports characters without width: joiners, direction marks, soft hyphens.
func unseen(r rune) bool {
	return r == 0xAD || r == 0x180E || r >= 0x200B && r <= 0x200F || r >= 0x202A && r <= 0x202E || r >= 0x2060 && r <= 0x2069 || r == 0xFEFF || r >= 0xFE00 && r <= 0xFE0F
}

// meant returns the ASCII sign that a character stands for.
func meant(r rune) string {
	switch {
	case r == 0x3002 || r == 0xFF0E || r == 0xFF61 || r == 0x2024:
		return "." // what IDNA takes for dots, and the one dot leader
	case r >= 0xFF01 && r <= 0xFF5E:
		return string(r - 0xFEE0) // full width
	case r >= 0x2010 && r <= 0x2015 || r == 0x2212:
		return "-"
	case r == 0xA0 || r >= 0x2000 && r <= 0x200A || r == 0x202F || r == 0x205F || r == 0x3000 || r == 0x2028 || r == 0x2029 || r == 0x85:
		return " "
	case r == 0xAB || r == 0xBB || r >= 0x2018 && r <= 0x201F || r == 0x2039 || r == 0x203A || r == 0x2026 || r == 0x3001 || r == 0x2022:
		return "\"" // quotes, ellipsis, bullet: the end of a word
	}
	return ""
}

// source leads a byte of the folded text back to the piece as written.
func (p *plain) source(at int) int {
	i := sort.Search(len(p.marks), func(i int) bool { return int(p.marks[i].to) > at }) - 1
	if i < 0 {
		return at
	}
	return int(p.marks[i].from) + at - int(p.marks[i].to)
}

// span leads text[from:to] back, and tells whether it was made harmless.
func (p *plain) span(from, to int) (start, end int, defanged bool) {
	if from >= to {
		return p.source(from), p.source(from), false
	}
	start = p.source(from)
	end = min(p.source(to-1)+1, len(p.raw))
	i := sort.Search(len(p.marks), func(i int) bool { return int(p.marks[i].to) >= from })
	for ; i < len(p.marks) && int(p.marks[i].to) < to; i++ {
		if p.marks[i].defanged {
			defanged = true
		}
	}
	for end < len(p.raw) && !utf8.RuneStart(p.raw[end]) {
		end++
	}
	return start, max(start, end), defanged
}
