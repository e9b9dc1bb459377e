package format

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/event"
)

// Clean tells whether data holds neither NUL nor invalid UTF-8, so that its fields need no look of their own.
func Clean(data []byte) bool {
	return utf8.Valid(data) && bytes.IndexByte(data, 0) < 0
}

const hexDigits = "0123456789abcdef"

// Text tells what keeps v, the value of what is called name, from being a text; each byte of a text is kept as it came.
func Text(name string, v []byte) Fault {
	switch {
	case bytes.IndexByte(v, 0) >= 0:
		return Fault{event.RejectNUL, name + " holds a NUL byte, which no text has"}
	case !utf8.Valid(v):
		return Fault{event.RejectUTF8, fmt.Sprintf("%s: %.60q is no UTF-8: ask the source for it, or convert the file", name, Escape(v))}
	}
	return Fault{}
}

// Escape gives v with each byte that is no valid UTF-8 written as \xNN, for messages; valid text comes back as it is.
func Escape(v []byte) []byte {
	if utf8.Valid(v) {
		return v
	}
	out := make([]byte, 0, len(v)+12)
	for len(v) > 0 {
		r, n := utf8.DecodeRune(v)
		if r == utf8.RuneError && n == 1 {
			out = append(append(out, `\x`...), hexDigits[v[0]>>4], hexDigits[v[0]&15])
		} else {
			out = append(out, v[:n]...)
		}
		v = v[n:]
	}
	return out
}

// AppendLower appends v with ASCII letters in lower case.
func AppendLower(dst, v []byte) []byte {
	for _, c := range v {
		if c-'A' < 26 {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

// Domain gives v as a domain name: lower case, no port, no trailing dot. ok is false when v is no name of at least two labels
// (RFC 1123 §2.1, underscore allowed), an address for one. The result may lie in dst.
func Domain(dst, v []byte) (name []byte, ok bool) {
	if n := bytes.LastIndexByte(v, ':'); n > 0 {
		if _, port := ParseUint(v[n+1:]); port {
			v = v[:n]
		}
	}
	v = bytes.TrimSuffix(v, []byte{'.'})
	if len(v) > 253 || bytes.IndexByte(v, '.') < 0 {
		return nil, false
	}
	label, letters := 0, false
	for i, c := range v {
		switch {
		case c == '.':
			if label == 0 || v[i-1] == '-' {
				return nil, false
			}
			label, letters = 0, false
			continue
		case c-'0' <= 9 || c == '_' || c >= utf8.RuneSelf:
		case c|0x20-'a' < 26:
			letters = true
		case c == '-' && label > 0:
		default:
			return nil, false
		}
		if c >= utf8.RuneSelf {
			letters = true
		}
		if label++; label > 63 {
			return nil, false
		}
	}
	// A last label without a letter is an address.
	if label == 0 || !letters || v[len(v)-1] == '-' {
		return nil, false
	}
	return AppendLower(dst, v), true
}
