package report

import (
	"net/mail"
	"slices"
	"strings"
	"unicode/utf8"
)

// step is one question. Its words are "report.step.NAME" and, if there are, "report.step.NAME.help".
type step struct {
	name   string
	fields []field
	when   func(*answers) bool // whether it is asked; nil: always
}

// field is one answer. Its words are "report.field.NAME", "report.field.NAME.help" and "report.choice.NAME.VALUE".
type field struct {
	name     string
	kind     string   // text, email, tel, area, radio, check
	options  []string // of a radio
	most     int      // characters
	required bool
	complete string // what a browser may fill in
}

// The lengths of answers, in characters. At most four bytes each, they stay within what the room takes.
const (
	mostText   = 20_000
	mostAnswer = 2_000
	mostLine   = 200
)

// kinds are what can have happened, as the triage knows them.
var kinds = []string{
	"phishing", "ransomware", "malware", "account", "website", "intrusion", "ddos", "leak", "fraud", "harassment", "children", "vulnerability", "other",
}

// steps are the questions, in their order. The first stands on the page that everything begins with.
var steps = []step{
	{name: "who", fields: []field{{name: "who", kind: "radio", options: []string{"named", "confidential", "anonymous"}, required: true}}},
	{name: "urgent", fields: []field{{name: "urgent", kind: "radio", options: []string{"yes", "no"}, required: true}}},
	{name: "call", when: func(a *answers) bool { return a.Values["urgent"] == "yes" }},
	{name: "kind", fields: []field{{name: "kind", kind: "radio", options: kinds, required: true}}},
	{name: "text", fields: []field{{name: "text", kind: "area", most: mostText, required: true}}},
	{name: "when", fields: []field{{name: "when", kind: "text", most: mostLine}}},
	{name: "affected", fields: []field{{name: "affected", kind: "area", most: mostAnswer}}},
	{name: "impact", fields: []field{{name: "impact", kind: "area", most: mostAnswer}}},
	{name: "help", fields: []field{{name: "help", kind: "area", most: mostAnswer}}},
	{name: "share", fields: []field{
		{name: "police", kind: "radio", options: []string{"yes", "no"}, required: true},
		{name: "peers", kind: "radio", options: []string{"yes", "no"}, required: true},
		{name: "vendor", kind: "check"},
		{name: "provider", kind: "check"},
	}},
	{name: "law", fields: []field{{name: "privilege", kind: "check"}, {name: "exempt", kind: "check"}}},
	{name: "contact", when: func(a *answers) bool { return a.who() != "anonymous" }, fields: []field{
		{name: "name", kind: "text", most: mostLine, complete: "name"},
		{name: "email", kind: "email", most: mostLine, complete: "email"},
		{name: "phone", kind: "tel", most: mostLine, complete: "tel"},
		{name: "organisation", kind: "text", most: mostLine, complete: "organization"},
	}},
	{name: "check"},
}

// stepAt is where a step stands; 0 if there is none of that name.
func stepAt(name string) int {
	return max(0, slices.IndexFunc(steps, func(s step) bool { return s.name == name }))
}

func (s step) asked(a *answers) bool { return s.when == nil || s.when(a) }

// after is the next question that is asked; once all were, the last page.
func after(at int, a *answers) int {
	last := len(steps) - 1
	if a.Ready && steps[at].name != "urgent" {
		return last
	}
	for at++; at < last && !steps[at].asked(a); at++ {
	}
	return min(at, last)
}

// before is the question before.
func before(at int, a *answers) int {
	for at--; at > 0 && !steps[at].asked(a); at-- {
	}
	return max(at, 0)
}

// wrong is what is wrong with a field: its words are "report.wrong.KEY".
type wrong struct {
	field, key string
	most       int
}

// take puts what was typed into the answers, and says what is wrong with it. What is too long is kept as far as it goes, so that it can be
// shown again.
func (s step) take(a *answers, f *form) (list []wrong) {
	for _, one := range s.fields {
		value := strings.TrimSpace(f.get(one.name))
		if one.kind == "radio" && !slices.Contains(one.options, value) || one.kind == "check" && value != "yes" {
			value = ""
		}
		a.Values[one.name] = value
		switch {
		case value == "" && one.required:
			list = append(list, wrong{one.name, "needed." + one.name, 0})
		case f.long[one.name] || one.most > 0 && utf8.RuneCountInString(value) > one.most:
			list = append(list, wrong{one.name, "long", one.most})
		}
	}
	if s.name == "contact" && len(list) == 0 {
		list = reachable(a)
	}
	return list
}

// reachable checks how a reporter can be reached.
func reachable(a *answers) []wrong {
	email := a.Values["email"]
	if address, err := mail.ParseAddress(email); email != "" && (err != nil || address.Address != email) {
		return []wrong{{"email", "email", 0}}
	}
	if a.who() == "named" && email == "" && a.Values["phone"] == "" {
		return []wrong{{"email", "reach", 0}}
	}
	return nil
}

// missing is the first question that was not answered as it must be; -1 if none.
func missing(a *answers) int {
	f := &form{values: a.Values}
	for i, s := range steps {
		if s.asked(a) && len(s.take(&answers{Lang: a.Lang, Values: copied(a.Values)}, f)) > 0 {
			return i
		}
	}
	return -1
}

func copied(m map[string]string) map[string]string {
	out := make(map[string]string, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}
