package format

import (
	"bytes"

	"github.com/firehall/firehall/internal/event"
)

// Status is what Scanner.Next found.
type Status uint8

const (
	// End: no record is left.
	End Status = iota
	// Record: Fields and Raw hold the next record.
	Record
	// Bad: the record is malformed; Reject describes its first line, and the scan resumes at the line after that.
	Bad
	// Cut: a quote is open at the end of data that is not final; Start tells where that record begins.
	Cut
)

// QuoteReason is the reason given for each record whose quotes do not fit RFC 4180.
const QuoteReason = "a quote stands where none may, or one opened here is not closed within the record limit: this line is set aside, reading goes on at the next"

// TooLongReason is the reason given for a line beyond the record limit.
const TooLongReason = "the line is longer than the record limit"

// Scanner reads CSV records (RFC 4180 as encoding/csv reads it: comma or another separator, doubled quotes, quoted newlines, CRLF,
// empty lines skipped) from a slice in memory, eight bytes at a time and without allocating. Where encoding/csv reads without an error
// the records are the same. A malformed record costs its first line only. The zero Scanner is not usable: call NewScanner.
type Scanner struct {
	data    []byte
	base    int64 // offset of data[0] in the input
	final   bool
	limit   int
	commas  uint64
	fields  [][]byte
	scratch []byte

	pos   int   // where the next record begins
	line  int64 // line of pos
	start int   // of the current record
	end   int   // of the current record, without its line ending
	first int64 // line of start
	lines int64 // newlines inside the current record
}

// NewScanner makes a scanner for records of at most limit bytes (0: DefaultRecordLimit) with that separator (0: comma).
func NewScanner(comma byte, limit int) *Scanner {
	if comma == 0 {
		comma = ','
	}
	if limit <= 0 {
		limit = DefaultRecordLimit
	}
	return &Scanner{limit: limit, commas: ones * uint64(comma)}
}

// Reset starts on the data of another part. What Fields gave before stays valid only as long as the old data does.
func (s *Scanner) Reset(p Part) {
	s.data, s.base, s.final, s.line = p.Data, p.Offset, p.Last || p.Exact, p.Line
	s.pos, s.start, s.end = 0, 0, 0
}

// Fields gives the current record's fields, valid until the next call of Next.
func (s *Scanner) Fields() [][]byte { return s.fields }

// Raw gives the current record's bytes as they came, without the line ending.
func (s *Scanner) Raw() []byte { return s.data[s.start:s.end] }

// Start gives where the current record begins in the data.
func (s *Scanner) Start() int { return s.start }

// Line gives the line on which the current record begins.
func (s *Scanner) Line() int64 { return s.first }

// Reject describes the current record, to be set aside.
func (s *Scanner) Reject(code, reason string) event.Reject {
	return event.Reject{
		Line: s.first, Offset: s.base + int64(s.start), Length: s.end - s.start, Code: code, Reason: reason,
	}
}

// Next reads the next record.
func (s *Scanner) Next() Status {
	s.skipEmpty()
	i := s.pos
	s.start, s.end, s.first, s.lines = i, i, s.line, 0
	if i >= len(s.data) {
		return End
	}
	data, comma := s.data, byte(s.commas)
	fields := s.fields[:0]
	s.scratch = s.scratch[:0]
	for {
		var field []byte
		var next int // of the byte after the field: separator, newline, or the end
		if i < len(data) && data[i] == '"' {
			j := indexQuoted(data, i+1)
			if j+1 < len(data) && data[j] == '"' && data[j+1] == comma {
				fields = append(fields, data[i+1:j])
				i = j + 2
				continue
			}
			var st Status
			if field, next, st = s.quoted(i+1, j); st != Record {
				s.fields = fields
				return s.fail(st)
			}
		} else {
			next = indexPlain(data, i, s.commas)
			if next < len(data) && data[next] == '"' {
				s.fields = fields
				return s.fail(Bad)
			}
			if next < len(data) && data[next] == comma {
				fields = append(fields, data[i:next])
				i = next + 1
				continue
			}
			field = trimCR(data[i:next])
		}
		fields = append(fields, field)
		if next < len(data) && data[next] == comma {
			i = next + 1
			continue
		}
		s.fields = fields
		return s.finish(next)
	}
}

