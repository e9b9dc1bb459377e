package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident/playbook"
)

// playbookCmd is `firehall playbook`.
type playbookCmd struct {
	Check playbookCheckCmd `cmd:"" help:"Say what is wrong with a playbook, with lines. Needs no data folder."`
}

// playbookCheckCmd is `firehall playbook check FILE`.
type playbookCheckCmd struct {
	File string `arg:"" help:"The playbook." type:"existingfile"`
}

// Run reads the file as the start of the server does.
func (c *playbookCheckCmd) Run(s *session) error {
	info, err := os.Stat(c.File)
	if err != nil {
		return problem.Wrap(problem.Unavailable, err, "read the playbook")
	}
	if info.Size() > playbook.MaxSource {
		return problem.New(problem.Invalid, "%s: line 1: the playbook has %d KiB, and may have %d", c.File, info.Size()>>10, playbook.MaxSource>>10)
	}
	source, err := os.ReadFile(c.File)
	if err != nil {
		return problem.Wrap(problem.Unavailable, err, "read the playbook")
	}
	b, err := playbook.Parse(source)
	if err != nil {
		return problem.New(problem.Invalid, "%s: %s", c.File, strings.ReplaceAll(err.Error(), "\n", "\n"+c.File+": "))
	}
	_, err = fmt.Fprintf(s.out, "%s is whole: playbook %s, version %d, %d steps.\n", c.File, b.ID, b.Version, len(b.Steps))
	return err
}
