package pattern

import "slices"

// Column is what a row of our events must have for a test to hold of it.
type Column struct {
	Fields []string // a value in one of these
	Ints   []int64  // and that is one of these; nil: any
}

// Columns says in which rows of our events a pattern may hold: in those that have one of the columns. any: in each row. No columns and not any: in none,
// since it asks for what our events never tell.
func (p *Pattern) Columns() (list []Column, any bool) {
	c := columnsOf(p.root)
	return c.list, c.any
}

// Single says whether the pattern holds, where it does, of one observation by itself.
func (p *Pattern) Single() bool { return single(p.root) }

func single(x expr) bool {
	switch x := x.(type) {
	case *box:
		return true
	case join:
		return x.op == "OR" && !slices.ContainsFunc(x.parts, func(p expr) bool { return !single(p) })
	case bound:
		return x.times <= 1 && single(x.of)
	}
	return false
}

// rowsWith is what rows must have.
type rowsWith struct {
	list []Column
	any  bool
}

func columnsOf(x expr) rowsWith {
	switch x := x.(type) {
	case *box:
		return columnsIn(x.cond)
	case bound:
		return columnsOf(x.of)
	case join: // of what holds of several observations, the rows of all are needed
		var out rowsWith
		for _, p := range x.parts {
			out = out.or(columnsOf(p))
		}
		return out
	}
	return rowsWith{any: true}
}

func columnsIn(c cond) rowsWith {
	switch c := c.(type) {
	case *test:
		return c.columns()
	case logic:
		out := columnsIn(c.parts[0])
		for _, p := range c.parts[1:] {
			if next := columnsIn(p); c.op == "OR" {
				out = out.or(next)
			} else if next.narrower(out) {
				out = next
			}
		}
		return out
	}
	return rowsWith{any: true}
}

func (w rowsWith) or(o rowsWith) rowsWith { return rowsWith{append(w.list, o.list...), w.any || o.any} }

// narrower says whether fewer rows are thought to have w: the fewer the columns, and with numbers rather than without.
func (w rowsWith) narrower(o rowsWith) bool {
	if w.any || o.any {
		return !w.any
	}
	weight := func(x rowsWith) (n int) {
		for _, c := range x.list {
			n += 2 * len(c.Fields)
			if c.Ints == nil {
				n++
			}
		}
		return n
	}
	return weight(w) < weight(o)
}

// told are the columns of which the objects of a type are made, and those of some properties. What is not here our events never tell.
var told = map[string][]string{
	"ipv4-addr":                       {"source.ip", "destination.ip", "source.local_ip", "destination.local_ip"},
	"ipv6-addr":                       {"source.ip", "destination.ip", "source.local_ip", "destination.local_ip"},
	"domain-name":                     {"source.fqdn", "destination.fqdn"},
	"url":                             {"source.url", "destination.url"},
	"autonomous-system":               {"source.asn", "destination.asn"},
	"user-account":                    {"source.account", "destination.account"},
	"file":                            {"malware.hash.md5", "malware.hash.sha1", "malware.hash.sha256"},
	"network-traffic":                 {"source.ip", "destination.ip", "source.fqdn", "destination.fqdn"},
	"network-traffic:src_port":        {"source.port"},
	"network-traffic:dst_port":        {"destination.port"},
	"network-traffic:extensions":      {"user_agent"},
	"network-traffic:protocols":       {"protocol.transport", "protocol.application"},
	"autonomous-system:name":          nil,
	"file:name":                       nil,
	"file:size":                       nil,
	"file:mime_type":                  nil,
	"user-account:user_id":            nil,
	"user-account:display_name":       nil,
	"network-traffic:src_byte_count":  nil,
	"network-traffic:dst_byte_count":  nil,
	"network-traffic:src_packets":     nil,
	"network-traffic:dst_packets":     nil,
	"network-traffic:src_payload_ref": nil,
	"network-traffic:dst_payload_ref": nil,
}

func (t *test) columns() rowsWith {
	if t.op == "EXISTS" && t.not {
		return rowsWith{any: told[t.path.Type] != nil}
	}
	fields, ok := told[t.path.Type+":"+t.path.Steps[0].Name]
	if !ok {
		fields = told[t.path.Type]
	}
	if len(fields) == 0 {
		return rowsWith{}
	}
	c := Column{Fields: fields}
	if number := fields[0] == "source.port" || fields[0] == "destination.port" || fields[0] == "source.asn"; number && !t.not && (t.op == "=" || t.op == "IN") {
		for _, v := range t.values {
			if !v.exact {
				return rowsWith{list: []Column{{Fields: fields}}}
			}
			c.Ints = append(c.Ints, v.whole)
		}
	}
	return rowsWith{list: []Column{c}}
}
