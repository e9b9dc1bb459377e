package main

import (
	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/logging"
)

type loginLinkCmd struct{}

// Help is what the command's own page says.
func (loginLinkCmd) Help() string {
	return "The link works once, within ten minutes, for who asks for it. Opening it shows a button: only pressing that uses it up."
}

// Run prints the link and nothing else. The server knows best where it is reached; without one, the configuration tells.
func (loginLinkCmd) Run(s *session) error {
	if s.host != nil {
		link, _, err := s.host.app.LoginLink(s.ctx, s.host.call.Actor, app.BaseURL(s.host.app.Config.Serve))
		if err == nil {
			s.printf("%s\n", link)
		}
		return err
	}
	actor, err := identity.OSUser()
	if err != nil {
		return err
	}
	c, err := s.existing()
	if err != nil {
		return err
	}
	log, err := logging.New(s.err, c.Log.Level, c.Log.Format)
	if err != nil {
		return err
	}
	link, _, err := app.LoginLink(s.ctx, app.Options{Config: c, Log: log, Version: release()}, actor)
	if err != nil {
		return err
	}
	s.printf("%s\n", link)
	return nil
}
