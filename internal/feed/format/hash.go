package format

// AppendHash appends a fingerprint in the one form in which tools compare them, lower case without colons: 0A:1B becomes 0a1b. A value
// that is no sequence of pairs of hexadecimal digits is appended as it is.
func AppendHash(dst, v []byte) []byte {
	begin := len(dst)
	for i, pairs := 0, len(v) > 2 && v[2] == ':'; i < len(v); i += 2 {
		if pairs && i > 0 {
			if v[i] != ':' {
				return append(dst[:begin], v...)
			}
			i++
		}
		if i+1 >= len(v) || hexLower[v[i]] == 0 || hexLower[v[i+1]] == 0 {
			return append(dst[:begin], v...)
		}
		dst = append(dst, hexLower[v[i]], hexLower[v[i+1]])
	}
	return dst
}

// hexLower gives a hexadecimal digit in lower case, 0 for other bytes.
var hexLower = func() (t [256]byte) {
	for _, c := range "0123456789abcdef" {
		t[c] = byte(c)
	}
	for _, c := range "ABCDEF" {
		t[c] = byte(c) + 'a' - 'A'
	}
	return t
}()
