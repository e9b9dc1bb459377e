package bounce

import (
	"bytes"
	"regexp"
	"strings"
)

// block is a group of fields of a delivery status notification, names in small letters. The first of a name counts.
type block map[string]string

// maxFields bounds a group; RFC 3464 knows fewer than twenty.
const maxFields = 200

// blocks reads the groups of fields that empty lines divide (RFC 3464 §2.1), as forgiving as what mail servers write asks for: lines that are
// no field are passed over.
func blocks(text []byte) []block {
	var out []block
	b, last := block{}, ""
	end := func() {
		if len(b) > 0 && len(out) <= maxRecipients {
			out = append(out, b)
		}
		b, last = block{}, ""
	}
	for l := range bytes.Lines(text) {
		s := strings.TrimRight(string(l), "\r\n")
		name, value, field := strings.Cut(s, ":")
		switch {
		case strings.TrimSpace(s) == "":
			end()
		case strings.TrimLeft(s, " \t") != s:
			if last != "" && len(b[last]) < 4*maxValue {
				b[last] += " " + strings.TrimSpace(s)
			}
		case field:
			last = b.add(name, value)
		}
	}
	end()
	return out
}

// add takes a field and returns its name, "" if it is not kept.
func (b block) add(name, value string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	if _, known := b[name]; known || len(b) >= maxFields {
		return ""
	}
	b[name] = strings.TrimSpace(value)
	return name
}

// typed returns the value of a field of the form "type; value", and what has no type as it is.
func (b block) typed(names ...string) string {
	for _, name := range names {
		v, ok := b[name]
		if !ok {
			continue
		}
		if kind, rest, typed := strings.Cut(v, ";"); typed && !strings.ContainsAny(strings.TrimSpace(kind), " @") {
			v = rest
		}
		if v = line(v); v != "" {
			return v
		}
	}
	return ""
}

// status takes the groups of a part: the first is about the message, the others about a recipient each. Some servers forget the first.
func (f *finder) status(text []byte) {
	for _, b := range blocks(text) {
		if f.mta == "" {
			f.mta = b.typed("reporting-mta")
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
		r.Recipient = b.typed("original-recipient", "final-recipient")
		r.Diagnostic, r.ReportingMTA = b.typed("diagnostic-code"), f.mta
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
