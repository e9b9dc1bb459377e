package stix

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/firehall/firehall/internal/core/problem"
)

// Time is a timestamp (section 2.16): UTC, written with milliseconds, and with as much more as it has.
type Time struct{ time.Time }

// At makes a timestamp of t, to the millisecond, as objects of our own have it.
func At(t time.Time) Time {
	if t.IsZero() {
		return Time{}
	}
	return Time{t.UTC().Truncate(time.Millisecond)}
}

// ParseTime reads a timestamp: 2026-11-22T16:44:29.123Z. A leap second is the last moment of its minute. Errors: Invalid.
func ParseTime(s string) (Time, error) {
	n := len(s)
	if n < 20 || s[n-1] != 'Z' || s[10] != 'T' {
		return Time{}, badTime(s)
	}
	if s[17:19] == "60" {
		s = s[:17] + "59.999999999Z"
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return Time{}, badTime(s)
	}
	return Time{t.UTC()}, nil
}

func badTime(s string) error {
	return problem.New(problem.Invalid, "%q is no timestamp: write it as 2026-11-22T16:44:29.123Z, in UTC", cut(s))
}

// String writes it: three digits after the second, six or nine where it is finer.
func (t Time) String() string {
	switch ns := t.Nanosecond(); {
	case ns%1e6 == 0:
		return t.UTC().Format("2006-01-02T15:04:05.000Z")
	case ns%1e3 == 0:
		return t.UTC().Format("2006-01-02T15:04:05.000000Z")
	}
	return t.UTC().Format("2006-01-02T15:04:05.000000000Z")
}

// MarshalJSON writes what String does, and not what time.Time would.
func (t Time) MarshalJSON() ([]byte, error) { return []byte(`"` + t.String() + `"`), nil }

// UnmarshalJSON reads what ParseTime does, as a JSON string.
func (t *Time) UnmarshalJSON(b []byte) (err error) {
	text, err := jsontext.AppendUnquote(nil, b)
	if err != nil {
		return problem.New(problem.Invalid, "%s is no timestamp", cut(string(b)))
	}
	*t, err = ParseTime(string(text))
	return err
}

// cut shortens a text of others for a message.
func cut(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
