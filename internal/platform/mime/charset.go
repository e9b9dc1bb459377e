package mime

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/ianaindex"
)

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// utf8Or1252 reads bytes as UTF-8, else as Windows-1252, which old mail is in that does not say; false for the latter.
func utf8Or1252(b []byte) (string, bool) {
	if utf8.Valid(b) {
		return strings.TrimPrefix(string(b), "\uFEFF"), true
	}
	s, _ := charmap.Windows1252.NewDecoder().Bytes(b)
	return string(s), false
}

// decodeText makes characters of bytes in a character set. It is false if the set is unknown or the bytes are not in it.
func decodeText(b []byte, name string) (string, bool) {
	switch name = strings.ToLower(strings.TrimSpace(name)); name {
	case "", "us-ascii", "ascii", "utf-8", "utf8":
		return utf8Or1252(b)
	}
	e := charsetOf(name)
	if e == nil {
		s, _ := utf8Or1252(b)
		return s, false
	}
	out, err := e.NewDecoder().Bytes(b)
	if err != nil {
		s, _ := utf8Or1252(b)
		return s, false
	}
	return strings.TrimPrefix(string(out), "\uFEFF"), true
}

func charsetOf(name string) encoding.Encoding {
	if e, canonical := charset.Lookup(name); e != nil && canonical != "replacement" {
		return e
	}
	e, err := ianaindex.MIME.Encoding(name)
	if err != nil {
		return nil
	}
	return e
}

// htmlCharset is the character set that a page tells in itself.
func htmlCharset(b []byte) string {
	if utf8.Valid(b) {
		return "utf-8"
	}
	_, name, _ := charset.DetermineEncoding(b[:min(len(b), 1024)], "text/html")
	return name
}

// fit makes text of what may hold anything: characters that no store or page takes are left out, line ends are \n.
func fit(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\r':
			return '\n'
		case c == '\n' || c == '\t':
			return c
		case unicode.IsControl(c):
			return -1
		}
		return c
	}, s)
}

// line makes one line of what may hold anything, without what turns the direction of writing or cannot be seen.
func line(s string) string {
	s = strings.Map(func(c rune) rune {
		switch {
		case hides(c):
			return -1
		case unicode.IsSpace(c):
			return ' '
		}
		return c
	}, fit(s))
	return strings.Join(strings.Fields(s), " ")
}

// hides tells whether a character only changes how others look: directions of writing, nothing wide.
func hides(c rune) bool {
	return c >= 0x202A && c <= 0x202E || c >= 0x2066 && c <= 0x2069 || c == 0x200B || c == 0x2060 || c == 0xFEFF
}
