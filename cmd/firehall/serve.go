package main

import (
	"errors"
	"path/filepath"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/logging"
)

type serveCmd struct {
	Listen string `help:"Address and port; goes before serve.listen of the configuration." placeholder:"HOST:PORT"`
}

// Help is what the command's own page says.
func (serveCmd) Help() string {
	return "Runs until Ctrl-C or SIGTERM; a second signal ends it at once, which loses nothing. While it runs, other commands on this data folder are done by it."
}

// Run serves until the session ends.
func (c *serveCmd) Run(s *session) error {
	conf, err := s.config()
	if err != nil {
		return err
	}
	a, err := s.openServer(&conf)
	if err != nil {
		return err
	}
	err = a.Serve(s.ctx, app.ServeOptions{
		Listen: c.Listen, Out: s.out, Command: hosted(a, conf), Ready: func(url string) { s.printf("Firehall is ready at %s\n", url) },
	})
	return errors.Join(err, a.Close())
}

// openServer opens the installation for a server.
func (s *session) openServer(conf *config.Config) (a *app.App, err error) {
	if conf.Data.Dir, err = filepath.Abs(conf.Data.Dir); err != nil { // clients have working directories of their own
		return nil, err
	}
	log, err := logging.New(s.err, conf.Log.Level, conf.Log.Format)
	if err != nil {
		return nil, err
	}
	a, err = app.New(s.ctx, app.Options{Config: *conf, Log: log, Version: release(), Write: true, Serving: true})
	if err == nil {
		app.TuneForIngest()
	}
	return a, err
}
