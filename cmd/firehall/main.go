// Command firehall is the whole of Firehall: one binary, one sub-command for each thing that a team does.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"unicode"

	"github.com/alecthomas/kong"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event/duck/engine"
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
	Data   string `help:"Data folder; goes before data.dir of the configuration." placeholder:"DIR" type:"path"`
	Config string `help:"Configuration file; if none is named, firehall.toml in the data folder, if it is there." placeholder:"FILE" type:"existingfile"`

	Demo         demoCmd         `cmd:"" help:"Make a demonstration nation and take its feeds in before your eyes."`
	Serve        serveCmd        `cmd:"" help:"Run the server: pages, feeds that arrive by themselves, messages that go by themselves."`
	Ingest       ingestCmd       `cmd:"" help:"Take in feed files, standard input or a drop folder."`
	Events       eventsCmd       `cmd:"" help:"Ask for events: list, count or export them."`
	Findings     findingsCmd     `cmd:"" help:"The standing problems that events show: list, count, look at one, move."`
	Who          whoCmd          `cmd:"" help:"Whom an address, domain, URL or AS number concerns, who would be told, and why."`
	Constituency constituencyCmd `cmd:"" help:"The register of organisations, networks and contacts."`
	Team         teamCmd         `cmd:"" help:"The directory of fellow teams: entries, agreements, sharing groups."`
	Feed         feedCmd         `cmd:"" help:"What was taken in, and what was set aside."`
	Notify       notifyCmd       `cmd:"" help:"Tell the owners: what would be sent, approve it, send it."`
	Outbox       outboxCmd       `cmd:"" help:"The messages: what waits, what was sent, what did not arrive."`
	Stop         stopCmd         `cmd:"" help:"Stop all sending, or a channel, a feed, a batch, within a second."`
	Resume       resumeCmd       `cmd:"" help:"Let go again what was stopped."`
	Queue        queueCmd        `cmd:"" help:"What a person of the team has to look at."`
	Bounce       bounceCmd       `cmd:"" help:"Hear what came back to the return paths of your mail."`
	Keys         keysCmd         `cmd:"" help:"Your OpenPGP key, DKIM record and the secrets of webhooks."`
	Release      releaseCmd      `cmd:"" help:"Who may be told what: what was decided and why, and grants."`
	Clocks       clocksCmd       `cmd:"" help:"What a law wants by when, calculated from when it began."`
	Keep         keepCmd         `cmd:"" help:"Compaction, retention, erasure and clearing up."`
	Data_        dataCmd         `cmd:"" name:"data" help:"The files that addresses are enriched from, and how old they are."`
	Playbook     playbookCmd     `cmd:"" help:"Playbooks: check one that your team wrote."`
	Sharing      sharingCmd      `cmd:"" help:"Put your incidents and findings into collections for fellow teams, and take them out."`
	Indicator    indicatorCmd    `cmd:"" help:"What to look for: list, add, say that it was seen or is wrong."`
	Blocklist    blocklistCmd    `cmd:"" help:"What is to be blocked of a collection."`
	Stix         stixCmd         `cmd:"" help:"STIX: say what a bundle holds, read a pattern."`
	Backup       backupCmd       `cmd:"" help:"Write everything but the keys into one file, while the server runs."`
	Restore      restoreCmd      `cmd:"" help:"Bring a backup back into an empty data folder."`
	Verify       verifyCmd       `cmd:"" help:"Read everything, or a backup, and name what is damaged."`
	User         userCmd         `cmd:"" help:"The people of the team: accounts, roles, agreements."`
	Token        tokenCmd        `cmd:"" help:"The tokens by which programs use the API."`
	LoginLink    loginLinkCmd    `cmd:"" help:"Print a link that logs you in, or somebody else, once."`
	Audit        auditCmd        `cmd:"" help:"The record of who did what."`
	Doctor       doctorCmd       `cmd:"" help:"Look at everything this stands on: what is wrong, and what to do."`
	Config_      configCmd       `cmd:"" name:"config" help:"Print the configuration with its defaults, commented."`
	Version      versionCmd      `cmd:"" help:"Print the version."`
}

// errPartly says that the command did its work but something was set aside.
var errPartly = problem.New(problem.Invalid, "something was set aside")

