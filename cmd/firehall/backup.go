package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/backup"
	"github.com/firehall/firehall/internal/platform/logging"
)

type backupCmd struct {
	File       string `arg:"" help:"The file to write; it must not exist." type:"path"`
	Keys       string `help:"Save the keys too, in this file, under a passphrase." placeholder:"FILE" type:"path"`
	Passphrase string `help:"A file whose first line is the passphrase; else it is asked for." name:"passphrase-file" placeholder:"FILE" type:"existingfile"`
	JSON       bool   `help:"Print JSON."`
}

// Help is what the command's own page says.
func (backupCmd) Help() string {
	return "It works while the server runs. The keys (folder keys of the data folder) and the configuration are never in it: keep them elsewhere."
}

// Run backs up, and ends with exit code 3 if something was damaged before.
func (c *backupCmd) Run(s *session) error {
	words := ""
	if c.Keys != "" {
		var err error
		if words, err = s.passphrase(c.Passphrase, true); err != nil {
			return err
		}
	}
	v, actor, done, err := s.openVault()
	if err != nil {
		return err
	}
	defer done()
	m, err := v.Backup(s.ctx, actor, app.BackupOptions{File: c.File, Keys: c.Keys, Passphrase: words, Progress: s.tellProgress})
	if err != nil {
		return err
	}
	if c.JSON {
		m.Members = nil
		if err := json.NewEncoder(s.out).Encode(m); err != nil {
			return err
		}
		return damaged(m.Faults)
	}
	s.printf("%s holds everything as of %s UTC: %s files, %s bytes.\n", c.File, m.Made.Format(time.DateTime), grouped(int64(len(m.Members))), grouped(m.Bytes()))
	s.tellFigures(m.Figures)
	if c.Keys == "" {
		s.printf("The keys are not in it: copy the folder keys of the data folder to a safe place, or give --keys FILE.\n")
	}
	s.tellFaults(m.Faults)
	return damaged(m.Faults)
}

type restoreCmd struct {
	File       string `arg:"" help:"The backup." type:"existingfile"`
	Keys       string `help:"The file with the keys." placeholder:"FILE" type:"existingfile"`
	Passphrase string `help:"A file whose first line is the passphrase; else it is asked for." name:"passphrase-file" placeholder:"FILE" type:"existingfile"`
	JSON       bool   `help:"Print JSON."`
}

// Help is what the command's own page says.
func (restoreCmd) Help() string {
	return "The data folder (--data) must be empty but for firehall.toml and keys, and so must a database that the configuration names. " +
		"What is restored sends nothing until firehall resume, and nobody is logged in."
}

// Run restores.
func (c *restoreCmd) Run(s *session) error {
	words := ""
	if c.Keys != "" {
		var err error
		if words, err = s.passphrase(c.Passphrase, false); err != nil {
			return err
		}
	}
	actor, err := identity.OSUser()
	if err != nil {
		return err
	}
	conf, err := s.config()
	if err != nil {
		return err
	}
	log, err := logging.New(s.err, conf.Log.Level, conf.Log.Format)
	if err != nil {
		return err
	}
	o := app.Options{Config: conf, Log: log, Version: release()}
	r, err := app.Restore(s.ctx, o, actor, app.RestoreOptions{File: c.File, Keys: c.Keys, Passphrase: words, Progress: s.tellProgress})
	if err != nil {
		return err
	}
	r.Members = nil
	if c.JSON {
		return json.NewEncoder(s.out).Encode(r)
	}
	s.tellRestored(conf.Data.Dir, r)
	return nil
}

func (s *session) tellRestored(dir string, r app.Restored) {
	if r.Resumed {
		s.printf("An earlier restore that was cut off was brought to its end.\n")
	}
	s.printf("%s holds what the backup of %s UTC held.\n", dir, r.Made.Format(time.DateTime))
	s.tellFigures(r.Figures)
	s.tellFaults(r.Faults)
	if r.Keys == 0 {
		s.printf("No keys were restored: if you have no copy of the folder keys to put there, new ones are made, and what was seen before counts as new once more.\n")
	}
	s.printf("Nothing is sent: what waits may have been sent since. Look with %s, then let it go with %s.\n", s.command("outbox"), s.command("resume"))
	s.printf("Sessions, login links and tokens of feeds do not work any more: %s, %s.\n", s.command("login-link"), s.command("feed", "token", "FEED"))
}

type verifyCmd struct {
	File string `arg:"" optional:"" help:"A backup; none: the installation itself." type:"existingfile"`
	JSON bool   `help:"Print JSON."`
}

