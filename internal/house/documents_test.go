package house

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/platform/config"
)

func TestEachMakeTargetIsExplained(t *testing.T) {
	makefile, contributing := read(t, "Makefile"), read(t, "CONTRIBUTING.md")
	targets := regexp.MustCompile(`(?m)^([a-z]+):.*## `).FindAllStringSubmatch(makefile, -1)
	if len(targets) == 0 {
		t.Fatal("the Makefile has no target with a ## comment")
	}
	for _, m := range targets {
		if !strings.Contains(contributing, "`make "+m[1]+"`") {
			t.Errorf("CONTRIBUTING.md does not explain `make %s`", m[1])
		}
	}
}

// TestDecisionsAreNumberedAndListed holds docs/adr to 0001, 0002, ... without gaps, each with its heading and in the list.
func TestDecisionsAreNumberedAndListed(t *testing.T) {
	list := read(t, "docs/adr/README.md")
	names, err := filepath.Glob(filepath.Join(root, "docs/adr/[0-9]*.md"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no decisions: %v", err)
	}
	slices.Sort(names)
	for i, name := range names {
		base, number := filepath.Base(name), fmt.Sprintf("%04d", i+1)
		if !strings.HasPrefix(base, number+"-") {
			t.Errorf("%s should be number %s", base, number)
		}
		if !strings.Contains(list, "("+base+")") {
			t.Errorf("docs/adr/README.md does not list %s", base)
		}
		if !strings.HasPrefix(read(t, "docs/adr/"+base), "# "+number+": ") {
			t.Errorf("%s must begin with \"# %s: \"", base, number)
		}
	}
}

// TestLinksBetweenDocumentsWork follows each relative link of each document.
func TestLinksBetweenDocumentsWork(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:\s]+)(#[^)]*)?\)|src(?:set)?="([^":]+)"`)
	for _, name := range files(t) {
		if !strings.HasSuffix(name, ".md") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			continue // deleted, and git not told yet
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			target := filepath.Join(root, filepath.Dir(name), m[1]+m[3])
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s, which is not there", name, m[1]+m[3])
			}
		}
	}
}

const (
	keysBegin = "<!-- keys: written by internal/house; go test ./internal/house -update -->\n"
	keysEnd   = "<!-- keys: end -->\n"
)

// TestEachConfigurationKeyIsDocumented keeps the tables of docs/ops/configuration.md as the structs of internal/platform/config are.
func TestEachConfigurationKeyIsDocumented(t *testing.T) {
	drawn(t, "docs/ops/configuration.md", keysBegin, keysEnd, configTables(t))
}

// configTables describes each section in the order of the struct.
func configTables(t *testing.T) string {
	var b strings.Builder
	root := reflect.TypeFor[config.Config]()
	for i := range root.NumField() {
		section := root.Field(i)
		head, of := section.Tag.Get("key"), section.Type
		if of.Kind() == reflect.Map {
			head, of = head+".NAME", of.Elem()
		}
		fmt.Fprintf(&b, "\n### [%s]\n\n%s\n\n| key | default | meaning |\n|---|---|---|\n", head, section.Tag.Get("doc"))
		for j := range of.NumField() {
			b.WriteString(configRow(t, of.Field(j)))
		}
	}
	b.WriteString("\n")
	return b.String()
}

func configRow(t *testing.T, f reflect.StructField) string {
	key, doc, value := f.Tag.Get("key"), f.Tag.Get("doc"), f.Tag.Get("default")
	if key == "" || doc == "" {
		t.Errorf("config: the field %s has no key or no doc", f.Name)
	}
	switch {
	case f.Type.Kind() == reflect.Map:
		value = "a table"
		if example := f.Tag.Get("example"); example != "" {
			doc += " Example: `" + example + "`."
		}
	case value != "":
		value = "`" + value + "`"
	}
	return fmt.Sprintf("| `%s` | %s | %s |\n", key, value, strings.ReplaceAll(doc, "|", "\\|"))
}