func main() {
	if engine.Asked() {
		os.Exit(engine.Child(os.Stdin, os.Stdout))
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	code := run(&session{ctx: ctx, program: os.Args[0], in: os.Stdin, out: os.Stdout, err: os.Stderr}, os.Args[1:])
	stop()
	os.Exit(code)
}

// session is what a sub-command works with: one command line, of this process or of a client's that asked the server.
type session struct {
	ctx     context.Context
	cli     *cli
	program string // as it was typed
	in      io.Reader
	out     io.Writer
	err     io.Writer
	host    *host // in the server; nil in a process of its own
}

func run(s *session, args []string) int {
	var c cli
	s.cli = &c
	exited := -1
	parser, err := kong.New(&c, kong.Name("firehall"), kong.Description("The software that a CSIRT runs on."),
		kong.Writers(s.out, s.err), kong.Exit(func(code int) { exited = code }), kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.NamedMapper("path", pathMapper{s, anything}), kong.NamedMapper("existingfile", pathMapper{s, aFile}), kong.NamedMapper("existingdir", pathMapper{s, aFolder}))
	if err != nil {
		_, _ = fmt.Fprintln(s.err, "firehall:", err)
		return exitFailed
	}
	if len(args) == 0 {
		_, _ = parser.Parse([]string{"--help"})
		return exitUsage
	}
	k, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		_, _ = fmt.Fprintf(s.err, "firehall: %v\n%s shows what can be said.\n", err, helpFor(err))
		return exitUsage
	}
	if code, asked := s.askServer(k.Command(), args); asked {
		return code
	}
	return exitCode(k.Run(s), s.err)
}

// helpFor names the help page of the command that could not be understood.
func helpFor(err error) string {
	var wrong *kong.ParseError
	if errors.As(err, &wrong) && wrong.Context != nil {
		if n := wrong.Context.Selected(); n != nil {
			return "firehall " + n.Path() + " --help"
		}
	}
	return "firehall --help"
}

func exitCode(err error, errs io.Writer) int {
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errPartly): // kong may wrap it
		return exitPartly
	}
	if errors.Is(err, errBroken) {
		return exitFailed
	}
	_, _ = fmt.Fprintln(errs, "firehall:", err)
	if problem.KindOf(err) == problem.Invalid {
		return exitUsage
	}
	return exitFailed
}

// version may be set by who packages it (-ldflags '-X main.version=1.2.3'); else the module's or the commit's is told.
var version string

// release names the program's version.
func release() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "development"
	}
	return info.Main.Version
}

// config reads the configuration that the flags name; if they name none, the one that the data folder may hold.
func (s *session) config() (config.Config, error) {
	if s.host != nil {
		return s.host.app.Config, nil
	}
	path, dir := s.cli.Config, s.cli.Data
	if path == "" {
		if dir == "" {
			c, err := config.Load("", os.Environ())
			if err != nil {
				return c, err
			}
			dir = c.Data.Dir
		}
		if own := filepath.Join(dir, app.ConfigName); regular(own) {
			path = own
		}
	}
	c, err := config.Load(path, os.Environ())
	if dir != "" {
		c.Data.Dir = dir
	}
	return c, err
}

func regular(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// command writes a command that can be copied: it works on the same installation.
func (s *session) command(words ...string) string {
	line := []string{"firehall"}
	if strings.ContainsRune(s.program, filepath.Separator) {
		line[0] = s.tidyPath(s.program)
	}
	if s.cli.Data != "" {
		line = append(line, "--data", s.tidyPath(s.cli.Data))
	}
	if s.cli.Config != "" {
		line = append(line, "--config", s.tidyPath(s.cli.Config))
	}
	for i, w := range line {
		line[i] = quoted(w)
	}
	return strings.Join(append(line, words...), " ")
}

// quoted writes a word as a shell takes it.
func quoted(w string) string {
	if strings.IndexFunc(w, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_./:@%+=,", r)
	}) < 0 {
		return w
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}

// open opens the installation; with write it is this process's alone.
func (s *session) open(write bool) (*app.App, identity.Actor, func(), error) {
	read := s.existing
	if write {
		read = s.config
	}
	c, err := read()
	if err != nil {
		return nil, identity.Actor{}, nil, err
	}
	return s.openWith(c, write)
}

// existing reads the configuration of an installation that is there: somebody who asks and mistypes the folder should not get an empty one.
func (s *session) existing() (config.Config, error) {
	c, err := s.config()
	if err != nil || s.host != nil {
		return c, err
	}
	if _, err := os.Stat(c.Data.Dir); errors.Is(err, fs.ErrNotExist) {
		return c, problem.New(problem.NotFound, "there is no data folder %s: is --data right? The first import or ingest makes it", c.Data.Dir)
	}
	return c, nil
}

func (s *session) openWith(c config.Config, write bool) (*app.App, identity.Actor, func(), error) {
	if s.host != nil {
		return s.host.app, s.host.call.Actor, func() {}, nil
	}
	actor, err := identity.OSUser()
	if err != nil {
		return nil, actor, nil, err
	}
	log, err := logging.New(s.err, c.Log.Level, c.Log.Format)
	if err != nil {
		return nil, actor, nil, err
	}
	a, err := app.New(s.ctx, app.Options{Config: c, Log: log, Version: release(), Write: write})
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