// Run reads everything, and ends with exit code 1 if something is damaged.
func (c *verifyCmd) Run(s *session) error {
	if c.File != "" {
		return c.archive(s)
	}
	v, actor, done, err := s.openVault()
	if err != nil {
		return err
	}
	defer done()
	r, err := v.Verify(s.ctx, actor, s.tellProgress)
	if err != nil {
		return err
	}
	if c.JSON {
		err = json.NewEncoder(s.out).Encode(r)
	} else {
		s.printf("%s files with %s bytes were read; the audit record ends at %s.\n", grouped(int64(r.Files)), grouped(r.Bytes), r.Audit)
		s.tellFigures(r.Figures)
		s.tellFaults(r.Faults)
	}
	return errors.Join(err, broken(r.Faults))
}

func (c *verifyCmd) archive(s *session) error {
	m, faults, err := backup.Verify(s.ctx, c.File)
	if err != nil {
		return err
	}
	if c.JSON {
		err = json.NewEncoder(s.out).Encode(map[string]any{
			"id": m.ID, "made": m.Made, "program": m.Program, "engine": m.Engine, "schema": m.Schema,
			"members": len(m.Members), "bytes": m.Bytes(), "figures": m.Figures, "faults": faults, "faults_when_made": m.Faults,
		})
		return errors.Join(err, broken(faults))
	}
	if len(faults) == 0 {
		s.printf("%s is whole: %s files with %s bytes, as of %s UTC, made by Firehall %s.\n", c.File, grouped(int64(len(m.Members))), grouped(m.Bytes()),
			m.Made.Format(time.DateTime), render.Clean(m.Program, 40))
		s.tellFigures(m.Figures)
		s.tellFaults(m.Faults)
	}
	s.tellFaults(faults)
	return broken(faults)
}

// damaged ends a backup that holds what was damaged before.
func damaged(faults []backup.Fault) error {
	if len(faults) > 0 {
		return errPartly
	}
	return nil
}

// broken ends a verification that found something.
func broken(faults []backup.Fault) error {
	if len(faults) == 0 {
		return nil
	}
	return problem.New(problem.Conflict, "%s damaged: restore from a backup made before; docs/ops/backup.md says how", plural(int64(len(faults)), "thing"))
}

func (s *session) tellFigures(figures map[string]int64) {
	for _, name := range slices.Sorted(maps.Keys(figures)) {
		s.printf("  %-20s %s\n", render.Clean(name, 40), grouped(figures[name]))
	}
}

func (s *session) tellFaults(faults []backup.Fault) {
	for _, f := range faults {
		s.printf("DAMAGED: %s\n", render.Clean(f.String(), 300))
	}
}

func (s *session) tellProgress(text string) { _, _ = fmt.Fprintln(s.err, render.Clean(text, 200)) }

// passphrase reads the passphrase from a file, or asks for it, twice if a mistake could not be found.
func (s *session) passphrase(file string, twice bool) (string, error) {
	in := s.in
	if file != "" {
		f, err := os.Open(file)
		if err != nil {
			return "", problem.Wrap(problem.Invalid, err, "open the passphrase's file")
		}
		defer func() { _ = f.Close() }()
		in, twice = f, false
	} else {
		defer s.noEcho()()
		_, _ = fmt.Fprint(s.err, "Passphrase for the keys: ")
	}
	lines := bufio.NewReader(io.LimitReader(in, 4096))
	words, err := firstLine(lines)
	if err == nil && twice {
		_, _ = fmt.Fprint(s.err, "Once more: ")
		var again string
		if again, err = firstLine(lines); err == nil && again != words {
			err = problem.New(problem.Invalid, "the two passphrases differ")
		}
	}
	return words, err
}

func firstLine(r *bufio.Reader) (string, error) {
	line, err := r.ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", problem.Wrap(problem.Unavailable, err, "read the passphrase")
	}
	line = strings.TrimRight(line, "\r\n")
	if len(line) < 8 {
		return "", problem.New(problem.Invalid, "the passphrase must have at least eight characters")
	}
	return line, nil
}

// noEcho keeps a terminal from showing what is typed, until the returned function is called.
func (s *session) noEcho() func() {
	f, ok := s.in.(*os.File)
	if !ok {
		return func() {}
	}
	back, ok := hushed(int(f.Fd())) //nolint:gosec // a file descriptor
	if !ok {
		return func() {} // no terminal
	}
	return func() {
		back()
		_, _ = fmt.Fprintln(s.err)
	}
}

// openVault opens the installation for reading all of it, without waiting for another process.
func (s *session) openVault() (*app.Vault, identity.Actor, func(), error) {
	actor, err := identity.OSUser()
	if err != nil {
		return nil, actor, nil, err
	}
	c, err := s.existing()
	if err != nil {
		return nil, actor, nil, err
	}
	log, err := logging.New(s.err, c.Log.Level, c.Log.Format)
	if err != nil {
		return nil, actor, nil, err
	}
	v, err := app.OpenVault(s.ctx, app.Options{Config: c, Log: log, Version: release()})
	if err != nil {
		return nil, actor, nil, err
	}
	return v, actor, func() {
		if err := v.Close(context.WithoutCancel(s.ctx)); err != nil {
			log.ErrorContext(s.ctx, "closing", "error", err)
		}
	}, nil
}
