package stix

import (
	"bufio"
	"errors"
	"io"

	"github.com/firehall/firehall/internal/core/problem"
)

// splitter cuts objects out of a document by their brackets, whatever is between them, within bounded memory.
type splitter struct {
	in   *bufio.Reader
	at   int64 // bytes read
	most int64
	tee  *[]byte // keeps what is read, up to the bytes of one object
	keep int
}

// next reads a byte. Errors: Invalid at the end or beyond the limit.
func (s *splitter) next() (byte, error) {
	if s.at >= s.most {
		return 0, problem.New(problem.Invalid, "the input has more than %d bytes: send it in parts", s.most)
	}
	c, err := s.in.ReadByte()
	if err != nil {
		if errors.Is(err, io.EOF) {
			return 0, problem.New(problem.Invalid, "the input ends after %d bytes, in the middle: it was cut off", s.at)
		}
		return 0, problem.Wrap(problem.Unavailable, err, "read a bundle at byte %d", s.at)
	}
	s.at++
	if s.tee != nil && len(*s.tee) <= s.keep {
		*s.tee = append(*s.tee, c)
	}
	return c, nil
}

// sign reads the next byte that is no blank.
func (s *splitter) sign() (byte, error) {
	for {
		c, err := s.next()
		if err != nil || c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c, err
		}
	}
}

// ended reports whether nothing but blanks is left.
func (s *splitter) ended() (bool, error) {
	for {
		c, err := s.in.ReadByte()
		switch {
		case errors.Is(err, io.EOF):
			return true, nil
		case err != nil:
			return false, problem.Wrap(problem.Unavailable, err, "read a bundle at byte %d", s.at)
		case c != ' ' && c != '\n' && c != '\t' && c != '\r' && c != 0:
			return false, nil
		}
	}
}

// piece is one value cut out of the input.
type piece struct {
	index        int    // of the object in the input
	raw          []byte // nil if it was too large
	start        int64
	object       bool
	depth, text  int  // the deepest nesting and the longest string in bytes
	large        bool // more than was to be kept
	last         byte // of a value that is no object or array: the sign that ended it
	curly, brace int
	inText       bool
	escaped      bool
	run          int
}

// value cuts out the value that begins with first, keeping at most keep bytes, in the memory given.
func (s *splitter) value(first byte, keep int, memory []byte) (piece, error) {
	p := piece{start: s.at - 1, object: first == '{', raw: memory[:0]}
	for c := first; ; {
		if end := p.take(c, keep); end {
			return p, nil
		}
		if p.inText && !p.escaped && s.tee == nil {
			s.plain(&p, keep)
		}
		var err error
		if c, err = s.next(); err != nil {
			return p, err
		}
		if p.curly == 0 && p.brace == 0 && !p.inText && (c == ',' || c == ']' || c == '}') {
			p.last = c
			return p, nil
		}
	}
}

// plain takes the bytes of a text up to the next sign that means something, as far as they were read ahead: most of a document is such bytes.
func (s *splitter) plain(p *piece, keep int) {
	ahead, _ := s.in.Peek(int(min(int64(s.in.Buffered()), s.most-s.at))) // what is buffered is there
	n := 0
	for n < len(ahead) && ahead[n] != '"' && ahead[n] != '\\' {
		n++
	}
	room := max(0, keep-len(p.raw))
	p.raw = append(p.raw, ahead[:min(n, room)]...)
	p.large = p.large || n > room
	p.run += n
	s.at += int64(n)
	_, _ = s.in.Discard(n)
}

// take adds a byte, and reports whether an object or array ends with it.
func (p *piece) take(c byte, keep int) bool {
	if len(p.raw) < keep {
		p.raw = append(p.raw, c)
	} else {
		p.large = true
	}
	if p.inText {
		p.quoted(c)
		return false
	}
	switch c {
	case '"':
		p.inText, p.run = true, 0
	case '{':
		p.curly++
	case '[':
		p.brace++
	case '}':
		p.curly--
		return p.object && p.curly == 0
	case ']':
		p.brace--
		return !p.object && p.brace <= 0 && p.curly <= 0
	}
	p.depth = max(p.depth, p.curly+p.brace)
	return false
}

func (p *piece) quoted(c byte) {
	p.run++
	switch {
	case p.escaped:
		p.escaped = false
	case c == '\\':
		p.escaped = true
	case c == '"':
		p.inText = false
		p.text = max(p.text, p.run-1)
	}
}
