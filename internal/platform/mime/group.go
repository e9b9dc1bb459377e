package mime

import (
	"bytes"
	"strings"
)

// Group is a group of fields of a report, names in small letters. The first of a name counts.
type Group map[string]string

// Status is a delivery status notification (RFC 3464).
type Status struct {
	ReportingMTA string
	Recipients   []Group // the fields of each recipient, made fit to be shown
}

// Limits of a report's groups.
const (
	maxGroups     = 101  // one for the message and a hundred recipients
	maxGroupField = 200  // RFC 3464 knows fewer than twenty
	maxGroupValue = 2000 // bytes of a field that goes on over several lines
)

// Groups reads the groups of fields that empty lines divide (RFC 3464 §2.1), as forgiving as what mail servers write asks for: lines that are
// no field are passed over.
func Groups(text []byte) []Group {
	var out []Group
	g, last := Group{}, ""
	end := func() {
		if len(g) > 0 && len(out) < maxGroups {
			out = append(out, g)
		}
		g, last = Group{}, ""
	}
	for l := range bytes.Lines(text) {
		s := strings.TrimRight(string(l), "\r\n")
		name, value, field := strings.Cut(s, ":")
		switch {
		case strings.TrimSpace(s) == "":
			end()
		case strings.TrimLeft(s, " \t") != s:
			if last != "" && len(g[last]) < maxGroupValue {
				g[last] += " " + strings.TrimSpace(s)
			}
		case field:
			last = g.add(name, value)
		}
	}
	end()
	return out
}

// add takes a field and returns its name, "" if it is not kept.
func (g Group) add(name, value string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	if _, known := g[name]; known || len(g) >= maxGroupField {
		return ""
	}
	g[name] = strings.TrimSpace(value)
	return name
}

// Typed returns the first of the named fields that says anything: the value of the form "type; value", and what has no type as it is.
func (g Group) Typed(names ...string) string {
	for _, name := range names {
		v, ok := g[name]
		if !ok {
			continue
		}
		if kind, rest, typed := strings.Cut(v, ";"); typed && !strings.ContainsAny(strings.TrimSpace(kind), " @") {
			v = rest
		}
		if strings.TrimSpace(v) != "" {
			return v
		}
	}
	return ""
}

// takeStatus reads the delivery status notifications of a mail.
func (b *builder) takeStatus() {
	if len(b.status) == 0 {
		return
	}
	s := &Status{}
	for _, e := range b.status {
		for _, g := range Groups(b.decodeBody(e)) {
			if s.ReportingMTA == "" {
				s.ReportingMTA = cutText(line(g.Typed("reporting-mta")), 500)
			}
			if g["action"] != "" && len(s.Recipients) < maxGroups-1 {
				s.Recipients = append(s.Recipients, g.readable())
			}
		}
	}
	b.message.Status = s
}

// readable makes a group fit to be shown.
func (g Group) readable() Group {
	out := Group{}
	for name, v := range g {
		out[cutText(line(name), 100)] = cutText(line(v), 500)
	}
	return out
}
