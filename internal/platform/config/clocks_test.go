package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestClocks(t *testing.T) {
	for _, c := range []struct{ name, text, wrong string }{
		{"empty", "", ""},
		{"all", "laws = [\"a.toml\"]\nalways = [\"service/incident\"]\nremind = [\"2d\", \"90m\"]\nholidays = [\"2026-12-25\"]", ""},
		{"no time", "remind = [\"soon\"]", `"soon" is no time before`},
		{"no day", "holidays = [\"25.12.2026\"]", `"25.12.2026" is no day`},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "firehall.toml")
			if err := os.WriteFile(path, []byte("[clocks]\n"+c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Load(path, nil)
			if (err != nil) != (c.wrong != "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%v, want %q", err, c.wrong)
			}
		})
	}
}
