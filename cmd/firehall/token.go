package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/identity"
	apitoken "github.com/firehall/firehall/internal/identity/token"
)

type tokenCmd struct {
	Add    tokenAddCmd    `cmd:"" help:"Make a token for a program, and print it."`
	List   tokenListCmd   `cmd:"" help:"The tokens of programs: scopes, when they were used last."`
	Revoke tokenRevokeCmd `cmd:"" help:"End a token at once."`
}

type tokenAddCmd struct {
	Name    string `arg:"" help:"What the token is for."`
	Scope   string `required:"" help:"What it opens, with commas: reports:write,reports:read" placeholder:"SCOPES"`
	Expires string `help:"When it ends: a day as in 2027-03-31, or a time as in 90d; never if nobody says." placeholder:"WHEN"`
	For     string `help:"The login of a peer for which it acts, which cannot make one itself." placeholder:"LOGIN"`
	JSON    bool   `help:"Print JSON."`
}

// Help is what the command's own page says.
func (*tokenAddCmd) Help() string {
	names := make([]string, 0, len(identity.Scopes()))
	for _, s := range identity.Scopes() {
		names = append(names, string(s))
	}
	return "The scopes are " + strings.Join(names, ", ") + ". A token is told once: it is sent as Authorization: Bearer TOKEN. Tokens for pushing to feeds are others: firehall feed token FEED."
}

// Run makes a token. It stands alone on standard output, so that a script can keep it.
func (c *tokenAddCmd) Run(s *session) error {
	scopes, err := identity.ParseScopes(c.Scope)
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
	d := apitoken.Draft{Name: c.Name, Scopes: scopes, Expires: expires}
	if c.For != "" {
		who, err := a.Accounts.Named(s.ctx, actor, c.For)
		if err != nil {
			return err
		}
		d.For = who.ID
	}
	text, tok, err := a.Programs.Make(s.ctx, actor, d)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(map[string]any{"token": text, "id": tok.ID, "name": tok.Name, "scopes": tok.Scopes, "expires": tok.Expires})
	}
	s.printf("%s\n", text)
	_, _ = fmt.Fprintf(s.err, "This is shown once. A program sends it as Authorization: Bearer TOKEN.\nIt is ended by %s\n", s.command("token", "revoke", tok.ID))
	return nil
}

type tokenListCmd struct {
	JSON bool `help:"Print JSON."`
}

// Run lists the tokens.
func (c *tokenListCmd) Run(s *session) error {
	a, actor, stop, err := s.open(false)
	if err != nil {
		return err
	}
	defer stop()
	list, err := a.Programs.List(s.ctx, actor)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(list)
	}
	if len(list) == 0 {
		s.printf("No program has a token. %s makes one.\n", s.command("token", "add", "NAME", "--scope", "reports:write"))
	}
	for _, t := range list {
		s.printf("%s\n", tokenLine(t, a.Clock.Now()))
	}
	return nil
}

// tokenLine is a token in one line.
func tokenLine(t apitoken.Token, now time.Time) string {
	names := make([]string, len(t.Scopes))
	for i, s := range t.Scopes {
		names[i] = string(s)
	}
	state := "never used"
	switch {
	case !t.Revoked.IsZero():
		state = "revoked " + t.Revoked.Format(time.DateTime) + " UTC"
	case !t.Works(now):
		state = "over since " + t.Expires.Format(time.DateTime) + " UTC"
	case !t.Used.IsZero():
		state = "last used " + t.Used.Format(time.DateTime) + " UTC"
	}
	line := fmt.Sprintf("%s  made %s UTC by %s, %s", t.ID, t.Created.Format(time.DateTime), t.Maker, state)
	if t.Works(now) && !t.Expires.IsZero() {
		line += ", until " + t.Expires.Format(time.DateTime) + " UTC"
	}
	return line + "  " + strings.Join(names, ",") + "  " + render.Clean(t.Name, 200)
}

type tokenRevokeCmd struct {
	ID string `arg:"" help:"The token's id, as token list shows it."`
}

// Run ends a token.
func (c *tokenRevokeCmd) Run(s *session) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	if err := a.Programs.Revoke(s.ctx, actor, c.ID); err != nil {
		return err
	}
	s.printf("Token %s is revoked: no program acts by it any more.\n", c.ID)
	return nil
}
