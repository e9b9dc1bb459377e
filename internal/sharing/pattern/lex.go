package pattern

import (
	"strings"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/core/problem"
)

type kind uint8

const (
	end     kind = iota
	word         // a name or a keyword
	text         // 'text'
	integer      // 12, -3, +4
	decimal      // 0.5
	hexed        // h'00ff'
	based        // b'AAA='
	stamp        // t'2026-11-22T00:00:00Z'
	sign         // = != <> < <= > >= ( ) [ ] . , : *
)

// token is a piece of a pattern. text is what it means: of a quoted text, what it says; else as it stands.
type token struct {
	kind kind
	text string
	at   int // byte of the pattern, from 0
}

// lexer cuts a pattern into tokens.
type lexer struct {
	src string
	pos int
}

func (l *lexer) fail(at int, format string, args ...any) error {
	return problem.New(problem.Invalid, "at %d: "+format, append([]any{at + 1}, args...)...)
}

// next gives the next token.
func (l *lexer) next() (token, error) {
	if err := l.skip(); err != nil {
		return token{}, err
	}
	if l.pos >= len(l.src) {
		return token{kind: end, at: l.pos}, nil
	}
	c := l.src[l.pos]
	switch {
	case c == '\'':
		return l.quoted()
	case letter(c):
		return l.word()
	case digit(c), (c == '-' || c == '+' || c == '.') && l.number():
		return l.count()
	}
	return l.sign()
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' }
func digit(c byte) bool  { return c >= '0' && c <= '9' }

// number reports whether a number begins at a sign or a point.
func (l *lexer) number() bool {
	rest := strings.TrimLeft(l.src[l.pos:], "+-")
	signs := len(l.src) - l.pos - len(rest)
	rest = strings.TrimPrefix(rest, ".")
	return signs <= 1 && rest != "" && digit(rest[0])
}

// blanks are the signs between tokens, beside those of ASCII.
const blanks = "\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"

// skip passes blanks and comments.
func (l *lexer) skip() error {
	for l.pos < len(l.src) {
		rest := l.src[l.pos:]
		r, n := utf8.DecodeRuneInString(rest)
		switch {
		case strings.ContainsRune(" \t\r\n\v\f"+blanks, r):
			l.pos += n
		case strings.HasPrefix(rest, "//"):
			l.pos += len(rest)
			if i := strings.IndexAny(rest, "\r\n"); i >= 0 {
				l.pos += i - len(rest)
			}
		case strings.HasPrefix(rest, "/*"):
			i := strings.Index(rest[2:], "*/")
			if i < 0 {
				return l.fail(l.pos, "the comment does not end: close it with */")
			}
			l.pos += i + 4
		default:
			return nil
		}
	}
	return nil
}

// word reads a name, a keyword, or a literal that begins with a letter: t'...', h'...', b'...'.
func (l *lexer) word() (token, error) {
	from := l.pos
	for l.pos < len(l.src) && (letter(l.src[l.pos]) || digit(l.src[l.pos]) || l.src[l.pos] == '-') {
		l.pos++
	}
	t := token{word, l.src[from:l.pos], from}
	if l.pos >= len(l.src) || l.src[l.pos] != '\'' {
		return t, nil
	}
	special, ok := map[string]kind{"t": stamp, "h": hexed, "b": based}[t.text]
	if !ok {
		return t, nil
	}
	inner, err := l.quoted()
	return token{special, inner.text, from}, err
}

// quoted reads a text in single quotes, in which \' and \\ stand for ' and \.
func (l *lexer) quoted() (token, error) {
	from := l.pos
	var out strings.Builder
	for l.pos++; l.pos < len(l.src); l.pos++ {
		c := l.src[l.pos]
		if c == '\'' {
			l.pos++
			return token{text, out.String(), from}, nil
		}
		if c == '\\' {
			l.pos++
			if l.pos >= len(l.src) || l.src[l.pos] != '\'' && l.src[l.pos] != '\\' {
				return token{}, l.fail(l.pos-1, `a backslash in a text stands before ' or \ only: write \\ for one`)
			}
			c = l.src[l.pos]
		}
		out.WriteByte(c)
	}
	return token{}, l.fail(from, "the text does not end: close it with '")
}

// count reads a number.
func (l *lexer) count() (token, error) {
	from := l.pos
	if c := l.src[l.pos]; c == '-' || c == '+' {
		l.pos++
	}
	whole := l.digits()
	k := integer
	if l.pos+1 < len(l.src) && l.src[l.pos] == '.' && digit(l.src[l.pos+1]) {
		k = decimal
		l.pos++
		l.digits()
	} else if len(whole) > 1 && whole[0] == '0' {
		return token{}, l.fail(from, "a number does not begin with 0: write %s", strings.TrimLeft(whole, "0"))
	}
	return token{k, l.src[from:l.pos], from}, nil
}

func (l *lexer) digits() string {
	from := l.pos
	for l.pos < len(l.src) && digit(l.src[l.pos]) {
		l.pos++
	}
	return l.src[from:l.pos]
}

// signs are all, the longer before the shorter, with what each is printed as.
var signs = []struct{ sign, as string }{
	{"==", "="},
	{"!=", "!="},
	{"<>", "!="},
	{"<=", "<="},
	{">=", ">="},
	{"=", "="},
	{"<", "<"},
	{">", ">"},
	{"(", "("},
	{")", ")"},
	{"[", "["},
	{"]", "]"},
	{".", "."},
	{",", ","},
	{":", ":"},
	{"*", "*"},
}

func (l *lexer) sign() (token, error) {
	for _, s := range signs {
		if strings.HasPrefix(l.src[l.pos:], s.sign) {
			l.pos += len(s.sign)
			return token{sign, s.as, l.pos - len(s.sign)}, nil
		}
	}
	r, _ := utf8.DecodeRuneInString(l.src[l.pos:])
	return token{}, l.fail(l.pos, "%q has no meaning in a pattern", r)
}
