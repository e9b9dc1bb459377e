package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
)

type userAgreementCmd struct {
	Login   string `arg:"" name:"name" help:"The person's login."`
	Kind    string `help:"Record one that was signed: nda, volunteer or employment." placeholder:"KIND"`
	Scope   string `help:"What it is about." placeholder:"TEXT"`
	Version string `help:"Which version of the text was signed." placeholder:"TEXT"`
	Signed  string `help:"The day on which it was signed; today if nobody says." placeholder:"DAY"`
	Expires string `help:"When it ends: a day, or a time as in 365d; never if nobody says." placeholder:"WHEN"`
	End     string `help:"End one instead." placeholder:"ID"`
	Reason  string `help:"Why it ends, for the record." placeholder:"TEXT"`
	JSON    bool   `help:"Print JSON."`
}

// Help is what the command's own page says.
func (*userAgreementCmd) Help() string {
	return "With --kind it records an agreement, with --end it ends one, and else it lists what the person signed. Without an agreement in force nobody can be a member of an incident."
}

// Run records, ends or lists agreements.
func (c *userAgreementCmd) Run(s *session) error {
	if c.Kind != "" && c.End != "" {
		return problem.New(problem.Invalid, "--kind and --end do not go together")
	}
	return s.forUser(c.Login, func(a *app.App, actor identity.Actor, who account.Account) error {
		switch {
		case c.End != "":
			if err := a.Accounts.End(s.ctx, actor, c.End, c.Reason); err != nil {
				return err
			}
		case c.Kind != "":
			if err := c.sign(s, a, actor, who); err != nil {
				return err
			}
		}
		return c.list(s, a, actor, who)
	})
}

func (c *userAgreementCmd) sign(s *session, a *app.App, actor identity.Actor, who account.Account) (err error) {
	g := account.Agreement{Account: who.ID, Kind: account.Kind(c.Kind), Scope: c.Scope, Version: c.Version}
	if c.Signed != "" {
		if g.Signed, err = time.Parse(time.DateOnly, c.Signed); err != nil {
			return problem.New(problem.Invalid, "%q is no day: say it as in 2027-03-31", c.Signed)
		}
	}
	if g.Expires, err = endOf(c.Expires, a.Clock.Now()); err != nil {
		return err
	}
	_, err = a.Accounts.Sign(s.ctx, actor, g)
	return err
}

func (c *userAgreementCmd) list(s *session, a *app.App, actor identity.Actor, who account.Account) error {
	list, err := a.Accounts.Agreements(s.ctx, actor, who.ID)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(list)
	}
	if len(list) == 0 {
		s.printf("%s has signed nothing, and cannot be a member of an incident.\n", who.Login)
	}
	for _, g := range list {
		s.printf("%s\n", agreementLine(g, a.Clock.Now()))
	}
	return nil
}

// agreementLine is an agreement in one line.
func agreementLine(g account.Agreement, now time.Time) string {
	state := "in force"
	switch {
	case !g.Ended.IsZero():
		state = "ended " + g.Ended.Format(time.DateOnly) + ": " + render.Clean(g.Reason, 200)
	case !g.Holds(now):
		state = "not in force"
	}
	line := fmt.Sprintf("%s  %s  signed %s", g.ID, g.Kind, g.Signed.Format(time.DateOnly))
	if !g.Expires.IsZero() {
		line += ", until " + g.Expires.Format(time.DateTime) + " UTC"
	}
	for _, text := range []string{g.Scope, g.Version} {
		if text != "" {
			line += "  " + render.Clean(text, 200)
		}
	}
	return line + "  " + state
}
