package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/desk"
)

// hostile is a finding whose every text is somebody else's.
var hostile = desk.FindingView{
	ID: "2001:db8:1:2:3:4:5:6~f1b790e258271479a0b064fe", State: "no-longer-seen", Organisation: "City\x1b[2J Hospital\u202e of a very long name indeed",
	Class: "phishing", Identifier: "=cmd|calc\n\twith more text than fits", URL: "http://a.example/\r\nX", Host: "-a.example", Feeds: []string{"desk"},
	Label: "TLP:RED", Last: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), Count: 123456, Reason: "@SUM(A1)",
}

func findingsAs(t *testing.T, format string, list ...desk.FindingView) string {
	t.Helper()
	var out bytes.Buffer
	w := newFindingWriter(&session{out: &out, err: &out}, format)
	if err := w.write(list); err != nil {
		t.Fatal(err)
	}
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestFindingTableIsCleanAndNarrow(t *testing.T) {
	out := findingsAs(t, "table", hostile)
	if strings.ContainsAny(out, "\x1b\u202e\t\r") || strings.Count(out, "\n") != 2 {
		t.Errorf("%q", out)
	}
	short := hostile
	short.ID = "192.0.2.100~f1b790e258271479a0b064fe"
	for _, line := range strings.Split(findingsAs(t, "table", short), "\n") {
		if utf8.RuneCountInString(line) > narrow {
			t.Errorf("%d columns: %s", utf8.RuneCountInString(line), line)
		}
	}
}

func TestFindingFormats(t *testing.T) {
	for _, tt := range []struct {
		name, format string
		list         []desk.FindingView
		holds        string
	}{
		{"no table", "table", nil, ""},
		{"no CSV", "csv", nil, "id,state,organisation"},
		{"no JSON", "json", nil, "[]\n"},
		{"a formula in CSV", "csv", []desk.FindingView{hostile}, `"'=cmd|calc`},
		{"a formula as a reason", "csv", []desk.FindingView{hostile}, `'@SUM(A1)`},
		{"JSON as it is", "json", []desk.FindingView{hostile, hostile}, `"identifier":"=cmd|calc\n\twith`},
		{"times that are none", "csv", []desk.FindingView{hostile}, "2026-11-20T00:00:00Z,123456,"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if out := findingsAs(t, tt.format, tt.list...); !strings.Contains(out, tt.holds) {
				t.Errorf("got %s", out)
			}
		})
	}
}

func TestShortID(t *testing.T) {
	for id, want := range map[string]string{
		"192.0.2.1~f1b790e258271479a0b064fe": "192.0.2.1~f1b790", "page~f1b790e258271479a0b064fe": "page~f1b790",
	} {
		if got := shortID(id); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
