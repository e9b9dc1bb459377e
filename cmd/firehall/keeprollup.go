package main

import (
	"encoding/json"

	"github.com/firehall/firehall/internal/event/rollup"
)

type keepRollupCmd struct {
	Again bool `help:"Count everything anew, not only what is owed."`
	JSON  bool `help:"Print JSON."`
}

// Run counts anew what is owed and compares the counts with the segments.
func (c *keepRollupCmd) Run(s *session) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	r, err := a.CheckRollup(s.ctx, actor, c.Again, func(p rollup.Progress) {
		if !c.JSON {
			s.printf("Counted %s of %s.\n", grouped(int64(p.Done)), plural(int64(p.Of), "part"))
		}
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(r)
	}
	s.printf("Counted: %s. In segments: %s.\n", plural(r.Events, "event"), grouped(r.Segments))
	switch {
	case r.Wrong > 0:
		s.printf("%s differ: if nothing was taken in meanwhile, run this with --again.\n", plural(int64(r.Wrong), "type"))
	case !r.Complete:
		s.printf("Some were counted under another name, because there were too many different ones: charts of those days are made from the events.\n")
	}
	return nil
}
