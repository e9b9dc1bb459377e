package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// figures asks a data folder what it holds, and whether all of it is as it was written.
func figures(t *testing.T, data string, args ...string) map[string]int64 {
	t.Helper()
	var r struct {
		Figures map[string]int64
		Faults  []any
	}
	text := output(t, firehall(t, data, append([]string{"verify", "--json"}, args...)...))
	if err := json.Unmarshal([]byte(text), &r); err != nil || len(r.Faults) > 0 {
		t.Fatalf("%v\n%s", err, text)
	}
	delete(r.Figures, "audit entries") // a restore adds its own
	return r.Figures
}

func filled(t *testing.T, rows int) (data string) {
	t.Helper()
	data, report := demoFolder(t, rows)
	output(t, firehall(t, data, "ingest", "--feed", "shadowserver", report))
	return data
}

// killed runs a process and kills it after a while; it tells whether it was still alive.
func killed(t *testing.T, c *exec.Cmd, after time.Duration) bool {
	t.Helper()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(after)
	_ = c.Process.Kill()
	return c.Wait() != nil
}

// took tells how long something takes that succeeds.
func took(do func()) time.Duration {
	start := time.Now()
	do()
	return time.Since(start)
}

func TestBackupWipeRestore(t *testing.T) {
	data := filled(t, 3000)
	want := figures(t, data)
	file, keys := filepath.Join(t.TempDir(), "b"), filepath.Join(t.TempDir(), "keys")
	words := filepath.Join(t.TempDir(), "words")
	if err := os.WriteFile(words, []byte("correct horse battery\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	output(t, firehall(t, data, "backup", file, "--keys", keys, "--passphrase-file", words))
	if got := figures(t, data, file); !maps.Equal(got, want) {
		t.Errorf("the backup has %v, want %v", got, want)
	}
	conf, err := os.ReadFile(filepath.Join(data, "firehall.toml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(data); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "firehall.toml"), conf, 0o600); err != nil {
		t.Fatal(err)
	}
	said := output(t, firehall(t, data, "restore", file, "--keys", keys, "--passphrase-file", words))
	if !strings.Contains(said, "Nothing is sent") || !strings.Contains(said, "resume") {
		t.Errorf("it said %s", said)
	}
	if got := figures(t, data); !maps.Equal(got, want) {
		t.Errorf("restored are %v, want %v", got, want)
	}
	if text := output(t, firehall(t, data, "stop", "--list")); !strings.Contains(text, "STOPPED: all") {
		t.Errorf("stops: %s", text)
	}
	output(t, firehall(t, data, "resume"))
}

// Killed at any moment, a backup leaves no file of its name, and does not keep the next from being made.
func TestBackupKilled(t *testing.T) {
	data := filled(t, 20_000)
	dir := t.TempDir()
	whole := took(func() { output(t, firehall(t, data, "backup", filepath.Join(dir, "first"))) })
	for i := range 8 {
		file := filepath.Join(dir, fmt.Sprint("b", i))
		cut := killed(t, firehall(t, data, "backup", file), rand.N(whole))
		_, err := os.Stat(file)
		switch {
		case err == nil:
			figures(t, data, file) // what has the name is whole
		case !cut:
			t.Errorf("backup %d ended well, and there is none", i)
		}
	}
	file := filepath.Join(dir, "last")
	if d := took(func() { output(t, firehall(t, data, "backup", file)) }); d > 90*time.Second {
		t.Errorf("after the kills it took %v: what they held was not given back", d)
	}
	figures(t, data, file)
}

// Killed at any moment, a restore leaves nothing that could be taken for an installation; run again it comes to its end.
func TestRestoreKilled(t *testing.T) {
	source := filled(t, 20_000)
	file := filepath.Join(t.TempDir(), "b")
	output(t, firehall(t, source, "backup", file))
	want := figures(t, source)
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			env := func() []string { return nil }
			if engine == sqldb.Postgres {
				env = func() []string { return []string{"FIREHALL_DATABASE_URL=" + sqldbtest.URL(t, engine)} }
			}
			restoreKilled(t, file, want, env)
		})
	}
}

func restoreKilled(t *testing.T, file string, want map[string]int64, env func() []string) {
	var whole time.Duration
	for i := range 5 {
		data, vars := filepath.Join(t.TempDir(), "data"), env()
		run := func(args ...string) *exec.Cmd {
			c := firehall(t, data, args...)
			c.Env = append(c.Env, vars...)
			return c
		}
		if i == 0 { // to know how long it takes
			whole = took(func() { output(t, run("restore", file)) })
			continue
		}
		cut := killed(t, run("restore", file), rand.N(whole))
		_, staged := os.Stat(filepath.Join(data, "restoring"))
		if staged == nil {
			if text, err := run("stop", "--list").CombinedOutput(); err == nil || !strings.Contains(string(text), "restore again") {
				t.Errorf("round %d: half restored it opens: %s", i, text)
			}
		}
		if entries, _ := os.ReadDir(data); cut && (staged == nil || len(entries) <= 1) {
			output(t, run("restore", file))
		}
		var r struct {
			Figures map[string]int64
			Faults  []any
		}
		if err := json.Unmarshal([]byte(output(t, run("verify", "--json"))), &r); err != nil || len(r.Faults) > 0 {
			t.Fatalf("round %d: %v, %+v", i, err, r)
		}
		delete(r.Figures, "audit entries")
		if !maps.Equal(r.Figures, want) {
			t.Errorf("round %d: %v, want %v", i, r.Figures, want)
		}
		if text := output(t, run("stop", "--list")); !strings.Contains(text, "STOPPED: all") {
			t.Errorf("round %d: it may send: %s", i, text)
		}
	}
}

func TestVerifySays(t *testing.T) {
	data := filled(t, 100)
	file := filepath.Join(t.TempDir(), "b")
	output(t, firehall(t, data, "backup", file))
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	c := firehall(t, data, "verify", file)
	text, err := c.CombinedOutput()
	if err == nil || c.ProcessState.ExitCode() != exitFailed || !strings.Contains(string(text), "DAMAGED: ") {
		t.Errorf("%v: %s", err, text)
	}
}

// The command prints one line, a link, and nothing else.
func TestLoginLink(t *testing.T) {
	data, _ := demoFolder(t, 1)
	c := firehall(t, data, "login-link")
	text, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	u, err := url.Parse(strings.TrimSuffix(string(text), "\n"))
	if err != nil || u.Scheme != "http" || u.Host != "127.0.0.1:8080" || u.Path != "/login" || len(u.Query().Get("token")) != 70 {
		t.Errorf("%s, %v", text, err)
	}
}
