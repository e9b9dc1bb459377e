package main

import (
	"encoding/json"
	"fmt"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/identity"
)

type whoCmd struct {
	JSON    bool     `help:"Print JSON: an object for one address, an array for several."`
	RDAP    bool     `help:"Ask the registries too, if the configuration allows: it tells them what you look at."`
	Address []string `arg:"" help:"IP, prefix, domain, URL or AS number; defanged ones too."`
}

// Run answers for each address.
func (c *whoCmd) Run(s *session) error {
	a, actor, stop, err := s.open(false)
	if err != nil {
		return err
	}
	defer stop()
	answers, err := c.ask(s, a, actor)
	if err != nil {
		return err
	}
	if !c.JSON {
		for _, x := range answers {
			s.tellWho(x, false)
		}
		return nil
	}
	enc := json.NewEncoder(s.out)
	enc.SetIndent("", "  ")
	if len(answers) == 1 {
		return enc.Encode(answers[0])
	}
	return enc.Encode(answers)
}

func (c *whoCmd) ask(s *session, a *app.App, actor identity.Actor) ([]constituency.Answer, error) {
	var out []constituency.Answer
	for _, text := range c.Address {
		x, err := a.Register.Who(s.ctx, actor, constituency.Question{Text: text, RDAP: c.RDAP})
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// tellWho prints an answer; brief leaves out the steps that were not needed.
func (s *session) tellWho(x constituency.Answer, brief bool) {
	if !brief {
		s.printf("%s\n", render.Clean(x.Question, 200))
	}
	owner := x.Organisation
	if owner == "" {
		owner = "nobody in the register"
	}
	s.printf("  concerns   %s", owner)
	if x.Network != "" {
		s.printf(", by the %s %s", x.Rule, x.Network)
	}
	s.printf("\n")
	for _, t := range x.Contacts {
		s.printf("  tell       %s, %s (%s, %s)\n", t.Address, t.Organisation, t.Channel, t.Purpose)
	}
	if len(x.Contacts) == 0 {
		s.printf("  tell       nobody by itself: it waits in %s\n", x.Told)
	}
	s.tellChain(x.Chain, brief)
	for i, in := range x.Inside {
		if i == 0 {
			s.printf("  inside it\n")
		}
		s.printf("             %s: %s\n", in.Network, in.Organisation)
	}
}

// tellChain prints why; brief ends with who is told.
func (s *session) tellChain(chain []constituency.Step, brief bool) {
	s.printf("  because\n")
	for _, step := range chain {
		what := step.Reason
		if step.Tried != "" {
			what = step.Tried + ": " + what
		}
		s.hang(fmt.Sprintf("    %-13s  %-11s ", step.Step, step.Result), render.Clean(what, 400))
		if brief && step.Result == constituency.ResultTold {
			return
		}
	}
}
