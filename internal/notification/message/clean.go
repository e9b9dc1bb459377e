package message

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of what a value from outside may take, in runes.
const (
	maxName  = 100    // of an organisation, a malware, an identifier
	maxValue = 300    // of a URL or another value in the text
	maxCell  = 32_000 // of a cell in the CSV: spreadsheets end at 32,767
)

// glue stands for a blank within a value while the text is folded, so that no line begins in the middle of what somebody else wrote.
// It is private use, which clean escapes, so no value brings one along.
const glue = '\uE000'

// plain reports whether a rune is shown as itself. Everything that is invisible, moves the cursor or turns the direction of writing is not.
func plain(r rune) bool {
	switch {
	case r == utf8.RuneError:
		return false
	case r < 0x7f:
		return r >= ' '
	case unicode.Is(unicode.Bidi_Control, r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
		return false
	case unicode.Is(unicode.Zs, r):
		return r == '\u00a0'
	}
	// What is stacked on another letter without end covers the lines above; marks are shown as escapes only when they stand in a heap, see visible.
	return unicode.IsPrint(r) || unicode.Is(unicode.M, r)
}

// visible writes a value so that each of its runes is seen: what is not plain comes out as \n, \t, \xNN or \u202e.
func visible(s string) string {
	if onlyPlain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	marks := 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if unicode.Is(unicode.M, r) {
			marks++
		} else {
			marks = 0
		}
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case plain(r) && marks <= 2:
			b.WriteRune(r)
		default:
			escape(&b, r)
		}
		i += n
	}
	return b.String()
}

// onlyPlain answers for the usual value, printable ASCII, without looking at it rune by rune.
func onlyPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

func escape(b *strings.Builder, r rune) {
	switch {
	case r == '\n':
		b.WriteString(`\n`)
	case r == '\r':
		b.WriteString(`\r`)
	case r == '\t':
		b.WriteString(`\t`)
	case r < 0x100:
		fmt.Fprintf(b, `\x%02x`, r)
	case r < 0x10000:
		fmt.Fprintf(b, `\u%04x`, r)
	default:
		fmt.Fprintf(b, `\U%08x`, r)
	}
}

// clip cuts a value to so many runes, and shows that it did.
func clip(s string, runes int) string {
	if len(s) <= runes {
		return s
	}
	n := 0
	for i := range s {
		if n == runes-1 {
			if utf8.RuneCountInString(s[i:]) <= 1 {
				return s
			}
			return s[:i] + "…"
		}
		n++
	}
	return s
}

// text makes a value from outside fit for the letter: visible, of one line, not a link, not longer than so many runes, and never broken
// where its author would like it broken.
func text(s string, runes int) string {
	s = visible(clip(strings.TrimSpace(clip(s, maxCell)), runes))
	s = strings.ReplaceAll(s, "://", "[:]//")
	return unbroken(s)
}

func unbroken(s string) string { return strings.ReplaceAll(s, " ", string(glue)) }

// defangURL writes a URL so that no mail program makes a link of it: hxxp, and [.] in the host.
func defangURL(s string) string {
	s = clip(strings.TrimSpace(clip(s, maxCell)), maxValue)
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		return defangHost(s)
	}
	host, path := rest, ""
	if i := strings.IndexAny(rest, "/?#\\"); i >= 0 {
		host, path = rest[:i], rest[i:]
	}
	scheme = strings.Replace(strings.ToLower(scheme), "tt", "xx", 1)
	if scheme == "ftp" || scheme == "ftps" {
		scheme = strings.Replace(scheme, "t", "x", 1)
	}
	path = strings.ReplaceAll(path, "://", "[:]//")
	return unbroken(visible(scheme + "://" + strings.ReplaceAll(host, ".", "[.]") + path))
}

// defangHost writes a host name so that no mail program makes a link of it.
func defangHost(s string) string {
	return strings.ReplaceAll(text(s, maxValue), ".", "[.]")
}

// tag leaves of a ticket's number what may stand in square brackets in a subject.
func tag(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_.#/", r)) {
			return r
		}
		return -1
	}, clip(s, maxValue))
	return s[:min(len(s), 40)]
}
