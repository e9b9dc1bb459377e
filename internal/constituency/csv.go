package constituency

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/core/problem"
)

// csvColumns are the columns of an import file; only the first is required.
var csvColumns = []string{"organisation", "kind", "sector", "country", "parent", "network", "contact", "purpose", "language", "encryption", "criticality"}

// readCSV turns a CSV file into entries and rejected rows. An error means that
// nothing of the file can be read: its header is wrong, or it is no text.
func readCSV(data []byte) (entries []entry, rejected []Rejected, err error) {
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return nil, nil, problem.New(problem.Invalid, "the file is UTF-16: save it as CSV in UTF-8")
	}
	r := newCellReader(data)
	head, ok := r.next()
	if !ok {
		return nil, nil, problem.New(problem.Invalid, "the file is empty: the first line must name the columns, %s", strings.Join(csvColumns, ","))
	}
	if strings.ContainsRune(strings.Join(head.cells, ""), 0) {
		return nil, nil, problem.New(problem.Invalid, "this is no text file")
	}
	columns, err := readHeader(head)
	if err != nil {
		return nil, nil, err
	}
	for rec, more := r.next(); more; rec, more = r.next() {
		e, bad := readRow(rec, columns)
		switch {
		case bad != nil:
			rejected = append(rejected, *bad)
		case e != nil:
			entries = append(entries, *e)
		}
	}
	return entries, rejected, nil
}

// readHeader returns the place of each column in a row, -1 for absent ones.
func readHeader(head record) (map[string]int, error) {
	if head.reason != "" {
		return nil, problem.New(problem.Invalid, "line %d: the header cannot be read: %s", head.line, head.reason)
	}
	if len(head.cells) == 1 && strings.ContainsAny(head.cells[0], ";\t") {
		return nil, problem.New(problem.Invalid, "line %d: the columns must be separated by commas", head.line)
	}
	columns := map[string]int{}
	for i, cell := range head.cells {
		name := strings.ToLower(strings.TrimSpace(cell))
		if !slices.Contains(csvColumns, name) {
			return nil, fmt.Errorf("line %d: %w", head.line, unknownWord("column", cell, csvColumns))
		}
		if _, twice := columns[name]; twice {
			return nil, problem.New(problem.Invalid, "line %d: column %q stands there twice", head.line, name)
		}
		columns[name] = i
	}
	if _, ok := columns["organisation"]; !ok {
		return nil, problem.New(problem.Invalid, "line %d: the column %q is missing", head.line, "organisation")
	}
	return columns, nil
}

// readRow reads one row; both results are nil for a row of empty cells, which
// spreadsheets leave behind.
func readRow(rec record, columns map[string]int) (*entry, *Rejected) {
	f := &fields{line: rec.line}
	if rec.reason != "" {
		return nil, &Rejected{Line: rec.line, Reason: rec.reason}
	}
	if !slices.ContainsFunc(rec.cells, func(c string) bool { return c != "" }) {
		return nil, nil
	}
	if len(rec.cells) != len(columns) {
		return nil, &Rejected{Line: rec.line, Reason: fmt.Sprintf("the row has %d cells, the header %d", len(rec.cells), len(columns))}
	}
	cell := func(column string) string {
		i, ok := columns[column]
		if !ok {
			return ""
		}
		if !utf8.ValidString(rec.cells[i]) {
			f.fail(column, rec.cells[i], errNotUTF8)
			return ""
		}
		return plain(rec.cells[i])
	}
	e := &entry{line: rec.line}
	e.organisation = f.name("organisation", cell("organisation"))
	e.facts = f.facts(cell)
	e.network = f.network(cell("network"))
	e.contact = f.contact(cell)
	return e, f.bad
}

var errNotUTF8 = errors.New("text is not valid UTF-8: save the file as UTF-8")
