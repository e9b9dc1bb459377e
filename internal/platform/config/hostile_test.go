package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/config"
)

// A file that is made to hurt, or is none, is an error within a moment.
func TestHostileFiles(t *testing.T) {
	tests := []struct{ name, text string }{
		{"lists in lists", "a = " + strings.Repeat("[", 1<<20)},
		{"closed lists in lists", "a = " + strings.Repeat("[", 1<<18) + strings.Repeat("]", 1<<18)},
		{"tables in tables", "a = " + strings.Repeat("{a = ", 1<<18)},
		{"a dotted key without end", strings.Repeat("a.", 1<<18) + "a = 1"},
		{"a table header without end", "[" + strings.Repeat("a.", 1<<16) + "a]"},
		{"many unknown keys", func() string {
			var b strings.Builder
			for i := range 2000 {
				b.WriteString("k" + strings.Repeat("x", i%50) + string(rune('a'+i%26)) + strings.Repeat("y", i/50) + " = 1\n")
			}
			return b.String()
		}()},
		{"NUL", "[data]\ndir = \"a\x00b\""},
		{"invalid UTF-8", "[data]\ndir = \"\xff\""},
		{"binary", "\x7fELF\x02\x01\x01\x00"},
		{"UTF-16", "\xff\xfe[\x00d\x00"},
		{"a private key", "-----BEGIN PRIVATE KEY-----\nMC4=\n"},
		{"YAML", "data:\n  dir: x\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			start := time.Now()
			_, err := config.Parse("t.toml", []byte(tt.text), nil)
			if !problem.Is(err, problem.Invalid) {
				t.Errorf("got %.200v", err)
			}
			if took := time.Since(start); took > 2*time.Minute {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// A device or a pipe says that it has no bytes and then gives them without end.
func TestFilesThatAreNone(t *testing.T) {
	dir := t.TempDir()
	pipe, huge := filepath.Join(dir, "pipe"), filepath.Join(dir, "huge")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("no pipes here: ", err)
	}
	if err := os.WriteFile(huge, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(huge, 1<<40); err != nil {
		t.Skip("no holes here: ", err)
	}
	for _, tt := range []struct{ name, path string }{
		{"a device", "/dev/zero"}, {"a pipe", pipe}, {"a hole of a terabyte", huge}, {"a folder", dir}, {"nothing", filepath.Join(dir, "none")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			done := make(chan error, 2)
			go func() {
				_, err := config.Load(tt.path, nil)
				done <- err
				_, err = config.Parse("t.toml", []byte("[database]\nurl_file = '"+tt.path+"'\n"), nil)
				done <- err
			}()
			for range 2 {
				select {
				case err := <-done:
					if !problem.Is(err, problem.Invalid) {
						t.Errorf("got %v", err)
					}
				case <-time.After(2 * time.Minute):
					t.Fatal("it waits, or reads without end")
				}
			}
		})
	}
}

// A secret that was written in the wrong way shows in no message.
func TestErrorsHoldNoSecret(t *testing.T) {
	for _, text := range []string{
		"[database]\nurl = ['postgres://u:S3cret@h/d']",
		"[database]\nurl = {url = 'postgres://u:S3cret@h/d'}",
		"[database]\nurl = 'postgres://u:S3cret@h/d'\nurl_file = '/none'",
		"[database]\nurl_file = ['postgres://u:S3cret@h/d']",
		"database = 'postgres://u:S3cret@h/d'",
		"[database]\nurl = 'postgres://u:S3cret@h/d",
	} {
		if _, err := config.Parse("t.toml", []byte(text), nil); err == nil || strings.Contains(err.Error(), "S3cret") {
			t.Errorf("%s\ngot %v", text, err)
		}
	}
}

// What the environment may and may not do.
func TestEnvironment(t *testing.T) {
	tests := []struct {
		name string
		env  []string
		ok   bool
	}{
		{"another's variable", []string{"PATH=/bin", "FIREHALLX_DATA_DIR=x", "firehall_data_dir=x"}, true},
		{"no section of ours", []string{"FIREHALL_TEST_POSTGRES=x", "FIREHALL_HOME=x"}, true},
		{"without an equals sign", []string{"FIREHALL_DATA_DIR"}, true},
		{"an equals sign in the value", []string{"FIREHALL_TEAM_NAME=a=b"}, true},
		{"empty text", []string{"FIREHALL_TEAM_NAME="}, true},
		{"empty list", []string{"FIREHALL_ENRICH_ASN="}, true},
		{"empty number", []string{"FIREHALL_QUERY_THREADS="}, false},
		{"hexadecimal number", []string{"FIREHALL_QUERY_THREADS=0x2"}, false},
		{"number beyond 32 bits", []string{"FIREHALL_QUERY_THREADS=4294967298"}, false},
		{"small letters", []string{"FIREHALL_QUERY_threads=1"}, false},
		{"one key of no section", []string{"FIREHALL_DATA_DIRS=x"}, false},
		{"a value out of range", []string{"FIREHALL_QUERY_DEADLINE=1ms"}, false},
		{"secret twice", []string{"FIREHALL_DATABASE_URL=x", "FIREHALL_DATABASE_URL_FILE=/none"}, false},
		{"secret in a file that is not there", []string{"FIREHALL_DATABASE_URL_FILE=/none"}, false},
		{"the last of two", []string{"FIREHALL_QUERY_THREADS=x", "FIREHALL_QUERY_THREADS=1"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := config.Parse("t.toml", nil, tt.env); (err == nil) != tt.ok || err != nil && !strings.Contains(strings.ToLower(strings.ReplaceAll(err.Error(), ".", "_")), strings.ToLower(tt.env[0][9:13])) {
				t.Errorf("got %v", err)
			}
		})
	}
}
