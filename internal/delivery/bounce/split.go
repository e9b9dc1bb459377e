package bounce

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"regexp"
)

// splitter cuts an input into messages. An input whose first line begins with "From " is an mbox, or what a mail server hands to a program; every
// other is one message, whatever lines it holds.
type splitter struct {
	in    *bufio.Reader
	begun bool
	mbox  bool
	ended bool
}

func newSplitter(r io.Reader) *splitter { return &splitter{in: bufio.NewReaderSize(r, 64<<10)} }

var (
	separator   = regexp.MustCompile(`^From \S.*\b[0-9]{4}\b`)
	headerField = regexp.MustCompile(`^[!-9;-~]+:`)
)

// next returns the beginning of the next message, maxMessage bytes at most, and io.EOF after the last.
func (s *splitter) next() ([]byte, error) {
	if err := s.begin(); err != nil {
		return nil, err
	}
	var out []byte
	blank, whole := false, true // the line before is empty; the piece before ended its line
	for {
		piece, err := s.in.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if blank && whole && s.separates(piece) {
			return out, nil
		}
		out = append(out, piece[:min(len(piece), maxMessage-len(out))]...)
		blank = whole && len(bytes.TrimRight(piece, "\r\n")) == 0
		whole = bytes.HasSuffix(piece, []byte("\n"))
		if errors.Is(err, io.EOF) {
			s.ended = true
			return s.last(out)
		}
	}
}

// begin looks at the first line, once, and says io.EOF when all is read.
func (s *splitter) begin() error {
	if s.ended {
		return io.EOF
	}
	if s.begun {
		return nil
	}
	s.begun = true
	start, err := s.in.Peek(5)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if s.mbox = string(start) == "From "; s.mbox {
		return s.skipLine()
	}
	return nil
}

func (s *splitter) skipLine() error {
	for {
		_, err := s.in.ReadSlice('\n')
		if errors.Is(err, io.EOF) {
			s.ended = true
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// separates tells whether a line after an empty one begins a new message: it looks like the separator of an mbox, and a header follows.
func (s *splitter) separates(line []byte) bool {
	if !s.mbox || !separator.Match(line) {
		return false
	}
	next, _ := s.in.Peek(100)
	return headerField.Match(next)
}

// last is the end of the input: blanks alone are no message.
func (s *splitter) last(out []byte) ([]byte, error) {
	if len(bytes.TrimSpace(out)) == 0 {
		return nil, io.EOF
	}
	return out, nil
}
