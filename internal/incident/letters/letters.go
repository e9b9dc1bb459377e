// Package letters holds texts with which mails about incidents begin, in English and in French.
//
// A text is a subject, an empty line and the rest, with places: {ref} of the incident, {party} to whom it goes, {tlp}, {me} and {team}. What fills a place
// is never looked at again, so that a name that looks like a place stays what it is. Nobody's title or summary has a place: what leaves about an
// incident, a person writes.
package letters

import (
	"embed"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
)

//go:embed en/*.txt fr/*.txt
var files embed.FS

// Names lists the texts, in the order in which they are offered.
func Names() []string { return []string{"ask", "inform", "logs", "remind", "thanks"} }

// Languages lists the languages, the default first.
func Languages() []string { return []string{"en", "fr"} }

// Text gives a text's subject and the rest, its places still open. Errors: NotFound.
func Text(language, name string) (subject, text string, err error) {
	raw, err := files.ReadFile(language + "/" + name + ".txt")
	if err != nil {
		return "", "", problem.New(problem.NotFound, "there is no text %q in %q", name, language)
	}
	subject, text, _ = strings.Cut(string(raw), "\n\n")
	return subject, text, nil
}

// Fill puts values into the places of a text, once. A place without a value stays as it is.
func Fill(text string, values map[string]string) string {
	pairs := make([]string, 0, 2*len(values))
	for name, value := range values {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}
