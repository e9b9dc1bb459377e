package live

import (
	"slices"
	"sync"
)

// reader is one who listens: at most one change waits for it.
type reader struct {
	mu     sync.Mutex
	out    chan Change
	closed bool
}

// tell gives a change, together with one that was not taken yet.
func (r *reader) tell(c Change) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	select {
	case old := <-r.out:
		c.Topics = merged(old.Topics, c.Topics)
	default:
	}
	r.out <- c // there is room: only tell fills it, one at a time
}

func (r *reader) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	close(r.out)
}

// merged gives the topics of both, in order, each once.
func merged(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
