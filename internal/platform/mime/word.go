package mime

import (
	"encoding/base64"
	"regexp"
	"strings"
)

// encodedWord is RFC 2047 §2, forgiving blanks inside of Q words.
var encodedWord = regexp.MustCompile(`=\?([^?\s*]{1,40})(?:\*[^?\s]*)?\?([bBqQ])\?([^?\r\n]*)\?=`)

// Text decodes the encoded words of a field's value (RFC 2047) and makes one line of it.
func Text(value string) string { return line(decodeWords(value)) }

// decodeWords joins the bytes of words that follow each other in the same character set before it makes characters of them: some programs cut
// a character in two.
func decodeWords(s string) string {
	found := encodedWord.FindAllStringSubmatchIndex(s, -1)
	if found == nil {
		return s
	}
	var out strings.Builder
	var bytes []byte
	set, at := "", 0
	flush := func() {
		text, _ := decodeText(bytes, set)
		out.WriteString(text)
		bytes = nil
	}
	for i, m := range found {
		between := s[at:m[0]]
		if i == 0 || strings.TrimSpace(between) != "" {
			flush()
			out.WriteString(between)
		}
		if name := strings.ToLower(s[m[2]:m[3]]); name != set {
			flush()
			set = name
		}
		bytes = append(bytes, wordBytes(s[m[4]], s[m[6]:m[7]])...)
		at = m[1]
	}
	flush()
	out.WriteString(s[at:])
	return out.String()
}

func wordBytes(encoding byte, text string) []byte {
	if encoding == 'q' || encoding == 'Q' {
		b, _ := decodeQuoted([]byte(strings.ReplaceAll(text, "_", " ")), true)
		return b
	}
	b, _ := decodeBase64([]byte(text))
	return b
}

// decodeBase64 reads base64 as far as it can be: what is no base64 is passed over. It is false if there was such, or the end is missing.
func decodeBase64(in []byte) (out []byte, clean bool) {
	clean = true
	kept := make([]byte, 0, len(in))
	for _, c := range in {
		switch {
		case c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/':
			kept = append(kept, c)
		case c == '=':
			if n := len(kept) % 4; n > 1 { // the padding of a piece, whatever follows: some programs encode line by line
				kept = append(kept, "AA"[:4-n]...)
				out = append(out, piece(kept, 4-n)...)
				kept = kept[:0]
			}
		case c != '\r' && c != '\n' && c != ' ' && c != '\t':
			clean = false
		}
	}
	if n := len(kept) % 4; n > 0 {
		clean = false
		if n > 1 {
			kept = append(kept, "AA"[:4-n]...)
			return append(out, piece(kept, 4-n)...), clean
		}
		kept = kept[:len(kept)-1]
	}
	return append(out, piece(kept, 0)...), clean
}

// piece decodes whole groups of four and drops the last bytes, which stand for the padding.
func piece(groups []byte, drop int) []byte {
	out := make([]byte, len(groups)/4*3)
	n, _ := base64.StdEncoding.Decode(out, groups) // only letters of the alphabet came here
	return out[:max(n-drop, 0)]
}
