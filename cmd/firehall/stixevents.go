package main

import (
	"fmt"
	"strings"
)

// stixEventsCmd is `firehall stix events QUERY`.
type stixEventsCmd struct {
	Query []string `arg:"" optional:"" help:"As of firehall events; none is everything."`
	Limit int      `help:"The newest so many, 5000 at most." default:"1000"`
	Out   string   `short:"o" help:"The file; standard output if not given." placeholder:"FILE"`
}

// Run writes the bundle.
func (c *stixEventsCmd) Run(s *session) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	if err := s.taken(a, actor, "stix events", strings.Join(c.Query, " "), c.Out); err != nil {
		return err
	}
	e, err := a.Give.Events(s.ctx, actor, strings.Join(c.Query, " "), c.Limit)
	if err != nil {
		return err
	}
	if e.More {
		_, _ = fmt.Fprintf(s.err, "The newest %d; --limit N takes more, at most 5000.\n", c.Limit)
	}
	if e.Untimed > 0 {
		_, _ = fmt.Fprintf(s.err, "%d events have no time, or one that is to come, and are left out.\n", e.Untimed)
	}
	return writeBundle(s, &e.Bundle, c.Out)
}
