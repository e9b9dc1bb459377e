package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/firehall/firehall/internal/event/duck/engine"
)

// actAsFirehall is the environment variable that makes the test binary act as firehall.
const actAsFirehall = "FIREHALL_TEST_ACT"

// TestMain makes the test binary act as firehall: as its query engine when firehall starts itself, and as the command in scenarios.
func TestMain(m *testing.M) {
	if engine.Asked() {
		os.Exit(engine.Child(os.Stdin, os.Stdout))
	}
	if os.Getenv(actAsFirehall) != "" {
		main()
	}
	testscript.Main(m, map[string]func(){"firehall": main})
}

// TestScenarios runs each file of test/scenarios.
func TestScenarios(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "../../test/scenarios",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               withServer,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":   exits,
			"pack":    pack,
			"cut":     cut,
			"line":    line,
			"bytes":   writeBytes,
			"intake":  intake,
			"mode":    mode,
			"letters": letters,
			"serve":   serve,
			"crash":   crash,
			"accept":  accept,
			"quit":    quit,
			"httpget": httpget,
			"sql":     sqlTo,
		},
	})
}

// exits CODE COMMAND ... runs a command that must end with the exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARGUMENT...")
	}
	got := 0
	err := ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("%s ended with exit code %d, not %s", strings.Join(args[1:], " "), got, args[0])
	}
}

// pack gz|zst|zip TARGET SOURCE... packs files.
func pack(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: pack gz|zst|zip TARGET SOURCE...")
	}
	var out bytes.Buffer
	switch args[0] {
	case "gz":
		w := gzip.NewWriter(&out)
		_, err := io.WriteString(w, ts.ReadFile(args[2]))
		ts.Check(errors.Join(err, w.Close()))
	case "zst":
		w, err := zstd.NewWriter(&out)
		ts.Check(err)
		_, err = io.WriteString(w, ts.ReadFile(args[2]))
		ts.Check(errors.Join(err, w.Close()))
	default:
		w := zip.NewWriter(&out)
		for _, name := range args[2:] {
			member, err := w.Create(name)
			ts.Check(err)
			_, err = io.WriteString(member, ts.ReadFile(name))
			ts.Check(err)
		}
		ts.Check(w.Close())
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), out.Bytes(), 0o600))
}

// cut FILE BYTES takes so many bytes off the end.
func cut(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	text := ts.ReadFile(args[0])
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text[:len(text)-n]), 0o600))
}

// line FILE BYTES BEFORE AFTER appends a line of so many bytes between two texts.
func line(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	ts.Check(err)
	_, err = f.WriteString(args[2])
	block := bytes.Repeat([]byte("a"), 1<<20)
	for ; n > 0 && err == nil; n -= len(block) {
		_, err = f.Write(block[:min(n, len(block))])
	}
	ts.Check(err)
	_, err = f.WriteString(args[3] + "\n")
	ts.Check(errors.Join(err, f.Close()))
}

// bytes FILE TEXT appends a line in which \xNN and \n stand for bytes.
func writeBytes(ts *testscript.TestScript, _ bool, args []string) {
	text, err := strconv.Unquote(`"` + strings.ReplaceAll(args[1], `"`, `\"`) + `"`)
	ts.Check(err)
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	ts.Check(err)
	_, err = f.WriteString(text + "\n")
	ts.Check(errors.Join(err, f.Close()))
}

var intakeNumber = regexp.MustCompile(`"intake":"([a-z0-9]{26})"`)

// intake NAME puts the first intake's number of the last output into a variable.
func intake(ts *testscript.TestScript, _ bool, args []string) {
	m := intakeNumber.FindStringSubmatch(ts.ReadFile("stdout"))
	if m == nil {
		ts.Fatalf("the output names no intake")
	}
	ts.Setenv(args[0], m[1])
}

// mode FILE OCTAL changes a file's permissions.
func mode(ts *testscript.TestScript, _ bool, args []string) {
	bits, err := strconv.ParseUint(args[1], 8, 32)
	ts.Check(err)
	ts.Check(os.Chmod(ts.MkAbs(args[0]), os.FileMode(bits)))
}
