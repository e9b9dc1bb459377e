package convert

import (
	"github.com/firehall/firehall/internal/release/leak"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// Became is what became of a field in a copy.
type Became string

// What becomes of fields that do not stay as they are.
const (
	Removed  Became = "removed"
	Replaced Became = "replaced" // a pseudonym stands for it
	Cleaned  Became = "cleaned"  // names were taken out of its text
)

// Change is what became of one field of an object that is in a copy.
type Change struct {
	Object string `json:"object"` // id, in the copy
	Type   string `json:"type"`
	Field  string `json:"field"` // as package redact knows it: mostly the property of STIX
	Became Became `json:"became"`
	Now    string `json:"now,omitempty"` // what stands there
}

// note keeps what became of a field, if it is not as it was.
func (w *writer) note(s slot, now string) {
	c := Change{Field: s.field.Name, Now: now, Became: Cleaned}
	switch {
	case now == s.field.Value:
		return
	case now == "":
		c.Became = Removed
	case s.field.Kind != leak.Text:
		c.Became = Replaced
	}
	w.fields = append(w.fields, c)
}

// changed puts what was noted of an object into the copy, under the id that it has there.
func (w *writer) changed(h *stix.Head) {
	for _, c := range w.fields {
		c.Object, c.Type = h.ID, h.Type
		w.out.Changed = append(w.out.Changed, c)
	}
}
