package constituency

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/firehall/firehall/internal/core/problem"
)

// maxName is the longest name of an organisation, in characters.
const maxName = 200

// CleanName returns an organisation's name in canonical form: NFC, without space
// around it, inner runs of space made one. Names in any script are welcome;
// control characters, line breaks and the invisible marks that reorder text are
// refused, because they forge headers, logs and what a reader sees.
func CleanName(s string) (string, error) {
	if err := cleanText(s, maxName); err != nil {
		return "", err
	}
	name := strings.Join(strings.Fields(norm.NFC.String(s)), " ")
	if !strings.ContainsFunc(name, visible) {
		return "", problem.New(problem.Invalid, "an organisation needs a name")
	}
	return name, nil
}

// nameKey is what makes two names the same organisation: neither letter case nor
// what cannot be seen (joiners, variation selectors) makes another.
func nameKey(name string) string {
	if isASCII(name) { // most, and much cheaper
		return strings.ToLower(name)
	}
	seen := strings.Map(func(r rune) rune {
		if joiner(r) || unicode.Is(unicode.Variation_Selector, r) {
			return -1
		}
		return r
	}, name)
	// Fold exchanges the two cases of Cherokee; in lower case they meet.
	return norm.NFC.String(strings.ToLower(cases.Fold().String(seen)))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// cleanText refuses what no single-line text of the register may hold.
func cleanText(s string, limit int) error {
	// A rune has at most four bytes: this guards the loop below against huge cells.
	if len(s) > 4*limit || utf8.RuneCountInString(s) > limit {
		return problem.New(problem.Invalid, "text of %d bytes is too long: at most %d characters", len(s), limit)
	}
	if !utf8.ValidString(s) {
		return problem.New(problem.Invalid, "text is not valid UTF-8: save the file as UTF-8")
	}
	for _, r := range s {
		switch {
		case r == '\n' || r == '\r':
			return problem.New(problem.Invalid, "text holds a line break: write it on one line")
		case r == '\t': // spreadsheets leave them; harmless, folded into a space
		case unicode.IsControl(r):
			return problem.New(problem.Invalid, "text holds the control character U+%04X: remove it", r)
		case invisible(r):
			return problem.New(problem.Invalid, "text holds the invisible character U+%04X: remove it", r)
		}
	}
	return nil
}

// invisible reports characters that hide, reorder or merely take up room. The
// joiners stay: Persian and the Indic scripts cannot be written without them.
func invisible(r rune) bool {
	const brailleBlank = '\u2800'
	return !joiner(r) && (r == brailleBlank || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Other_Default_Ignorable_Code_Point))
}

func joiner(r rune) bool { return r == '\u200d' || r == '\u200c' }

// visible reports characters that a reader sees by themselves.
func visible(r rune) bool { return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S) }

// clip shortens hostile text for an error message.
func clip(s string) string {
	const most = 80
	s = strings.ToValidUTF8(s, "\uFFFD")
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s[:min(len(s), 4*most)])[:most]) + "..."
}
