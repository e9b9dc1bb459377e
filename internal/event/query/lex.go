package query

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/core/problem"
)

// scanner walks over the text of a query.
type scanner struct {
	src string
	pos int // byte
}

// piece is one value as written: its text without quotes and backslashes, and
// for each byte whether it stood there plainly and so may be a sign of the language.
type piece struct {
	text  string
	plain []bool
	pos   int // of its first byte in the query
}

func (s *scanner) blanks() {
	for s.pos < len(s.src) && s.src[s.pos] == ' ' {
		s.pos++
	}
}

func (s *scanner) done() bool { return s.pos >= len(s.src) }

func (s *scanner) peek() byte {
	if s.done() {
		return 0
	}
	return s.src[s.pos]
}

func (s *scanner) take(c byte) bool {
	if s.peek() != c || s.done() {
		return false
	}
	s.pos++
	return true
}

// raw is the text up to the next blank or parenthesis, left standing.
func (s *scanner) raw() string {
	rest := s.src[s.pos:]
	if i := strings.IndexAny(rest, " ()"); i >= 0 {
		return rest[:i]
	}
	return rest
}

// name takes `name:` and returns the name, or leaves everything where it is.
func (s *scanner) name() (string, bool) {
	rest := s.src[s.pos:]
	i := strings.IndexFunc(rest, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_.-", r)
	})
	if i <= 0 || rest[i] != ':' || strings.HasPrefix(rest[i:], "://") {
		return "", false
	}
	s.pos += i + 1
	return rest[:i], true
}

// piece takes one value: up to a plain blank, comma or parenthesis.
func (s *scanner) piece() (piece, error) {
	p := piece{pos: s.pos}
	var b strings.Builder
	add := func(n int, plain bool) {
		b.WriteString(s.src[s.pos : s.pos+n])
		for range n {
			p.plain = append(p.plain, plain)
		}
		s.pos += n
	}
	quoted := false
	for !s.done() {
		c := s.peek()
		switch {
		case c == '"':
			quoted = !quoted
			s.pos++
		case c == '\\':
			s.pos++
			if s.done() {
				return p, s.fault(s.pos-1, "a backslash stands at the end: write it twice")
			}
			_, n := utf8.DecodeRuneInString(s.src[s.pos:])
			add(n, false)
		case !quoted && strings.IndexByte(" ,()", c) >= 0:
			p.text = b.String()
			return p, nil
		default:
			add(1, !quoted)
		}
	}
	p.text = b.String()
	if quoted {
		return p, s.fault(p.pos, "a quote is opened and not closed")
	}
	return p, nil
}

// fault is an error at a byte of the query; people count characters from 1.
func (s *scanner) fault(at int, format string, args ...any) error {
	at = utf8.RuneCountInString(s.src[:min(at, len(s.src))]) + 1
	return problem.New(problem.Invalid, "%w", &misplaced{at, fmt.Sprintf(format, args...)})
}

// misplaced is what is wrong with a query, and at which character.
type misplaced struct {
	at   int
	what string
}

func (m *misplaced) Error() string { return fmt.Sprintf("query, character %d: %s", m.at, m.what) }

// Place gives the character, counted from 1, at which Parse found what its error tells, and what it is without the place; false for other errors.
func Place(err error) (character int, what string, ok bool) {
	var m *misplaced
	if !errors.As(err, &m) {
		return 0, "", false
	}
	return m.at, m.what, true
}

// keyword returns and, or, not, or nothing.
func keyword(s string) string {
	switch s {
	case "and", "AND":
		return "and"
	case "or", "OR":
		return "or"
	case "not", "NOT":
		return "not"
	}
	return ""
}

// plainly reports whether the piece holds no quote and no backslash.
func (p piece) plainly() bool {
	for _, b := range p.plain {
		if !b {
			return false
		}
	}
	return true
}

// cut divides the piece at n, dropping width bytes.
func (p piece) cut(n, width int) (before, after piece) {
	before = piece{p.text[:n], p.plain[:n], p.pos}
	return before, piece{p.text[n+width:], p.plain[n+width:], p.pos + n + width}
}

// find is the place of a sign that stands plainly in the piece, or -1.
func (p piece) find(sign string) int {
	for from := 0; ; {
		i := strings.Index(p.text[from:], sign)
		if i < 0 {
			return -1
		}
		if p.plain[from+i] {
			return from + i
		}
		from += i + 1
	}
}

// comparison takes >, >=, <, <= or = off the front.
func (p piece) comparison() (sign string, rest piece) {
	for _, s := range []string{">=", "<=", ">", "<", "="} {
		if p.find(s) == 0 {
			_, rest = p.cut(0, len(s))
			return s, rest
		}
	}
	return "", p
}
