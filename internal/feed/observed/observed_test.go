package observed

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/feed/format/formattest"
)

const second = `{"id":"b"}`

// said gives these rows, the second of which stands on the second line.
func said(rows ...Row) Read {
	return func(data []byte, now time.Time) ([]Row, error) {
		for i := range rows {
			rows[i].Offset = int64(bytes.Index(data, rows[i].Raw))
		}
		if now.IsZero() {
			return nil, errors.New("no time")
		}
		return rows, nil
	}
}

func row(raw string, fields ...string) Row {
	r := Row{Raw: []byte(raw)}
	for i := 0; i < len(fields); i += 2 {
		r.Fields = append(r.Fields, Field{fields[i], fields[i+1]})
	}
	return r
}

const input = "\xef\xbb\xbf{\"objects\":[{\"id\":\"a\"},\n{\"id\":\"b\"}]}"

// Fields are checked as those of every other format, what is no field of ours to set stays hearsay, and a fault names its place.
func TestRows(t *testing.T) {
	at := []string{"time.source", "2026-11-22T10:00:00.000Z"}
	for name, c := range map[string]struct {
		row  Row
		want map[string]string
		code string
	}{
		"an event":       {row(second, append(at, "source.ip", "192.0.2.1", "classification.type", "scanner", "tlp", "amber+strict")...), map[string]string{"source.ip": "192.0.2.1", "classification.type": "scanner", "classification.taxonomy": "information-gathering", "tlp": "amber+strict", "time.source": "2026-11-22T10:00:00Z"}, ""},
		"a page":         {row(second, append(at, "source.url", "http://evil.example/x")...), map[string]string{"source.url": "http://evil.example/x", "source.fqdn": "evil.example", "classification.type": "phishing"}, ""},
		"whose it is":    {row(second, append(at, "source.ip", "192.0.2.1", "attribution.organisation", "them", "feed.name", "other")...), map[string]string{"attribution.organisation": "", "extra.attribution.organisation": "them"}, ""},
		"nobody":         {row(second, append(at, "malware.name", "x")...), nil, event.RejectMissing},
		"no address":     {row(second, append(at, "source.ip", "192.0.2.0/24")...), nil, event.RejectAddress},
		"no time":        {row(second, "source.ip", "192.0.2.1"), nil, event.RejectMissing},
		"long ago":       {row(second, "time.source", "1999-01-01T00:00:00Z", "source.ip", "192.0.2.1"), nil, event.RejectTime},
		"an own type":    {row(second, append(at, "source.ip", "192.0.2.1", "classification.type", "badness")...), nil, event.RejectClass},
		"unfit":          {Row{Raw: []byte(second), Fault: format.Fault{Code: event.RejectSyntax, Reason: "x"}}, nil, event.RejectSyntax},
		"said twice":     {row(second, append(at, "source.ip", "192.0.2.1", "source.ip", "192.0.2.2")...), nil, event.RejectSyntax},
		"the page's own": {row(second, append(at, "source.ip", "192.0.2.1", "source.url", "http://evil.example/x")...), map[string]string{"source.ip": "192.0.2.1", "source.fqdn": "evil.example"}, ""},
	} {
		good := row(`{"id":"a"}`, append(at, "source.ip", "192.0.2.9")...)
		f := New(formattest.Clock, format.Defaults{Type: "phishing", Report: "peer"}, said(good, c.row))
		r := formattest.Decode(t, f, "bundle.json", input, 0)
		if c.code != "" {
			if got := r.Rejects(); r.Rows() != 1 || len(got) != 1 || got[0].Code != c.code || got[0].Line != 2 || input[got[0].Offset:][:got[0].Length] != second || got[0].Reason == "" {
				t.Errorf("%s: %d rows, %+v", name, r.Rows(), got)
			}
			continue
		}
		if r.Rows() != 2 {
			t.Errorf("%s: %+v", name, r.Rejects())
			continue
		}
		formattest.Want(t, r.Row(1), c.want)
	}
}

// Two rows of one object are two events; the same object again is the same rows.
func TestKeys(t *testing.T) {
	one := row(second, "time.source", "2026-11-22T10:00:00.000Z", "source.ip", "192.0.2.1")
	two := one
	two.Nth = 1
	keys := map[event.DedupeKey]int{}
	for range 2 {
		r := formattest.Decode(t, New(formattest.Clock, format.Defaults{}, said(one, two)), "b.json", input, 0)
		for _, k := range r.Batches[0].Keys() {
			keys[k]++
		}
	}
	if len(keys) != 2 {
		t.Errorf("%v", keys)
	}
}

func TestOpen(t *testing.T) {
	f := New(formattest.Clock, format.Defaults{}, said())
	for head, ok := range map[string]bool{`{"type":"bundle"`: true, " \n[": true, "\xef\xbb\xbf{": true, "a,b": false, "": false} {
		if _, err := f.Open(format.Input{Name: "x", Head: []byte(head)}); problem.Is(err, problem.Invalid) == ok || (err == nil) != ok {
			t.Errorf("%q: %v", head, err)
		}
	}
}

// What was read before the rest broke is events, and the rest is on record.
func TestBrokenRest(t *testing.T) {
	read := func([]byte, time.Time) ([]Row, error) {
		return []Row{row("{", "time.source", "2026-11-22T10:00:00.000Z", "source.ip", "192.0.2.1")}, errors.New("it was cut off")
	}
	r := formattest.Decode(t, New(formattest.Clock, format.Defaults{}, read), "b.json", input, 0)
	if got := r.Rejects(); r.Rows() != 1 || len(got) != 1 || got[0].Reason != "it was cut off" {
		t.Errorf("%d, %+v", r.Rows(), got)
	}
}
