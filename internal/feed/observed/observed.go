// Package observed reads bundles of STIX as feeds: what was observed becomes events, one for each machine.
//
// What an object means is read by who knows STIX, which is given to New; this package checks the fields that come of it as every format does, and
// sets aside what cannot be an event, with its place in the input and the reason. What says nothing observed (an indicator by itself, an actor, a
// relationship) is no row, and is counted in no account.
package observed

import (
	"bytes"
	"encoding/binary"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/format"
)

// Field is a field of an event by its name, with its value as it came.
type Field struct{ Name, Value string }

// Row is one observation, or what could be none.
type Row struct {
	Raw    []byte // the object that says it, by which the same again is known
	Nth    int    // of the rows that the object says, from 0
	Offset int64  // of the object in the input
	Fields []Field
	Fault  format.Fault // why it is none
}

// Read finds what a bundle says observed, in its order; objects made after now are set aside. What it gives is good beside an error, which is of the
// rest of the input.
type Read func(data []byte, now time.Time) ([]Row, error)

// Format opens bundles.
type Format struct {
	clock    clock.Clock
	defaults format.Defaults
	read     Read
}

// New makes the format.
func New(c clock.Clock, d format.Defaults, read Read) *Format { return &Format{c, d, read} }

// Name is the format's name in the configuration.
func (*Format) Name() string { return "stix" }

// Open checks that the input begins as JSON does; anything else is problem.Invalid.
func (f *Format) Open(in format.Input) (format.Opened, error) {
	head := bytes.TrimPrefix(in.Head, []byte("\xef\xbb\xbf"))
	if text := bytes.TrimSpace(head); len(text) == 0 || text[0] != '{' && text[0] != '[' {
		return format.Opened{}, problem.New(problem.Invalid, "%s: a bundle of STIX begins with {, this input does not", in.Name)
	}
	d := &decoder{f.defaults, f.clock.Now(), f.read}
	return format.Opened{Decoder: d, Split: format.Whole, Skip: len(in.Head) - len(head), Report: f.defaults.Report}, nil
}

type decoder struct {
	defaults format.Defaults
	now      time.Time
	read     Read
}

// Decode implements format.Decoder.
func (d *decoder) Decode(part format.Part, b *event.Batch) (used int, err error) {
	part.TakeRejects(b)
	if len(part.Data) == 0 {
		return 0, nil
	}
	list, bad := d.read(part.Data, d.now)
	rows := format.NewRows(b, d.defaults, format.WindowAt(d.now))
	for i := range list {
		r := &list[i]
		rej := event.Reject{Line: part.Line + lines(part.Data, r.Offset), Offset: part.Offset + r.Offset, Length: len(r.Raw)}
		rows.Begin(key(r))
		rows.End(fill(rows, r), rej)
	}
	if bad != nil {
		b.Reject(event.Reject{Line: part.Line, Offset: part.Offset, Length: len(part.Data), Code: event.RejectSyntax, Reason: bad.Error()})
	}
	return len(part.Data), nil
}

// lines counts the lines before a place.
func lines(data []byte, offset int64) int64 {
	return int64(bytes.Count(data[:min(max(offset, 0), int64(len(data)))], []byte{'\n'}))
}

// key is what tells rows apart: the object, and which of its rows.
func key(r *Row) []byte { return binary.AppendUvarint(bytes.Clone(r.Raw), uint64(r.Nth)) } //nolint:gosec // from 0

// fill sets the fields of the row begun.
func fill(rows *format.Rows, r *Row) format.Fault {
	if !r.Fault.OK() {
		return r.Fault
	}
	for _, f := range r.Fields {
		if fault := set(rows, f); !fault.OK() {
			return fault
		}
	}
	for _, name := range []string{event.FieldSourceIP, event.FieldSourceFQDN, event.FieldSourceURL, event.FieldDestIP, event.FieldDestFQDN, event.FieldDestURL} {
		if rows.Has(name) {
			return format.Fault{}
		}
	}
	return format.Fault{Code: event.RejectMissing, Reason: "it names no address, domain name or URL"}
}

// set sets one; a URL brings its host along.
func set(rows *format.Rows, f Field) format.Fault {
	switch f.Name {
	case event.FieldSourceURL:
		return rows.SetURL("source", []byte(f.Value))
	case event.FieldDestURL:
		return rows.SetURL("destination", []byte(f.Value))
	}
	return rows.Set(f.Name, []byte(f.Value))
}
