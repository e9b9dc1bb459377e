package leak

import (
	"html"
	"mime"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// decoder makes a view of a text. It gives the text itself back if there is nothing to decode.
type decoder func(text string, before *origin) (string, *origin)

// writer writes a view, and notes where the lines of the text begin in it.
type writer struct {
	strings.Builder
	before *origin // of what is read, if that is a view itself
	passed int     // lines of it that are behind
	starts []int
}

// newline notes that a line of the text has ended.
func (w *writer) newline() {
	if w.before == nil {
		w.starts = append(w.starts, w.Len())
	}
}

// at notes that what is read has been read up to a byte: what is a view of a view keeps the lines of the first.
func (w *writer) at(i int) {
	for w.before != nil && w.passed < len(w.before.starts) && w.before.starts[w.passed] <= i {
		w.starts = append(w.starts, w.Len())
		w.passed++
	}
}

func (w *writer) origin() *origin { return &origin{w.starts} }

// unescape reads escapes wherever they stand: %C3%B4, &ocirc; and &#244;, \u00f4 and \xf4, xn--hpital-xxx.
func unescape(text string, before *origin) (string, *origin) {
	if strings.IndexByte(text, '%') < 0 && strings.IndexByte(text, '&') < 0 && strings.IndexByte(text, '\\') < 0 && !hasACE(text) && !strings.Contains(text, "=?") {
		return text, before
	}
	w := &writer{before: before}
	w.Grow(len(text))
	changed := false
	for i := 0; i < len(text); {
		w.at(i)
		n := 0
		switch c := text[i]; c {
		case '%':
			n = w.percent(text[i:])
		case '&':
			n = w.entity(text[i:])
		case '\\':
			n = w.backslash(text[i:])
		case 'x', 'X':
			n = w.ace(text, i)
		case '=':
			n = w.word(text[i:])
		case '\n':
			w.WriteByte(c)
			w.newline()
			i++
			continue
		}
		if n == 0 {
			w.WriteByte(text[i])
			i++
			continue
		}
		changed = true
		i += n
	}
	if !changed {
		return text, before
	}
	w.at(len(text))
	return w.String(), w.origin()
}

func hasACE(text string) bool {
	for i := strings.Index(text, "--"); i >= 0; {
		if i >= 2 && strings.EqualFold(text[i-2:i], "xn") {
			return true
		}
		next := strings.Index(text[i+2:], "--")
		if next < 0 {
			return false
		}
		i += 2 + next
	}
	return false
}

func octet(s string) (byte, bool) {
	n, err := strconv.ParseUint(s, 16, 8)
	return byte(n), err == nil
}

func (w *writer) percent(s string) int {
	if len(s) >= 6 && (s[1] == 'u' || s[1] == 'U') {
		if n, err := strconv.ParseUint(s[2:6], 16, 32); err == nil {
			w.WriteRune(rune(n)) //nolint:gosec // four digits
			return 6
		}
	}
	if len(s) >= 3 {
		if c, ok := octet(s[1:3]); ok {
			w.WriteByte(c)
			return 3
		}
	}
	return 0
}

// longestEntity is that of the longest name of a character in HTML.
const longestEntity = 33

func (w *writer) entity(s string) int {
	end := strings.IndexByte(s[:min(len(s), longestEntity)], ';')
	if end < 2 {
		return 0
	}
	out := html.UnescapeString(s[:end+1])
	if out == s[:end+1] {
		return 0
	}
	w.WriteString(out)
	return end + 1
}

func (w *writer) backslash(s string) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case 'u':
		return w.unicode(s)
	case 'x':
		if len(s) >= 4 {
			if c, ok := octet(s[2:4]); ok {
				w.WriteByte(c)
				return 4
			}
		}
	case 'n', 'r', 't', 'f', 'b':
		w.WriteByte(' ') // as a blank: a line that it makes is none of the text
		return 2
	case '/', '"', '\\', '.', '-':
		w.WriteByte(s[1])
		return 2
	}
	return 0
}

