package pattern

import (
	"fmt"
	"slices"
	"strings"
)

// Explain says in lines what a pattern asks for and what that means for who evaluates it.
func (p *Pattern) Explain() []string {
	out := []string{fmt.Sprintf("%d box%s, %d comparison%s", p.boxes, plural(p.boxes, "es"), p.tests, plural(p.tests, "s"))}
	out = append(out, tell(p.root, 0)...)
	if c := p.impossible(); c != "" {
		out = append(out, "It can never hold: "+c)
	}
	values, reach := p.Lookups()
	out = append(out, "Look-up: it "+reach.String())
	const most = 20
	for i, v := range values {
		if i == most {
			out = append(out, fmt.Sprintf("  and %d more", len(values)-most))
			break
		}
		out = append(out, fmt.Sprintf("  %s %s", v.Kind, v.Value))
	}
	return out
}

func plural(n int, s string) string {
	if n == 1 {
		return ""
	}
	return s
}

// tell describes an expression, each level two blanks further in.
func tell(x expr, level int) []string {
	in := strings.Repeat("  ", level)
	switch x := x.(type) {
	case *box:
		var b strings.Builder
		x.cond.print(&b)
		return []string{in + "one observation with: " + b.String()}
	case join:
		head := map[string]string{"AND": "all of these, each by another observation:", "OR": "one of these:", "FOLLOWEDBY": "these, one after the other:"}
		out := []string{in + head[x.op]}
		for _, p := range x.parts {
			out = append(out, tell(p, level+1)...)
		}
		return out
	case bound:
		head := "between " + x.from + " and " + x.until + ":"
		if x.times > 0 {
			head = fmt.Sprintf("%d times:", x.times)
		} else if x.within > 0 {
			head = "within " + x.seconds + " seconds:"
		}
		return append([]string{in + head}, tell(x.of, level+1)...)
	}
	return nil
}

// impossible names a condition that joins tests of different types by AND: no object is of two (section 9.5).
func (p *Pattern) impossible() string {
	var find func(expr) string
	find = func(x expr) string {
		switch x := x.(type) {
		case *box:
			if len(roots(x.cond)) == 0 {
				return "AND joins tests of different types of objects, and all of it must hold of one object; write them as boxes: [a] AND [b]"
			}
		case join:
			for _, p := range x.parts {
				if s := find(p); s != "" && x.op != "OR" {
					return s
				}
			}
		case bound:
			return find(x.of)
		}
		return ""
	}
	return find(p.root)
}

// roots gives the types of objects that a condition may hold of.
func roots(c cond) []string {
	switch c := c.(type) {
	case *test:
		return []string{c.path.Type}
	case logic:
		out := roots(c.parts[0])
		for _, p := range c.parts[1:] {
			r := roots(p)
			if c.op == "OR" {
				out = append(slices.Clone(out), r...)
				continue
			}
			out = slices.DeleteFunc(slices.Clone(out), func(t string) bool { return !slices.Contains(r, t) })
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	return nil
}
