package mime

import (
	"bytes"
	"strings"
)

// decodeBody undoes a transfer encoding (RFC 2045 §6). What is broken is read as far as it goes.
func (p *parser) decodeBody(e *entity) []byte {
	clean := true
	out := e.body
	switch encoding := strings.ToLower(strings.Trim(e.header.Get("Content-Transfer-Encoding"), " \t\"';")); encoding {
	case "", "7bit", "8bit", "binary":
	case "base64":
		out, clean = decodeBase64(e.body)
	case "quoted-printable":
		out, clean = decodeQuoted(e.body, false)
	case "x-uuencode", "uuencode", "x-uue":
		var found []uuFile
		if found, _ = findUU(e.body, 1); len(found) == 1 {
			out, clean = found[0].body, found[0].clean
		} else {
			clean = false
		}
	default:
		p.fault(EncodingOdd, e.path, encoding)
	}
	if !clean {
		p.fault(EncodingBad, e.path, "")
	}
	return out
}

// decodeQuoted reads quoted-printable (RFC 2045 §6.7); an equals sign that means nothing stays. In a word of a header nothing ends a line.
func decodeQuoted(in []byte, word bool) (out []byte, clean bool) {
	clean = true
	out = make([]byte, 0, len(in))
	for len(in) > 0 {
		i := bytes.IndexByte(in, '=')
		if i < 0 {
			return append(out, in...), clean
		}
		out = append(out, in[:i]...)
		in = in[i+1:]
		if n := softBreak(in); !word && n >= 0 {
			in = in[n:]
			continue
		}
		if b, ok := hexByte(in); ok {
			out, in = append(out, b), in[2:]
			continue
		}
		out, clean = append(out, '='), false
	}
	return out, clean
}

// softBreak returns how many bytes after an equals sign make the end of a line, -1 if they do not.
func softBreak(in []byte) int {
	n := len(in) - len(bytes.TrimLeft(in, " \t"))
	switch rest := in[n:]; {
	case len(rest) == 0:
		return n
	case rest[0] == '\n':
		return n + 1
	case len(rest) > 1 && rest[0] == '\r' && rest[1] == '\n':
		return n + 2
	}
	return -1
}

func hexByte(in []byte) (byte, bool) {
	if len(in) < 2 {
		return 0, false
	}
	hi, lo := hexDigit(in[0]), hexDigit(in[1])
	return byte(hi<<4 | lo), hi >= 0 && lo >= 0 //nolint:gosec // four bits each
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}

// uuFile is a file that stands uuencoded in a text.
type uuFile struct {
	name  string
	body  []byte
	clean bool
}

// findUU takes uuencoded files out of a text, and returns what is left of that.
func findUU(text []byte, most int) (found []uuFile, rest []byte) {
	for len(text) > 0 {
		l := firstLine(text)
		if name, ok := uuBegin(l); ok && len(found) < most && uuLine(firstLine(afterLine(text))) {
			var f uuFile
			f, text = readUU(name, afterLine(text))
			found = append(found, f)
			continue
		}
		next := afterLine(text)
		rest = append(rest, text[:len(text)-len(next)]...)
		text = next
	}
	return found, rest
}

// uuBegin reads the line that begins a file: "begin 644 name".
func uuBegin(l []byte) (name string, ok bool) {
	f := strings.SplitN(string(l[:min(len(l), 300)]), " ", 3)
	if len(f) != 3 || f[0] != "begin" || len(f[1]) < 3 || len(f[1]) > 4 || strings.Trim(f[1], "01234567") != "" {
		return "", false
	}
	return strings.TrimSpace(f[2]), f[2] != ""
}

// uuLine tells whether a line has the length that its first character says; programs differ in the padding.
func uuLine(l []byte) bool {
	if len(l) == 0 || l[0] < ' ' || l[0] > '`' {
		return false
	}
	groups := (int(l[0]-' ')&63 + 2) / 3
	return len(l) >= 1+groups*4-2 && len(l) <= 1+groups*4+2
}

func readUU(name string, text []byte) (f uuFile, rest []byte) {
	f = uuFile{name: name, clean: true}
	for len(text) > 0 {
		l := firstLine(text)
		text = afterLine(text)
		if string(bytes.TrimSpace(l)) == "end" {
			return f, text
		}
		if len(l) == 0 {
			continue
		}
		if !uuLine(l) {
			f.clean = false
			continue
		}
		f.body = appendUU(f.body, l)
	}
	f.clean = false
	return f, text
}

func appendUU(out, l []byte) []byte {
	n := int(l[0]-' ') & 63
	l = l[1:]
	for n > 0 {
		var q [4]byte
		for i := range q {
			if i < len(l) && l[i] >= ' ' {
				q[i] = (l[i] - ' ') & 63
			}
		}
		l = l[min(4, len(l)):]
		three := []byte{q[0]<<2 | q[1]>>4, q[1]<<4 | q[2]>>2, q[2]<<6 | q[3]}
		out = append(out, three[:min(3, n)]...)
		n -= 3
	}
	return out
}
