package mail

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// oneLine makes text that somebody else chose fit for a header: one line, no control characters, no marks that turn the direction of
// writing (by which "exe.fdp" looks like "pdf.exe"), at most limit characters.
func oneLine(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case turns(r):
			return -1
		case unicode.IsControl(r), unicode.IsSpace(r), r == '\u2028', r == '\u2029':
			return ' '
		}
		return r
	}, strings.ToValidUTF8(firstBytes(s, 4*limit+64), "\uFFFD"))
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:limit-1])) + "…"
}

// turns tells whether r is a mark that changes the direction of writing (Unicode's bidirectional controls).
func turns(r rune) bool {
	return r == '\u061C' || r == '\u200E' || r == '\u200F' || r >= '\u202A' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069'
}

// firstBytes cuts between characters, so that 10 MB of name cost nothing.
func firstBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// plainText makes a body ready: valid UTF-8, lines ending in \n, and no control characters but tabs. What cannot be shown is marked (U+FFFD)
// and not dropped, so that nothing is lost without a trace.
func plainText(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return '\uFFFD'
		}
		return r
	}, s)
}

// isASCII tells whether s has nothing beyond ASCII.
func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// isPrintable tells whether s has only ASCII characters that can be seen, and spaces.
func isPrintable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
