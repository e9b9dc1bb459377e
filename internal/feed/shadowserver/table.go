package shadowserver

import (
	"bufio"
	"bytes"
	_ "embed" // the built-in table
	"io"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/nearest"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/event"
)

//go:embed reports.tsv
var builtin []byte

// byTag in place of a type says that the tag column decides row by row.
const byTag = "tag"

// Report is one kind of report.
type Report struct {
	Name          string // scan_telnet
	Title         string // Accessible-Telnet
	Type          string // RSIT type; empty when the tag column decides (ByTag)
	ByTag         bool
	Identifier    string // empty when a column gives it
	Role          string // whose owner can act: source, destination, none
	Standing      string // responsible, victim, or empty with role none
	Informational bool   // nothing to mend
	Transport     string // tcp or udp where the report has no column for it
	Columns       []string
	Note          string
}

// class is what two reports must share to be taken for each other.
func (r Report) class() string { return r.Type + "/" + r.Role + "/" + r.Standing }

// mapping is one line of the table for a column.
type mapping struct {
	field    string
	kind     kind
	required bool
}

// kind says how a column's values are read.
type kind uint8

const (
	kindText kind = iota
	kindText0
	kindTime
	kindIP
	kindNetwork
	kindInt
	kindInt0
	kindFloat
	kindBool
	kindDate
	kindBase64
	kindDomain
	kindURL
	kindExchange
	kindHash
)

var kindNames = []string{
	"text", "text0", "time", "ip", "network", "int", "int0", "float", "bool", "date", "base64", "domain", "url", "exchange", "hash",
}

// shared is the report name of mappings that hold for every report.
const shared = "*"

// Table knows the reports. Merge into it before use; after that it is safe for concurrent use.
type Table struct {
	reports map[string]Report
	columns map[string]map[string][]mapping // by report, then column
	names   map[string]bool                 // of all columns
	spelt   map[string]string               // those with capitals, by their name without: case makes no second column
}

func newTable() *Table {
	return &Table{reports: map[string]Report{}, columns: map[string]map[string][]mapping{}, names: map[string]bool{}, spelt: map[string]string{}}
}

// Builtin gives the table of the reports known when this program was built.
func Builtin() *Table {
	t := newTable()
	if err := t.Merge("built-in table", bytes.NewReader(builtin)); err != nil {
		panic(err) // a test reads the table: it cannot be wrong in a build that passed
	}
	return t
}

// Report finds a report by its name.
func (t *Table) Report(name string) (Report, bool) {
	r, ok := t.reports[name]
	return r, ok
}

// Reports lists all reports by name.
func (t *Table) Reports() []Report {
	out := make([]Report, 0, len(t.reports))
	for _, r := range t.reports {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b Report) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// mappings gives what a column of a report fills; nil for a column that the table does not know.
func (t *Table) mappings(report, column string) []mapping {
	if m := t.columns[report][column]; m != nil {
		return m
	}
	return t.columns[shared][column]
}

// Merge reads a table file over this one: a line for a report replaces that report, lines for a column replace that column.
// An error (problem.Invalid) names the line, and leaves the table as it was.
func (t *Table) Merge(name string, r io.Reader) error {
	add := newTable()
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimRight(lines.Text(), "\r\t ")
		if line == "" || line[0] == '#' {
			continue
		}
		if err := add.line(strings.Split(line, "\t")); err != nil {
			return problem.Wrap(problem.Invalid, err, "%s, line %d", name, n)
		}
	}
	if err := lines.Err(); err != nil {
		return problem.Wrap(problem.Invalid, err, "read %s", name)
	}
	for k, r := range add.reports {
		t.reports[k] = r
	}
	for report, columns := range add.columns {
		for column, m := range columns {
			t.put(report, column, m)
		}
	}
	return nil
}

func (t *Table) put(report, column string, m []mapping) {
	if t.columns[report] == nil {
		t.columns[report] = map[string][]mapping{}
	}
	t.columns[report][column] = m
	t.names[column] = true
	if small := strings.ToLower(column); small != column {
		t.spelt[small] = column
	}
}

func (t *Table) line(cells []string) error {
	cells = append(cells, make([]string, 12)...)
	switch cells[0] {
	case "report":
		return t.reportLine(cells)
	case "column":
		return t.columnLine(cells)
	default:
		return problem.New(problem.Invalid, "a line begins with report or column, not %q", cells[0])
	}
}

func (t *Table) reportLine(c []string) error {
	r := Report{
		Name: c[1], Title: c[2], Type: c[3], Identifier: c[4], Role: c[5], Standing: c[6], Informational: c[7] == "information",
		Transport: c[8], Columns: strings.Split(c[9], ","), Note: c[10],
	}
	if !plainName(r.Name) {
		return problem.New(problem.Invalid, "%q is no name for a report: use lower-case letters, digits and underscores", r.Name)
	}
	if r.Type == byTag {
		r.Type, r.ByTag = "", true
	} else if _, ok := rsit.Lookup(r.Type); !ok {
		return problem.New(problem.Invalid, "%q is no RSIT type", r.Type)
	}
	for _, w := range []struct {
		what, got string
		known     []string
	}{
		{"role", r.Role, []string{"source", "destination", "none"}},
		{"standing", r.Standing, []string{"responsible", "victim", ""}},
		{"about", c[7], []string{"finding", "information"}},
		{"transport", r.Transport, []string{"", "tcp", "udp"}},
	} {
		if !slices.Contains(w.known, w.got) {
			return problem.New(problem.Invalid, "%s %q is not one of %s", w.what, w.got, strings.Join(w.known, ", "))
		}
	}
	if (r.Role == "none") != (r.Standing == "") {
		return problem.New(problem.Invalid, "the standing is empty with role none, and only then")
	}
	t.reports[r.Name] = r
	return nil
}

func (t *Table) columnLine(c []string) error {
	report, column := c[1], c[2]
	if report != shared && !plainName(report) || !plainName(strings.ToLower(column)) {
		return problem.New(problem.Invalid, "a column line names a report (or *) and a column, not %q and %q", report, column)
	}
	k := slices.Index(kindNames, c[4])
	if k < 0 {
		hint, _ := nearest.Word(c[4], kindNames)
		return problem.New(problem.Invalid, "column %s: no kind %q (did you mean %q?)", column, c[4], hint)
	}
	if _, ok := event.FieldByName(c[3]); !ok && !strings.HasPrefix(c[3], event.ExtraPrefix) {
		return problem.New(problem.Invalid, "column %s: no field %q; what is no field of an event goes to extra.<name>", column, c[3])
	}
	if c[5] != "" && c[5] != "required" {
		return problem.New(problem.Invalid, "column %s: the last cell is empty or required, not %q", column, c[5])
	}
	t.put(report, column, append(t.columns[report][column], mapping{field: c[3], kind: kind(k), required: c[5] != ""})) //nolint:gosec // small
	return nil
}

// plainName tells whether s is made as Shadowserver's names are.
func plainName(s string) bool {
	for i := range len(s) {
		if c := s[i]; c-'a' >= 26 && c-'0' >= 10 && c != '_' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}
