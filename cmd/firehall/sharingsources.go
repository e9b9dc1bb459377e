package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/firehall/firehall/internal/sharing/poll"
)

// sharingSourcesCmd is `firehall sharing sources`.
type sharingSourcesCmd struct {
	JSON bool `help:"Print JSON."`
}

// Run shows the servers that are asked.
func (c *sharingSourcesCmd) Run(s *session) error {
	a, actor, stop, err := s.open(false)
	if err != nil {
		return err
	}
	defer stop()
	list, err := a.Poll.List(s.ctx, actor)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(list)
	}
	if len(list) == 0 {
		s.printf("No server is asked: [taxii.NAME] in the configuration names them.\n")
		return nil
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for i := range list {
		one := &list[i]
		_, _ = fmt.Fprintf(w, "%s\tinto %s\t%s\t%s\t%s set aside\n", one.Name, printable(one.Into), sourceState(one), plural(one.Taken, "object"), grouped(one.Aside))
	}
	_ = w.Flush()
	for i := range list {
		if one := &list[i]; one.Error != "" {
			s.printf("%s, asked again %s: %s\n", one.Name, one.Due.UTC().Format(time.RFC3339), printable(one.Error))
		}
	}
	return nil
}

func sourceState(s *poll.State) string {
	switch {
	case s.Error != "":
		return fmt.Sprintf("fails since %s, %d times", s.Failing.UTC().Format(time.RFC3339), s.Failures)
	case s.Worked.IsZero():
		return "was not asked yet"
	}
	return "works, read to its end " + s.Worked.UTC().Format(time.RFC3339)
}
