package app

import (
	"sync"
	"time"
)

// Loop is one of the things that run by themselves, as the overview and the figures show it.
type Loop struct {
	Name      string
	Since     time.Time // when it began, or last came back after a failure
	LastRun   time.Time // when its last round ended; zero before the first
	LastError string    // why its last round failed; empty if it did not
	Failures  int       // rounds that failed one after the other
}

// loops are those of one process.
type loops struct {
	mu   sync.Mutex
	list []*Loop
}

// Loops tells how the things that run by themselves are, in the order in which they began.
func (a *App) Loops() []Loop {
	a.loops.mu.Lock()
	defer a.loops.mu.Unlock()
	out := make([]Loop, len(a.loops.list))
	for i, l := range a.loops.list {
		out[i] = *l
	}
	return out
}
