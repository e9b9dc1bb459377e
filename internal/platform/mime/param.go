package mime

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// typed reads a field of the form "value; name=value; ...", with RFC 2231's continued and encoded parameters and RFC 2047's encoded words,
// which many programs write instead. Value and names are in small letters. What is malformed is passed over.
func typed(field string) (value string, params map[string]string) {
	pieces := cutOutside(field, ';')
	value = strings.ToLower(strings.TrimSpace(pieces[0]))
	params = map[string]string{}
	sections := map[string]map[int]section{}
	for _, piece := range pieces[1:min(len(pieces), 100)] {
		name, v, ok := strings.Cut(piece, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if !ok || name == "" {
			continue
		}
		if base, s, ok := sectionOf(name, unquote(v)); ok {
			if sections[base] == nil {
				sections[base] = map[int]section{}
			}
			sections[base][s.number] = s
			continue
		}
		if _, known := params[name]; !known {
			params[name] = decodeWords(unquote(v))
		}
	}
	for name, s := range sections { // the encoded form goes before the plain one
		params[name] = join(s)
	}
	return value, params
}

// cutOutside cuts at a character outside of quotes.
func cutOutside(s string, at byte) (out []string) {
	quoted, start := false, 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quoted:
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == at && !quoted:
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	return append(out, s[start:])
}

// unquote takes the quotes off a parameter. A backslash before anything but a quote or backslash stays: it is a folder of somebody's disk.
func unquote(s string) string {
	s = strings.TrimSpace(s)
	if len(s) < 2 || s[0] != '"' {
		return strings.Trim(s, `"`)
	}
	s = strings.TrimSuffix(s[1:], `"`)
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(s)
}

// section is a piece of a parameter (RFC 2231 §3, §4).
type section struct {
	number  int
	encoded bool
	value   string
}

func sectionOf(name, value string) (base string, s section, ok bool) {
	base, rest, ok := strings.Cut(name, "*")
	if !ok {
		return "", s, false
	}
	s.value = value
	if rest == "" { // name*=charset'language'value
		s.encoded = true
		return base, s, true
	}
	digits, encoded := strings.CutSuffix(rest, "*")
	n, err := strconv.Atoi(digits)
	s.number, s.encoded = n, encoded
	return base, s, err == nil && n >= 0 && n < 1000
}

func join(sections map[int]section) string {
	var raw []byte
	set := ""
	for _, n := range slices.Sorted(maps.Keys(sections)) {
		s := sections[n]
		if !s.encoded {
			raw = append(raw, s.value...)
			continue
		}
		v := s.value
		if n == 0 {
			if f := strings.SplitN(v, "'", 3); len(f) == 3 {
				set, v = f[0], f[2]
			}
		}
		raw = append(raw, percent(v)...)
	}
	text, _ := decodeText(raw, set)
	return text
}

// percent undoes percent signs with two digits behind them; others stay.
func percent(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' {
			if b, ok := hexByte([]byte(s[i+1:])); ok {
				out = append(out, b)
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return out
}
