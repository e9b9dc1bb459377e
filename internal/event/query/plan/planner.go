package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/nearest"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query"
)

func hint(name string) string { return nearest.Hint(name, query.Names()) }

type planner struct {
	Request
	order  []string               // names of wanted fields; their place gives the column's name inside the statement
	wanted map[string]event.Field // that the outer statement needs
	args   []any
	files  int
	read   int64
}

// want asks for a field in the inner statements and returns its place there.
func (p *planner) want(f event.Field) int {
	if _, ok := p.wanted[f.Name]; !ok {
		p.wanted[f.Name] = f
		p.order = append(p.order, f.Name)
	}
	return slices.Index(p.order, f.Name)
}

func (p *planner) bind(v any) string {
	p.args = append(p.args, v)
	return fmt.Sprintf("$%d", len(p.args))
}

// arm is a set of segments to which the same inner statement fits.
type arm struct {
	where query.Node
	holds holds
	paths []string
	part  Part
}

// arms sorts the segments by what is left of the query for them.
func (p *planner) arms() []*arm {
	tree := query.And(p.Filter, p.Where)
	fields := p.fieldsOf(tree)
	var out []*arm
	known := map[string]*arm{}
	for _, f := range p.Files {
		h := columnsOf(f)
		n := fold(tree, f, h)
		if isNothing(n) {
			continue
		}
		p.files++
		p.read += f.Rows
		for _, n := range apart(n, h) {
			sign := signature(n, fields, h)
			if f.Part.Rows > 0 {
				sign += f.Path // a part of a file stands alone
			}
			a, ok := known[sign]
			if !ok {
				a = &arm{where: n, holds: h, part: f.Part}
				known[sign] = a
				out = append(out, a)
			}
			a.paths = append(a.paths, f.Path)
		}
	}
	return out
}

// apart asks for an address in one field at a time: the rows with it in the
// first field, then those with it in the second and not in the first. The engine
// reads other columns only where a condition on one column holds, which it
// cannot see in an alternative between two: this is several times faster.
func apart(n query.Node, h holds) []query.Node {
	all, ok := n.(query.All)
	if !ok {
		all = query.All{n}
	}
	for i, part := range all {
		t, ok := part.(query.Term)
		if !ok {
			continue
		}
		fields := h.addresses(t.Name)
		if len(fields) < 2 {
			continue
		}
		rest := slices.Concat(all[:i:i], all[i+1:])
		var out []query.Node
		for _, f := range fields {
			here := query.Term{Name: f.Name, Match: t.Match}
			out = append(out, query.And(append(rest[:len(rest):len(rest)], here)...))
			rest = append(rest, query.Negate(here))
		}
		return out
	}
	return []query.Node{n}
}

func isNothing(n query.Node) bool {
	v, ok := n.(query.Any)
	return ok && len(v) == 0
}

// fieldsOf lists the fields that the tree and the answer touch.
func (p *planner) fieldsOf(n query.Node) []event.Field {
	var out []event.Field
	query.Walk(n, func(n query.Node) {
		switch v := n.(type) {
		case query.Term:
			s, _ := query.Lookup(v.Name)
			out = append(out, s.Fields...)
		case query.Has:
			s, _ := query.Lookup(v.Name)
			out = append(out, s.Fields...)
		case query.Word:
			out = append(out, query.WordFields()...)
		}
	})
	for _, name := range p.order {
		out = append(out, p.wanted[name])
	}
	return out
}

// signature is the same for segments that one statement can read.
func signature(n query.Node, fields []event.Field, h holds) string {
	var b strings.Builder
	b.WriteString(n.String())
	for _, f := range fields {
		switch {
		case h.columns[f.Name]:
			b.WriteString("\x00c")
		case h.inOverflow(f.Name):
			b.WriteString("\x00o")
		default:
			b.WriteString("\x00n")
		}
	}
	return b.String()
}

// from is the inner statement: the wanted fields of the events that match, or
// nothing if no segment can hold one.
func (p *planner) from() (string, bool) {
	var parts []string
	for _, a := range p.arms() {
		parts = append(parts, p.inner(a))
	}
	return strings.Join(parts, " UNION ALL "), len(parts) > 0
}

func (p *planner) inner(a *arm) string {
	cols := []string{}
	for i, name := range p.order {
		cols = append(cols, p.inColumns(i, p.wanted[name], a.holds)...)
	}
	if len(cols) == 0 {
		cols = append(cols, "1 AS one")
	}
	w := &where{planner: p, holds: a.holds}
	cond := w.node(a.where)
	paths := p.bind(a.paths)
	if a.part.Rows > 0 {
		paths += ", file_row_number = true"
		cond = fmt.Sprintf("file_row_number >= %d AND file_row_number < %d AND %s", a.part.First, a.part.First+a.part.Rows, cond)
	}
	return fmt.Sprintf("SELECT %s FROM read_parquet(%s, hive_partitioning = false) WHERE %s", strings.Join(cols, ", "), paths, cond)
}

var sqlType = map[event.Kind]string{
	event.Text: "VARCHAR", event.Int: "BIGINT", event.Float: "DOUBLE", event.Bool: "BOOLEAN", event.Time: "TIMESTAMP",
}

// inColumns selects a field as c<i>, an address as c<i>h and c<i>l; null where the segments lack it.
func (p *planner) inColumns(i int, f event.Field, h holds) []string {
	switch {
	case f.Kind == event.IP && h.columns[f.Name]:
		return []string{fmt.Sprintf("%s AS c%dh", quote(f.Name+".hi"), i), fmt.Sprintf("%s AS c%dl", quote(f.Name+".lo"), i)}
	case f.Kind == event.IP:
		return []string{fmt.Sprintf("CAST(NULL AS UBIGINT) AS c%dh", i), fmt.Sprintf("CAST(NULL AS UBIGINT) AS c%dl", i)}
	case h.columns[f.Name] || h.inOverflow(f.Name):
		return []string{fmt.Sprintf("%s AS c%d", p.value(f, h), i)}
	}
	return []string{fmt.Sprintf("CAST(NULL AS %s) AS c%d", sqlType[f.Kind], i)}
}

// value is the expression of a field that the segments hold and that is no address.
func (p *planner) value(f event.Field, h holds) string {
	if h.inOverflow(f.Name) {
		key := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(strings.TrimPrefix(f.Name, event.ExtraPrefix))
		return fmt.Sprintf("json_extract_string(%s, %s)", quote(event.FieldExtra), p.bind(`$."`+key+`"`))
	}
	return quote(f.Name)
}

// quote makes an identifier of a name out of the closed set.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// finish closes the plan over the outer statement's parts.
func (p *planner) finish(sql string, cols []Column) Plan {
	return Plan{SQL: sql, Args: p.args, Columns: cols, Files: p.files, Rows: p.read}
}

func (p *planner) limit() string {
	if p.Limit <= 0 {
		return ""
	}
	return fmt.Sprintf(" LIMIT %d", p.Limit)
}
