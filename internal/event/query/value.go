package query

import (
	"math"
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/event"
)

// match reads one value of a subject.
func (p *parser) match(s Subject, pc piece) (Match, error) {
	if pc.text == "*" && pc.plain[0] {
		return p.anything(s)
	}
	switch s.Kind() {
	case event.Int:
		return p.ints(pc)
	case event.Float:
		return p.floats(pc)
	case event.Bool:
		return p.flag(pc)
	case event.IP:
		return p.addresses(pc)
	case event.Time:
		return p.times(pc)
	default:
		if sign, _ := pc.comparison(); sign != "" && sign != "=" {
			return nil, p.fault(pc.pos, "%s holds text, which is not compared by %s; put the sign in quotes if it is meant as text", s.Name, sign)
		}
		t, err := p.text(pc)
		return s.form(t), err
	}
}

// form brings a text to the form in which the subject's fields are written.
func (s Subject) form(t Text) Text {
	switch s.Sense {
	case Lower, Either:
		t.Value = strings.ToLower(t.Value)
	case Upper:
		t.Value = strings.ToUpper(t.Value)
	}
	return t
}

// anything is `name:*`.
func (p *parser) anything(s Subject) (Match, error) {
	if k := s.Kind(); k != event.Text {
		return nil, p.fault(p.pos, "a star stands for text, and %s holds %s; write has:%s", s.Name, plural[k], s.Name)
	}
	return Text{Before: true, After: true}, nil
}

var plural = map[event.Kind]string{
	event.Int: "whole numbers", event.Float: "numbers", event.Bool: "true or false", event.IP: "addresses", event.Time: "times",
}

// text reads a text with a star at either end.
func (p *parser) text(pc piece) (Text, error) {
	var t Text
	if pc.find("*") == 0 {
		t.Before = true
		_, pc = pc.cut(0, 1)
	}
	if n := len(pc.text) - 1; n >= 0 && pc.text[n] == '*' && pc.plain[n] {
		t.After = true
		pc, _ = pc.cut(n, 1)
	}
	if i := pc.find("*"); i >= 0 {
		return t, p.fault(pc.pos+i, `a star may stand at the beginning and the end only; put it in quotes if it is meant as a star`)
	}
	t.Value = pc.text
	if t.Value == "" && (t.Before || t.After) {
		t.Before, t.After = true, true
	}
	return t, nil
}

// ends reads a range or a comparison by the reading of single numbers; ok says
// which ends are given.
func ends[T any](p *parser, pc piece, read func(piece) (T, error)) (sign string, from, to T, has [2]bool, err error) {
	sign, pc = pc.comparison()
	if sign != "" && sign != "=" {
		from, err = read(pc)
		return sign, from, from, [2]bool{true, true}, err
	}
	i := pc.find("..")
	if i < 0 {
		from, err = read(pc)
		return "=", from, from, [2]bool{true, true}, err
	}
	a, b := pc.cut(i, 2)
	if a.text == "" && b.text == "" {
		return "", from, to, has, p.fault(pc.pos, "a range needs at least one end")
	}
	if a.text != "" {
		if from, err = read(a); err != nil {
			return "", from, to, has, err
		}
	}
	if b.text != "" {
		to, err = read(b)
	}
	return "..", from, to, [2]bool{a.text != "", b.text != ""}, err
}

func (p *parser) ints(pc piece) (Match, error) {
	sign, from, to, has, err := ends(p, pc, p.integer)
	if err != nil {
		return nil, err
	}
	r := Ints{math.MinInt64, math.MaxInt64}
	switch sign {
	case ">":
		r.From = from + 1
	case ">=":
		r.From = from
	case "<":
		r.To = from - 1
	case "<=":
		r.To = from
	default:
		if has[0] {
			r.From = from
		}
		if has[1] {
			r.To = to
		}
	}
	if r.From > r.To {
		return nil, p.fault(pc.pos, "the range %s ends before it begins", pc.text)
	}
	return r, nil
}

// integer reads a whole number, in a form that leaves room for its neighbours.
func (p *parser) integer(pc piece) (int64, error) {
	s := pc.text
	if isASN(s) {
		s = s[2:]
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= math.MinInt64+1 || n >= math.MaxInt64-1 {
		return 0, p.fault(pc.pos, "%q is no whole number", pc.text)
	}
	return n, nil
}

func (p *parser) floats(pc piece) (Match, error) {
	sign, from, to, has, err := ends(p, pc, p.decimal)
	if err != nil {
		return nil, err
	}
	r := Floats{math.Inf(-1), math.Inf(1)}
	switch sign {
	case ">":
		r.From = math.Nextafter(from, math.Inf(1))
	case ">=":
		r.From = from
	case "<":
		r.To = math.Nextafter(from, math.Inf(-1))
	case "<=":
		r.To = from
	default:
		if has[0] {
			r.From = from
		}
		if has[1] {
			r.To = to
		}
	}
	if r.From > r.To {
		return nil, p.fault(pc.pos, "the range %s ends before it begins", pc.text)
	}
	return r, nil
}

func (p *parser) decimal(pc piece) (float64, error) {
	f, err := strconv.ParseFloat(pc.text, 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) > math.MaxFloat64/2 {
		return 0, p.fault(pc.pos, "%q is no number", pc.text)
	}
	return f + 0, nil // -0 becomes 0
}

func (p *parser) flag(pc piece) (Match, error) {
	switch strings.ToLower(pc.text) {
	case "true", "yes", "1":
		return Flag(true), nil
	case "false", "no", "0":
		return Flag(false), nil
	}
	return nil, p.fault(pc.pos, "%q is neither true nor false", pc.text)
}

func (p *parser) addresses(pc piece) (Match, error) {
	if sign, _ := pc.comparison(); sign != "" {
		return nil, p.fault(pc.pos, "addresses take ranges and prefixes: 203.0.113.1..203.0.113.9, 203.0.113.0/24")
	}
	a, err := addrs(pc.text)
	switch {
	case err != nil:
		return nil, p.fault(pc.pos, "%q is no address (or one with a zone); write 203.0.113.1, 203.0.113.0/24 or 203.0.113.1..203.0.113.9", pc.text)
	case a.From.Is4() != a.To.Is4():
		return nil, p.fault(pc.pos, "the range %s begins in one family and ends in the other", pc.text)
	case a.To.Less(a.From):
		return nil, p.fault(pc.pos, "the range %s ends before it begins", pc.text)
	}
	return a, nil
}
