package desk

import (
	"time"
)

// HistogramQuery asks how many events there were when.
type HistogramQuery struct {
	Text     string
	From, To time.Time     // half open; zero: as far as the events go, within the query's own terms about time
	Step     time.Duration // time.Hour, 24*time.Hour (days of the team's zone), or 0: what gives a readable number of bars
	Arrival  bool          // by time.arrival; else by time.source
	Split    string        // a field of few values (class, type, feed, report) whose values are counted apart; empty for none
}

// Bar is the events of one step.
type Bar struct {
	From, To time.Time
	Events   int64
	Parts    []BarPart // with Split, the largest first
}

// BarPart is the events of one value.
type BarPart struct {
	Value  string
	Events int64
}

// Histogram is the events over time, in order; steps without events are there with 0.
type Histogram struct {
	Step    time.Duration
	Bars    []Bar
	Total   int64
	Untimed int64 // events that have no time
	Counted bool  // from counts kept (a bar counts its whole hour), else from the events
}

// BreakdownQuery asks for the most frequent values of a field.
type BreakdownQuery struct {
	Text  string
	Field string // of the vocabulary, or extra.NAME
	Limit int    // groups; 0 is 20
}

// Value is one group of a breakdown.
type Value struct {
	Text   string // as people read it; organisations by name; empty for events without the field
	Raw    string // as a query writes it
	Events int64
}

// Breakdown is the most frequent values of a field.
type Breakdown struct {
	Field  string
	Values []Value // the most frequent first
	Total  int64   // events that the query means
	Others int64   // of them with other values than those listed
}
