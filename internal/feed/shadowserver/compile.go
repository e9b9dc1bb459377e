package shadowserver

import (
	"slices"
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/format"
)

// opcode says what is done with one cell. From opEvenEmpty on, an empty cell counts too.
type opcode uint8

const (
	opText opcode = iota
	opText0
	opLower
	opHash
	opTime
	opAddr        // an address that must be there
	opAddrMaybe   // 0.0.0.0 and :: mean none
	opAddrNetwork // an address, or a network for the field beside
	opNetwork
	opPort
	opASN
	opDomain
	opURL
	opOverflow
	opEvenEmpty
	opExchangeClass = iota - 1
	opExchangeType
	opExchangeIdentifier
)

// step is one thing to do with each row.
type step struct {
	op       opcode
	cell     int // index in the record
	required bool
	zero     bool   // opLower, opHash: 0 means none
	name     string // of the field
	column   string // of the file, for messages
	aside    string // field for a value that does not fit, "" to drop it
	kind     event.Kind
	host     int // opURL: cells that help to make the URL, -1 without
	scheme   int
}

// program is what a header compiles to.
type program struct {
	steps    []step
	cells    int
	overflow bool // some columns go to event.FieldExtra
}

// Columns of a hostile header are refused beyond this.
const maxColumns = 4096

// compile turns a header into steps, and notes columns that the table does not know.
func (t *Table) compile(r Report, header []string) (p program, notes []string, err error) {
	if len(header) > maxColumns {
		return p, nil, problem.New(problem.Invalid, "the header has %d columns, more than %d", len(header), maxColumns)
	}
	c := compiler{table: t, report: r, header: header, taken: map[string]bool{}, own: map[string]bool{}}
	c.claimOwn()
	for i, column := range header {
		c.column(i, column)
	}
	c.tagClass()
	if missing := c.missing(); len(missing) > 0 {
		return p, nil, problem.New(problem.Invalid, "it does not look like a report of Shadowserver's (%s): its header lacks %s. Is the file damaged, or its name wrong?",
			r.Name, strings.Join(missing, ", "))
	}
	c.settleAsides()
	slices.SortStableFunc(c.steps, func(a, b step) int { return order(a) - order(b) })
	return program{steps: c.steps, cells: len(header), overflow: c.overflow}, c.notes(), nil
}

// order puts what can set a row aside first, so that little is undone.
func order(s step) int {
	switch {
	case s.op == opTime || s.op == opAddr || s.op == opAddrNetwork:
		return 0
	case s.op == opPort || s.op == opASN || s.op == opAddrMaybe:
		return 1
	default:
		return 2
	}
}

type compiler struct {
	table    *Table
	report   Report
	header   []string
	steps    []step
	taken    map[string]bool // fields filled
	own      map[string]bool // extras that a column of the same name fills
	extras   int
	overflow bool
	unknown  []string
	twice    []string
}

// claimOwn: where two columns fill one extra, the one that has its name wins, and the other is kept under its own name.
func (c *compiler) claimOwn() {
	for _, column := range c.header {
		for _, m := range c.mappings(column) {
			if m.field == event.ExtraPrefix+column {
				c.own[m.field] = true
			}
		}
	}
}

// mappings of a column; an unknown report takes only the columns that all reports share as typed fields.
func (c *compiler) mappings(column string) []mapping {
	if m := c.table.mappings(c.report.Name, column); m != nil {
		return m
	}
	return nil
}

// column adds the steps for one column of the header.
func (c *compiler) column(i int, column string) {
	ms := c.mappings(column)
	if ms == nil {
		if slices.Index(c.header, column) == i {
			c.unknown = append(c.unknown, column)
		}
		ms = []mapping{{field: event.ExtraPrefix + column}}
	}
	if slices.Index(c.header, column) != i {
		c.twice = append(c.twice, column)
		ms = []mapping{{field: c.free(column, i+1)}}
	}
	for _, m := range ms {
		c.mapping(i, column, m, ms)
	}
}

// free gives an extra for a column that stands again at place n of the header: no other column's.
func (c *compiler) free(column string, n int) string {
	for ; ; n++ {
		name := column + "_" + strconv.Itoa(n)
		if !slices.Contains(c.header, name) && !c.taken[event.ExtraPrefix+name] {
			return event.ExtraPrefix + name
		}
	}
}

