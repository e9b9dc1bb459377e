package team

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/core/problem"
)

// cleanLine returns a text as one line without what nobody sees. Errors: Invalid if it is too long, or no UTF-8.
func cleanLine(what, s string, most int) (string, error) {
	if len(s) > most {
		return "", problem.New(problem.Invalid, "%s: %d bytes are too long: at most %d", what, len(s), most)
	}
	if !utf8.ValidString(s) {
		return "", problem.New(problem.Invalid, "%s: the text is no valid UTF-8", what)
	}
	seen := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), hidden(r):
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(seen), " "), nil
}

// hidden reports characters that reorder or hide what a reader sees. The joiners stay: some scripts cannot be written without them.
func hidden(r rune) bool {
	return r != '\u200c' && r != '\u200d' && unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co)
}

// clip shortens hostile text for a message.
func clip(s string) string {
	const most = 80
	s = strings.ToValidUTF8(s, "\uFFFD")
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "..."
}
