// Package intelmq reads events as IntelMQ writes them: one JSON object a line, IntelMQ's field names as keys.
//
// Typed fields are checked; a line with a wrong value is set aside. Keys that are no field, and everything within `extra`, are kept as
// extra.<name>, nested objects flattened with dots, arrays as JSON text. A key given twice sets the line aside. Classification types of
// IntelMQ that are none of RSIT are mapped (format.TypeOf), with the original in extra.classification_type. What a line says of fields
// that Firehall writes itself (feed.name, attribution.*, time.arrival, ...) is kept in extra. time.observation stands in for a
// missing time.source.
package intelmq

import (
	"bytes"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/format"
)

// Format opens IntelMQ's JSON lines.
type Format struct {
	clock    clock.Clock
	defaults format.Defaults
	limit    int
}

// New makes the format. limit is the longest line in bytes, 0 for the default.
func New(c clock.Clock, d format.Defaults, limit int) *Format {
	return &Format{clock: c, defaults: d, limit: limit}
}

// Name is the format's name in the configuration.
func (*Format) Name() string { return "intelmq" }

// Open checks that the input begins with a JSON object; anything else is problem.Invalid.
func (f *Format) Open(in format.Input) (format.Opened, error) {
	head := bytes.TrimPrefix(in.Head, []byte("\xef\xbb\xbf"))
	if trimmed := bytes.TrimSpace(head); len(trimmed) > 0 && trimmed[0] != '{' {
		return format.Opened{}, problem.New(problem.Invalid, "%s: IntelMQ's JSON lines begin with {, this input does not", in.Name)
	}
	return format.Opened{
		Decoder: &decoder{defaults: f.defaults, window: format.WindowAt(f.clock.Now()), limit: f.limit},
		Split:   format.Lines, Skip: len(in.Head) - len(head), Report: f.defaults.Report,
	}, nil
}

type decoder struct {
	defaults format.Defaults
	window   format.Window
	limit    int
}

// Decode implements format.Decoder.
func (d *decoder) Decode(part format.Part, b *event.Batch) (used int, err error) {
	part.TakeRejects(b)
	rows := format.NewRows(b, d.defaults, d.window)
	format.EachLine(part, b, d.limit, func(line []byte, rej event.Reject) {
		rows.Begin(line)
		rows.End(object(rows, line), rej)
	})
	return len(part.Data), nil
}

// object sets the row's fields from one line.
func object(rows *format.Rows, line []byte) format.Fault {
	var fault format.Fault
	var observed []byte
	broken := format.Flatten(line, func(name string, v []byte) {
		if name == "time.observation" {
			observed = v
		}
		if name == "classification.taxonomy" || !fault.OK() {
			return // the class follows from the type
		}
		fault = rows.Set(name, v)
	})
	if !broken.OK() {
		return broken
	}
	if fault.OK() && !rows.Has(event.FieldTime) {
		fault = rows.Set(event.FieldTime, observed)
	}
	return fault
}
