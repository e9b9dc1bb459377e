package main

import (
	"encoding/json"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/constituency"
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
			s.tellWho(x)
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

func (s *session) tellWho(x constituency.Answer) {
	owner := x.Organisation
	if owner == "" {
		owner = "nobody in the register"
	}
	s.printf("%s concerns %s", x.Question, owner)
	if x.Network != "" {
		s.printf(" (%s %s)", x.Rule, x.Network)
	}
	s.printf("\n")
	for _, t := range x.Contacts {
		s.printf("  told: %s at %s (%s, %s)\n", t.Organisation, t.Address, t.Channel, t.Purpose)
	}
	if len(x.Contacts) == 0 {
		s.printf("  told: nobody by itself; it waits in %s\n", x.Told)
	}
	s.printf("  why:\n")
	for _, step := range x.Chain {
		s.printf("    %-10s %-10s %s\n", step.Step, step.Result, step.Reason)
	}
	for _, in := range x.Inside {
		s.printf("    inside: %v\n", in)
	}
}
