package pattern

import (
	"strings"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/core/problem"
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
	return p.bounds(x)
}

// bounds reads the bounds of an expression.
func (p *parser) bounds(x expr) expr {
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
