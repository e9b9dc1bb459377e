package stix

import (
	"bufio"
	"bytes"
	"io"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/firehall/firehall/internal/core/problem"
)

// Reader reads objects one by one: of a bundle, of a TAXII envelope, of a list, or the one that stands alone. It holds one object at
// a time, so it reads inputs that do not fit into memory; what needs all of them (collisions, markings, cycles) Parse checks.
type Reader struct {
	limits Limits
	in     splitter
	step   func() (piece, error)
	listed bool // the list of objects has begun
	nested bool // that list stands in an object
	odd    bool // what is called objects is no list
	index  int
	header map[string]string // texts of the bundle itself: type, id, spec_version
	raw    []byte            // of what stands alone
	piece  []byte            // memory of the piece cut out last
	slab   []byte            // memory for objects that lie beside each other
}

// slabSize is how much memory is taken at once for what objects say; one that is large has its own.
const slabSize = 32 << 10

// NewReader reads from in.
func NewReader(in io.Reader, l Limits) *Reader {
	l = l.full()
	r := &Reader{limits: l, in: splitter{in: bufio.NewReaderSize(in, 64<<10), most: l.Bytes}, header: map[string]string{}}
	r.in.tee, r.in.keep = &r.raw, l.Object
	r.step = r.begin
	return r
}

// Bundle gives the id of the bundle, if it has been met and is one.
func (r *Reader) Bundle() string { return r.header["id"] }

// Next gives the next object, or what was set aside instead of it. Errors: io.EOF at the end; Invalid if the input is no STIX, is cut
// off or too large: what came before stands.
func (r *Reader) Next() (Object, *Rejected, error) {
	p, err := r.step()
	if err != nil {
		return Object{}, nil, err
	}
	o, rejected := r.limits.judge(p)
	return o, rejected, nil
}

// fail ends the reading.
func (r *Reader) fail(err error) (piece, error) {
	r.step = func() (piece, error) { return piece{}, err }
	return piece{}, err
}

// begin reads up to the first object.
func (r *Reader) begin() (piece, error) {
	c, err := r.in.sign()
	if c == 0xef && err == nil { // the mark that some systems begin UTF-8 with
		_, _ = r.in.next()
		_, _ = r.in.next()
		r.raw = r.raw[:0]
		c, err = r.in.sign()
	}
	switch {
	case err != nil:
		return r.fail(err)
	case c == '[':
		return r.list()
	case c == '{':
		return r.members(true)
	}
	return r.fail(problem.New(problem.Invalid, "the input is no STIX: it begins with %q, and should with {", c))
}

// members reads the names and values of the outermost object up to its objects, or to its end.
func (r *Reader) members(first bool) (piece, error) {
	for {
		c, err := r.in.sign()
		if err == nil && c == ',' && !first {
			c, err = r.in.sign()
		}
		first = false
		switch {
		case err != nil:
			return r.fail(err)
		case c == '}':
			return r.whole()
		case c != '"':
			return r.fail(problem.New(problem.Invalid, "byte %d of the input: a name was expected, not %q", r.in.at, c))
		}
		found, err := r.member()
		if err != nil {
			return r.fail(err)
		}
		if found && r.listed {
			return r.fail(problem.New(problem.Invalid, "the bundle has two lists of objects: the second was not read"))
		}
		if found {
			r.nested = true
			return r.list()
		}
	}
}

// most of a member of the bundle itself that is kept.
const headerSize = 4096

// member reads a name and its value; found means that the list of objects begins.
func (r *Reader) member() (found bool, err error) {
	name, err := r.text()
	if err != nil {
		return false, err
	}
	c, err := r.in.sign()
	if err == nil && c != ':' {
		err = problem.New(problem.Invalid, "byte %d of the input: a colon was expected, not %q", r.in.at, c)
	}
	if err == nil {
		c, err = r.in.sign()
	}
	if err != nil || name == "objects" && c == '[' {
		return err == nil, err
	}
	if c == '"' && name != "objects" {
		value, err := r.text()
		r.header[name] = value
		return false, err
	}
	r.odd = r.odd || name == "objects" && c != 'n' // null is none
	p, err := r.in.value(c, headerSize, nil)
	if err == nil && p.last != 0 {
		err = r.in.in.UnreadByte()
		r.in.at--
		if n := len(r.raw); n > 0 && n <= r.in.keep {
			r.raw = r.raw[:n-1]
		}
	}
	return false, err
}

