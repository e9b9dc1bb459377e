package mime

import "strings"

// Field is one field of a header.
type Field struct {
	Name  string // as written
	Value string // unfolded, not decoded
}

// Header is the fields of a header in their order.
type Header []Field

// Get returns the first field of a name, "" if there is none. It is not decoded, see Text.
func (h Header) Get(name string) string {
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// Values returns all fields of a name.
func (h Header) Values(name string) (out []string) {
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			out = append(out, f.Value)
		}
	}
	return out
}

// Has tells whether there is a field of a name.
func (h Header) Has(name string) bool {
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			return true
		}
	}
	return false
}