// unicode reads \u and four digits, two of them for what lies beyond the first plane, and \u{} with up to six.
func (w *writer) unicode(s string) int {
	if len(s) > 3 && s[2] == '{' {
		if end := strings.IndexByte(s[:min(len(s), 12)], '}'); end > 3 {
			if n, err := strconv.ParseUint(s[3:end], 16, 32); err == nil {
				w.WriteRune(rune(n)) //nolint:gosec // WriteRune takes anything
				return end + 1
			}
		}
		return 0
	}
	if len(s) < 6 {
		return 0
	}
	high, err := strconv.ParseUint(s[2:6], 16, 32)
	if err != nil {
		return 0
	}
	if high >= 0xD800 && high < 0xDC00 && len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
		if low, err := strconv.ParseUint(s[8:12], 16, 32); err == nil && low >= 0xDC00 && low < 0xE000 {
			w.WriteRune(rune((high-0xD800)<<10 + (low - 0xDC00) + 0x10000)) //nolint:gosec // twenty bits
			return 12
		}
	}
	w.WriteRune(rune(high)) //nolint:gosec // sixteen bits
	return 6
}

// ace reads a label of a domain that is written in ASCII (RFC 3490).
func (w *writer) ace(text string, at int) int {
	s := text[at:]
	if len(s) < 5 || !strings.EqualFold(s[:4], "xn--") || at > 0 && (ascii[text[at-1]&0x7f] != 0 && text[at-1] < utf8.RuneSelf) {
		return 0
	}
	end := 4
	for end < len(s) && end < 64 && (s[end] == '-' || s[end] < utf8.RuneSelf && ascii[s[end]] != 0) {
		end++
	}
	out, err := idna.Punycode.ToUnicode(strings.ToLower(strings.TrimRight(s[:end], "-")))
	if err != nil || strings.HasPrefix(out, "xn--") {
		return 0
	}
	w.WriteString(out)
	return end
}

var words = mime.WordDecoder{}

// word reads a word of a mail's header, =?utf-8?B?…?= (RFC 2047). The blank between two of them is none.
func (w *writer) word(s string) int {
	if !strings.HasPrefix(s, "=?") {
		return 0
	}
	end := 0
	for n, marks := 2, 0; n < len(s) && n < 400; n++ {
		if s[n] == '?' {
			if marks++; marks == 3 && n+1 < len(s) && s[n+1] == '=' {
				end = n + 2
				break
			}
		}
	}
	if end == 0 {
		return 0
	}
	out, err := words.Decode(s[:end])
	if err != nil {
		return 0
	}
	w.WriteString(out)
	rest := s[end:]
	if blank := len(rest) - len(strings.TrimLeft(rest, " \t\r\n")); blank > 0 && strings.HasPrefix(rest[blank:], "=?") {
		for range strings.Count(rest[:blank], "\n") {
			w.newline()
		}
		end += blank
	}
	return end
}

// unquote reads quoted-printable (RFC 2045), if there is any.
func unquote(text string, before *origin) (string, *origin) {
	if !quoted(text) {
		return text, before
	}
	w := &writer{before: before}
	w.Grow(len(text))
	for i := 0; i < len(text); i++ {
		w.at(i)
		c := text[i]
		switch {
		case c == '=' && strings.HasPrefix(text[i+1:], "\r\n"):
			w.newline()
			i += 2
		case c == '=' && strings.HasPrefix(text[i+1:], "\n"):
			w.newline()
			i++
		case c == '=' && i+2 < len(text):
			if b, ok := octet(text[i+1 : i+3]); ok {
				w.WriteByte(b)
				i += 2
			} else {
				w.WriteByte(c)
			}
		default:
			w.WriteByte(c)
			if c == '\n' {
				w.newline()
			}
		}
	}
	return w.String(), w.origin()
}

// quoted tells of a text that has line ends or characters of quoted-printable.
func quoted(text string) bool {
	for i := strings.IndexByte(text, '='); i >= 0 && i+1 < len(text); {
		rest := text[i+1:]
		if rest[0] == '\n' || strings.HasPrefix(rest, "\r\n") {
			return true
		}
		if len(rest) >= 2 {
			if _, ok := octet(rest[:2]); ok {
				return true
			}
		}
		next := strings.IndexByte(rest, '=')
		if next < 0 {
			return false
		}
		i += 1 + next
	}
	return false
}
