package logging_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/logging"
)

func TestJSON(t *testing.T) {
	var out bytes.Buffer
	log, err := logging.New(&out, "info", "JSON")
	if err != nil {
		t.Fatal(err)
	}
	log.Debug("hidden")
	log.Info("took in", "rows", 3, "took", 1500*time.Millisecond, "since", time.Date(2026, 1, 1, 2, 0, 0, 0, time.FixedZone("", 7200)))
	var line struct {
		Time, Level, Msg, Took, Since string
		Rows                          int
	}
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("%s: %v", out.String(), err)
	}
	if line.Msg != "took in" || line.Rows != 3 || line.Took != "1.5s" || line.Since != "2026-01-01T00:00:00.000Z" || !strings.HasSuffix(line.Time, "Z") {
		t.Errorf("got %+v", line)
	}
}

func TestText(t *testing.T) {
	var out bytes.Buffer
	log, err := logging.New(&out, "warn", "text")
	if err != nil {
		t.Fatal(err)
	}
	log.Info("hidden")
	log.Error("a line\nand another", "feed", "x y")
	if s := out.String(); strings.Count(s, "\n") != 1 || !strings.Contains(s, `feed="x y"`) || strings.Contains(s, "hidden") {
		t.Errorf("got %q", s)
	}
}

func TestLevels(t *testing.T) {
	want := map[string]slog.Level{"debug": slog.LevelDebug, "INFO": slog.LevelInfo, "warn": slog.LevelWarn, "Error": slog.LevelError}
	for name, level := range want {
		if got, err := logging.Level(name); got != level || err != nil {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
}

func TestRefuses(t *testing.T) {
	tests := []struct{ level, format, hint string }{
		{"wran", "text", `"warn"`},
		{"info", "jsn", `"json"`},
		{"", "text", ""},
		{"info", "", ""},
	}
	for _, tt := range tests {
		_, err := logging.New(&bytes.Buffer{}, tt.level, tt.format)
		if !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), tt.hint) {
			t.Errorf("%q, %q: got %v", tt.level, tt.format, err)
		}
	}
}

func TestDiscard(t *testing.T) {
	if logging.Discard().Enabled(t.Context(), slog.LevelError) {
		t.Error("the silent logger is not silent")
	}
}
