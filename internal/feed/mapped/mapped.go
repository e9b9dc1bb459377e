// Package mapped reads any CSV or JSON by a mapping that the configuration gives: from column name or JSON path (names joined by dots) to
// field. What is not mapped is kept as extra.<name>; a mapping to "-" drops it.
//
// Kinds: csv (one record a row), jsonl (one object a line), json (one document: an array of objects, one object, or an object that holds
// the array at the path `records`). Values of typed fields are checked; a record with a wrong one is set aside.
package mapped

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/nearest"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/format"
)

// Config is a mapping as the configuration gives it.
type Config struct {
	Kind    string            // csv, jsonl or json
	Comma   string            // csv: the separator, one ASCII character or "tab"; "": a comma, or what the first line shows
	Columns []string          // csv without a header line: the columns' names; empty: the first line is the header
	Records string            // json: path of the array within the document, "" for the document itself
	Fields  map[string]string // column or JSON path -> field of an event, extra.<name>, or - to drop it
	Times   []string          // layouts of times as Go writes them, or unix or unixms; what none fits is read as ISO 8601 or Unix time
	Zone    string            // IANA name of the zone of times without one; "" is UTC
	Limit   int               // longest record in bytes, 0 for the default
	// Required names fields without which a record is set aside, beside time.source.
	Required []string
	// AssumeTime lets records without a time have that of opening.
	AssumeTime bool
	Defaults   format.Defaults
}

// Format opens inputs by one mapping. Safe for concurrent use.
type Format struct {
	config Config
	comma  byte
	zone   *time.Location
	clock  clock.Clock
}

// New checks the mapping: an error (problem.Invalid) names what is wrong with it.
func New(c Config, now clock.Clock) (*Format, error) {
	f := &Format{config: c, comma: ',', clock: now}
	if !slices.Contains([]string{"csv", "jsonl", "json"}, c.Kind) {
		return nil, problem.New(problem.Invalid, "kind %q is not one of csv, jsonl, json", c.Kind)
	}
	switch {
	case c.Comma == "tab":
		f.comma = '\t'
	case len(c.Comma) == 1 && c.Comma[0] < 0x80 && c.Comma != `"` && c.Comma != "\n" && c.Comma != "\r":
		f.comma = c.Comma[0]
	case c.Comma != "":
		return nil, problem.New(problem.Invalid, "the separator %q is not one ASCII character", c.Comma)
	}
	var err error
	if f.zone, err = time.LoadLocation(c.Zone); err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "zone %q", c.Zone)
	}
	return f, f.checkFields()
}

func (f *Format) checkFields() error {
	names := []string{"-"}
	for _, field := range event.Fields() {
		names = append(names, field.Name)
	}
	targets := slices.Collect(maps.Values(f.config.Fields))
	targets = append(targets, f.config.Required...)
	targets = slices.AppendSeq(targets, maps.Keys(f.config.Defaults.Constants))
	slices.Sort(targets)
	for _, target := range targets {
		if !strings.HasPrefix(target, event.ExtraPrefix) && !slices.Contains(names, target) {
			hint, _ := nearest.Word(target, names)
			return problem.New(problem.Invalid, "no field %q (did you mean %q?); what is no field goes to extra.<name>", target, hint)
		}
	}
	return nil
}

// Name is the format's name in the configuration.
func (*Format) Name() string { return "mapped" }

// Open reads the header of CSV; columns that the mapping names but the header lacks are noted, and if none is there the input is refused.
func (f *Format) Open(in format.Input) (format.Opened, error) {
	mark := 0
	if bytes.HasPrefix(in.Head, []byte("\xef\xbb\xbf")) {
		mark = 3
	}
	now := f.clock.Now()
	d := &decoder{format: f, kind: f.config.Kind, comma: f.comma, now: now, window: format.WindowAt(now), columns: f.config.Columns}
	if d.kind == "json" && f.config.Records == "" && isLines(in.Head[mark:]) {
		d.kind = "jsonl"
	}
	o := format.Opened{Decoder: d, Skip: mark, Report: f.config.Defaults.Report}
	switch d.kind {
	case "jsonl":
		o.Split = format.Lines
	case "json":
		o.Split = format.Whole
	default:
		if f.config.Comma == "" {
			d.comma = separator(in.Head[mark:])
		}
		o.Split, o.Comma = format.CSV, d.comma
		if len(d.columns) == 0 {
			return f.header(in, o, d)
		}
	}
	return o, nil
}

func (f *Format) header(in format.Input, o format.Opened, d *decoder) (format.Opened, error) {
	scan := format.NewScanner(d.comma, f.config.Limit)
	scan.Reset(format.Part{Data: in.Head[o.Skip:], Line: 1, Last: true})
	if scan.Next() != format.Record {
		return o, problem.New(problem.Invalid, "%s: no header in the first line", in.Name)
	}
	d.columns = f.columnNames(scan.Fields())
	d.ours = slices.Contains(d.columns, event.FieldPAP)
	var missing []string
	for name := range f.config.Fields {
		if !slices.Contains(d.columns, name) {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	switch {
	case len(missing) > 0 && len(missing) == len(f.config.Fields):
		return o, problem.New(problem.Invalid, "%s: the header has none of the columns that the mapping names (%s)", in.Name, strings.Join(missing, ", "))
	case len(missing) > 0:
		o.Notes = append(o.Notes, "columns of the mapping that the header lacks: "+strings.Join(missing, ", "))
	}
	used, line := scan.Used()
	o.Skip += used
	o.HeaderLines = int(min(line-1, int64(bytes.Count(in.Head[:o.Skip], []byte{'\n'}))))
	return o, nil
}

// handling are the columns of a table that says how to handle its rows, which is one that has event.FieldPAP; they are the fields of the same names, unless the
// mapping says otherwise.
var handling = []string{"tlp", event.FieldPAP, event.FieldIEP}

// columnNames gives each cell of a header a name of its own. Names that are not mapped must differ as extras too, where case and odd
// characters do not count.
func (f *Format) columnNames(cells [][]byte) []string {
	names := make([]string, 0, len(cells))
	taken := map[string]bool{"": true}
	for name := range f.config.Fields {
		taken[format.ExtraName(event.ExtraPrefix+name)] = true
	}
	for i, cell := range cells {
		name := string(bytes.TrimSpace(cell))
		if _, mapped := f.config.Fields[name]; !mapped || slices.Contains(names, name) {
			own := name[:min(len(name), 100)] // room for a number within what an extra's name may be
			for n := i + 1; name == "" || taken[format.ExtraName(event.ExtraPrefix+name)]; n++ {
				name = own + "_" + strconv.Itoa(n)
			}
			taken[format.ExtraName(event.ExtraPrefix+name)] = true
		}
		names = append(names, name)
	}
	return names
}

// isLines tells whether JSON comes as one object a line, which needs no limit for the whole.
func isLines(head []byte) bool {
	line, _, more := bytes.Cut(bytes.TrimSpace(head), []byte{'\n'})
	return more && len(line) > 0 && line[0] == '{' && json.Valid(line)
}

// separator guesses what separates the cells of the first line: a comma, unless it has none but tabs, semicolons or bars.
func separator(head []byte) byte {
	line, _, _ := bytes.Cut(head, []byte{'\n'})
	for _, c := range []byte{',', '\t', ';', '|'} {
		if bytes.IndexByte(line, c) >= 0 {
			return c
		}
	}
	return ','
}
