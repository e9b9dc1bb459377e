package format

import (
	"bytes"
	"errors"
	"io"

	"github.com/firehall/firehall/internal/event"
)

// SplitOptions say how to cut. Zero sizes mean the defaults.
type SplitOptions struct {
	Split       Split
	PartSize    int // aim, bytes
	RecordLimit int // longest record, bytes without the line ending; for Whole the longest input
	Exact       bool
	Comma       byte // CSV separator for exact cutting, 0: comma
	Skip        int  // bytes at the beginning that are no rows
	HeaderLines int  // lines in Skip
}

// Splitter cuts a stream into parts at record boundaries. For CSV it counts quotes, which is right for every well-formed file and
// fast; a malformed one can lead to a wrong cut, which a decoder notices (used < len(Data)): then the attempt is begun again with
// Exact, where every record is read. A line beyond the record limit is passed as a Reject without ever being held.
//
// Input that ends in the middle (errors.Is(err, io.ErrUnexpectedEOF), as a cut gzip gives) yields what is complete, and a Reject with
// code RejectTruncated for the rest; any other read error is given by Next after the parts before it.
type Splitter struct {
	r    io.Reader
	o    SplitOptions
	scan *Scanner

	buf     []byte
	offset  int64 // of buf[0] in the input
	line    int64 // of buf[0]
	index   int
	eof     bool
	fault   error // met while reading, not yet given
	rejects []event.Reject
	tail    *event.Reject // the incomplete record at the end of a cut input; told after everything before it
	free    [][]byte
}

// NewSplitter begins to cut r.
func NewSplitter(r io.Reader, o SplitOptions) *Splitter {
	if o.PartSize <= 0 {
		o.PartSize = DefaultPartSize
	}
	if o.RecordLimit <= 0 {
		o.RecordLimit = DefaultRecordLimit
		if o.Split == Whole {
			o.RecordLimit = DefaultWholeLimit
		}
	}
	s := &Splitter{r: r, o: o, line: 1 + int64(o.HeaderLines)}
	if o.Exact && o.Split == CSV {
		s.scan = NewScanner(o.Comma, o.RecordLimit)
	}
	return s
}

// Next gives the next part; io.EOF when there is none. The part's Data is the caller's.
func (s *Splitter) Next() (Part, error) {
	if err := s.skip(); err != nil {
		return Part{}, err
	}
	if s.o.Split == Whole {
		return s.whole()
	}
	want := s.o.PartSize
	for {
		s.fill(want + 1)
		if len(s.buf) == 0 && s.eof {
			return s.nothing()
		}
		long, found := s.overlong()
		if found && long == 0 {
			s.discardLine()
			continue
		}
		if n := s.cut(long, found, want); n > 0 {
			return s.take(s.fewer(n, long, found)), nil
		}
		// Nothing complete yet: a record longer than the part size. The limit bounds how far this goes.
		want = max(2*want, len(s.buf))
	}
}

// Release gives a part's memory back for another part; the part must not be used after. Not safe beside Next.
func (s *Splitter) Release(p Part) {
	if len(s.free) < 4 {
		s.free = append(s.free, p.room[:0])
	}
}

// skip passes the header once.
func (s *Splitter) skip() error {
	if s.offset >= int64(s.o.Skip) || s.index > 0 {
		return s.pending()
	}
	n, err := io.CopyN(io.Discard, s.r, int64(s.o.Skip))
	s.offset = n
	if err != nil {
		s.eof = true
		if !errors.Is(err, io.EOF) {
			s.note(err)
		}
	}
	return s.pending()
}

// pending gives a read error once everything before it has been given.
func (s *Splitter) pending() error {
	if s.eof && len(s.buf) == 0 && len(s.rejects) == 0 && s.fault != nil {
		return s.fault
	}
	return nil
}

// nothing ends the stream: rejects still to be told come as an empty last part.
func (s *Splitter) nothing() (Part, error) {
	if s.tail != nil {
		s.rejects = append(s.rejects, *s.tail)
		s.tail = nil
	}
	if len(s.rejects) > 0 {
		return s.take(0), nil
	}
	if s.fault != nil {
		return Part{}, s.fault
	}
	return Part{}, io.EOF
}

// fill reads until buf holds want bytes or the input ends.
func (s *Splitter) fill(want int) {
	if cap(s.buf) < want && !s.eof {
		s.buf = append(make([]byte, 0, want+4096), s.buf...)
	}
	for idle := 0; len(s.buf) < want && !s.eof; {
		n, err := s.r.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf = s.buf[:len(s.buf)+n]
		if n == 0 && err == nil {
			if idle++; idle > 100 {
				err = io.ErrNoProgress
			}
		}
		if err != nil {
			s.eof = true
			s.note(err)
		}
	}
}

// note keeps a read error. A cut input loses its last, incomplete line to a reject; what came before is good.
func (s *Splitter) note(err error) {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		good := bytes.LastIndexByte(s.buf, '\n') + 1
		if s.o.Split == Whole {
			good = 0
		}
		s.tail = &event.Reject{
			Line:   s.line + int64(bytes.Count(s.buf[:good], newline)),
			Offset: s.offset + int64(good), Length: len(s.buf) - good,
			Code:   event.RejectTruncated,
			Reason: "the input ends in the middle: " + err.Error() + "; fetch the file again",
		}
		s.buf = s.buf[:good]
	case !errors.Is(err, io.EOF):
		s.fault = err
		s.buf = s.buf[:bytes.LastIndexByte(s.buf, '\n')+1]
	}
}

// overlong finds the first line in buf that is beyond the limit, and where it begins.
func (s *Splitter) overlong() (at int, found bool) {
	for at < len(s.buf) {
		if len(s.buf)-at <= s.o.RecordLimit {
			return 0, false
		}
		n := bytes.LastIndexByte(s.buf[at:at+s.o.RecordLimit+1], '\n')
		if n < 0 {
			return at, true
		}
		at += n + 1
	}
	return 0, false
}

