package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/demo"
)

// firehall is a process of the program that works on a data folder.
func firehall(t *testing.T, data string, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0], append([]string{"--data", data}, args...)...)
	c.Env = append(os.Environ(), actAsFirehall+"=1")
	return c
}

// output runs a process that must succeed, perhaps partly.
func output(t *testing.T, c *exec.Cmd) string {
	t.Helper()
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.Output()
	if code := c.ProcessState.ExitCode(); code != exitDone && code != exitPartly {
		t.Fatalf("%s: %v\n%s%s", c, err, out, &errs)
	}
	return string(out)
}

// talk gathers what a process says, for reading while it runs.
type talk struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *talk) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

func (w *talk) holds(s string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Contains(w.text.String(), s)
}

func (w *talk) all() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// until waits for something that happens soon.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within two minutes", what)
		}
	}
}

// demoFolder is a data folder in which the documentation addresses are real, with a report of so many rows beside it.
func demoFolder(t *testing.T, rows int) (data, report string) {
	t.Helper()
	data = filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	conf := "[feeds.shadowserver]\nformat = \"shadowserver\"\ndocumentation_addresses = true\n"
	if err := os.WriteFile(filepath.Join(data, "firehall.toml"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	report = filepath.Join(t.TempDir(), "2026-11-20-scan_telnet-test.csv")
	f, err := os.Create(report)
	if err != nil {
		t.Fatal(err)
	}
	err = demo.Write(f, "scan_telnet", rows, 1, time.Now())
	if err2 := f.Close(); err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	return data, report
}

// TestSecondProcessWaits holds the first at its input, and sees the second wait and then do its work.
func TestSecondProcessWaits(t *testing.T) {
	data, report := demoFolder(t, 1000)
	first := firehall(t, data, "ingest", "--feed", "list", "-")
	in, err := first.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "the first takes the lock", func() bool {
		text, _ := os.ReadFile(filepath.Join(data, "lock"))
		return strings.TrimSpace(string(text)) == fmt.Sprint(first.Process.Pid)
	})
	var said talk
	second := firehall(t, data, "ingest", "--feed", "shadowserver", "--json", report)
	var out bytes.Buffer
	second.Stderr, second.Stdout = &said, &out
	if err := second.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "the second waits", func() bool { return said.holds("waiting for another firehall") })
	if _, err := io.WriteString(in, "192.0.2.1\n"); err != nil {
		t.Fatal(err)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := first.Wait(); err != nil && first.ProcessState.ExitCode() != exitPartly {
		t.Errorf("the first: %v", err)
	}
	if err := second.Wait(); err != nil {
		t.Errorf("the second: %v\n%s", err, &said.text)
	}
	if !strings.Contains(out.String(), `"rows":1000,"events":1000`) {
		t.Errorf("the second said %s", &out)
	}
}

// TestWaitingEndsByASignal: somebody who gives up waiting gets a message that says who works there.
func TestWaitingEndsByASignal(t *testing.T) {
	data, report := demoFolder(t, 10)
	first := firehall(t, data, "ingest", "--feed", "list", "-")
	in, err := first.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "the first takes the lock", func() bool {
		text, _ := os.ReadFile(filepath.Join(data, "lock"))
		return len(text) > 0
	})
	var said talk
	second := firehall(t, data, "ingest", "--feed", "shadowserver", report)
	second.Stderr = &said
	if err := second.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "the second waits", func() bool { return said.holds("waiting for another firehall") })
	if err := second.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = second.Wait()
	if second.ProcessState.ExitCode() != exitFailed || !said.holds("wait for it or stop it") {
		t.Errorf("exit code %d, said %s", second.ProcessState.ExitCode(), &said.text)
	}
	_ = in.Close()
	_ = first.Wait()
}

// TestKilledAndResumed kills an ingest at any moment, and expects each row once in the end.
func TestKilledAndResumed(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes for some seconds")
	}
	const rows = 60_000
	for round := range 4 {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			data, report := demoFolder(t, rows)
			for range 3 {
				c := firehall(t, data, "ingest", "--feed", "shadowserver", report)
				if err := c.Start(); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Duration(rand.IntN(500)) * time.Millisecond)
				_ = c.Process.Kill()
				_ = c.Wait()
			}
			output(t, firehall(t, data, "ingest", "--feed", "shadowserver", "--json", report))
			var got []struct{ Count int64 }
			if err := json.Unmarshal([]byte(output(t, firehall(t, data, "events", "--by", "report", "--format", "json"))), &got); err != nil {
				t.Fatal(err)
			}
			if len(got) != 1 || got[0].Count != rows {
				t.Errorf("events: %+v, want %d", got, rows)
			}
			if said := output(t, firehall(t, data, "doctor")); !strings.Contains(said, "all on disk") {
				t.Errorf("the doctor says\n%s", said)
			}
		})
	}
}

// TestStopWaitsForNobody: while one process works in the data folder, another stops all sending at once.
func TestStopWaitsForNobody(t *testing.T) {
	data, _ := demoFolder(t, 10)
	if out, err := firehall(t, data, "outbox").CombinedOutput(); err != nil { // makes the tables
		t.Fatalf("%v: %s", err, out)
	}
	first := firehall(t, data, "ingest", "--feed", "list", "-")
	in, err := first.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "the first takes the lock", func() bool {
		text, _ := os.ReadFile(filepath.Join(data, "lock"))
		return len(text) > 0
	})
	out, err := firehall(t, data, "stop", "--reason", "wrong texts").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "STOPPED: all") {
		t.Errorf("%v: %s", err, out)
	}
	_ = in.Close()
	_ = first.Wait()
}
