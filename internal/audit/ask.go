package audit

import (
	"strings"
	"time"
	"unicode"

	"github.com/firehall/firehall/internal/core/problem"
)

// maxQuery bounds a question as text, in bytes.
const maxQuery = 1000

// Ask reads a question as people type it: actor:, operation:, object:, from: and to: with a value, and other words, which must stand together in an
// entry. A value with spaces stands in quotes. from: and to: are days (2026-11-22) or minutes (2026-11-22T15:04) in the zone; the day of to: is
// included. Errors: Invalid.
func Ask(text string, zone *time.Location) (q Query, err error) {
	if len(text) > maxQuery {
		return q, problem.New(problem.Invalid, "a question of more than %d bytes: shorten it", maxQuery)
	}
	var words []string
	for _, part := range split(text) {
		name, value, found := strings.Cut(part, ":")
		switch {
		case found && name == "actor":
			q.Actor = value
		case found && name == "operation":
			q.Operation = value
		case found && name == "object":
			q.Object = value
		case found && name == "from":
			q.From, err = moment(value, zone, 0)
		case found && name == "to":
			q.To, err = moment(value, zone, 1)
		default:
			words = append(words, part)
		}
		if err != nil {
			return q, err
		}
	}
	q.Text = strings.Join(words, " ")
	return q, nil
}

// moment reads a day or a minute; a day counts with so many days more.
func moment(text string, zone *time.Location, days int) (time.Time, error) {
	if t, err := time.ParseInLocation("2006-01-02", text, zone); err == nil {
		return t.AddDate(0, 0, days), nil
	}
	t, err := time.ParseInLocation("2006-01-02T15:04", text, zone)
	if err != nil {
		return t, problem.New(problem.Invalid, "%.40q is no day such as 2026-11-22, and no minute such as 2026-11-22T15:04", text)
	}
	return t, nil
}

// split cuts at spaces that are not in quotes, and takes the quotes away.
func split(text string) (out []string) {
	var b strings.Builder
	quoted, any := false, false
	flush := func() {
		if any {
			out = append(out, b.String())
		}
		b.Reset()
		any = false
	}
	for _, c := range text {
		switch {
		case c == '"':
			quoted, any = !quoted, true
		case unicode.IsSpace(c) && !quoted:
			flush()
		default:
			b.WriteRune(c)
			any = true
		}
	}
	flush()
	return out
}

// Term writes a part of a question: a name and its value, in quotes where it needs them.
func Term(name, value string) string {
	value = strings.ReplaceAll(value, `"`, "")
	if strings.ContainsFunc(value, unicode.IsSpace) || value == "" {
		value = `"` + value + `"`
	}
	return name + ":" + value
}
