package main

import "github.com/firehall/firehall/internal/platform/config"

type configCmd struct{}

// Run prints the default configuration.
func (c *configCmd) Run(s *session) error { return config.Print(s.out) }

type versionCmd struct{}

// Run prints the version.
func (c *versionCmd) Run(s *session) error {
	s.printf("firehall %s\n", release())
	return nil
}
