// Package list reads plain lists: one address, domain or URL a line, as blocklists are published.
//
// What follows white space, a comma, a semicolon or # on a line is a remark and kept in extra.remark; lines that begin with #, ; or // are
// comments. What an item is shows itself: a URL has a scheme, an address is an address, the rest must be a domain name. A network (CIDR)
// is set aside: an event is about one machine. Lists bring no time, so the time is that of opening.
package list

import (
	"bytes"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/format"
)

// Format opens plain lists.
type Format struct {
	clock    clock.Clock
	defaults format.Defaults
	limit    int
}

// New makes the format; what the items mean stands in the defaults. limit is the longest line in bytes, 0 for the default.
func New(c clock.Clock, d format.Defaults, limit int) *Format {
	return &Format{clock: c, defaults: d, limit: limit}
}

// Name is the format's name in the configuration.
func (*Format) Name() string { return "list" }

// Open never refuses: each line is judged by itself.
func (f *Format) Open(in format.Input) (format.Opened, error) {
	skip := 0
	if bytes.HasPrefix(in.Head, []byte("\xef\xbb\xbf")) {
		skip = 3
	}
	now := f.clock.Now()
	return format.Opened{
		Decoder: &decoder{defaults: f.defaults, now: now, window: format.WindowAt(now), limit: f.limit},
		Split:   format.Lines, Skip: skip, Report: f.defaults.Report,
	}, nil
}

type decoder struct {
	defaults format.Defaults
	now      time.Time
	window   format.Window
	limit    int
}

// Decode implements format.Decoder.
func (d *decoder) Decode(part format.Part, b *event.Batch) (used int, err error) {
	part.TakeRejects(b)
	rows := format.NewRows(b, d.defaults, d.window)
	rows.AssumeTime(d.now)
	format.EachLine(part, b, d.limit, func(line []byte, rej event.Reject) {
		if comment(line) {
			return
		}
		rows.Begin(line)
		rows.End(item(rows, line), rej)
	})
	return len(part.Data), nil
}

func comment(line []byte) bool {
	return line[0] == '#' || line[0] == ';' || bytes.HasPrefix(line, []byte("//"))
}

// item sets the row's field from one line.
func item(rows *format.Rows, line []byte) format.Fault {
	value, remark := line, []byte(nil)
	if i := bytes.IndexAny(line, " \t,;#"); i >= 0 && !bytes.Contains(line[:i], []byte("://")) {
		value, remark = line[:i], bytes.Trim(line[i:], " \t,;#")
	} else if i := bytes.IndexAny(line, " \t"); i >= 0 {
		// Within a URL commas, semicolons and # are its own.
		value, remark = line[:i], bytes.Trim(line[i:], " \t,;#")
	}
	if f := rows.Set("extra.remark", remark); !f.OK() {
		return f
	}
	if bytes.Contains(value, []byte("://")) {
		return rows.SetURL("source", value)
	}
	if name, ok := format.Domain(nil, value); ok {
		return rows.Set(event.FieldSourceFQDN, name)
	}
	return rows.Set(event.FieldSourceIP, value)
}
