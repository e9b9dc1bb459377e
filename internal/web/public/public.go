// Package public holds what stands around every page that needs no account: one style sheet, no script, nothing of the inside, and the way to the other
// language.
package public

import (
	"github.com/a-h/templ"

	"github.com/firehall/firehall/internal/web/words"
)

// Page is a page for everybody.
type Page struct {
	Title    string
	Team     string // who shows it
	Lang     words.Lang
	Found    bool          // search engines may name it
	Language templ.SafeURL // the page in the other language
	Form     bool          // the language is changed by the form with the id "f" instead, so that nothing typed is lost
	Links    []Link        // at its foot
	Body     templ.Component
}

// Link leads to another page for everybody; Key is of its text in words.
type Link struct{ Key, Href string }

// T is words.T for the templates.
var T = words.T

// Other is the language that a page is not in.
func Other(l words.Lang) words.Lang {
	if l == words.French {
		return words.English
	}
	return words.French
}
