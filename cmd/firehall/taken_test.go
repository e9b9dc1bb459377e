package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// takings are how each command is asked for what it writes as a file. What is not there is asked for all the same: it is put on record first.
var takings = map[string][]string{
	"blocklist":           {"blocklist", "none", "domain"},
	"constituency export": {"constituency", "export"},
	"events":              {"events", "--format", "csv", "class:phishing"},
	"findings":            {"findings", "--format", "json", "class:phishing"},
	"outbox show":         {"outbox", "show", "--raw", "none"},
	"sharing bundle":      {"sharing", "bundle", "I-NONE22"},
	"stix events":         {"stix", "events", "class:phishing"},
	"team export":         {"team", "export"},
}

var takes = regexp.MustCompile(`s\.taken\(a, actor, "([a-z ]+)"`)

// Each command that writes a file leaves a decision, and who took it, in the record; what it shows on a screen leaves none.
func TestEachCommandThatWritesAFileIsOnRecord(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range takes.FindAllStringSubmatch(string(text), -1) {
			if !strings.HasSuffix(name, "_test.go") {
				found[m[1]] = true
			}
		}
	}
	data, report := demoFolder(t, 3)
	output(t, firehall(t, data, "ingest", "--feed", "shadowserver", report))
	record := func() string {
		return output(t, firehall(t, data, "audit", "list", "--operation", "release.take", "--json"))
	}
	for _, args := range [][]string{{"events"}, {"findings"}, {"outbox", "list"}} {
		output(t, firehall(t, data, args...))
	}
	if text := record(); strings.Contains(text, "release.take") {
		t.Errorf("what is shown on a screen is on record: %s", text)
	}
	for name, args := range takings {
		if !found[name] {
			t.Errorf("%s takes nothing any more", name)
		}
		delete(found, name)
		_, _ = firehall(t, data, args...).Output() // some name what is not there
	}
	for name := range found {
		t.Errorf("say in takings how firehall %s is asked", name)
	}
	text, decided := record(), output(t, firehall(t, data, "release", "list", "--limit", "1000", "--json"))
	for name := range takings {
		if !strings.Contains(text, `"firehall `+name+`"`) {
			t.Errorf("firehall %s is not on record: %s", name, text)
		}
		if !strings.Contains(decided, `"kind":"file","item":"firehall `+name+`"`) {
			t.Errorf("nothing was decided about firehall %s", name)
		}
	}
}
