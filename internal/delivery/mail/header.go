package mail

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/core/problem"
)

// maxLine is how long lines should be at most (RFC 5322 §2.1.1, without CRLF): 78, and 76 for encoded words and bodies.
const maxLine = 76

// hardLine is how long a line may be at all (RFC 5322 §2.1.1, without CRLF).
const hardLine = 998

// header is the fields of a message or part, in order.
type header []field

type field struct{ name, value string }

// add appends a field; an empty value is no field.
func (h *header) add(name, value string) {
	if value != "" {
		*h = append(*h, field{name, value})
	}
}

// writeTo writes the fields, folded at spaces, without the empty line that ends them. It is the only writer of headers: a value with a line
// break, a NUL or a word of more than 998 characters comes no further, whoever made it.
func (h header) writeTo(w *bytes.Buffer) error {
	for _, f := range h {
		if strings.ContainsAny(f.value, "\r\n\x00") {
			return problem.New(problem.Internal, "the header %s would have a line break in it", f.name)
		}
		if err := f.fold(w); err != nil {
			return err
		}
	}
	return nil
}

func (f field) fold(w *bytes.Buffer) error {
	w.WriteString(f.name + ":")
	used := len(f.name) + 1
	for word := range strings.FieldsSeq(f.value) {
		if len(word) > hardLine-len(f.name)-2 {
			return problem.New(problem.Invalid, "the header %s has a word of %d characters: at most %d", f.name, len(word), hardLine-len(f.name)-2)
		}
		if used+1+len(word) > maxLine && used > len(f.name)+1 {
			w.WriteString("\r\n")
			used = 0
		}
		w.WriteString(" " + word)
		used += 1 + len(word)
	}
	w.WriteString("\r\n")
	return nil
}

// longWord is where a word is encoded only because a line must end somewhere.
const longWord = 60

// unstructured writes text as the value of a field such as Subject; what is not plain becomes encoded words (RFC 2047).
func unstructured(s string) string {
	if simple(s) {
		return s
	}
	return encodedWords(s)
}

// simple tells whether text may stand as it is: not if a reader would take a piece of it for an encoded word.
func simple(s string) bool {
	if !isPrintable(s) || strings.Contains(s, "=?") {
		return false
	}
	for word := range strings.FieldsSeq(s) {
		if len(word) > longWord {
			return false
		}
	}
	return true
}

// phrase writes a display name: as it is, as a quoted string, or as encoded words.
func phrase(name string) string {
	const atom = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~ "
	switch {
	case !simple(name):
		return encodedWords(name)
	case strings.Trim(name, atom) == "":
		return name
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`
}

// address writes a mailbox with its display name.
func address(name, mailbox string) string {
	if name == "" {
		return mailbox
	}
	return phrase(name) + " <" + mailbox + ">"
}

// encodedWords writes text as encoded words of at most 75 characters each (RFC 2047 §2), each with whole characters only: in the readable
// encoding where most is ASCII, else in the short one.
func encodedWords(s string) string {
	encode, room := wordQ, 60
	if beyond(s) > len(s)/3 {
		encode, room = wordB, 45
	}
	var out []string
	for s != "" {
		piece := ""
		for len(piece) < len(s) {
			_, n := utf8.DecodeRuneInString(s[len(piece):])
			if next := s[:len(piece)+n]; len(next) > room || len(encode(next)) > 75 {
				break
			}
			piece = s[:len(piece)+n]
		}
		out = append(out, encode(piece))
		s = s[len(piece):]
	}
	return strings.Join(out, " ")
}

// beyond counts the bytes that are not ASCII.
func beyond(s string) (n int) {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			n++
		}
	}
	return n
}

func wordB(s string) string {
	return "=?UTF-8?B?" + base64.StdEncoding.EncodeToString([]byte(s)) + "?="
}

// wordQ keeps only what may stand in a phrase (RFC 2047 §5 (3)).
func wordQ(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ':
			b.WriteByte('_')
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("!*+-/", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "=%02X", c)
		}
	}
	return "=?UTF-8?Q?" + b.String() + "?="
}

// parameter writes a parameter of a field such as Content-Disposition, beginning with "; ": quoted where it is short ASCII, else by RFC 2231,
// in pieces where it is long.
func parameter(name, value string) string {
	if isPrintable(value) && !strings.ContainsAny(value, `"\`) && len(value) <= longWord {
		return "; " + name + `="` + value + `"`
	}
	pieces := percentPieces(value, 50)
	if len(pieces) == 1 {
		return "; " + name + "*=UTF-8''" + pieces[0]
	}
	var b strings.Builder
	for i, p := range pieces {
		charset := ""
		if i == 0 {
			charset = "UTF-8''"
		}
		fmt.Fprintf(&b, "; %s*%d*=%s%s", name, i, charset, p)
	}
	return b.String()
}

// percentPieces writes a value in %XX form, in pieces of at most size characters; each has whole letters only, for those who read them alone.
func percentPieces(value string, size int) []string {
	var pieces []string
	piece := ""
	for _, r := range value {
		letter := percent(string(r))
		if len(piece)+len(letter) > size {
			pieces = append(pieces, piece)
			piece = ""
		}
		piece += letter
	}
	return append(pieces, piece)
}

// percent writes what is no letter, digit or one of -._~ as %XX.
func percent(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
