// Package logging makes the program's logger: slog, as text for people or JSON
// for machines, with times in UTC.
//
// Secrets and personal data are logged at debug at most, and never by a level
// that anybody runs with; see STYLE in the project's guide for contributors.
package logging

import (
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/nearest"
	"github.com/firehall/firehall/internal/core/problem"
)

// Words for the two choices, in order of their volume and use.
var (
	levels  = []string{"debug", "info", "warn", "error"}
	formats = []string{"text", "json"}
)

// New returns a logger that writes to w. level is debug, info, warn or error,
// format is text or json, in any case; something else is problem.Invalid.
func New(w io.Writer, level, format string) (*slog.Logger, error) {
	lowest, err := Level(level)
	if err != nil {
		return nil, err
	}
	opts := &slog.HandlerOptions{Level: lowest, ReplaceAttr: plain}
	switch strings.ToLower(format) {
	case "text":
		return slog.New(slog.NewTextHandler(w, opts)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, opts)), nil
	}
	return nil, problem.New(problem.Invalid, "log format %q is not known%s", format, nearest.Hint(format, formats))
}

// Level reads the name of a level.
func Level(name string) (slog.Level, error) {
	switch strings.ToLower(name) {
	case "debug":
		return slog.LevelDebug, nil
	case "info":
		return slog.LevelInfo, nil
	case "warn":
		return slog.LevelWarn, nil
	case "error":
		return slog.LevelError, nil
	}
	return 0, problem.New(problem.Invalid, "log level %q is not known%s", name, nearest.Hint(name, levels))
}

// plain writes times in UTC to the millisecond, and durations as text.
func plain(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindTime:
		a.Value = slog.StringValue(a.Value.Time().UTC().Format("2006-01-02T15:04:05.000Z"))
	case slog.KindDuration:
		a.Value = slog.StringValue(a.Value.Duration().Round(time.Microsecond).String())
	}
	return a
}

// Discard returns a logger that says nothing, for tests.
func Discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
