package pattern

import (
	"encoding/base64"
	"encoding/hex"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/sharing/stix"
)

// Pattern is a pattern that was read. It does not change, and may be used by several goroutines.
type Pattern struct {
	root  expr
	tests int
	boxes int
}

// expr is what holds of observations: a box, a join or a bound.
type expr interface{ print(b *strings.Builder) }

// box is what one observation must fulfil.
type box struct{ cond cond }

// join joins expressions: all of them (AND), one of them (OR), one after the other (FOLLOWEDBY).
type join struct {
	op    string
	parts []expr
}

// bound narrows when, or how often, an expression must hold.
type bound struct {
	of          expr
	within      time.Duration // 0: none
	seconds     string        // as it was written
	times       int           // 0: none
	start, stop time.Time     // zero: none
	from, until string        // as they were written
}

// cond is what holds of the objects of an observation: a test or a logic.
type cond interface{ print(b *strings.Builder) }

// logic joins conditions by AND or OR. All of an AND hold of the same object.
type logic struct {
	op    string
	parts []cond
}

// test compares a property.
type test struct {
	path    Path
	not     bool
	op      string // = != < <= > >= IN LIKE MATCHES ISSUBSET ISSUPERSET EXISTS
	values  []literal
	re      *regexp.Regexp // of MATCHES
	program int            // its instructions
	like    []string       // of LIKE: the pieces between %
	prefix  netip.Prefix   // of ISSUBSET and ISSUPERSET
}

// Path names a property: of an object of a type, by steps.
type Path struct {
	Type  string
	Steps []Step
}

// Step leads from an object or list further in.
type Step struct {
	Name  string // of a property or an entry of a dictionary; "" is a step into a list
	Index int    // of a list's element; Any is each
}

// Any is the index that stands for each element: [*].
const Any = -1

// literal is a value that a property is compared with.
type literal struct {
	kind   kind
	text   string
	number float64
	whole  int64
	exact  bool // whole is what it is
	truth  bool
	time   time.Time
	bytes  []byte
}

// newLiteral reads a literal; false if it is none.
func newLiteral(t token) (l literal, ok bool) {
	l = literal{kind: t.kind, text: t.text}
	var err error
	switch t.kind {
	case text:
	case word:
		l.truth = t.text == "true"
		return l, l.truth || t.text == "false"
	case integer:
		l.whole, err = strconv.ParseInt(t.text, 10, 64)
		l.number, l.exact = float64(l.whole), true
	case decimal:
		l.number, err = strconv.ParseFloat(t.text, 64)
	case stamp:
		var s stix.Time
		s, err = stix.ParseTime(t.text)
		l.time = s.Time
	case hexed:
		l.bytes, err = hex.DecodeString(t.text)
	case based:
		l.bytes, err = base64.StdEncoding.DecodeString(t.text)
	default:
		return l, false
	}
	return l, err == nil
}

// String prints the pattern: one blank between words, brackets where they are needed. Reading that gives the same pattern.
func (p *Pattern) String() string {
	var b strings.Builder
	p.root.print(&b)
	return b.String()
}

func (x *box) print(b *strings.Builder) {
	b.WriteByte('[')
	x.cond.print(b)
	b.WriteByte(']')
}

// ranks say how tightly the joins bind.
var ranks = map[string]int{"FOLLOWEDBY": 0, "OR": 1, "AND": 2}

func (x join) print(b *strings.Builder) {
	for i, p := range x.parts {
		if i > 0 {
			b.WriteString(" " + x.op + " ")
		}
		inner, nested := p.(join)
		enclose(b, p.print, nested && ranks[inner.op] <= ranks[x.op])
	}
}

func enclose(b *strings.Builder, print func(*strings.Builder), brackets bool) {
	if brackets {
		b.WriteByte('(')
		defer b.WriteByte(')')
	}
	print(b)
}

func (x bound) print(b *strings.Builder) {
	_, nested := x.of.(join)
	enclose(b, x.of.print, nested)
	switch {
	case x.times > 0:
		b.WriteString(" REPEATS " + strconv.Itoa(x.times) + " TIMES")
	case x.within > 0:
		b.WriteString(" WITHIN " + x.seconds + " SECONDS")
	default:
		b.WriteString(" START t'" + x.from + "' STOP t'" + x.until + "'")
	}
}

func (x logic) print(b *strings.Builder) {
	for i, p := range x.parts {
		if i > 0 {
			b.WriteString(" " + x.op + " ")
		}
		inner, nested := p.(logic)
		enclose(b, p.print, nested && ranks[inner.op] <= ranks[x.op])
	}
}

func (x *test) print(b *strings.Builder) {
	if x.op == "EXISTS" {
		if x.not {
			b.WriteString("NOT ")
		}
		b.WriteString("EXISTS " + x.path.String())
		return
	}
	b.WriteString(x.path.String())
	if x.not {
		b.WriteString(" NOT")
	}
	b.WriteString(" " + x.op + " ")
	if x.op != "IN" {
		b.WriteString(x.values[0].String())
		return
	}
	b.WriteByte('(')
	for i, v := range x.values {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(v.String())
	}
	b.WriteByte(')')
}

// String prints a literal as it is written in a pattern.
func (l literal) String() string {
	switch l.kind {
	case text:
		return quote(l.text)
	case stamp:
		return "t'" + l.text + "'"
	case hexed:
		return "h'" + l.text + "'"
	case based:
		return "b'" + l.text + "'"
	}
	return l.text
}

var escape = strings.NewReplacer(`\`, `\\`, `'`, `\'`)

func quote(s string) string { return "'" + escape.Replace(s) + "'" }

// String prints a path: file:hashes.'SHA-256', domain-name:resolves_to_refs[*].value.
func (p Path) String() string {
	var b strings.Builder
	b.WriteString(p.Type)
	for i, s := range p.Steps {
		switch {
		case s.Name == "" && s.Index == Any:
			b.WriteString("[*]")
		case s.Name == "":
			b.WriteString("[" + strconv.Itoa(s.Index) + "]")
		default:
			b.WriteByte(":."[min(i, 1)])
			b.WriteString(name(s.Name))
		}
	}
	return b.String()
}

// name prints a property's name, quoted where it must be.
func name(s string) string {
	if s == "" || !letter(s[0]) || keywords[s] || strings.IndexFunc(s, func(r rune) bool { return r > 127 || !letter(byte(r)) && !digit(byte(r)) }) >= 0 {
		return quote(s)
	}
	return s
}
