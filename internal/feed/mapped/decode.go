package mapped

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/format"
)

type decoder struct {
	format  *Format
	kind    string
	comma   byte
	now     time.Time
	window  format.Window
	columns []string
	ours    bool // a table that says how to handle its rows
}

// Decode implements format.Decoder.
func (d *decoder) Decode(part format.Part, b *event.Batch) (used int, err error) {
	part.TakeRejects(b)
	rows := format.NewRows(b, d.format.config.Defaults, d.window)
	if d.format.config.AssumeTime {
		rows.AssumeTime(d.now)
	}
	switch d.kind {
	case "csv":
		return d.csv(part, b, rows), nil
	case "jsonl":
		format.EachLine(part, b, d.format.config.Limit, func(line []byte, rej event.Reject) { d.object(rows, line, rej) })
	default:
		d.document(part, b, rows)
	}
	return len(part.Data), nil
}

func (d *decoder) csv(part format.Part, b *event.Batch, rows *format.Rows) (used int) {
	scan := format.NewScanner(d.comma, d.format.config.Limit)
	scan.Reset(part)
	for {
		switch scan.Next() {
		case format.End:
			return len(part.Data)
		case format.Cut:
			return scan.Start()
		case format.Bad:
			b.Reject(scan.Failure())
		case format.Record:
			cells := scan.Fields()
			if len(cells) != len(d.columns) {
				b.Reject(scan.Reject(event.RejectFields, fmt.Sprintf("the row has %d cells, not %d", len(cells), len(d.columns))))
				continue
			}
			rows.Begin(scan.Raw())
			var fault format.Fault
			for i := 0; i < len(cells) && fault.OK(); i++ {
				fault = d.set(rows, d.columns[i], cells[i])
			}
			d.end(rows, fault, scan.Reject("", ""))
		}
	}
}

func (d *decoder) object(rows *format.Rows, raw []byte, rej event.Reject) {
	rows.Begin(raw)
	var fault format.Fault
	broken := format.Flatten(raw, func(name string, v []byte) {
		if fault.OK() {
			fault = d.set(rows, name, v)
		}
	})
	if !broken.OK() {
		fault = broken
	}
	d.end(rows, fault, rej)
}

func (d *decoder) end(rows *format.Rows, fault format.Fault, rej event.Reject) {
	for _, field := range d.format.config.Required {
		if fault.OK() && !rows.Has(field) {
			fault = format.Fault{Code: event.RejectMissing, Reason: "there is no " + field + ", which the mapping requires"}
		}
	}
	rows.End(fault, rej)
}

// set gives the field that a column or path is mapped to its value.
func (d *decoder) set(rows *format.Rows, name string, v []byte) format.Fault {
	field, mapped := d.format.config.Fields[name]
	switch {
	case field == "-" || len(v) == 0:
		return format.Fault{}
	case !mapped && d.ours && slices.Contains(handling, name):
		return rows.Set(name, v)
	case !mapped:
		return rows.Set(event.ExtraPrefix+name, v)
	case strings.HasSuffix(field, ".url") && bytes.Contains(v, []byte("://")):
		return rows.SetURL(strings.TrimSuffix(field, ".url"), v)
	}
	if f, ok := event.FieldByName(field); ok && f.Kind == event.Time {
		if t, ok := d.time(string(v)); ok {
			return rows.SetTime(field, t)
		}
	}
	return rows.Set(field, v)
}

// time reads a time by the layouts of the mapping.
func (d *decoder) time(v string) (time.Time, bool) {
	for _, layout := range d.format.config.Times {
		switch layout {
		case "unix", "unixms":
			x, err := strconv.ParseFloat(v, 64)
			if err != nil || !(x >= 0 && x <= 1e14) { // NaN is neither
				continue
			}
			if layout == "unix" {
				x *= 1000
			}
			return time.UnixMilli(int64(x)), true
		default:
			if t, err := time.ParseInLocation(layout, v, d.format.zone); err == nil && knownZone(t, d.format.zone) {
				return t, true
			}
		}
	}
	if n, ok := format.ParseUint([]byte(v)); ok && len(v) == 10 {
		return time.Unix(n, 0), true
	} else if ok && len(v) == 13 {
		return time.UnixMilli(n), true
	}
	if len(v) == len(time.DateTime) && d.format.zone != time.UTC {
		t, err := time.ParseInLocation(time.DateTime, strings.Replace(v, "T", " ", 1), d.format.zone)
		return t, err == nil
	}
	return time.Time{}, false
}