// text reads a string whose opening quotes were read; of a long one, the beginning.
func (r *Reader) text() (string, error) {
	raw := []byte{'"'}
	for escaped := false; ; {
		c, err := r.in.next()
		if err != nil {
			return "", err
		}
		if len(raw) < headerSize {
			raw = append(raw, c)
		}
		if c == '"' && !escaped {
			break
		}
		escaped = c == '\\' && !escaped
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return "", nil
	}
	return s, nil
}

// list reads on with the objects of a list.
func (r *Reader) list() (piece, error) {
	r.in.tee, r.raw, r.listed = nil, nil, true
	first := true
	r.step = func() (piece, error) {
		c, err := r.in.sign()
		if err == nil && c == ',' && !first {
			c, err = r.in.sign()
		}
		first = false
		switch {
		case err != nil:
			return r.fail(err)
		case c == ']':
			return r.after()
		case r.index >= r.limits.Objects:
			return r.fail(problem.New(problem.Invalid, "the input has more than %d objects: send it in parts", r.limits.Objects))
		}
		return r.element(c)
	}
	return r.step()
}

// element reads one object of the list.
func (r *Reader) element(c byte) (piece, error) {
	p, err := r.in.value(c, r.limits.Object, r.piece)
	if err != nil {
		return r.fail(err)
	}
	r.piece, p.raw = p.raw[:0], r.stay(p.raw)
	if p.last == ']' || p.last == '}' {
		r.step = r.after
	}
	p.index = r.index
	r.index++
	return p, nil
}

// stay copies what an object says to where it stays.
func (r *Reader) stay(raw []byte) []byte {
	if len(raw) > slabSize/8 {
		return bytes.Clone(raw)
	}
	if len(r.slab)+len(raw) > cap(r.slab) {
		r.slab = make([]byte, 0, slabSize)
	}
	at := len(r.slab)
	r.slab = append(r.slab, raw...)
	return r.slab[at:len(r.slab):len(r.slab)]
}

// judge decodes an object, or sets it aside.
func (l Limits) judge(p piece) (Object, *Rejected) {
	f := l.fits(p)
	var o Object
	if f == nil {
		o, f = decode(p.raw, l)
	}
	o.Index, o.Offset = p.index, p.start
	if f == nil {
		return o, nil
	}
	x := &Rejected{Index: p.index, Offset: p.start, Type: cut(o.Type), ID: cut(o.ID), Code: f.code, Reason: f.reason, Raw: p.raw}
	if p.large {
		x.Raw = nil
	}
	return o, x
}

// fits says whether a piece is within the limits.
func (l Limits) fits(p piece) *fault {
	switch {
	case p.large:
		return faulty(TooLarge, "it has more than %d bytes", l.Object)
	case !p.object:
		return faulty(NoObject, "it is %q, and no object", cut(strings.TrimSpace(string(p.raw))))
	case p.depth > l.Depth:
		return faulty(TooDeep, "it is nested %d deep, and may be %d", p.depth, l.Depth)
	case p.text > l.Text:
		return faulty(TooLong, "it has a text of %d bytes, and may have %d", p.text, l.Text)
	}
	return nil
}

// after reads what stands behind the list.
func (r *Reader) after() (piece, error) {
	if r.nested {
		return r.members(false)
	}
	return r.finish()
}

// finish ends the reading if nothing stands behind.
func (r *Reader) finish() (piece, error) {
	end, err := r.in.ended()
	switch {
	case err != nil:
		return r.fail(err)
	case !end:
		return r.fail(problem.New(problem.Invalid, "something stands behind the end of the bundle, at byte %d: it was not read", r.in.at))
	}
	return r.fail(io.EOF)
}

// whole reads what stands alone: a bundle without objects, or an object.
func (r *Reader) whole() (piece, error) {
	if typ := r.header["type"]; r.listed || typ == "bundle" || typ == "" {
		if r.odd {
			return r.fail(problem.New(problem.Invalid, "objects is no list: nothing of it was read"))
		}
		return r.finish()
	}
	raw := r.raw
	r.step = r.finish
	p := piece{object: true}
	for i, c := range raw {
		if i < r.limits.Object {
			p.take(c, r.limits.Object)
		}
	}
	p.large = len(raw) > r.limits.Object
	return p, nil
}
