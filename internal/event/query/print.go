package query

import (
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// String gives the canonical text; the empty All is empty text.
func (a All) String() string {
	var b strings.Builder
	for i, n := range a {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(inner(n))
	}
	return b.String()
}

// String gives the canonical text; the empty Any is `-()`.
func (a Any) String() string {
	if len(a) == 0 {
		return "-()"
	}
	parts := make([]string, len(a))
	for i, n := range a {
		parts[i] = n.String()
		if _, ok := n.(Any); ok {
			parts[i] = inner(n)
		}
	}
	return strings.Join(parts, " or ")
}

// String gives the canonical text.
func (n Not) String() string { return "-" + inner(n.Node) }

// String gives the canonical text.
func (t Term) String() string {
	parts := make([]string, len(t.Match))
	for i, m := range t.Match {
		parts[i] = m.String()
	}
	return t.Name + ":" + strings.Join(parts, ",")
}

// String gives the canonical text.
func (h Has) String() string { return "has:" + h.Name }

// String gives the canonical text: quoted when it could be taken for something else.
func (w Word) String() string {
	if simpleWord(w.Text.Value) {
		return w.Text.String()
	}
	return w.Text.quoted()
}

// inner puts parentheses around what would fall apart beside its neighbours.
func inner(n Node) string {
	switch v := n.(type) {
	case All:
		return "(" + v.String() + ")"
	case Any:
		if len(v) > 0 {
			return "(" + v.String() + ")"
		}
	}
	return n.String()
}

func simpleWord(s string) bool {
	if s == "" || keyword(s) != "" || isASN(s) {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) < 0
}

// String gives the text with its stars, quoted where needed.
func (t Text) String() string {
	if t.Value != "" && simpleText(t.Value) {
		return t.starred(t.Value)
	}
	return t.quoted()
}

func (t Text) quoted() string {
	if t.Value == "" && (t.Before || t.After) {
		return "*"
	}
	return t.starred(`"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(t.Value) + `"`)
}

func (t Text) starred(s string) string {
	if t.Before {
		s = "*" + s
	}
	if t.After {
		s += "*"
	}
	return s
}

// simpleText reports whether s can stand behind `name:` without quotes.
func simpleText(s string) bool {
	for i, r := range s {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), strings.ContainsRune("_./@%+", r):
		case i > 0 && strings.ContainsRune("-:=", r):
		default:
			return false
		}
	}
	return true
}

// String gives the shortest of address, prefix and range.
func (a Addrs) String() string {
	if a.From == a.To {
		return a.From.String()
	}
	if p, ok := a.prefix(); ok {
		return p.String()
	}
	return a.From.String() + ".." + a.To.String()
}

func (a Addrs) prefix() (netip.Prefix, bool) {
	for bits := a.From.BitLen(); bits >= 0; bits-- {
		p := netip.PrefixFrom(a.From, bits).Masked()
		if p.Addr() != a.From {
			return netip.Prefix{}, false
		}
		if last(p) == a.To {
			return p, true
		}
	}
	return netip.Prefix{}, false
}

// last is the highest address of a prefix.
func last(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// String gives a number, a range or a comparison.
func (r Ints) String() string {
	switch {
	case r.From == r.To:
		return strconv.FormatInt(r.From, 10)
	case r.To == math.MaxInt64:
		return ">=" + strconv.FormatInt(r.From, 10)
	case r.From == math.MinInt64:
		return "<=" + strconv.FormatInt(r.To, 10)
	}
	return strconv.FormatInt(r.From, 10) + ".." + strconv.FormatInt(r.To, 10)
}

// String gives a number, a range or a comparison.
func (r Floats) String() string {
	text := func(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
	switch {
	case r.From == r.To:
		return text(r.From)
	case math.IsInf(r.To, 1):
		return ">=" + text(r.From)
	case math.IsInf(r.From, -1):
		return "<=" + text(r.To)
	}
	return text(r.From) + ".." + text(r.To)
}

// String gives a range or a comparison, in UTC.
func (r Times) String() string {
	switch {
	case r.To.IsZero():
		return ">=" + instant(r.From)
	case r.From.IsZero():
		return "<" + instant(r.To)
	}
	return instant(r.From) + ".." + instant(r.To)
}

func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.999Z07:00") }

// String is true or false.
func (f Flag) String() string { return strconv.FormatBool(bool(f)) }
