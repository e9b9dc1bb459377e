package main

import (
	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/logging"
)

type loginLinkCmd struct {
	User string `help:"Whom it logs in, in their roles; without it, whoever asks, as the owner of everything." placeholder:"NAME"`
}

// Help is what the command's own page says.
func (*loginLinkCmd) Help() string {
	return "The link works once, within ten minutes. An account that was only invited is active from then on. Opening it shows a button: only pressing that uses it up."
}

// Run prints the link and nothing else. The server knows best where it is reached; without one, the configuration tells.
func (c *loginLinkCmd) Run(s *session) error {
	if s.host != nil {
		link, _, err := s.host.app.LoginLinkFor(s.ctx, s.host.call.Actor, c.User, app.BaseURL(s.host.app.Config.Serve))
		if err == nil {
			s.printf("%s\n", link)
		}
		return err
	}
	actor, err := identity.OSUser()
	if err != nil {
		return err
	}
	conf, err := s.existing()
	if err != nil {
		return err
	}
	log, err := logging.New(s.err, conf.Log.Level, conf.Log.Format)
	if err != nil {
		return err
	}
	link, _, err := app.LoginLink(s.ctx, app.Options{Config: conf, Log: log, Version: release()}, actor, c.User)
	if err != nil {
		return err
	}
	s.printf("%s\n", link)
	return nil
}
