package iep

import (
	"slices"
	"strings"
)

// Bounds of a text in which a policy is looked for: where people state one, in its first lines or below it.
const (
	mostLines   = 2000
	longestLine = 1000
)

// InWords finds the statements that a person's text makes: in a line "IEP: permitted_actions=none; attribution=must-not", or one to a line, as version 1 has
// them ("PERMITTED ACTIONS: NONE"). What is quoted is not theirs. A value that nobody knows is read as the strictest of its statement, of several the strictest
// counts, and dates are left out; it is nil if nothing is restricted.
func InWords(text string) (p *Policy) {
	n := 0
	for line := range strings.Lines(text) {
		if n++; n > mostLines {
			return p
		}
		line = strings.TrimSpace(line)
		if len(line) > longestLine {
			continue
		}
		list, named := strings.CutPrefix(strings.ToUpper(line), "IEP:")
		if !named {
			p = Stricter(p, clause(line, slices.Contains(spelled, canonical(before(line)))))
			continue
		}
		for _, one := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ';' }) {
			p = Stricter(p, clause(one, slices.Contains(deciding, canonical(before(one)))))
		}
	}
	return p
}

// deciding are the statements that are looked for in a text; spelled are those whose names nobody writes for anything else.
var (
	spelled  = []string{"encrypt_in_transit", "permitted_actions", "affected_party_notifications", "obfuscate_affected_parties", "unmodified_resale"}
	deciding = append([]string{"attribution", "tlp"}, spelled...)
)

// before is the name of a statement.
func before(clause string) string {
	if i := strings.IndexAny(clause, "=:"); i >= 0 {
		return clause[:i]
	}
	return ""
}

// clause reads one statement, if it is one.
func clause(text string, is bool) *Policy {
	if !is {
		return nil
	}
	name := canonical(before(text))
	value := strings.TrimRight(strings.TrimSpace(text[len(before(text))+1:]), ".!")
	var p Policy
	if p.say(name, value) != nil {
		p = Policy{}.strictest(name)
	}
	return p.unlessEmpty()
}
