package mail

import "sync/atomic"

// counts are what this process did.
type counts struct{ taken, refused atomic.Int64 }

func (c *counts) note(err error) {
	if err != nil {
		c.refused.Add(1)
		return
	}
	c.taken.Add(1)
}

// Counts tells how many mails this process made durable, and how many it could not.
func (d *Door) Counts() (taken, refused int64) { return d.count.taken.Load(), d.count.refused.Load() }
