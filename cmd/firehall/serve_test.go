package main

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// served is the server of a scenario.
type served struct {
	process *exec.Cmd
	said    *talk
	url     string
}

// servedKey is where a scenario keeps its server.
type servedKey struct{}

// withServer gives each scenario a place for its server, and ends it with the scenario.
func withServer(env *testscript.Env) error {
	s := &served{}
	env.Values[servedKey{}] = s
	env.Defer(s.kill)
	return nil
}

func (s *served) kill() {
	if s.process != nil {
		_ = s.process.Process.Kill()
		_ = s.process.Wait()
		s.process = nil
	}
}

var readyLine = regexp.MustCompile(`Firehall is ready at (http://\S+)`)

// serve DATA starts a server and waits until it is ready.
func serve(ts *testscript.TestScript, neg bool, args []string) {
	s, _ := ts.Value(servedKey{}).(*served)
	if neg || len(args) != 1 || s.process != nil {
		ts.Fatalf("usage: serve DATA, once at a time")
	}
	s.said = &talk{}
	s.process = exec.Command(os.Args[0], "--data", ts.MkAbs(args[0]), "serve", "--listen", "127.0.0.1:0")
	s.process.Env = append(os.Environ(), actAsFirehall+"=1")
	s.process.Stdout, s.process.Stderr = s.said, s.said
	ts.Check(s.process.Start())
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if m := readyLine.FindStringSubmatch(s.said.all()); m != nil {
			s.url = m[1]
			break
		}
		if time.Now().After(end) {
			ts.Fatalf("the server is not ready: %s", s.said.all())
		}
	}
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(ts.MkAbs(args[0]) + "/firehall.sock"); err == nil {
			return
		}
	}
	ts.Fatalf("the server offers no socket: %s", s.said.all())
}

// crash kills the server; quit asks it to end, which it must do well.
func crash(ts *testscript.TestScript, _ bool, _ []string) {
	s, _ := ts.Value(servedKey{}).(*served)
	s.kill()
}

func quit(ts *testscript.TestScript, _ bool, _ []string) {
	s, _ := ts.Value(servedKey{}).(*served)
	ts.Check(s.process.Process.Signal(syscall.SIGTERM))
	if err := s.process.Wait(); err != nil {
		ts.Fatalf("the server ended with %v: %s", err, s.said.all())
	}
	s.process = nil
}

// httpget PATH STATUS TEXT asks the server.
func httpget(ts *testscript.TestScript, _ bool, args []string) {
	s, _ := ts.Value(servedKey{}).(*served)
	res, err := http.Get(s.url + args[0]) //nolint:noctx // a scenario
	ts.Check(err)
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	ts.Check(err)
	if strconv.Itoa(res.StatusCode) != args[1] || !strings.Contains(string(text), args[2]) {
		ts.Fatalf("%s answers %d: %s", args[0], res.StatusCode, text)
	}
}
