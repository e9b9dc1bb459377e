package team

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
)

// csvColumns are the columns of a CSV file of teams; only the first is required. Lists are separated by blanks or semicolons.
var csvColumns = []string{
	"name", "full_name", "country", "host", "serves", "national", "sectors", "hours", "zone", "languages", "handling", "memberships", "policy", "website", "direct",
	"public", "email", "phone", "emergency", "networks",
}

func readCSV(data []byte) (list []record, rejected []Rejected, err error) {
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return nil, nil, problem.New(problem.Invalid, "this is no text in UTF-8: save the file as CSV in UTF-8")
	}
	var columns map[string]int
	for row := range constituency.CSVRows(data) {
		switch {
		case columns == nil:
			if columns, err = header(row); err != nil {
				return nil, nil, err
			}
		case row.Reason != "":
			rejected = append(rejected, Rejected{row.Line, "", row.Reason})
		case len(row.Cells) != len(columns):
			rejected = append(rejected, Rejected{row.Line, clip(row.Cells[0]), fmt.Sprintf("the row has %d cells, the header %d", len(row.Cells), len(columns))})
		case slices.ContainsFunc(row.Cells, func(c string) bool { return strings.TrimSpace(c) != "" }):
			r, err := readRow(row, columns)
			if err != nil {
				rejected = append(rejected, aside(r, err.Error()))
				continue
			}
			list = append(list, r)
		}
	}
	if columns == nil {
		return nil, nil, problem.New(problem.Invalid, "the file is empty: the first line must name the columns, %s", strings.Join(csvColumns, ","))
	}
	return list, rejected, nil
}

// header returns the place of each column in a row.
func header(row constituency.CSVRow) (map[string]int, error) {
	columns := map[string]int{}
	for i, cell := range row.Cells {
		name := strings.ToLower(strings.TrimSpace(cell))
		if _, twice := columns[name]; twice || !slices.Contains(csvColumns, name) {
			return nil, problem.New(problem.Invalid, "line %d: the column %q is unknown, or stands there twice: the columns are %s", row.Line, clip(cell), strings.Join(csvColumns, ","))
		}
		columns[name] = i
	}
	if _, ok := columns["name"]; !ok {
		return nil, problem.New(problem.Invalid, "line %d: the column \"name\" is missing", row.Line)
	}
	return columns, nil
}

// readRow reads one row. A cell that is empty says nothing.
func readRow(row constituency.CSVRow, columns map[string]int) (record, error) {
	r := newRecord(row.Line, FromCSV)
	cell := func(name string) string {
		if i, ok := columns[name]; ok {
			return strings.TrimSpace(row.Cells[i])
		}
		return ""
	}
	r.name, r.country = cell("name"), cell("country")
	t := &r.team
	t.FullName, t.Host, t.Serves, t.Hours, t.Zone = cell("full_name"), cell("host"), cell("serves"), cell("hours"), cell("zone")
	t.Policy, t.Website = cell("policy"), cell("website")
	t.Sectors, t.Languages = listed[constituency.Sector](cell("sectors")), listed[string](cell("languages"))
	t.Memberships, t.Public = listed[Membership](cell("memberships")), listed[Part](cell("public"))
	for _, fact := range factColumns {
		r.say(fact, cell(fact) != "")
	}
	var err error
	if t.National, err = yes("national", cell("national")); err != nil {
		return r, err
	}
	if t.Direct, err = yes("direct", cell("direct")); err != nil {
		return r, err
	}
	if text := cell("handling"); text != "" {
		if t.Handling, err = tlp.Parse(text); err != nil {
			return r, err
		}
	}
	r.channels(cell)
	return r, nil
}

func (r *record) channels(cell func(string) string) {
	for _, address := range listed[string](cell("email")) {
		r.contacts = append(r.contacts, mailContact(address, ""))
	}
	// A number has blanks in it: several are separated by semicolons.
	for n := range strings.SplitSeq(cell("phone"), ";") {
		r.phones(nonEmpty(n), false)
	}
	for n := range strings.SplitSeq(cell("emergency"), ";") {
		r.phones(nonEmpty(n), true)
	}
	r.networks = listed[string](cell("networks"))
}

func nonEmpty(s string) []string {
	if s = strings.TrimSpace(s); s == "" {
		return nil
	}
	return []string{s}
}

// listed splits a cell at blanks and semicolons.
func listed[T ~string](cell string) (out []T) {
	for _, w := range strings.FieldsFunc(cell, func(r rune) bool { return r == ' ' || r == ';' || r == '\n' || r == '\t' }) {
		out = append(out, T(w))
	}
	return out
}

func yes(column, s string) (bool, error) {
	switch strings.ToLower(s) {
	case "yes", "true", "1":
		return true, nil
	case "", "no", "false", "0":
		return false, nil
	}
	return false, problem.New(problem.Invalid, "%s: write yes or no, not %q", column, clip(s))
}