func (c *compiler) mapping(i int, column string, m mapping, all []mapping) {
	if c.taken[m.field] || c.own[m.field] && m.field != event.ExtraPrefix+column && strings.HasPrefix(m.field, event.ExtraPrefix) {
		m = mapping{field: event.ExtraPrefix + column}
		if c.taken[m.field] {
			return
		}
	}
	s := step{op: opFor(m), cell: i, required: m.required, zero: m.kind == kindText0 || m.kind == kindHash, name: m.field, column: column, host: -1, scheme: -1}
	switch {
	case m.kind == kindIP && hasKind(all, kindNetwork):
		s.op, s.aside = opAddrNetwork, event.FieldSourceNetwork
	case m.kind == kindNetwork && hasKind(all, kindIP):
		return // the step before does both
	case s.op == opURL:
		s.host, s.scheme = c.find("http_host", "host"), c.find("application", "url_scheme")
	}
	if s.op == opDomain || s.op == opURL || s.op == opNetwork {
		s.aside = event.ExtraPrefix + column
	}
	if f, ok := event.FieldByName(m.field); ok {
		s.kind = f.Kind
	} else if c.extras++; c.extras > event.MaxExtras-16 {
		// Room is left for values that do not fit their field.
		s.op, s.name, c.overflow = opOverflow, strings.TrimPrefix(m.field, event.ExtraPrefix), true
	}
	c.taken[m.field] = true
	c.steps = append(c.steps, s)
}

func hasKind(ms []mapping, k kind) bool {
	return slices.ContainsFunc(ms, func(m mapping) bool { return m.kind == k })
}

// find gives the index of the first of these columns that the header has, or -1.
func (c *compiler) find(columns ...string) int {
	for _, name := range columns {
		if i := slices.Index(c.header, name); i >= 0 {
			return i
		}
	}
	return -1
}

// tagClass adds what makes type and class from the tag. The table's own lines give type and identifier, the class goes with them.
func (c *compiler) tagClass() {
	if tag := c.find("tag"); c.report.ByTag && tag >= 0 {
		c.steps = append(c.steps, step{op: opExchangeClass, cell: tag, name: event.FieldTaxonomy, column: "tag", host: -1, scheme: -1})
	}
}

// settleAsides: a value that does not fit needs no second place if another step keeps it whatever it is.
func (c *compiler) settleAsides() {
	for i := range c.steps {
		if s := &c.steps[i]; s.op != opAddrNetwork && c.taken[s.aside] {
			s.aside = ""
		}
	}
}

// missing lists required columns that the header lacks.
func (c *compiler) missing() []string {
	var out []string
	for _, column := range c.report.Columns {
		for _, m := range c.table.mappings(c.report.Name, column) {
			if m.required && !c.taken[m.field] {
				out = append(out, column)
			}
		}
	}
	if !c.taken[event.FieldTime] && !slices.Contains(out, "timestamp") {
		out = append(out, "timestamp")
	}
	return out
}

func (c *compiler) notes() []string {
	var out []string
	if len(c.unknown) > 0 {
		out = append(out, "columns not seen before, kept in extra: "+strings.Join(c.unknown[:min(len(c.unknown), 50)], ", "))
	}
	if len(c.twice) > 0 {
		out = append(out, "columns that stand twice in the header, the second kept in extra: "+strings.Join(c.twice[:min(len(c.twice), 50)], ", "))
	}
	if c.overflow {
		out = append(out, "more columns than an intake may bring: the last ones are kept together as JSON in extra")
	}
	return out
}

// lowered are the fields that IntelMQ's dictionary has in lower case.
var lowered = map[string]bool{event.FieldTransport: true, "protocol.application": true, event.FieldMalware: true}

// opFor chooses what to do from the kind and the field: extras stay as they came.
func opFor(m mapping) opcode {
	f, typed := event.FieldByName(m.field)
	switch {
	case m.kind == kindExchange && m.field == event.FieldType:
		return opExchangeType
	case m.kind == kindExchange:
		return opExchangeIdentifier
	case lowered[m.field]:
		return opLower
	case m.kind == kindHash:
		return opHash
	case m.kind == kindText0 || m.kind == kindInt0 && !typed:
		return opText0
	case !typed:
		return opText
	case m.kind == kindTime:
		return opTime
	case m.kind == kindIP && m.required:
		return opAddr
	case m.kind == kindIP:
		return opAddrMaybe
	case m.kind == kindNetwork:
		return opNetwork
	case m.kind == kindDomain:
		return opDomain
	case m.kind == kindURL:
		return opURL
	case f.Kind == event.Int && m.kind == kindInt0:
		return opASN
	case f.Kind == event.Int:
		return opPort
	default:
		return opText
	}
}

// cleanHeader gives column names as the table writes them (a few have capitals); nothing else may become part of a field's name.
func (t *Table) cleanHeader(cells [][]byte) []string {
	out := make([]string, len(cells))
	for i, cell := range cells {
		if t.names[string(cell)] {
			out[i] = string(cell)
			continue
		}
		name := format.AppendLower(nil, cell)
		if len(name) > 64 {
			name = name[:64]
		}
		for j, c := range name {
			if !wordByte(c) && c != '.' {
				name[j] = '_'
			}
		}
		if out[i] = strings.Trim(string(name), "_."); out[i] == "" {
			out[i] = "column_" + strconv.Itoa(i+1)
		}
		if own, ok := t.spelt[out[i]]; ok {
			out[i] = own
		}
	}
	return out
}
