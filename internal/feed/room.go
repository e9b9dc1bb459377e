package feed

import (
	"errors"
	"io"

	"github.com/firehall/firehall/internal/core/problem"
)

// ErrNoRoom says that the disk has no room for an input.
var ErrNoRoom = errors.New("the disk is full")

const (
	reserve  = 64 << 20 // bytes of the disk that stay free of inputs, for what is at work
	roomStep = 8 << 20  // bytes written between two looks
)

// Room refuses an input of so many bytes for which the disk has no room, before anything is written; 0 for one whose size is not known.
func (l Layout) Room(size int64) error {
	free, err := l.FS.Free(l.Dir)
	if err != nil {
		return problem.Wrap(problem.Unavailable, err, "ask for free disk space")
	}
	if need := uint64(max(size, 0))*2 + reserve; free < need { //nolint:gosec // not negative
		return problem.New(problem.Unavailable, "%w: %s has %d MB free and this input may need %d MB: free some space and give it again",
			ErrNoRoom, l.Dir, free>>20, need>>20)
	}
	return nil
}

// Careful gives a writer that ends with ErrNoRoom before an input, whatever its size turns out to be, takes the last of the disk: the database
// and whoever else writes there still can.
func (l Layout) Careful(w io.Writer) io.Writer { return &careful{layout: l, to: w, unseen: roomStep} }

type careful struct {
	layout Layout
	to     io.Writer
	unseen int // bytes since the last look
}

// Write implements io.Writer.
func (c *careful) Write(p []byte) (int, error) {
	if c.unseen += len(p); c.unseen >= roomStep {
		c.unseen = 0
		if err := c.layout.Room(0); err != nil {
			return 0, err
		}
	}
	return c.to.Write(p)
}
