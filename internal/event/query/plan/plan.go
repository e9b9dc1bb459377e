// Package plan turns a request for events into one SQL statement for the engine
// that reads the segments.
//
// Nothing that a person wrote becomes part of the statement: values are bound,
// and names come from the event's fields or from the column list of a segment
// and are quoted. The actor's row filter is joined to the query as a tree, so no
// text in the query can end it. Segments that cannot hold an answer, by their
// times, facts or columns, are left out before the engine sees them.
package plan

import (
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/event/query/answer"
)

// File is a segment as the manifest knows it.
type File struct {
	Path string // absolute
	Rows int64
	// Columns are the segment's columns, as fields (source.ip) or as stored (source.ip.hi).
	Columns []string
	// Times are the first and last moment of time.source and time.arrival; zero
	// ends are not known. Only a segment wholly outside of the asked time is left out.
	Source, Arrival Span
	// Facts are fields of which every row of the segment holds one of few known
	// values, such as the class that the segment's path tells.
	Facts map[string][]string
	// Part, if it has a length, is the part of the file's rows that is read.
	Part Part
}

// Part is Rows rows from the row number First, counting from 0.
type Part struct{ First, Rows int64 }

// Span is the time from First to Last, both within it.
type Span struct{ First, Last time.Time }

// Order sorts rows by a field.
type Order struct {
	Field      string
	Descending bool
}

// Request is what somebody wants to know. Exactly one of By, Count and rows
// (neither of them) is answered.
type Request struct {
	// Where is the question; Filter is what the actor may see of the events.
	// Both must be there; query.Everything is the filter of who may see all.
	Where, Filter query.Node
	Files         []File

	// Fields are the columns of rows; empty gives all that the files hold.
	Fields []string
	Sort   []Order // of rows; empty gives them as they come
	// Pack puts the text fields of rows into one column, PackName: see Unpack.
	Pack bool

	// By groups and counts: names of fields, and `day` or `hour` of time.source
	// in Zone. The largest groups come first, or the earliest if the first name
	// is day or hour.
	By []string

	// Latest adds the last time.source of each group, behind the count, as LatestName.
	Latest bool

	// Count asks only for the number of events.
	Count bool

	Limit int            // of rows or groups; 0 is none but the engine's own
	Zone  *time.Location // nil is UTC

	// Organisations gives the ids of the organisations whose name t fits (see
	// query.Text.Fits, and upper and lower case as the caller thinks fit). Several
	// may; none is no error. A row filter should name ids by the field
	// attribution.organisation, which is never taken for a name.
	Organisations func(t query.Text) []string
}

// Column is one column of the answer as the engine gives it: an address comes in
// two columns of words.
type Column struct {
	Name  string // as asked for
	Field string // the event's field behind it; empty for counts
	Kind  event.Kind
	// Bucket is set for `day` and `hour`: the column is an INTEGER, the number of
	// the bucket (see Start), and is shown as Text.
	Bucket time.Duration
}

// Plan is a statement with its values. Args are string, int64, uint64, float64,
// bool, time.Time or []string.
type Plan struct {
	SQL     string
	Args    []any
	Columns []Column
	// Packed are the text fields of a packed request, by their places.
	Packed []Column
	// Empty says that no segment can hold an answer: there is nothing to run.
	Empty bool
	// Files and Rows are what is left to be read.
	Files int
	Rows  int64
}

// Header gives the columns as the answer has them, without rows.
func (p Plan) Header() []answer.Column {
	out := make([]answer.Column, len(p.Columns))
	for i, c := range p.Columns {
		kind := c.Kind
		if c.Bucket > 0 {
			kind = event.Text
		}
		out[i] = answer.Column{Name: c.Name, Field: c.Field, Kind: kind}
	}
	return out
}

// CountName is the name of the column that counts.
const CountName = "count"

// LatestName is the name of the column of last times.
const LatestName = "latest"

// Make plans a request. Errors are problem.Invalid for unknown names.
func Make(r Request) (Plan, error) {
	if r.Where == nil || r.Filter == nil {
		return Plan{}, problem.New(problem.Internal, "a request for events came without a question or without a row filter")
	}
	if r.Zone == nil {
		r.Zone = time.UTC
	}
	p := &planner{Request: r, wanted: map[string]event.Field{}}
	switch {
	case r.Count:
		return p.count(), nil
	case len(r.By) > 0:
		return p.groups()
	}
	return p.rows()
}

// subject finds a field to show, sort or group by.
func subject(name string) (event.Field, error) {
	if name == event.FieldExtra {
		return event.Field{Name: name, Kind: event.Text}, nil
	}
	s, ok := query.Lookup(name)
	if !ok || s.Kind() == event.Key {
		return event.Field{}, problem.New(problem.Invalid, "no field is called %q%s", name, hint(name))
	}
	return s.Fields[0], nil
}