// knownZone is false for what Go makes of a zone's name that zone does not have: that name, with no offset.
func knownZone(t time.Time, zone *time.Location) bool {
	name, offset := t.Zone()
	return offset != 0 || t.Location() == zone || t.Location() == time.UTC || name == "GMT" || name == ""
}

// document reads the objects of one JSON document.
func (d *decoder) document(part format.Part, b *event.Batch, rows *format.Rows) {
	dec := json.NewDecoder(bytes.NewReader(part.Data))
	whole := event.Reject{Line: part.Line, Offset: part.Offset, Length: len(part.Data), Code: event.RejectSyntax}
	path := d.format.config.Records
	if part.Exact {
		path = "" // one record that is read once more
	}
	single, err := descend(dec, path)
	if err != nil {
		whole.Reason = "no JSON array of records where the mapping says: " + err.Error()
		b.Reject(whole)
		return
	}
	if single {
		d.object(rows, bytes.TrimSpace(part.Data), whole)
		return
	}
	for line, seen := part.Line, int64(0); dec.More(); {
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			at := dec.InputOffset()
			b.Reject(event.Reject{
				Line: line, Offset: part.Offset + at, Length: len(part.Data) - int(at), Code: event.RejectSyntax,
				Reason: "the JSON ends here being read: " + err.Error(),
			})
			return
		}
		begin := dec.InputOffset() - int64(len(raw))
		line += int64(bytes.Count(part.Data[seen:begin], []byte{'\n'}))
		seen = begin
		d.object(rows, raw, event.Reject{Line: line, Offset: part.Offset + begin, Length: len(raw)})
	}
	at := dec.InputOffset()
	if err := closed(dec, path); err != nil {
		whole.Line += int64(bytes.Count(part.Data[:at], []byte{'\n'}))
		whole.Offset, whole.Length = part.Offset+at, len(part.Data)-int(at)
		whole.Reason = "the JSON is not whole after its last record: " + err.Error()
		b.Reject(whole)
	}
}

// closed reads what comes after the last record: a document that is cut between two records looks whole until then.
func closed(dec *json.Decoder, path string) error {
	for depth := 1 + strings.Count(path, ".") + min(1, len(path)); ; {
		t, err := dec.Token()
		switch {
		case errors.Is(err, io.EOF) && depth == 0:
			return nil
		case errors.Is(err, io.EOF):
			return io.ErrUnexpectedEOF
		case err != nil:
			return err
		case depth == 0:
			return fmt.Errorf("%.60v stands after the document", t)
		case t == json.Delim('[') || t == json.Delim('{'):
			depth++
		case t == json.Delim(']') || t == json.Delim('}'):
			depth--
		}
	}
}

// descend leads the reader into the array at path; single tells that the document is one object and no path was asked for.
func descend(dec *json.Decoder, path string) (single bool, err error) {
	t, err := dec.Token()
	if err != nil {
		return false, err
	}
	for name := range strings.SplitSeq(path, ".") {
		if path == "" {
			break
		}
		if t != json.Delim('{') {
			return false, fmt.Errorf("nothing at %q", name)
		}
		if err := find(dec, name); err != nil {
			return false, err
		}
		if t, err = dec.Token(); err != nil {
			return false, err
		}
	}
	if t == json.Delim('{') && path == "" {
		return true, nil
	}
	if t != json.Delim('[') {
		return false, fmt.Errorf("%v stands there", t)
	}
	return false, nil
}

// find passes members until the one called name.
func find(dec *json.Decoder, name string) error {
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return err
		}
		if t == name {
			return nil
		}
		var skip json.RawMessage
		if err := dec.Decode(&skip); err != nil {
			return err
		}
	}
	return fmt.Errorf("no member %q", name)
}
