// Package ui holds the parts that pages are made of: tables, forms, charts, labels, times.
//
// Each part takes a typed struct or plain values and escapes them all: texts may come from attackers. No part decides a rule. What depends
// on the reader (language, zone, the present time) comes from the context, where the shell puts it: see View and package words.
package ui

import (
	"context"
	"net/url"
	"time"

	"github.com/a-h/templ"

	"github.com/firehall/firehall/internal/core/page"
)

// View is what parts know of the page they stand on.
type View struct {
	Now  time.Time
	Zone *time.Location // the team's; UTC if nil
	URL  *url.URL       // of the page; nil in tests of parts
	// Page tells whether there is a page of a path, as patterns of net/http write it: "/incidents/{id}/clocks". nil: there is none.
	Page func(path string) bool
}

// Has tells whether there is a page of a path, as patterns write it.
func (v View) Has(path string) bool { return v.Page != nil && v.Page(path) }

type viewKey struct{}

// With puts the view into ctx.
func With(ctx context.Context, v View) context.Context { return context.WithValue(ctx, viewKey{}, v) }

// Of is the view in ctx.
func Of(ctx context.Context) View {
	v, _ := ctx.Value(viewKey{}).(View)
	if v.Zone == nil {
		v.Zone = time.UTC
	}
	if v.URL == nil {
		v.URL = &url.URL{Path: "/"}
	}
	return v
}

// Link is text that leads somewhere. Without Href it is text.
type Link struct {
	Text string
	Href string
	Icon string // see Icon; empty is none
}

// Tone says how a thing should strike the reader. Colour never says it alone: the text does too.
type Tone string

// The tones.
const (
	Quiet  Tone = "quiet"
	Info   Tone = "info"
	Good   Tone = "good"
	Warn   Tone = "warn"
	Bad    Tone = "bad"
	Strong Tone = "strong" // worse than bad: critical
)

// Column is one column of a table.
type Column struct {
	Title  string
	Sort   string // the key by which the list sorts, put into ?sort=; empty: it cannot
	Number bool   // right-aligned figures
	Main   bool   // names the row: shown first and whole on a small screen
	Wide   bool   // shown on wide screens only
}

// Row is one row of a table. Cells are as many as columns.
type Row struct {
	ID    string // what x selects and actions get; empty: the row cannot be selected
	Href  string // where Enter leads
	Label string // names the row to those who do not see it; the ID if empty
	Tone  Tone   // Bad and Strong mark the row's edge
	Cells []templ.Component
}

// Action is something to be done with the selected rows. It is posted to Href as id=..., repeated; or, when all that match are selected,
// as all=1 with the filter in q.
type Action struct {
	Name    string // the value of the field "action"
	Text    string
	Icon    string
	Key     string // pressed, it acts on the selected rows, or on the row where the keys are; empty: none
	Href    string // empty: TableProps.Act
	Tone    Tone
	Confirm string          // asked before; empty: not asked
	Fields  templ.Component // further fields (a reason), shown in the dialog; nil for none
}

// Count is how many rows a list has.
type Count struct {
	N     int64
	Least bool // N is a lower bound: counting stopped there
	None  bool // nobody counted
}

// TableProps describe a table. Its state is in the URL of the page: ?q= (filter), ?sort= ("seen" or "-seen"), ?after= (cursor), ?rows=.
type TableProps struct {
	ID      string // of the element: unique on the page
	Caption string // for those who do not see it
	Columns []Column
	Rows    []Row
	Sort    string // the sort key in force, "-" before it for descending
	Count   Count
	Noun    string // the key of the words for the count, with plural forms: "findings.count"; empty: "{n} rows"
	Next    page.Cursor
	Act     string // where actions are posted
	Actions []Action
	Filter  string // the filter in force: goes with "all that match"
	Export  string // the URL that gives the list as ?format=csv or json; empty: none
	Empty   templ.Component
	Live    string // for Fresh: the URL of the stream and the event; empty: none
}

