package rollup

import (
	"time"
)

// Clock says by which time events are counted.
type Clock uint8

// The clocks.
const (
	Observed Clock = iota // time.source
	Arrived               // time.arrival
)

// Step is the width of a point.
type Step uint8

// The steps.
const (
	Hour  Step = iota
	Day        // of the question's zone; of UTC where hours have become days
	Whole      // one point for all of the time
)

// Dimension is what counts are told apart by.
type Dimension string

// The dimensions, by the names of the fields they are of.
const (
	ByNothing    Dimension = ""
	ByFeed       Dimension = "feed.name"
	ByReport     Dimension = "feed.report"
	ByTaxonomy   Dimension = "classification.taxonomy"
	ByType       Dimension = "classification.type"
	ByAttributed Dimension = "attributed" // "1": somebody's, "0": nobody's
)

// Other is the value of what was beyond the bound of different keys.
const Other = "(other)"

// Condition holds for events whose value of a dimension is one of Values, or, with Not, is none of them.
type Condition struct {
	Of     Dimension
	Values []string
	Not    bool
}

// Question asks for counts. The time is half open; a zero end is open. Ends within an hour count that hour whole.
type Question struct {
	From, To time.Time
	Clock    Clock
	Step     Step
	By       Dimension
	Where    []Condition
	Zone     *time.Location // of days; nil is UTC
	Limit    int            // series at most, the largest; 0 is all
}

// Point is the events of one step.
type Point struct {
	At     time.Time // its beginning; zero for events without a time
	Events int64
}

// Series is the counts of one value of the dimension, in order of time; steps without events are left out.
type Series struct {
	Value  string // "" for events without one, and for ByNothing
	Events int64
	Points []Point
}

// Answer is what was counted.
type Answer struct {
	Step     Step // as asked, or Day where hours of that time have become days
	Series   []Series
	Complete bool // nothing is owed: the counts are those of the events
}
