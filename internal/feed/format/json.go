package format

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/event"
)

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

// Limits of a JSON record.
const (
	maxDepth   = 16
	maxMembers = 10000
)

// Flatten reads one JSON object and calls each with every member, in order: names of members within objects joined by dots; texts
// unquoted, numbers, true and false as they came, arrays as JSON text; null is passed over. Refused: bytes that are no UTF-8 (RFC 8259
// §8.1), anything that is not exactly one object, a member given twice, nesting beyond 16, more than 10,000 members.
func Flatten(data []byte, each func(name string, value []byte)) Fault {
	if f := Text("the record", data); !f.OK() {
		return f
	}
	f := flattener{each: each, seen: map[string]bool{}}
	if err := f.object("", data, 0); err != nil {
		return Fault{event.RejectSyntax, err.Error()}
	}
	return Fault{}
}

type flattener struct {
	each func(string, []byte)
	seen map[string]bool
}

func (f *flattener) object(prefix string, data []byte, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("objects are nested deeper than %d", maxDepth)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return errors.New("this is no JSON object")
	}
	for dec.More() {
		t, err := dec.Token()
		key, isText := t.(string)
		if err != nil || !isText {
			return errors.New("this is no JSON object")
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return fmt.Errorf("after %q: %w", key, err)
		}
		if err := f.member(prefix+key, raw, depth); err != nil {
			return err
		}
	}
	if _, err := dec.Token(); err != nil {
		return errors.New("the JSON object is not closed")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something stands after the JSON object")
	}
	return nil
}

func (f *flattener) member(name string, raw json.RawMessage, depth int) error {
	if raw[0] == '{' {
		return f.object(name+".", raw, depth+1)
	}
	if f.seen[name] {
		return fmt.Errorf("%.60q is given twice", name)
	}
	if f.seen[name] = true; len(f.seen) > maxMembers {
		return fmt.Errorf("more than %d members", maxMembers)
	}
	switch raw[0] {
	case 'n':
	case '"':
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return fmt.Errorf("%.60q: %w", name, err)
		}
		f.each(name, []byte(s))
	case '[':
		var b bytes.Buffer
		if err := json.Compact(&b, raw); err != nil {
			return fmt.Errorf("%.60q: %w", name, err)
		}
		f.each(name, b.Bytes())
	default:
		f.each(name, raw)
	}
	return nil
}
