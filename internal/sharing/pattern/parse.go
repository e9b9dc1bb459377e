package pattern

import (
	"net/netip"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// What a pattern may be at most.
const (
	MaxText     = 64 << 10 // bytes
	maxTests    = 5000     // each value of a set counts
	maxBoxes    = 200
	maxDepth    = 50      // of brackets
	maxRepeats  = 100_000 // REPEATS n TIMES
	maxRegexp   = 4096    // bytes of a regular expression
	maxProgram  = 50_000  // instructions of all of them
	maxSteps    = 20      // of a path
	maxSelected = 1 << 20 // the greatest index of a list
)

// keywords are no names, unless they are quoted.
var keywords = func() map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields("AND OR NOT FOLLOWEDBY LIKE MATCHES ISSUPERSET ISSUBSET EXISTS LAST IN START STOP SECONDS true false WITHIN REPEATS TIMES") {
		out[w] = true
	}
	return out
}()

// parser reads a pattern by the published grammar.
type parser struct {
	lex     lexer
	tok     token // that comes next
	err     error // the first
	depth   int
	tests   int
	boxes   int
	program int
}

// Parse reads a pattern. Errors: Invalid, with the place (in bytes, from 1) and what was expected there.
func Parse(s string) (*Pattern, error) {
	switch {
	case len(s) > MaxText:
		return nil, problem.New(problem.Invalid, "the pattern has %d bytes, and may have %d", len(s), MaxText)
	case !utf8.ValidString(s):
		return nil, problem.New(problem.Invalid, "the pattern is no UTF-8 text")
	}
	p := parser{lex: lexer{src: s}}
	p.advance()
	root := p.followed()
	if p.err == nil && p.tok.kind != end {
		p.fail("the pattern should end here, or go on with AND, OR, FOLLOWEDBY, WITHIN, REPEATS or START")
	}
	if p.err != nil {
		return nil, problem.Wrap(problem.Invalid, p.err, "the pattern cannot be read")
	}
	return &Pattern{root, p.tests, p.boxes}, nil
}

// advance reads the next token; after an error there is nothing but the end.
func (p *parser) advance() {
	if p.err != nil {
		p.tok = token{kind: end, at: p.tok.at}
		return
	}
	t, err := p.lex.next()
	p.tok = t
	if err != nil {
		p.err, p.tok = err, token{kind: end}
	}
}

func (p *parser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = p.lex.fail(p.tok.at, format, args...)
		p.tok = token{kind: end, at: p.tok.at}
	}
}

func (p *parser) is(k kind, s string) bool { return p.err == nil && p.tok.kind == k && p.tok.text == s }

// accept takes the token if it is that one.
func (p *parser) accept(k kind, s string) bool {
	if !p.is(k, s) {
		return false
	}
	p.advance()
	return true
}

func (p *parser) expect(k kind, s string) {
	if !p.accept(k, s) {
		p.fail("%s was expected", s)
	}
}

// deeper enters brackets; the caller calls shallower.
func (p *parser) deeper() {
	if p.depth++; p.depth > maxDepth {
		p.fail("brackets are nested more than %d deep", maxDepth)
	}
}

func (p *parser) shallower() { p.depth-- }

// followed reads a FOLLOWEDBY b FOLLOWEDBY c, the loosest join; then OR, then AND.
func (p *parser) followed() expr { return p.joined("FOLLOWEDBY", p.either) }
func (p *parser) either() expr   { return p.joined("OR", p.both) }
func (p *parser) both() expr     { return p.joined("AND", p.observation) }

