package pattern

import (
	"net/netip"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

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
