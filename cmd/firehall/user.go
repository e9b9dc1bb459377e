package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
)

type userCmd struct {
	Add       userAddCmd       `cmd:"" help:"Make an account, and print the link that invites whom it is for."`
	Invite    userInviteCmd    `cmd:"" help:"Print a new invitation: the first was lost, or every way to log in."`
	List      userListCmd      `cmd:"" help:"The people of the team: roles, states, agreements."`
	Role      userRoleCmd      `cmd:"" help:"Give somebody other roles."`
	Disable   userDisableCmd   `cmd:"" help:"End an account at once: its sessions, invitations and tokens."`
	Enable    userEnableCmd    `cmd:"" help:"Let an account be used again."`
	Expire    userExpireCmd    `cmd:"" help:"Say when an account ends by itself."`
	Agreement userAgreementCmd `cmd:"" help:"Record what somebody signed, list it, or end it."`
}

// endOf reads a day ("2027-03-31": to its end), a moment ("2027-03-31T12:00:00Z"), or a time from now ("30d", "12h"); zero for "".
func endOf(text string, now time.Time) (time.Time, error) {
	if text == "" || text == "never" {
		return time.Time{}, nil
	}
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return day.AddDate(0, 0, 1), nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at.UTC(), nil
	}
	if n, ok := strings.CutSuffix(text, "d"); ok {
		text = n + "h"
		if d, err := time.ParseDuration(text); err == nil {
			return now.Add(24 * d), nil
		}
	} else if d, err := time.ParseDuration(text); err == nil {
		return now.Add(d), nil
	}
	return time.Time{}, problem.New(problem.Invalid, "%q is no time: say a day as in 2027-03-31, a time from now as in 30d or 12h, or never", text)
}

// roles reads names of roles.
func roles(names []string) (list []identity.Role, err error) {
	for _, name := range names {
		r, err := identity.ParseRole(name)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

type userAddCmd struct {
	Login    string   `arg:"" name:"name" help:"What the person types to log in: letters, digits and . _ - + @"`
	Role     []string `required:"" help:"What the person does: manager, duty-officer, incident-handler, ...; several with commas." placeholder:"ROLE"`
	Name     string   `help:"What the person is called; the login if nobody says." placeholder:"TEXT"`
	Email    string   `help:"Where the person is reached." placeholder:"ADDRESS"`
	Language string   `help:"en or fr; as the browser says if nobody says." placeholder:"LANG"`
	Expires  string   `help:"When the account ends by itself: a day, or a time as in 30d." placeholder:"WHEN"`
	JSON     bool     `help:"Print JSON."`

	Organisation string `help:"Of a peer: its organisation in the register, by id or name." placeholder:"ORG"`
}

// Run makes the account. The link stands alone on standard output.
func (c *userAddCmd) Run(s *session) error {
	list, err := roles(c.Role)
	if err != nil {
		return err
	}
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	expires, err := endOf(c.Expires, a.Clock.Now())
	if err != nil {
		return err
	}
	d := account.Draft{Login: c.Login, Name: c.Name, Email: c.Email, Language: c.Language, Roles: list, Expires: expires}
	if d.Organisation, err = s.registered(a, actor, c.Organisation); err != nil {
		return err
	}
	who, i, err := a.Accounts.Add(s.ctx, actor, d)
	if err != nil {
		return err
	}
	if who.Organisation != "" {
		return s.peerToken(a, actor, who, c.JSON)
	}
	return s.invitation(a, who, i, c.JSON)
}

// invitation prints the way into an account.
func (s *session) invitation(a *app.App, who account.Account, i account.Invitation, asJSON bool) error {
	link := i.URL(app.BaseURL(a.Config.Serve))
	if asJSON {
		return json.NewEncoder(s.out).Encode(map[string]any{"account": who, "invitation": link, "expires": i.Expires})
	}
	s.printf("%s\n", link)
	_, _ = fmt.Fprintf(s.err, "%s may log in when this link was opened, once, before %s UTC. Send it to nobody else.\n", who.Login, i.Expires.Format(time.DateTime))
	return nil
}

type userInviteCmd struct {
	Login string `arg:"" name:"name" help:"The person's login."`
	JSON  bool   `help:"Print JSON."`
}

// Run makes a new invitation.
func (c *userInviteCmd) Run(s *session) error {
	return s.forUser(c.Login, func(a *app.App, actor identity.Actor, who account.Account) error {
		i, err := a.Accounts.Invite(s.ctx, actor, who.ID)
		if err != nil {
			return err
		}
		return s.invitation(a, who, i, c.JSON)
	})
}

// forUser opens the installation and does something with somebody's account.
func (s *session) forUser(login string, do func(a *app.App, actor identity.Actor, who account.Account) error) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	who, err := a.Accounts.Named(s.ctx, actor, login)
	if err != nil {
		return err
	}
	return do(a, actor, who)
}

type userListCmd struct {
	JSON bool `help:"Print JSON."`
}

// lapse is how long before its end an agreement is warned about.
const lapse = 30 * 24 * time.Hour

// Run lists the accounts, and the agreements that will run out.
func (c *userListCmd) Run(s *session) error {
	a, actor, stop, err := s.open(false)
	if err != nil {
		return err
	}
	defer stop()
	list, err := a.Accounts.List(s.ctx, actor)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(list)
	}
	if len(list) == 0 {
		s.printf("There is no account yet. %s makes one.\n", s.command("user", "add", "NAME", "--role", "manager"))
	}
	for _, who := range list {
		s.printf("%s\n", userLine(who))
	}
	soon, err := a.Accounts.Lapsing(s.ctx, actor, lapse)
	for _, l := range soon {
		s.hang("  ", fmt.Sprintf("%s: the %s agreement %s ends on %s", l.Login, l.Kind, l.ID, l.Expires.Format(time.DateOnly)))
	}
	return err
}

