package mime

import (
	"bytes"
)

// splitHeader cuts a mail, or a part, into its header and its body, which are slices of it. Where there is no header at all the whole is body.
func splitHeader(raw []byte) (header, body []byte) {
	if i := blankLine(raw); i >= 0 {
		return raw[:i], afterLine(raw[i:])
	}
	if isField(firstLine(raw)) {
		return raw, nil
	}
	return nil, raw
}

// blankLine returns where the first empty line begins, -1 if there is none.
func blankLine(raw []byte) int {
	for at := 0; at < len(raw); {
		if raw[at] == '\n' || raw[at] == '\r' && at+1 < len(raw) && raw[at+1] == '\n' {
			return at
		}
		n := bytes.IndexByte(raw[at:], '\n')
		if n < 0 {
			return -1
		}
		at += n + 1
	}
	return -1
}

// afterLine is what follows the first line.
func afterLine(b []byte) []byte {
	if n := bytes.IndexByte(b, '\n'); n >= 0 {
		return b[n+1:]
	}
	return nil
}

func firstLine(b []byte) []byte {
	if n := bytes.IndexByte(b, '\n'); n >= 0 {
		b = b[:n]
	}
	return bytes.TrimSuffix(b, []byte("\r"))
}

// isField tells whether a line begins a header field (RFC 5322 §2.2); blanks before the colon are forgiven.
func isField(line []byte) bool {
	name, _, ok := bytes.Cut(line, []byte(":"))
	name = bytes.TrimRight(name, " \t")
	if !ok || len(name) == 0 || len(name) > 200 {
		return false
	}
	for _, c := range name {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}

// header reads the fields of a header.
func (p *parser) header(raw []byte, where string) Header {
	if len(raw) > p.limits.Header {
		raw = raw[:p.limits.Header]
		p.fault(HeaderTooBig, where, "")
	}
	var h Header
	broken := false
	for line := range bytes.Lines(raw) {
		line = bytes.TrimRight(line, "\r\n")
		switch {
		case len(line) > 0 && (line[0] == ' ' || line[0] == '\t') && len(h) > 0:
			h[len(h)-1].Value += " " + p.readable(bytes.TrimSpace(line), where)
		case !isField(line):
			broken = broken || len(h) > 0 || !bytes.HasPrefix(line, []byte("From ")) // an mbox begins so
		case len(h) == p.limits.Fields:
			p.fault(HeaderTooBig, where, "")
			return h
		default:
			name, value, _ := bytes.Cut(line, []byte(":"))
			h = append(h, Field{string(bytes.TrimRight(name, " \t")), p.readable(bytes.TrimSpace(value), where)})
		}
	}
	if broken {
		p.fault(HeaderBroken, where, "")
	}
	return h
}

// readable makes characters of the bytes of a header: UTF-8 (RFC 6532), else what they are in most old mail.
func (p *parser) readable(b []byte, where string) string {
	if ascii(b) {
		return string(b)
	}
	s, ok := utf8Or1252(b)
	if !ok {
		p.fault(HeaderJunk, where, "")
	}
	return s
}

// multipart cuts a body into its parts at the lines of a boundary. Parts are slices of the body without the line end before the boundary
// (RFC 2046 §5.1.1). whole tells whether the end was found.
func multipart(body []byte, boundary string, most int) (parts [][]byte, whole bool) {
	mark := []byte("--" + boundary)
	start := -1
	for at := 0; at >= 0 && at < len(body); {
		i := nextMark(body, mark, at)
		if i < 0 {
			break
		}
		if start >= 0 {
			parts = append(parts, trimEnd(body[start:i]))
		}
		rest := body[i+len(mark):]
		if bytes.HasPrefix(rest, []byte("--")) {
			return parts, true
		}
		if len(parts) >= most {
			return parts, false
		}
		n := bytes.IndexByte(rest, '\n')
		if n < 0 {
			return parts, false
		}
		start = i + len(mark) + n + 1
		at = start
	}
	if start >= 0 {
		parts = append(parts, body[start:])
	}
	return parts, false
}

// nextMark returns where the next line begins that is the mark, with blanks or the sign of the end after it.
func nextMark(body, mark []byte, at int) int {
	for at <= len(body)-len(mark) {
		i := bytes.Index(body[at:], mark)
		if i < 0 {
			return -1
		}
		i += at
		if (i == 0 || body[i-1] == '\n') && endsMark(firstLine(body[i+len(mark):])) {
			return i
		}
		at = i + len(mark)
	}
	return -1
}

func endsMark(rest []byte) bool {
	return len(bytes.Trim(bytes.TrimPrefix(rest, []byte("--")), " \t")) == 0
}

// trimEnd takes the line end away that belongs to the boundary behind it.
func trimEnd(b []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
}

// guessBoundary finds the boundary of a body whose header does not tell it: the first line that begins like one.
func guessBoundary(body []byte) string {
	for n, at := 0, body; n < 50 && len(at) > 0; n, at = n+1, afterLine(at) {
		line := bytes.TrimRight(firstLine(at), " \t")
		if len(line) > 2 && len(line) < 80 && bytes.HasPrefix(line, []byte("--")) && !bytes.HasPrefix(line, []byte("-----BEGIN")) {
			return string(line[2:])
		}
	}
	return ""
}