// skipEmpty passes lines that hold nothing, as encoding/csv does.
func (s *Scanner) skipEmpty() {
	for s.pos < len(s.data) {
		switch {
		case s.data[s.pos] == '\n':
			s.pos++
		case s.data[s.pos] == '\r' && s.pos+1 == len(s.data):
			s.pos++
			return
		case s.data[s.pos] == '\r' && s.data[s.pos+1] == '\n':
			s.pos += 2
		default:
			return
		}
		s.line++
	}
}

// finish completes a record that ends at the newline at end, or at the end of the data.
func (s *Scanner) finish(end int) Status {
	s.end = end
	if end-s.start > s.limit {
		return s.fail(Bad)
	}
	s.pos = min(end+1, len(s.data))
	s.line += s.lines + 1
	s.end -= len(s.data[s.start:end]) - len(trimCR(s.data[s.start:end]))
	return Record
}

// fail ends a record that is malformed or cut: the first line is given up, and reading resumes at the next.
func (s *Scanner) fail(st Status) Status {
	if st == Cut {
		s.end = len(s.data)
		return Cut
	}
	n := bytes.IndexByte(s.data[s.start:], '\n')
	if n < 0 {
		n = len(s.data) - s.start
	}
	s.end = s.start + n
	s.pos = min(s.end+1, len(s.data))
	s.line++
	return Bad
}

// Failure describes the record for which Next gave Bad.
func (s *Scanner) Failure() event.Reject {
	if s.end-s.start > s.limit {
		return s.Reject(event.RejectTooLong, TooLongReason)
	}
	return s.Reject(event.RejectQuote, QuoteReason)
}

// quoted reads a quoted field whose content begins at i and whose first quote or newline is at j; next is the byte after the closing
// quote, which is a separator, a newline or the end (a carriage return before these is passed).
func (s *Scanner) quoted(i, j int) (field []byte, next int, st Status) {
	data, from, copied := s.data, i, len(s.scratch)
	for {
		if j >= len(data) || j-s.start > s.limit {
			return nil, 0, s.open()
		}
		if data[j] == '\n' {
			s.lines++
			// encoding/csv reads CRLF within quotes as LF.
			if j > i && data[j-1] == '\r' {
				s.scratch = append(append(s.scratch, data[from:j-1]...), '\n')
				from = j + 1
			}
		} else if j+1 < len(data) && data[j+1] == '"' {
			s.scratch = append(s.scratch, data[from:j+1]...)
			from, j = j+2, j+1
		} else {
			break
		}
		j = indexQuoted(data, j+1)
	}
	field = data[from:j]
	if from != i {
		s.scratch = append(s.scratch, field...)
		field = s.scratch[copied:]
	}
	next = j + 1
	if next < len(data) && data[next] == '\r' && (next+1 == len(data) || data[next+1] == '\n') {
		next++
	}
	if next < len(data) && data[next] != '\n' && data[next] != byte(s.commas) {
		return nil, 0, Bad
	}
	return field, next, Record
}

// open judges a quote that is still open where the data or the limit ends.
func (s *Scanner) open() Status {
	if s.final || len(s.data)-s.start > s.limit {
		return Bad
	}
	return Cut
}

func trimCR(v []byte) []byte {
	if n := len(v); n > 0 && v[n-1] == '\r' {
		return v[:n-1]
	}
	return v
}

// Used gives how much of the data has been read, and the line on which the rest begins.
func (s *Scanner) Used() (bytes int, line int64) { return s.pos, s.line }
