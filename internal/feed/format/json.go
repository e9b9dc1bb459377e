package format

import "unicode/utf8"

// AppendMember appends "name":"value" to a JSON object being written in dst: the first member opens the object, the caller closes it.
func AppendMember(dst []byte, name string, value []byte) []byte {
	if len(dst) == 0 {
		dst = append(dst, '{')
	} else {
		dst = append(dst, ',')
	}
	dst = AppendJSON(dst, []byte(name))
	return AppendJSON(append(dst, ':'), value)
}

// AppendJSON appends v as a JSON string (RFC 8259 §7); bytes that are no UTF-8 become U+FFFD, since JSON has no other way.
func AppendJSON(dst, v []byte) []byte {
	dst = append(dst, '"')
	for len(v) > 0 {
		c := v[0]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ' || c == 0x7f:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		case c < utf8.RuneSelf:
			dst = append(dst, c)
		default:
			r, n := utf8.DecodeRune(v)
			dst = utf8.AppendRune(dst, r)
			v = v[n:]
			continue
		}
		v = v[1:]
	}
	return append(dst, '"')
}
