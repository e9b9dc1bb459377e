package leak

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// csv looks through a table. What stands in it stands in its text; the cells say where.
func (s *search) csv(at Place, text string) {
	since := len(s.found)
	s.plain(at, text)
	s.better(since, func() { s.cells(at, text) })
}

func (s *search) cells(at Place, text string) {
	r := csv.NewReader(strings.NewReader(text))
	r.LazyQuotes, r.FieldsPerRecord, r.ReuseRecord, r.Comma = true, -1, true, comma(text)
	var head []string
	for row := 1; !s.full(); row++ {
		cells, err := r.Read()
		if err != nil && !errors.Is(err, csv.ErrFieldCount) {
			return // the end, or no table from here on: the lines say the rest
		}
		if head == nil {
			head = append([]string{}, cells...)
		}
		for i, cell := range cells {
			s.text(at.with(Step{Code: InRow, Number: row, Name: column(head, i)}), cell, false)
		}
	}
}

// comma is what parts the cells: whatever stands most often in the first line.
func comma(text string) rune {
	line, _, _ := strings.Cut(text, "\n")
	best := ','
	for _, c := range ",;\t|" {
		if strings.Count(line, string(c)) > strings.Count(line, string(best)) {
			best = c
		}
	}
	return best
}

func column(head []string, i int) string {
	if i < len(head) && head[i] != "" && len(head[i]) <= 60 {
		return head[i]
	}
	return strconv.Itoa(i + 1)
}

// json looks through JSON, one value or several. What stands in it stands in its text; the paths say where.
func (s *search) json(at Place, text string) {
	since := len(s.found)
	s.plain(at, text)
	s.better(since, func() { s.values(at, text) })
}

// level is an object or array that is open.
type level struct {
	array bool
	index int
	key   string
	named bool // the key was read, and its value was not
}

func (s *search) values(at Place, text string) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var path []level
	for !s.full() {
		t, err := d.Token()
		if err != nil {
			return // io.EOF, or no JSON from here on: the lines say the rest
		}
		path = s.token(at, path, t)
	}
}

// maxPath bounds how much of a path is said.
const maxPath = 64

func (s *search) token(at Place, path []level, t json.Token) []level {
	if d, ok := t.(json.Delim); ok {
		switch d {
		case '{', '[':
			return append(path, level{array: d == '['})
		}
		return passed(path[:max(len(path)-1, 0)])
	}
	value := ""
	switch t := t.(type) {
	case string:
		value = t
	case json.Number:
		value = t.String()
	}
	if n := len(path); n > 0 && !path[n-1].array && !path[n-1].named {
		path[n-1].key, path[n-1].named = value, true
		s.text(at.with(Step{Code: InPath, Name: pathOf(path)}), value, false)
		return path
	}
	s.text(at.with(Step{Code: InPath, Name: pathOf(path)}), value, false)
	return passed(path)
}

// passed is the path once a value of its innermost level was read.
func passed(path []level) []level {
	if n := len(path); n > 0 {
		path[n-1].index++
		path[n-1].named = false
	}
	return path
}

// pathOf says a path as people write it: objects[3].extensions.victim.
func pathOf(path []level) string {
	var out strings.Builder
	for i, l := range path {
		if i == maxPath {
			out.WriteString("…")
			break
		}
		if l.array {
			out.WriteString("[" + strconv.Itoa(l.index) + "]")
			continue
		}
		if out.Len() > 0 {
			out.WriteByte('.')
		}
		out.WriteString(excerpt(l.key))
	}
	if out.Len() == 0 {
		return "value"
	}
	return out.String()
}
