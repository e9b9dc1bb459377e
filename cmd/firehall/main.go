// Command firehall is the whole of Firehall: one binary, one sub-command for each thing that a team does.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event/duck"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/logging"
)

// The exit codes are a contract: scripts rely on them.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
	exitPartly = 3
)

// cli is the command line.
type cli struct {
	Data   string `help:"Data folder (goes before data.dir of the configuration)." placeholder:"DIR" type:"path"`
	Config string `help:"Configuration file." placeholder:"FILE" type:"existingfile"`

	Ingest       ingestCmd       `cmd:"" help:"Take in feed files, standard input or a drop folder."`
	Events       eventsCmd       `cmd:"" help:"Ask for events."`
	Who          whoCmd          `cmd:"" help:"Whom an address, domain, URL or AS number concerns, and who would be told."`
	Constituency constituencyCmd `cmd:"" help:"The register of organisations, networks and contacts."`
	Feed         feedCmd         `cmd:"" help:"What was taken in, and what was set aside."`
	Config_      configCmd       `cmd:"" name:"config" help:"Print the configuration with its defaults, commented."`
	Version      versionCmd      `cmd:"" help:"Print the version."`
}

// errPartly says that the command did its work but something was set aside.
var errPartly = problem.New(problem.Invalid, "something was set aside")

func main() {
	if len(os.Args) > 1 && os.Args[1] == "__duck" || os.Getenv(duck.Variable) != "" {
		os.Exit(duck.Child(os.Stdin, os.Stdout))
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// session is what a sub-command works with.
type session struct {
	ctx context.Context
	cli *cli
	in  io.Reader
	out io.Writer
	err io.Writer
}

func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	var c cli
	exited := -1
	parser, err := kong.New(&c, kong.Name("firehall"), kong.Description("The software that a CSIRT runs on."),
		kong.Writers(out, errs), kong.Exit(func(code int) { exited = code }), kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		_, _ = fmt.Fprintln(errs, "firehall:", err)
		return exitFailed
	}
	k, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		_, _ = fmt.Fprintf(errs, "firehall: %v\nfirehall --help shows the commands.\n", err)
		return exitUsage
	}
	return exitCode(k.Run(&session{ctx: ctx, cli: &c, in: in, out: out, err: errs}), errs)
}

func exitCode(err error, errs io.Writer) int {
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errPartly): // kong may wrap it
		return exitPartly
	}
	_, _ = fmt.Fprintln(errs, "firehall:", err)
	if problem.KindOf(err) == problem.Invalid {
		return exitUsage
	}
	return exitFailed
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "development"
	}
	return info.Main.Version
}

// config reads the configuration that the flags name.
func (s *session) config() (config.Config, error) {
	c, err := config.Load(s.cli.Config, os.Environ())
	if err == nil && s.cli.Data != "" {
		c.Data.Dir = s.cli.Data
	}
	return c, err
}

// open opens the installation; with write it is this process's alone.
func (s *session) open(write bool) (*app.App, identity.Actor, func(), error) {
	c, err := s.config()
	if err != nil {
		return nil, identity.Actor{}, nil, err
	}
	return s.openWith(c, write)
}

func (s *session) openWith(c config.Config, write bool) (*app.App, identity.Actor, func(), error) {
	actor, err := identity.OSUser()
	if err != nil {
		return nil, actor, nil, err
	}
	log, err := logging.New(s.err, c.Log.Level, c.Log.Format)
	if err != nil {
		return nil, actor, nil, err
	}
	a, err := app.New(s.ctx, app.Options{Config: c, Log: log, Version: version(), Write: write})
	if err != nil {
		return nil, actor, nil, err
	}
	return a, actor, func() {
		if err := a.Stop(context.WithoutCancel(s.ctx)); err != nil {
			log.ErrorContext(s.ctx, "stopping", "error", err)
		}
	}, nil
}

func (s *session) printf(format string, args ...any) { _, _ = fmt.Fprintf(s.out, format, args...) }
