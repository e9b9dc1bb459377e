package desk

import (
	"time"
)

// LongState is how far a long question is.
type LongState string

// The states of a long question.
const (
	LongWaiting   LongState = "waiting"
	LongRunning   LongState = "running"
	LongDone      LongState = "done"
	LongFailed    LongState = "failed"
	LongCancelled LongState = "cancelled"
)

// LongQuestion is a question that takes its time: it works on when its reader looks elsewhere, tells how far it is, and can be cancelled.
// Its answer is kept for an hour, for who asked it; it does not outlive the process.
type LongQuestion struct {
	ID        string
	State     LongState
	Asked     time.Time
	Ended     time.Time // zero while it goes on
	Rows, Of  int64     // events read, and to be read
	Error     string
	Breakdown Breakdown // so far: what is counted of the newest part while it runs
}

// Quick tells whether a breakdown by a field is answered at once: typed fields are, a feed's own (extra.NAME) are asked as long questions.
func Quick(field string) bool { return quick(field) }
