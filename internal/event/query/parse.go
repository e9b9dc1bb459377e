package query

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/core/nearest"
	"github.com/firehall/firehall/internal/event"
)

// The limits of one query.
const (
	MaxLength = 4096 // bytes
	MaxDepth  = 32   // parentheses and negations within each other
	MaxTerms  = 256  // values, `a:1,2` counting two
)

// Options say who asks and when.
type Options struct {
	Now  time.Time      // for `today` and `7d`
	Zone *time.Location // of dates and times without one; nil is UTC
	// Names are the names that may be asked for; nil is Events.
	Names *Vocabulary
}

// Parse reads a query. An empty one is Everything. Errors are problem.Invalid
// and say at which character and what to write instead.
func Parse(text string, o Options) (Node, error) {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Names == nil {
		o.Names = events
	}
	p := &parser{scanner: scanner{src: text}, o: o}
	if err := p.admit(); err != nil {
		return nil, err
	}
	n, err := p.any()
	if err != nil {
		return nil, err
	}
	if !p.done() {
		return nil, p.fault(p.pos, "a closing parenthesis without an opening one")
	}
	return n, nil
}

type parser struct {
	scanner
	o     Options
	depth int
	terms int
}

// admit refuses what is too long or not one line of text; tabs become blanks.
func (p *parser) admit() error {
	if len(p.src) > MaxLength {
		return p.fault(MaxLength, "longer than %d bytes", MaxLength)
	}
	if !utf8.ValidString(p.src) {
		return p.fault(0, "not UTF-8 text")
	}
	p.src = strings.TrimRight(strings.ReplaceAll(p.src, "\t", " "), "\r\n")
	if i := strings.IndexFunc(p.src, unicode.IsControl); i >= 0 {
		return p.fault(i, "a control character; a query is one line of text")
	}
	return nil
}

// any reads alternatives up to the end or a closing parenthesis.
func (p *parser) any() (Node, error) {
	var nodes []Node
	for {
		n, count, err := p.all()
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
		more := keyword(p.raw()) == "or"
		if count == 0 && (more || len(nodes) > 1) {
			return nil, p.fault(p.pos, `"or" needs a term on either side; to search for the word, put it in quotes`)
		}
		if !more {
			return Or(nodes...), nil
		}
		p.pos += len("or")
	}
}

// all reads terms up to the end, a closing parenthesis or an `or`.
func (p *parser) all() (n Node, count int, err error) {
	var nodes []Node
	for p.blanks(); !p.done() && p.peek() != ')'; p.blanks() {
		switch keyword(p.raw()) {
		case "or":
			return And(nodes...), len(nodes), nil
		case "and":
			p.pos += len("and")
			continue
		}
		n, err := p.one()
		if err != nil {
			return nil, 0, err
		}
		nodes = append(nodes, n)
	}
	return And(nodes...), len(nodes), nil
}

// one reads a term, a negation or a group.
func (p *parser) one() (Node, error) {
	if p.depth++; p.depth > MaxDepth {
		return nil, p.fault(p.pos, "more than %d levels of parentheses and negations", MaxDepth)
	}
	defer func() { p.depth-- }()
	at := p.pos
	not := keyword(p.raw()) == "not"
	if not {
		p.pos += len("not")
		p.blanks()
	}
	switch {
	case not || p.take('-'):
		if p.done() || p.peek() == ' ' || p.peek() == ')' {
			return nil, p.fault(at, "nothing follows the negation")
		}
		n, err := p.one()
		if err != nil {
			return nil, err
		}
		return Negate(n), nil
	case p.take('('):
		return p.group(at)
	}
	return p.term()
}

func (p *parser) group(at int) (Node, error) {
	n, err := p.any()
	if err != nil {
		return nil, err
	}
	if !p.take(')') {
		return nil, p.fault(at, "a parenthesis is opened and not closed")
	}
	return n, nil
}

// term reads `name:value` or a word.
func (p *parser) term() (Node, error) {
	at := p.pos
	if looksLikeAddress(p.raw()) {
		return p.words()
	}
	name, ok := p.name()
	if !ok {
		return p.words()
	}
	if name == "has" {
		return p.has()
	}
	s, err := p.subject(name, at)
	if err != nil {
		return nil, err
	}
	t := Term{Name: s.Name}
	err = p.list(func(pc piece) error {
		m, err := p.match(s, pc)
		t.Match = append(t.Match, m)
		return err
	})
	return t, err
}

