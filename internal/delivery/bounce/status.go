package bounce

import (
	"regexp"
	"strings"

	"github.com/firehall/firehall/internal/platform/mime"
)

// typed returns the words of a field of the form "type; value", and what has no type as it is.
func typed(g mime.Group, names ...string) string { return line(g.Typed(names...)) }

// status takes the groups of a part: the first is about the message, the others about a recipient each. Some servers forget the first.
func (f *finder) status(text []byte) {
	for _, b := range mime.Groups(text) {
		if f.mta == "" {
			f.mta = typed(b, "reporting-mta")
		}
		if b["action"] != "" && len(f.found) < maxRecipients {
			f.found = append(f.found, b)
		}
	}
}

var (
	statusForm = regexp.MustCompile(`\b[245]\.[0-9]{1,3}\.[0-9]{1,3}\b`)
	replyForm  = regexp.MustCompile(`^\s*([245])[0-9]{2}\b`)
)

// reports makes a report of each recipient's group.
func (f *finder) reports(base Report) []Report {
	var out []Report
	for _, b := range f.found {
		r := base
		action, _, _ := strings.Cut(b["action"], "(") // a comment may follow
		r.Kind, r.Action = Status, strings.ToLower(line(action))
		r.Recipient = typed(b, "original-recipient", "final-recipient")
		r.Diagnostic, r.ReportingMTA = typed(b, "diagnostic-code"), f.mta
		r.Status = statusOf(b["status"], r.Diagnostic)
		out = append(out, r)
	}
	return out
}

// statusOf is the status as told, else as it stands in the server's words, else what class its reply has.
func statusOf(told, diagnostic string) string {
	if s := statusForm.FindString(told); s != "" {
		return s
	}
	if s := statusForm.FindString(diagnostic); s != "" {
		return s
	}
	if m := replyForm.FindStringSubmatch(diagnostic); m != nil {
		return m[1] + ".0.0"
	}
	return ""
}
