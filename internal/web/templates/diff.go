package templates

import "strings"

// Change is a line of a difference.
type Change struct {
	Mark string // "+", "-", or "" for a line that both have
	Text string
}

const (
	mostLines = 3000 // that are compared line by line; what is beyond counts as changed whole
	around    = 3    // lines shown about a change
)

// diff compares two texts line by line, and leaves out what is far from a change.
func diff(before, after string) []Change {
	a, b := lines(before), lines(after)
	var head, tail []string
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		head, a, b = append(head, a[0]), a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		tail, a, b = append([]string{a[len(a)-1]}, tail...), a[:len(a)-1], b[:len(b)-1]
	}
	if len(a)+len(b) == 0 {
		return nil
	}
	var out []Change
	out = mark(out, "", head)
	out = append(out, middle(a, b)...)
	return near(mark(out, "", tail))
}

func lines(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
}

func mark(out []Change, sign string, list []string) []Change {
	for _, l := range list {
		out = append(out, Change{sign, l})
	}
	return out
}

// middle compares by the longest common lines.
func middle(a, b []string) (out []Change) {
	if len(a) > mostLines || len(b) > mostLines {
		return mark(mark(nil, "-", a), "+", b)
	}
	common := lengths(a, b)
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			out = append(out, Change{"", a[i]})
			i, j = i+1, j+1
		case common[i+1][j] >= common[i][j+1]:
			out = append(out, Change{"-", a[i]})
			i++
		default:
			out = append(out, Change{"+", b[j]})
			j++
		}
	}
	return mark(mark(out, "-", a[i:]), "+", b[j:])
}

// lengths is how many lines the rests of two texts have in common, by where the rests begin.
func lengths(a, b []string) [][]int32 {
	out := make([][]int32, len(a)+1)
	for i := range out {
		out[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				out[i][j] = out[i+1][j+1] + 1
			} else {
				out[i][j] = max(out[i+1][j], out[i][j+1])
			}
		}
	}
	return out
}

// near keeps changes and the lines about them; what is left out is one line of dots.
func near(all []Change) (out []Change) {
	keep := make([]bool, len(all))
	for i, c := range all {
		if c.Mark == "" {
			continue
		}
		for k := max(0, i-around); k <= min(len(all)-1, i+around); k++ {
			keep[k] = true
		}
	}
	for i, c := range all {
		switch {
		case keep[i]:
			out = append(out, c)
		case i == 0 || keep[i-1]:
			out = append(out, Change{"", "…"})
		}
	}
	return out
}

// unified writes a difference as one text: the sign, then the line.
func unified(list []Change) string {
	var b strings.Builder
	for _, c := range list {
		sign := c.Mark
		if sign == "" {
			sign = " "
		}
		b.WriteString(sign + " " + c.Text + "\n")
	}
	return b.String()
}