// FilterProps describe the box with which a list is filtered.
type FilterProps struct {
	Action   string // where the form leads, by GET
	Name     string // of the field; "q" if empty
	Value    string
	Label    string
	Hint     string // what stands in the empty box
	Complete string // the URL that completes: GET ?q=text&at=cursor (in characters) answers ui.Completions; empty: none
	Help     Link
	Keep     url.Values // further fields of the URL that stay
	Fault    string     // what is wrong with Value
	FaultAt  int        // where, in characters from 0; negative: unknown
	Presets  []Link     // ready filters beneath the box
}

// Completion is one way to go on in a filter box.
type Completion struct {
	Insert string // replaces the characters From..To of the text
	From   int
	To     int
	Label  string
	Note   string
}

// Form is what somebody typed and what is wrong with it: a form is shown again with it, so nothing typed is lost.
type Form struct {
	Values url.Values
	Wrong  []Wrong
}

// Wrong says what is wrong with a field. An empty Field means the whole form.
type Wrong struct{ Field, Text string }

// Get is the value of a field.
func (f Form) Get(name string) string { return f.Values.Get(name) }

// Text is what is wrong with a field; empty if nothing is.
func (f Form) Text(name string) string {
	for _, w := range f.Wrong {
		if w.Field == name {
			return w.Text
		}
	}
	return ""
}

// FieldProps describe one field of a form.
type FieldProps struct {
	Name     string
	ID       string // of the element; "field-" and the name if empty: to be given where a name stands on a page twice
	Label    string
	Help     string
	Kind     string // text (also if empty), search, email, number, date, datetime-local, password, file, textarea, checkbox
	Value    string
	Wrong    string
	Required bool
	Rows     int // of a textarea
	Limit    int // characters; 0: none
	Hint     string
	Complete string // the attribute autocomplete
	List     string // id of a Datalist of what may be meant; others may be typed too
	Options  []Option
}

// Option is one choice of Select and Radio.
type Option struct {
	Value, Text, Help string
	Chosen            bool
}

// ConfirmProps describe a button that asks before it posts. The browser's own commands open the question, so that it works
// without JavaScript.
type ConfirmProps struct {
	ID     string
	Button string // on the page
	Icon   string
	Title  string
	Text   string
	Action string // posted to
	Yes    string // the dialog's button
	Tone   Tone
	Hidden url.Values
}

// Step is one link of a chain of reasons.
type Step struct {
	Title string
	Text  string
	Tone  Tone
	Body  templ.Component // nil for none
}

// Entry is one thing that happened, on a timeline.
type Entry struct {
	At   time.Time
	Who  string
	What string
	Icon string
	Tone Tone
	Body templ.Component // nil for none
}

// ProgressProps describe long work.
type ProgressProps struct {
	ID     string
	Title  string
	Text   string // how it stands, in words
	Done   int64
	Total  int64  // 0: unknown
	Stream string // the URL of the event stream that sends this part again, as event "progress"; empty: it stands still
	Tone   Tone
	Result Link // when it ended
}

// FigureProps describe a number that leads to its list.
type FigureProps struct {
	N     int64
	Text  string // instead of N, when it is no count
	Label string
	Note  string // beneath: "usual 120"
	Href  string
	Tone  Tone
	Line  []float64 // a small line of the last days; nil for none
}

// Kind is the kind of a chart.
type Kind string

// The kinds of charts.
const (
	Bars    Kind = "bars"    // one bar a label, series stacked
	Lines   Kind = "lines"   // one line a series
	Heatmap Kind = "heatmap" // Labels across, Series down
)

// ChartData is what a chart shows. Labels may be times in RFC 3339: then they are written in the team's zone.
type ChartData struct {
	Title  string
	Unit   string // key of words with plural forms is not needed: "events"
	Labels []string
	Times  bool // Labels are times
	Series []Series
	// Range, if not empty, is the URL that a selected range leads to: "{from}" and "{to}" stand for its ends (RFC 3339, UTC, end not included).
	Range string
	// Href, if not nil, is where each label leads.
	Href []string
}

// Series is one row of figures, one a label.
type Series struct {
	Name   string
	Values []float64
	Tone   Tone
}

// Fact is one line of a description list.
type Fact struct {
	Label string
	Value templ.Component
}

// Tab is one of several views of a thing, each with its own URL.
type Tab struct {
	Text   string
	Href   string
	Active bool
	Count  int64 // shown if not 0
}