// list reads values with commas between them.
func (p *parser) list(each func(piece) error) error {
	for {
		at := p.pos
		pc, err := p.piece()
		if err != nil {
			return err
		}
		if p.pos == at {
			return p.fault(at, `a value is missing; "" is the empty text, name:* any value`)
		}
		if p.terms++; p.terms > MaxTerms {
			return p.fault(at, "more than %d values", MaxTerms)
		}
		if err := each(pc); err != nil {
			return err
		}
		if !p.take(',') {
			return nil
		}
	}
}

func (p *parser) subject(name string, at int) (Subject, error) {
	if s, ok := p.o.Names.Lookup(name); ok {
		return s, nil
	}
	low := strings.ToLower(name)
	if s, ok := p.o.Names.Lookup(low); ok && !strings.HasPrefix(low, event.ExtraPrefix) {
		return s, nil
	}
	return Subject{}, p.fault(at, `no field is called %q%s (%s)`, name, nearest.Hint(name, p.o.Names.Names()), p.o.Names.advice)
}

func (p *parser) has() (Node, error) {
	var nodes []Node
	err := p.list(func(pc piece) error {
		s, err := p.subject(pc.text, pc.pos)
		nodes = append(nodes, Has{s.Name})
		return err
	})
	return Or(nodes...), err
}

// words reads values without a name.
func (p *parser) words() (Node, error) {
	var nodes []Node
	err := p.list(func(pc piece) error {
		n, err := p.word(pc)
		nodes = append(nodes, n)
		return err
	})
	return Or(nodes...), err
}

// word decides what a value without a name is.
func (p *parser) word(pc piece) (Node, error) {
	if pc.plainly() {
		if a, err := addrs(pc.text); err == nil && p.o.Names.has("ip") {
			return Term{"ip", []Match{a}}, nil
		}
		if isASN(pc.text) && p.o.Names.has("asn") {
			n, err := strconv.ParseInt(pc.text[2:], 10, 64)
			return Term{"asn", []Match{Ints{n, n}}}, err
		}
		if isDomain(pc.text) && p.o.Names.has("hostname") {
			d := strings.ToLower(pc.text)
			return Term{"hostname", []Match{Text{Value: d}, Text{Value: "." + d, Before: true}}}, nil
		}
	}
	t, err := p.text(pc)
	return Word{t}, err
}

// looksLikeAddress keeps the colons of IPv6 from being read as a name's.
func looksLikeAddress(s string) bool {
	s, _, _ = strings.Cut(s, ",")
	_, err := addrs(s)
	return err == nil
}

func isASN(s string) bool {
	if len(s) < 3 || len(s) > 12 || !strings.EqualFold(s[:2], "as") {
		return false
	}
	return strings.Trim(s[2:], "0123456789") == ""
}

// isDomain reports whether s is at least two labels of letters, digits and
// hyphens, the last one not a number.
func isDomain(s string) bool {
	labels := strings.Split(s, ".")
	if len(labels) < 2 || len(s) > 253 {
		return false
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || strings.IndexFunc(l, func(r rune) bool { return r != '-' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) >= 0 {
			return false
		}
	}
	_, err := strconv.Atoi(labels[len(labels)-1])
	return err != nil
}

// addrs reads an address, a prefix or a range of addresses.
func addrs(s string) (Addrs, error) {
	if pre, err := netip.ParsePrefix(s); err == nil {
		return Addrs{pre.Masked().Addr(), last(pre)}.unmap(), nil
	}
	from, to, _ := strings.Cut(s, "..")
	a, err := netip.ParseAddr(from)
	if err != nil || a.Zone() != "" {
		return Addrs{}, errAddress
	}
	if to == "" {
		return Addrs{a, a}.unmap(), nil
	}
	b, err := netip.ParseAddr(to)
	if err != nil || b.Zone() != "" {
		return Addrs{}, errAddress
	}
	return Addrs{a, b}.unmap(), nil
}

// errAddress never leaves the package: a zone (fe80::1%eth0) means nothing outside one machine.
var errAddress = errors.New("no address, or one with a zone")

// unmap writes IPv4 addresses in IPv6 as IPv4, if both ends are.
func (a Addrs) unmap() Addrs {
	if a.From.Is4In6() && a.To.Is4In6() {
		return Addrs{a.From.Unmap(), a.To.Unmap()}
	}
	return a
}
