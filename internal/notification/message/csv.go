package message

import (
	"bytes"
	"cmp"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/event"
)

// findingColumn is the first column: the finding's id, by which answers and machines name it.
const findingColumn = "finding"

// columnOrder is the order of the columns that most people look for first; others follow by name.
var columnOrder = []string{
	event.FieldTime, event.FieldSourceIP, event.FieldSourcePort, event.FieldTransport, "protocol.application", event.FieldSourceFQDN,
	event.FieldSourceURL, event.FieldTaxonomy, event.FieldType, event.FieldIdentifier, event.FieldMalware, event.FieldSeverity,
	event.FieldDestIP, event.FieldDestPort, event.FieldDestFQDN, event.FieldDestURL, event.FieldSourceASN, event.FieldSourceCC,
	event.FieldSourceNetwork, "source.reverse_dns", event.FieldFeed, event.FieldReport, "event_description.text",
}

// fields are a row's event; of a row without one, what the finding knows.
func fields(s Section, w Row) map[string]string {
	if len(w.Event) > 0 {
		return w.Event
	}
	m := map[string]string{
		event.FieldType: s.Type, event.FieldIdentifier: s.Identifier, event.FieldMalware: cmp.Or(w.Malware, s.Malware), event.FieldReport: s.Report,
		event.FieldTransport: w.Transport, event.FieldSourceIP: w.Addr, event.FieldSourceFQDN: w.Host, event.FieldSourceURL: w.URL, event.FieldSeverity: w.Severity,
	}
	if w.Port > 0 {
		m[event.FieldSourcePort] = strconv.FormatInt(w.Port, 10)
	}
	if t := w.at(); !t.IsZero() {
		m[event.FieldTime] = t.UTC().Format(time.RFC3339)
	}
	return m
}

// header lists the columns that have a value in some row.
func header(l Letter) []string {
	used := map[string]bool{}
	for column := range cellsOf(l) {
		used[column] = true
	}
	for _, s := range l.Sections {
		for _, w := range s.Rows {
			for k, v := range fields(s, w) {
				if v != "" && k != findingColumn && !used[k] {
					used[k] = true
				}
			}
		}
	}
	var out []string
	for _, k := range columnOrder {
		if used[k] {
			out = append(out, k)
			delete(used, k)
		}
	}
	return append(out, slices.Sorted(maps.Keys(used))...)
}

// writeCSV writes the observations as RFC 4180 has it: a header, one row an event, lines that end with CRLF, UTF-8. Each cell is one
// line (see visible) and none is a formula (see Disarm).
func writeCSV(out io.Writer, l Letter) error {
	lines := linesOf(l)
	if _, err := out.Write(lines.header()); err != nil {
		return err
	}
	for _, s := range l.Sections {
		for _, w := range s.Rows {
			if _, err := out.Write(lines.row(s, w)); err != nil {
				return err
			}
		}
	}
	return nil
}

// tableLines makes the lines of a table; each is good until the next one is made.
type tableLines struct {
	columns []string
	same    map[string]string // cells that are the same in each row, instead of those of its event
	line    bytes.Buffer
}

func linesOf(l Letter) tableLines {
	t := tableLines{columns: l.columns, same: cellsOf(l)}
	if t.columns == nil {
		t.columns = header(l)
	}
	return t
}

func (t *tableLines) header() []byte {
	t.line.Reset()
	cell(&t.line, findingColumn)
	for _, c := range t.columns {
		t.line.WriteByte(',')
		cell(&t.line, c)
	}
	t.line.WriteString("\r\n")
	return t.line.Bytes()
}

func (t *tableLines) row(s Section, w Row) []byte {
	f := fields(s, w)
	t.line.Reset()
	cell(&t.line, w.Finding)
	for _, c := range t.columns {
		t.line.WriteByte(',')
		if v, said := t.same[c]; said {
			cell(&t.line, v)
		} else {
			cell(&t.line, f[c])
		}
	}
	t.line.WriteString("\r\n")
	return t.line.Bytes()
}

func cell(b *bytes.Buffer, v string) {
	v = Disarm(visible(clip(v, maxCell)))
	if !strings.ContainsAny(v, "\",;' ") {
		b.WriteString(v)
		return
	}
	b.WriteByte('"')
	b.WriteString(strings.ReplaceAll(v, `"`, `""`))
	b.WriteByte('"')
}

// Disarm makes a cell of which no spreadsheet makes a formula. A cell that begins with a formula's sign, also behind blanks or quotation
// marks or in full width, gets an apostrophe before it, and so does one that begins with an apostrophe already; and since many spreadsheets
// take a semicolon for the end of a cell, the same holds behind each semicolon. Arm takes them off again.
func Disarm(s string) string {
	if strings.IndexByte(s, ';') < 0 {
		if risky(s) {
			return "'" + s
		}
		return s
	}
	parts := strings.Split(s, ";")
	for i, p := range parts {
		if risky(p) {
			parts[i] = "'" + p
		}
	}
	return strings.Join(parts, ";")
}

// Arm is the way back: an apostrophe at the beginning, and behind each semicolon, goes.
func Arm(s string) string {
	return strings.ReplaceAll(strings.TrimPrefix(s, "'"), ";'", ";")
}

// risky reports whether a spreadsheet may take what begins so for a formula, or whether it begins with what Disarm adds.
func risky(s string) bool {
	if s == "" {
		return false
	}
	if c := s[0]; c < utf8.RuneSelf && (c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z') {
		return false // the usual case
	}
	if s[0] == '\'' {
		return true
	}
	rest := strings.TrimLeftFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.Is(unicode.Quotation_Mark, r) || r == '`' || r == '´' || unicode.Is(unicode.Cf, r) || unicode.IsControl(r)
	})
	r, _ := utf8.DecodeRuneInString(rest)
	return strings.ContainsRune("=+-@|%\t\r\n＝＋－＠﹢﹣﹦﹫−⁼₌⁺₊⁻₋", r) && rest != ""
}
