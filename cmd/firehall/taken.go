package main

import (
	"path/filepath"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/identity"
	told "github.com/firehall/firehall/internal/release"
)

// taken has release decide that whoever runs a command may take what it writes for other programs and other people to read, and puts that on record before
// its first byte: what was asked, and the name of the file if there is one. What a command shows on a screen is no file.
func (s *session) taken(a *app.App, actor identity.Actor, command, asked, file string) error {
	if file != "" {
		file = filepath.Base(file)
	}
	command = "firehall " + command
	return a.Release.Take(s.ctx, actor, told.Taking{Route: command, Path: command, Query: asked, Name: file})
}
