package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/socket"
)

// host is the server's side of a session: its open installation, and the call.
type host struct {
	app  *app.App
	call app.Call
}

// alone are the commands that a process does by itself, whether or not a server runs: those that must work when the server does not answer,
// those that are about a server, and those that open no installation.
var alone = []string{"demo", "serve", "stop", "resume", "doctor", "backup", "restore", "verify", "config", "version", "playbook", "stix validate", "stix pattern", "clocks"}

// byItself tells whether a process does a command by itself: what kong calls it begins with one of those.
func byItself(command string) bool {
	return slices.ContainsFunc(alone, func(one string) bool { return strings.HasPrefix(command+" ", one+" ") })
}

// askServer lets the data folder's server do the command, if there is one. asked is false when this process has to do it.
func (s *session) askServer(command string, args []string) (code int, asked bool) {
	if s.host != nil || byItself(command) {
		return 0, false
	}
	conf, err := s.config()
	if err != nil {
		return 0, false // the command says it too
	}
	dir, err := os.Getwd()
	if err != nil {
		return 0, false
	}
	c, err := socket.Dial(s.ctx, app.SocketPath(conf.Data.Dir), socket.Request{
		Release: release(), Args: args, Program: s.program, Dir: dir, Settings: fingerprint(conf), Terminal: terminal(s.err),
	})
	switch problem.KindOf(err) {
	case problem.NotFound:
		return 0, false
	case problem.Unavailable:
		_, _ = fmt.Fprintf(s.err, "firehall: %v: doing it without the server\n", err)
		return 0, false
	}
	if err == nil {
		code, err = c.Run(s.ctx, s.in, s.out, s.err)
	}
	if err != nil {
		return exitCode(err, s.err), true
	}
	return code, true
}

// fingerprint tells versions of a configuration apart, and tells nothing of it.
func fingerprint(c config.Config) string {
	c.Data.Dir = ""
	sum := sha256.Sum256(fmt.Appendf(nil, "%#v", c))
	return hex.EncodeToString(sum[:16])
}

// hosted gives what runs a client's command line inside this process, which began with that configuration.
func hosted(a *app.App, conf config.Config) app.Command {
	began := fingerprint(conf)
	return func(ctx context.Context, call app.Call) int {
		if call.Settings != began {
			_, _ = io.WriteString(call.Err, "note: the configuration has changed since firehall serve was started; restart it to make that count\n")
		}
		s := &session{ctx: ctx, program: call.Program, in: call.In, out: call.Out, err: call.Err, host: &host{a, call}}
		return run(s, call.Args)
	}
}

// terminal tells whether somebody watches what is written there.
func terminal(out io.Writer) bool {
	if t, ok := out.(interface{ Terminal() bool }); ok {
		return t.Terminal()
	}
	f, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
