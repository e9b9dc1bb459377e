package warninglist

import (
	_ "embed" // the lists
	"slices"
	"strings"
	"sync"
)

//go:embed lists/tlds.txt
var tldText string

var tlds = sync.OnceValue(func() map[string]bool { return set(tldText) })

// set makes a set of a list's lines; those that begin with # are about it.
func set(text string) map[string]bool {
	out := make(map[string]bool, strings.Count(text, "\n"))
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			out[line] = true
		}
	}
	return out
}

// TLD reports whether a label, in lower-case ASCII form, is a top-level domain that exists.
func TLD(label string) bool { return tlds()[label] }

// forExamples are the names that are nobody's (RFC 6761, RFC 2606).
var forExamples = []string{"example.com", "example.net", "example.org", "example", "test", "invalid", "localhost"}

// everybodys are names that stand in ordinary mail of anybody: mailboxes, where
// links and pictures come from, what describes a document's form. Our own list.
var everybodys = []string{
	"gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "hotmail.fr", "live.com", "yahoo.com", "yahoo.fr", "icloud.com",
	"aol.com", "gmx.net", "gmx.de", "proton.me", "protonmail.com", "orange.fr", "free.fr", "laposte.net", "wanadoo.fr",
	"w3.org", "schema.org", "schemas.microsoft.com", "schemas.openxmlformats.org", "fonts.googleapis.com", "aka.ms",
	"safelinks.protection.outlook.com", "urldefense.com", "urldefense.proofpoint.com", "iana.org", "rfc-editor.org",
}

// Name returns the lists that a domain, in lower-case ASCII form, is on; names below those listed are, too.
func Name(domain string) []string {
	switch {
	case under(domain, forExamples):
		return []string{string(Documentation)}
	case under(domain, everybodys):
		return []string{string(Shared)}
	}
	return nil
}

// under tries the name and each name above it.
func under(domain string, list []string) bool {
	for {
		if slices.Contains(list, domain) {
			return true
		}
		_, above, ok := strings.Cut(domain, ".")
		if !ok {
			return false
		}
		domain = above
	}
}
