package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestWords(t *testing.T) {
	tests := []struct{ name, got, want string }{
		{"nothing", grouped(0), "0"},
		{"hundreds", grouped(999), "999"},
		{"thousands", grouped(1000), "1,000"},
		{"millions", grouped(1234567), "1,234,567"},
		{"below zero", grouped(-1234), "-1,234"},
		{"three figures below zero", grouped(-123), "-123"},
		{"one", plural(1, "day"), "1 day"},
		{"many", plural(2000, "day"), "2,000 days"},
		{"bytes", bytesText(999), "999 bytes"},
		{"kilobytes", bytesText(1500), "1.5 kB"},
		{"gigabytes", bytesText(2_500_000_000), "2.5 GB"},
		{"fresh", days(time.Minute), "under an hour"},
		{"hours", days(30 * time.Hour), "30 hours"},
		{"days", days(72 * time.Hour), "3 days"},
		{"a plain word", quoted("demo-data/x_1.csv"), "demo-data/x_1.csv"},
		{"a blank", quoted("my data"), "'my data'"},
		{"a quote", quoted("it's"), `'it'\''s'`},
		{"a dollar", quoted("$HOME"), "'$HOME'"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.got != tt.want {
				t.Errorf("got %q, want %q", tt.got, tt.want)
			}
		})
	}
}

func TestHang(t *testing.T) {
	var out bytes.Buffer
	s := &session{out: &out}
	s.hang("lead: ", strings.Repeat("word ", 30))
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) < 2 || !strings.HasPrefix(lines[0], "lead: word") || !strings.HasPrefix(lines[1], "      word") {
		t.Errorf("%q", lines)
	}
	for _, l := range lines {
		if len(l) > narrow || strings.TrimRight(l, " ") != l {
			t.Errorf("%d characters: %q", len(l), l)
		}
	}
	out.Reset()
	s.hang("", strings.Repeat("x", 200)) // nothing to break at
	if out.String() != strings.Repeat("x", 200)+"\n" {
		t.Errorf("%q", out.String())
	}
}

func TestTidyPath(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(here, "demo-data"): "demo-data",
		"relative":                       "relative",
		"/elsewhere/data":                "/elsewhere/data",
		here:                             ".",
	} {
		if got := (&session{}).tidyPath(path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

func TestCommand(t *testing.T) {
	s := &session{cli: &cli{Data: "my data", Config: "c.toml"}}
	got := s.command("feed", "list")
	if !strings.HasSuffix(got, " --data 'my data' --config c.toml feed list") {
		t.Errorf("%s", got)
	}
}

// TestConfiguration: a named file goes before the one in the data folder, and --data before both.
func TestConfiguration(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("firehall.toml", "[team]\nname = \"own\"\n[data]\ndir = \"elsewhere\"\n")
	named := write("named.toml", "[team]\nname = \"named\"\n[data]\ndir = \"there\"\n")
	tests := []struct {
		name         string
		cli          cli
		env          string
		team, folder string
	}{
		{"nothing said", cli{}, "", "", "data"},
		{"the folder has its own", cli{Data: dir}, "", "own", dir},
		{"a file is named", cli{Config: named}, "", "named", "there"},
		{"both are named", cli{Config: named, Data: dir}, "", "named", dir},
		{"the environment names the folder", cli{}, dir, "own", dir},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.env != "" {
				t.Setenv("FIREHALL_DATA_DIR", tt.env)
			}
			c, err := (&session{cli: &tt.cli}).config()
			if err != nil || c.Team.Name != tt.team || c.Data.Dir != tt.folder {
				t.Errorf("team %q, folder %q, %v", c.Team.Name, c.Data.Dir, err)
			}
		})
	}
}
