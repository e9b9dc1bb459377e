package intelmq

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// peeked is how much of an input is looked at to tell how its events stand in it.
const peeked = 64 << 10

// Lines gives events as lines, however they stand in r: one object, an array of them, or lines already, which pass as they are. What is no
// JSON comes out in lines too, which the decoder sets aside.
func Lines(r io.Reader) io.Reader {
	b := bufio.NewReaderSize(r, peeked)
	head, _ := b.Peek(peeked) // an error shows again when it is read
	if !spread(head) {
		return b
	}
	if bytes.HasPrefix(head, mark) {
		_, _ = b.Discard(len(mark))
	}
	return &unspread{in: b}
}

// mark is the byte-order mark of UTF-8.
var mark = []byte("\xef\xbb\xbf")

// spread tells whether events are not one a line.
func spread(head []byte) bool {
	head = bytes.TrimSpace(bytes.TrimPrefix(head, mark))
	if len(head) == 0 || head[0] == '[' {
		return len(head) > 0
	}
	line, _, more := bytes.Cut(head, []byte("\n"))
	line = bytes.TrimSpace(line)
	return more && line[0] == '{' && (len(line) == 1 || line[len(line)-1] == ',' || line[len(line)-1] == '{' || line[len(line)-1] == '[')
}

// unspread writes each value of a document, or of the array that it is, as a line. It looks at brackets and quotes only.
type unspread struct {
	in  *bufio.Reader
	out []byte // ready
	buf []byte

	depth           int
	listed          bool // within the document's array
	quoted, escaped bool
	pending         bool // something stands in the line
	end             error
}

// Read implements io.Reader.
func (u *unspread) Read(p []byte) (int, error) {
	for len(u.out) == 0 {
		if u.end != nil {
			return 0, u.end
		}
		u.fill()
	}
	n := copy(p, u.out)
	u.out = u.out[n:]
	return n, nil
}

func (u *unspread) fill() {
	if u.buf == nil {
		u.buf = make([]byte, peeked)
	}
	n, err := u.in.Read(u.buf)
	u.out = u.out[:0]
	for _, c := range u.buf[:n] {
		u.take(c)
	}
	u.end = err
	if errors.Is(err, io.EOF) {
		u.line()
	}
}

func (u *unspread) put(c byte) {
	u.out = append(u.out, c)
	u.pending = true
}

func (u *unspread) line() {
	if u.pending {
		u.out = append(u.out, '\n')
	}
	u.pending = false
}

func (u *unspread) take(c byte) {
	switch {
	case u.quoted:
		u.inside(c)
	case c == '"':
		u.quoted = true
		u.put(c)
	case c == '[' && u.depth == 0 && !u.listed && !u.pending:
		u.listed = true
	case c == '{' || c == '[':
		u.depth++
		u.put(c)
	case c == ']' && u.depth == 0 && u.listed:
		u.listed = false
		u.line()
	case c == '}' || c == ']':
		u.close(c)
	case u.depth == 0 && (c == ',' && u.listed || c == '\n'):
		u.line()
	case c == '\n' || c == '\r' || u.depth == 0 && (c == ' ' || c == '\t'):
	default:
		u.put(c)
	}
}

// close ends an object or a list; the outermost ends its line.
func (u *unspread) close(c byte) {
	u.put(c)
	if u.depth = max(u.depth-1, 0); u.depth == 0 {
		u.line()
	}
}

// inside copies a text's bytes. A bare line break is no JSON; written as one it would end the line.
func (u *unspread) inside(c byte) {
	switch {
	case c == '\n' || c == '\r':
		c = 0x01 // which JSON does not take either
	case u.escaped:
		u.escaped = false
	case c == '\\':
		u.escaped = true
	case c == '"':
		u.quoted = false
	}
	u.put(c)
}