// userLine is an account in one line.
func userLine(who account.Account) string {
	names := make([]string, len(who.Roles))
	for i, r := range who.Roles {
		names[i] = string(r)
	}
	line := fmt.Sprintf("%s  %s  %s", who.Login, who.State, strings.Join(names, ","))
	if who.Name != who.Login {
		line += "  " + render.Clean(who.Name, 200)
	}
	if who.Organisation != "" {
		line += "  for " + who.Organisation
	}
	if !who.Expires.IsZero() {
		line += "  until " + who.Expires.Format(time.DateTime) + " UTC"
	}
	return line
}

type userRoleCmd struct {
	Login string   `arg:"" name:"name" help:"The person's login."`
	Role  []string `arg:"" help:"All the roles that the person has from now on."`
}

// Run gives somebody other roles.
func (c *userRoleCmd) Run(s *session) error {
	list, err := roles(c.Role)
	if err != nil {
		return err
	}
	return s.forUser(c.Login, func(a *app.App, actor identity.Actor, who account.Account) error {
		return s.told(a.Accounts.SetRoles(s.ctx, actor, who.ID, who.Version, list))
	})
}

// told prints an account after a change.
func (s *session) told(who account.Account, err error) error {
	if err == nil {
		s.printf("%s\n", userLine(who))
	}
	return err
}

type userDisableCmd struct {
	Login  string `arg:"" name:"name" help:"The person's login."`
	Reason string `help:"For the record." default:"disabled at the command line"`
}

// Run ends an account.
func (c *userDisableCmd) Run(s *session) error {
	return s.forUser(c.Login, func(a *app.App, actor identity.Actor, who account.Account) error {
		return s.told(a.Accounts.Disable(s.ctx, actor, who.ID, c.Reason))
	})
}

type userEnableCmd struct {
	Login  string `arg:"" name:"name" help:"The person's login."`
	Reason string `help:"For the record." default:"enabled at the command line"`
}

// Run lets an account be used again.
func (c *userEnableCmd) Run(s *session) error {
	return s.forUser(c.Login, func(a *app.App, actor identity.Actor, who account.Account) error {
		return s.told(a.Accounts.Enable(s.ctx, actor, who.ID, c.Reason))
	})
}

type userExpireCmd struct {
	Login string `arg:"" name:"name" help:"The person's login."`
	When  string `arg:"" help:"A day as in 2027-03-31, a time as in 30d, or never."`
}

// Run says when an account ends.
func (c *userExpireCmd) Run(s *session) error {
	return s.forUser(c.Login, func(a *app.App, actor identity.Actor, who account.Account) error {
		at, err := endOf(c.When, a.Clock.Now())
		if err != nil {
			return err
		}
		return s.told(a.Accounts.SetExpiry(s.ctx, actor, who.ID, who.Version, at))
	})
}
