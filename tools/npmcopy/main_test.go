package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestInside(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"shapes", `<!-- tags --><svg viewBox="0 0 24 24"><path d="M1 2"/><circle cx="1" cy="2" r="3"/></svg>`, `<path d="M1 2"/><circle cx="1" cy="2" r="3"/>`},
		{"the ground", `<svg><path stroke="none" d="M0 0h24v24H0z" fill="none"/><path d="M1 2"/></svg>`, `<path d="M1 2"/>`},
		{"nothing", `<svg></svg>`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := inside(tt.text); err != nil || got != tt.want {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
	if _, err := inside("<svg><path></svg>"); err == nil {
		t.Error("a broken picture was taken")
	}
}

// modules is a folder of packages with one icon.
func modules(t *testing.T) *copier {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"npm/@tabler/icons/package.json": `{"version":"1.2.3"}`, "npm/@tabler/icons/icons/outline/x.svg": `<svg><path d="M1 2"/></svg>`, "icons.txt": "# comment\n\nx\n",
	} {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return &copier{modules: filepath.Join(dir, "npm"), to: filepath.Join(dir, "taken")}
}

func TestIcons(t *testing.T) {
	c := modules(t)
	if err := c.icons(filepath.Join(filepath.Dir(c.modules), "icons.txt")); err != nil {
		t.Fatal(err)
	}
	if err := c.list(); err != nil {
		t.Fatal(err)
	}
	picture, _ := os.ReadFile(filepath.Join(c.to, "icons.svg"))
	if want := `<symbol id="x" viewBox="0 0 24 24"><path d="M1 2"/></symbol>`; !strings.Contains(string(picture), want) {
		t.Errorf("%s", picture)
	}
	list, _ := os.ReadFile(filepath.Join(c.to, "files.json"))
	for _, want := range []string{`"version": "1.2.3"`, `"sri": "sha384-`, `"path": "icons.svg"`} {
		if !strings.Contains(string(list), want) {
			t.Errorf("%s is not in %s", want, list)
		}
	}
}

func TestWhatIsMissingIsSaid(t *testing.T) {
	c := modules(t)
	if err := c.copy(file{Path: "x", Package: "htmx.org", From: "dist/htmx.min.js"}); err == nil || !strings.Contains(err.Error(), "npm ci") {
		t.Errorf("%v", err)
	}
	if err := c.symbol(new(strings.Builder), "nothing"); err == nil || !strings.Contains(err.Error(), "nothing") {
		t.Errorf("%v", err)
	}
}
