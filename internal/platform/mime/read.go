package mime

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strconv"
	"strings"
)

// Read takes a mail apart. What a mail holds is never an error; the only errors are those of r, given back with what was read before.
func Read(r io.Reader, l Limits) (*Message, error) {
	l = l.whole()
	raw, err := io.ReadAll(io.LimitReader(r, l.Size+1))
	return parse(raw, l), err
}

func parse(raw []byte, l Limits) *Message {
	p := &parser{limits: l}
	if int64(len(raw)) > l.Size {
		raw = raw[:l.Size]
		p.fault(TooLarge, "", strconv.FormatInt(l.Size, 10)+" bytes are read")
	}
	return p.message(p.entity(raw, "", 0))
}

// whole fills what is zero.
func (l Limits) whole() Limits {
	d := DefaultLimits()
	l.Size = or(l.Size, d.Size)
	for _, f := range []struct{ given, otherwise *int }{
		{&l.Header, &d.Header},
		{&l.Fields, &d.Fields},
		{&l.Parts, &d.Parts},
		{&l.Depth, &d.Depth},
		{&l.Addresses, &d.Addresses},
		{&l.Name, &d.Name},
		{&l.Text, &d.Text},
		{&l.Faults, &d.Faults},
	} {
		*f.given = or(*f.given, *f.otherwise)
	}
	return l
}

func or[T int | int64](given, otherwise T) T {
	if given > 0 {
		return given
	}
	return otherwise
}

// parser counts what one mail costs, and keeps its faults.
type parser struct {
	limits Limits
	parts  int
	faults []Fault
}

func (p *parser) fault(code FaultCode, where, what string) {
	f := Fault{code, where, cutText(line(what), 200)}
	if len(p.faults) > 0 && p.faults[len(p.faults)-1] == f || len(p.faults) >= p.limits.Faults {
		return
	}
	p.faults = append(p.faults, f)
}

// entity is a mail or a part of one: a header and a body (RFC 2045 §2.4). Raw and body are slices of the mail.
type entity struct {
	path     string
	raw      []byte // header and body, as signatures want them
	header   Header
	body     []byte // not decoded
	kind     string // media type in small letters
	params   map[string]string
	attached bool   // Content-Disposition says so
	name     string // file name, as claimed
	children []*entity
}

func (p *parser) entity(raw []byte, path string, depth int) *entity {
	p.parts++
	head, body := splitHeader(raw)
	if len(head) == 0 && depth == 0 && len(body) > 0 {
		p.fault(HeaderMissing, path, "")
	}
	e := &entity{path: path, raw: raw, body: body, header: p.header(head, path)}
	e.describe()
	if strings.HasPrefix(e.kind, "multipart/") {
		p.divide(e, depth)
	}
	return e
}

// describe reads what the header says of the body. Without a type, or with one that is none, it is plain text (RFC 2045 §5.2).
func (e *entity) describe() {
	e.kind, e.params = typed(e.header.Get("Content-Type"))
	if main, sub, ok := strings.Cut(e.kind, "/"); !ok || main == "" || sub == "" || strings.ContainsAny(e.kind, " \t,") {
		e.kind = "text/plain"
	}
	disposition, params := typed(e.header.Get("Content-Disposition"))
	e.attached = disposition == "attachment"
	if e.name = params["filename"]; e.name == "" {
		e.name = e.params["name"]
	}
}

// divide takes a body apart. One that cannot be stays without children.
func (p *parser) divide(e *entity, depth int) {
	if depth >= p.limits.Depth {
		p.fault(TooDeep, e.path, "")
		return
	}
	boundary := e.params["boundary"]
	if boundary == "" {
		p.fault(NoBoundary, e.path, "")
		if boundary = guessBoundary(e.body); boundary == "" {
			return
		}
	}
	pieces, whole := multipart(e.body, boundary, p.limits.Parts-p.parts)
	if !whole {
		p.unfinished(e, len(pieces))
	}
	for i, raw := range pieces {
		if p.parts >= p.limits.Parts {
			p.fault(TooManyParts, e.path, "")
			return
		}
		e.children = append(e.children, p.entity(raw, below(e.path, i+1), depth+1))
	}
}

func (p *parser) unfinished(e *entity, found int) {
	switch {
	case found == 0:
		p.fault(NoBoundary, e.path, "")
	case p.parts+found >= p.limits.Parts:
		p.fault(TooManyParts, e.path, "")
	default:
		p.fault(NoEnd, e.path, "")
	}
}

func below(path string, n int) string {
	if path == "" {
		return strconv.Itoa(n)
	}
	return path + "." + strconv.Itoa(n)
}

// depth is how deep a part stands.
func (e *entity) depth() int {
	if e.path == "" {
		return 0
	}
	return 1 + strings.Count(e.path, ".")
}

// message makes a Message of an entity that is a whole mail.
func (p *parser) message(e *entity) *Message {
	m := &Message{Raw: e.raw, Header: e.header, limits: p.limits, root: e}
	p.people(m)
	m.Subject = cutText(Text(e.header.Get("Subject")), 1000)
	if id := ids(e.header.Values("Message-Id")); len(id) > 0 {
		m.MessageID = id[0]
	}
	m.InReplyTo, m.References = ids(e.header.Values("In-Reply-To")), ids(e.header.Values("References"))
	if v := e.header.Get("Date"); v != "" {
		var ok bool
		if m.Date, ok = Date(v); !ok {
			p.fault(DateBroken, "", v)
		}
	}
	p.fill(m, e)
	m.Auto = classify(m)
	m.Faults = p.faults
	return m
}

func (p *parser) people(m *Message) {
	m.From = p.addresses(m.Header, "From")
	m.Sender, m.ReplyTo = p.addresses(m.Header, "Sender"), p.addresses(m.Header, "Reply-To")
	m.To, m.Cc = p.addresses(m.Header, "To"), p.addresses(m.Header, "Cc")
	switch {
	case len(m.From) == 0:
		p.fault(NoFrom, "", "")
	case len(m.From) > 1 || len(m.Header.Values("From")) > 1:
		p.fault(SeveralFrom, "", "")
	}
}

// fill sets what comes from the body.
func (p *parser) fill(m *Message, e *entity) {
	b := &builder{parser: p, message: m}
	blocks := b.collect(e)
	m.Text, m.HTML = p.show(blocks)
	b.finish()
}

// Author is the one address in From; false if there is none, or several, so that nobody can be held to the mail.
func (m *Message) Author() (Address, bool) {
	if len(m.From) != 1 || len(m.Header.Values("From")) != 1 {
		return Address{}, false
	}
	return m.From[0], true
}

// cutText cuts a text to so many bytes at a character's end.
func cutText(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return string(bytes.ToValidUTF8([]byte(s[:most]), nil))
}

// Digest names a mail: the same one, come again by another way or with other trace fields, has the same. It covers the Message-ID, From, Date,
// Subject and the body's bytes.
func (m *Message) Digest() string {
	h := sha256.New()
	for _, name := range []string{"Message-Id", "From", "Date", "Subject"} {
		for _, v := range m.Header.Values(name) {
			h.Write([]byte(name + ":" + v + "\n"))
		}
	}
	if m.root != nil {
		h.Write(bytes.TrimRight(canonical(m.root.body), "\r\n"))
	}
	return hex.EncodeToString(h.Sum(nil))
}