func (p *parser) joined(op string, part func() expr) expr {
	parts := []expr{part()}
	for p.accept(word, op) {
		parts = append(parts, part())
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return join{op, parts}
}

// observation reads a box or an expression in brackets, with its bounds.
func (p *parser) observation() expr {
	var x expr
	p.deeper()
	switch {
	case p.accept(sign, "["):
		if p.boxes++; p.boxes > maxBoxes {
			p.fail("the pattern has more than %d boxes [...]", maxBoxes)
		}
		x = &box{p.anyOf()}
		p.expect(sign, "]")
	case p.accept(sign, "("):
		x = p.followed()
		p.expect(sign, ")")
	default:
		p.fail("[ or ( was expected")
	}
	p.shallower()
	for n := 0; p.err == nil; n++ {
		b, ok := p.bound()
		if !ok {
			break
		}
		if n >= maxSteps {
			p.fail("more than %d bounds one after the other", maxSteps)
		}
		b.of = x
		x = b
	}
	return x
}

// bound reads WITHIN, REPEATS or START.
func (p *parser) bound() (b bound, ok bool) {
	switch {
	case p.accept(word, "WITHIN"):
		b.seconds = p.tok.text
		n, err := strconv.ParseFloat(strings.TrimPrefix(b.seconds, "+"), 64)
		if p.tok.kind != integer && p.tok.kind != decimal || err != nil || n <= 0 || n > 1e9 {
			p.fail("a number of seconds was expected, above 0 and up to 1000000000")
			return b, false
		}
		b.within = max(time.Duration(n*float64(time.Second)), 1)
		p.advance()
		p.expect(word, "SECONDS")
	case p.accept(word, "REPEATS"):
		n, err := strconv.Atoi(strings.TrimPrefix(p.tok.text, "+"))
		if p.tok.kind != integer || err != nil || n < 1 || n > maxRepeats {
			p.fail("a number from 1 to %d was expected", maxRepeats)
			return b, false
		}
		b.times = n
		p.advance()
		p.expect(word, "TIMES")
	case p.accept(word, "START"):
		b.from, b.start = p.moment()
		p.expect(word, "STOP")
		b.until, b.stop = p.moment()
		if p.err == nil && !b.start.Before(b.stop) {
			p.fail("START must come before STOP")
		}
	default:
		return b, false
	}
	return b, true
}

func (p *parser) moment() (string, time.Time) {
	t, err := stix.ParseTime(p.tok.text)
	if p.tok.kind != stamp || err != nil {
		p.fail("a time was expected, such as t'2026-11-22T00:00:00Z'")
		return "", time.Time{}
	}
	s := p.tok.text
	p.advance()
	return s, t.Time
}

// anyOf reads conditions joined by OR; allOf those joined by AND.
func (p *parser) anyOf() cond { return p.conditions("OR", p.allOf) }
func (p *parser) allOf() cond { return p.conditions("AND", p.condition) }

func (p *parser) conditions(op string, part func() cond) cond {
	parts := []cond{part()}
	for p.accept(word, op) {
		parts = append(parts, part())
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return logic{op, parts}
}

// condition reads a test, or conditions in brackets.
func (p *parser) condition() cond {
	if p.accept(sign, "(") {
		p.deeper()
		defer p.shallower()
		c := p.anyOf()
		p.expect(sign, ")")
		return c
	}
	p.charge(1)
	not := p.accept(word, "NOT")
	if p.accept(word, "EXISTS") {
		return &test{path: p.path(), not: not, op: "EXISTS"}
	}
	if not {
		p.fail("EXISTS was expected after NOT: a test has its NOT behind the path")
	}
	t := &test{path: p.path()}
	t.not = p.accept(word, "NOT")
	p.compare(t)
	return t
}

func (p *parser) charge(n int) {
	if p.tests += n; p.tests > maxTests {
		p.fail("the pattern makes more than %d comparisons", maxTests)
	}
}

var operators = []string{"=", "!=", "<", "<=", ">", ">="}

// compare reads the operator and what stands behind it.
func (p *parser) compare(t *test) {
	t.op = p.tok.text
	switch {
	case p.tok.kind == sign && slices.Contains(operators, t.op):
		p.advance()
		v := p.literal()
		if v.kind == word && t.op != "=" && t.op != "!=" {
			p.fail("true and false have no order")
		}
		t.values = []literal{v}
	case p.accept(word, "IN"):
		t.values = p.set()
	case p.tok.kind == word && slices.Contains([]string{"LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET"}, t.op):
		p.advance()
		if p.tok.kind != text {
			p.fail("a text was expected after %s", t.op)
			return
		}
		p.prepare(t, p.tok.text)
		t.values = []literal{p.literal()}
	default:
		p.fail("a comparison was expected: =, !=, <, <=, >, >=, IN, LIKE, MATCHES, ISSUBSET or ISSUPERSET")
	}
}

// prepare makes ready what a test's text says, while its place is at hand for a message.
func (p *parser) prepare(t *test, s string) {
	switch t.op {
	case "LIKE":
		t.like = strings.Split(norm.NFC.String(s), "%")
	case "MATCHES":
		before := p.program
		t.re = p.regexp(norm.NFC.String(s))
		t.program = p.program - before
	default:
		pre, err := readPrefix(s)
		if err != nil {
			p.fail("%q is neither an address nor a network", s)
		}
		t.prefix = pre
	}
}

// regexp compiles a regular expression; all of them together have a limit.
func (p *parser) regexp(s string) *regexp.Regexp {
	if len(s) > maxRegexp {
		p.fail("a regular expression has at most %d bytes", maxRegexp)
		return nil
	}
	tree, err := syntax.Parse(s, syntax.Perl)
	if err != nil {
		p.fail("the regular expression is none that RE2 knows: %v", err)
		return nil
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err == nil {
		p.program += len(prog.Inst)
	}
	if err != nil || p.program > maxProgram {
		p.fail("the regular expressions are too large")
		return nil
	}
	re, err := regexp.Compile(s)
	if err != nil {
		p.fail("the regular expression is none that RE2 knows: %v", err)
	}
	return re
}

func readPrefix(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a.Unmap().WithZone(""), a.Unmap().BitLen()), nil
	}
	pre, err := netip.ParsePrefix(s)
	return pre.Masked(), err
}

// set reads ('a', 'b'); it may be empty.
func (p *parser) set() (out []literal) {
	p.expect(sign, "(")
	if p.accept(sign, ")") {
		return nil
	}
	for {
		p.charge(1)
		out = append(out, p.literal())
		if !p.accept(sign, ",") {
			break
		}
	}
	p.expect(sign, ")")
	return out
}

func (p *parser) literal() literal {
	l, ok := newLiteral(p.tok)
	if !ok {
		p.fail("a value was expected: a 'text', a number, true, false, t'time', h'hexadecimal' or b'base64'")
		return l
	}
	p.advance()
	return l
}

// path reads type:property.property[0].
func (p *parser) path() Path {
	out := Path{Type: p.tok.text}
	if p.tok.kind != word || keywords[p.tok.text] {
		p.fail("the type of an object was expected, such as ipv4-addr")
		return out
	}
	p.advance()
	p.expect(sign, ":")
	out.Steps = append(out.Steps, p.property())
	for p.err == nil {
		switch {
		case p.accept(sign, "."):
			out.Steps = append(out.Steps, p.property())
		case p.is(sign, "["):
			out.Steps = append(out.Steps, p.index())
		default:
			return out
		}
		if len(out.Steps) > maxSteps {
			p.fail("a path has at most %d steps", maxSteps)
		}
	}
	return out
}

func (p *parser) property() Step {
	s := Step{Name: p.tok.text}
	if p.tok.kind != text && (p.tok.kind != word || keywords[s.Name] || strings.Contains(s.Name, "-")) || s.Name == "" {
		p.fail("the name of a property was expected: one with hyphens stands in quotes")
		return s
	}
	p.advance()
	return s
}

func (p *parser) index() Step {
	p.advance()
	s := Step{Index: Any}
	if !p.accept(sign, "*") {
		n, err := strconv.Atoi(strings.TrimPrefix(p.tok.text, "+"))
		if p.tok.kind != integer || err != nil || n < 0 || n > maxSelected {
			p.fail("the number of an element was expected, from 0, or *")
		}
		s.Index = n
		p.advance()
	}
	p.expect(sign, "]")
	return s
}
