package reports

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
)

// item is a report that the service announces.
type item struct {
	ID   string `json:"id"`
	Kind string `json:"type"`
	File string `json:"file"`
	Day  string `json:"timestamp"`
}

const (
	mostItems = 100_000
	maxText   = 500
)

// What an id may be: it becomes part of an address.
var goodID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.~-]{0,199}$`)

// parseList reads the answer of reports/list. Reports whose id cannot be one are left out, and counted. Errors: Invalid if it is no list;
// Unavailable with the service's words if it says that something is wrong.
func parseList(text []byte) (list []item, odd int, err error) {
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return nil, 0, refusal(text)
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, 0, problem.Wrap(problem.Invalid, err, "the service's list of reports cannot be read")
	}
	if len(list) > mostItems {
		return nil, 0, problem.New(problem.Invalid, "the service lists %d reports: that is more than there can be", len(list))
	}
	good := list[:0]
	for _, i := range list {
		if !goodID.MatchString(i.ID) || len(i.Kind) > maxText || len(i.File) > maxText {
			odd++
			continue
		}
		i.Kind, i.File, i.Day = clean(i.Kind), clean(i.File), day(i.Day)
		good = append(good, i)
	}
	return good, odd, nil
}

// refusal reads what the service says when it does not answer the question.
func refusal(text []byte) error {
	var said struct {
		Error   any `json:"error"`
		Message any `json:"message"`
	}
	_ = json.Unmarshal(text, &said)
	for _, v := range []any{said.Error, said.Message} {
		if s, ok := v.(string); ok && s != "" {
			return problem.New(problem.Unavailable, "the service says: %s", clean(s[:min(len(s), maxText)]))
		}
	}
	return problem.New(problem.Unavailable, "the service gives no list of reports")
}

// clean makes a text fit for the database.
func clean(s string) string { return strings.ReplaceAll(strings.ToValidUTF8(s, "?"), "\x00", "?") }

// day keeps the date of a timestamp; "" if it has none.
func day(s string) string {
	if len(s) < len(time.DateOnly) {
		return ""
	}
	if _, err := time.Parse(time.DateOnly, s[:len(time.DateOnly)]); err != nil {
		return ""
	}
	return s[:len(time.DateOnly)]
}
