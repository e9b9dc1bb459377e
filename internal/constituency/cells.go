package constituency

import (
	"bytes"
)

// record is one row of a CSV file.
type record struct {
	line   int // where it begins, from 1
	cells  []string
	reason string // why it could not be read; then cells is nil
}

// cellReader splits CSV as RFC 4180 and encoding/csv do, but goes on after a bad
// record: a record whose quotes are wrong is set aside with its first line, and
// reading resumes on the next line. (With encoding/csv a single forgotten quote
// swallows the rest of the file.)
type cellReader struct {
	rest []byte
	line int
}

// maxCell is the longest cell taken; an armoured key does not go into CSV.
const maxCell = 64 << 10

// maxCells is the most cells of a row that are kept: no header names as many.
const maxCells = 64

func newCellReader(data []byte) *cellReader {
	return &cellReader{rest: bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), line: 1}
}

// next returns the next record that is not blank; ok is false at the end.
func (r *cellReader) next() (rec record, ok bool) {
	for len(r.rest) > 0 {
		if n := blank(r.rest); n > 0 {
			r.advance(n)
			continue
		}
		rec = record{line: r.line}
		used, cells, reason := splitRecord(r.rest)
		if reason != "" && used == 0 {
			used = lineLength(r.rest)
		}
		rec.cells, rec.reason = cells, reason
		r.advance(used)
		return rec, true
	}
	return record{}, false
}

func (r *cellReader) advance(n int) {
	r.line += bytes.Count(r.rest[:n], []byte{'\n'})
	r.rest = r.rest[n:]
}

// blank returns the length of an empty line at the beginning of b, 0 if there is none.
func blank(b []byte) int {
	switch {
	case b[0] == '\n':
		return 1
	case len(b) >= 2 && b[0] == '\r' && b[1] == '\n':
		return 2
	case len(b) == 1 && b[0] == '\r':
		return 1
	}
	return 0
}

func lineLength(b []byte) int {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return i + 1
	}
	return len(b)
}

// splitRecord reads one record and says how many bytes it took, its line end
// included. With a reason, used is 0 if the end of the record is not known.
func splitRecord(b []byte) (used int, cells []string, reason string) {
	tooLong := ""
	for {
		cell, n, end, why := splitCell(b[used:])
		if why != "" {
			return 0, nil, why
		}
		used += n
		switch {
		case len(cell) > maxCell:
			tooLong = "a cell is longer than 64 KiB"
		case len(cells) == maxCells:
			tooLong = "the row has more than 64 cells"
		default:
			cells = append(cells, string(cell))
		}
		if end {
			break
		}
	}
	if tooLong != "" {
		return used, nil, tooLong
	}
	return used, cells, ""
}

// splitCell reads one cell with what ends it; end is true if that ended the record.
func splitCell(b []byte) (cell []byte, used int, end bool, reason string) {
	if len(b) > 0 && b[0] == '"' {
		return splitQuoted(b)
	}
	stop := bytes.IndexAny(b, ",\n")
	if stop < 0 {
		stop = len(b)
	}
	cell = b[:stop]
	switch {
	case bytes.IndexByte(cell, '"') >= 0:
		return nil, 0, false, "a quote stands inside a cell that is not quoted: put the whole cell in quotes and double the quotes in it"
	case stop == len(b):
		return bytes.TrimSuffix(cell, []byte{'\r'}), stop, true, ""
	case b[stop] == '\n':
		return bytes.TrimSuffix(cell, []byte{'\r'}), stop + 1, true, ""
	}
	return cell, stop + 1, false, ""
}

func splitQuoted(b []byte) (cell []byte, used int, end bool, reason string) {
	i := 1
	for {
		q := bytes.IndexByte(b[i:], '"')
		if q < 0 {
			return nil, 0, false, "a quote is opened and never closed"
		}
		cell = append(cell, b[i:i+q]...)
		i += q + 1
		if i < len(b) && b[i] == '"' {
			cell = append(cell, '"')
			i++
			continue
		}
		break
	}
	// As in encoding/csv, a line end inside quotes is a plain newline.
	cell = bytes.ReplaceAll(cell, []byte("\r\n"), []byte("\n"))
	switch rest := b[i:]; {
	case len(rest) == 0:
		return cell, i, true, ""
	case rest[0] == ',':
		return cell, i + 1, false, ""
	case rest[0] == '\n':
		return cell, i + 1, true, ""
	case len(rest) == 1 && rest[0] == '\r', len(rest) > 1 && rest[0] == '\r' && rest[1] == '\n':
		return cell, i + min(2, len(rest)), true, ""
	}
	return nil, 0, false, "text follows a closing quote: put the whole cell in quotes and double the quotes in it"
}

// formula reports whether a spreadsheet would take a cell for a formula, quotes
// of an earlier neutralisation aside.
func formula(cell string) bool {
	for len(cell) > 0 && cell[0] == '\'' {
		cell = cell[1:]
	}
	return cell != "" && bytes.IndexByte([]byte("=+-@\t\r"), cell[0]) >= 0
}

// neutral puts an apostrophe before what a spreadsheet would run; plain takes
// exactly that one off again, so that a round trip changes nothing.
func neutral(cell string) string {
	if formula(cell) {
		return "'" + cell
	}
	return cell
}

func plain(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && formula(cell) {
		return cell[1:]
	}
	return cell
}