// discardLine passes the line at the beginning of buf, which is beyond the limit, without holding it.
func (s *Splitter) discardLine() {
	r := event.Reject{Line: s.line, Offset: s.offset, Code: event.RejectTooLong, Reason: TooLongReason}
	for {
		n := bytes.IndexByte(s.buf, '\n')
		if n >= 0 {
			r.Length += n
			s.advance(n + 1)
			s.line++
			break
		}
		r.Length += len(s.buf)
		s.advance(len(s.buf))
		if s.fill(s.o.PartSize); len(s.buf) == 0 {
			break
		}
	}
	if s.tail != nil && s.tail.Offset == s.offset {
		// The line beyond the limit is also the one that is cut: it counts once.
		s.tail.Line, s.tail.Offset, s.tail.Length = r.Line, r.Offset, s.tail.Length+r.Length
		return
	}
	s.rejects = append(s.rejects, r)
}

// advance drops n bytes of buf, in place.
func (s *Splitter) advance(n int) {
	s.offset += int64(n)
	s.buf = s.buf[:copy(s.buf, s.buf[n:])]
}

// maxLines bounds the records of a part, and with them what is known of each that is set aside: a file of a newline every other byte
// would else take a hundred times its size.
const maxLines = 1 << 17

// fewer makes a part of n bytes shorter while it has too many lines.
func (s *Splitter) fewer(n, long int, found bool) int {
	for most := n / 2; s.scan == nil && most > 0 && bytes.Count(s.buf[:n], newline) > maxLines; most /= 2 {
		shorter := s.cut(long, found, most)
		if shorter <= 0 || shorter >= n {
			break // no record ends before
		}
		n = shorter
	}
	return n
}

var newline = []byte{'\n'}

// cut finds where the next part ends; 0 means that more input is needed.
func (s *Splitter) cut(long int, found bool, want int) int {
	end := len(s.buf)
	switch {
	case found:
		end = long
	case !s.eof:
		end-- // one byte stays, so that the last part knows that it is the last
	}
	switch {
	case s.scan != nil:
		return s.cutExact(end)
	case s.eof && end == len(s.buf) && end <= want:
		return end
	}
	end = min(end, want)
	if s.o.Split == CSV {
		return cutEven(s.buf[:end])
	}
	return bytes.LastIndexByte(s.buf[:end], '\n') + 1
}

// cutEven finds the last newline with an even number of quotes before it; without one the last newline serves, and the decoder will
// notice if that was wrong.
func cutEven(data []byte) int {
	last := bytes.LastIndexByte(data, '\n')
	odd := bytes.Count(data, []byte{'"'})&1 == 1
	for end := len(data); ; {
		n := bytes.LastIndexByte(data[:end], '\n')
		if n < 0 {
			return last + 1
		}
		if bytes.Count(data[n:end], []byte{'"'})&1 == 1 {
			odd = !odd
		}
		if !odd {
			return n + 1
		}
		end = n
	}
}

// cutExact reads records until the part is long enough.
func (s *Splitter) cutExact(end int) int {
	s.scan.Reset(Part{Data: s.buf, Last: s.eof})
	for n := 0; n < maxLines && s.scan.pos < min(end, s.o.PartSize); n++ {
		switch s.scan.Next() {
		case End: // nothing but empty lines; a lone CR at the end may yet become one
			if s.eof {
				return len(s.buf)
			}
			return bytes.LastIndexByte(s.buf[:end], '\n') + 1
		case Cut:
			return s.scan.Start()
		case Record, Bad:
			if s.scan.pos > end && !s.eof {
				// It reaches into the byte held back, or its line is not complete yet.
				return s.scan.Start()
			}
		}
	}
	return min(s.scan.pos, end)
}

// take makes the part of the first n bytes.
func (s *Splitter) take(n int) Part {
	p := Part{
		Data: s.buf[:n:n], Offset: s.offset, Line: s.line, Index: s.index,
		Last: s.eof && n == len(s.buf) && s.fault == nil && s.tail == nil, Exact: s.scan != nil, Rejects: s.rejects,
		room: s.buf,
	}
	rest := s.buf[n:]
	s.buf = append(s.spare(len(rest)), rest...)
	s.offset += int64(n)
	s.line += int64(bytes.Count(p.Data, newline))
	s.index++
	s.rejects = nil
	return p
}

// spare gives an empty buffer.
func (s *Splitter) spare(least int) []byte {
	if n := len(s.free); n > 0 {
		b := s.free[n-1]
		s.free = s.free[:n-1]
		if cap(b) >= least {
			return b
		}
	}
	return make([]byte, 0, max(least, min(s.o.PartSize, DefaultPartSize)+4096))
}

// whole reads the input as one part; beyond the limit it becomes a reject.
func (s *Splitter) whole() (Part, error) {
	if s.index > 0 {
		return Part{}, io.EOF
	}
	for want := 64 << 10; !s.eof && len(s.buf) <= s.o.RecordLimit; want *= 2 {
		s.fill(min(want, s.o.RecordLimit+1))
	}
	if len(s.buf) > s.o.RecordLimit {
		n, err := io.Copy(io.Discard, s.r)
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return Part{}, err
		}
		s.rejects = append(s.rejects, event.Reject{
			Line: s.line, Offset: s.offset, Length: len(s.buf) + int(n),
			Code: event.RejectTooLong, Reason: "the input is longer than the limit for one message",
		})
		s.buf, s.eof = s.buf[:0], true
	}
	if len(s.buf) == 0 {
		return s.nothing()
	}
	return s.take(len(s.buf)), nil
}
