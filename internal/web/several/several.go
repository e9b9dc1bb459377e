// Package several answers after something was done with several things of a list: it goes back to the list, or, where some of them refused, shows which and why.
// Of what is not there, or out of the reader's sight, it shows no more than what was asked for.
package several

import (
	"net/http"

	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/stopped"
	"github.com/firehall/firehall/internal/web/ui"
)

// Answer is how it came out, and how that is said.
type Answer struct {
	Section string
	Back    string // the list, a path of ours
	Done    string // what was done with how many
	Moved   incident.Moved
	// Named gives what one within the reader's sight is called, and where its page is; nil: by what was asked for.
	Named func(id string) (name, href string)
}

// Show answers a request that changed several things.
func Show(s *shell.Shell, w http.ResponseWriter, r *shell.Request, a Answer) error {
	left := Left(r, a.Moved.Unmoved, a.Named)
	if len(left) == 0 {
		return s.Done(w, r, a.Back, a.Done)
	}
	p := ui.SeveralProps{Done: a.Done, Back: a.Back, Left: left}
	return s.Page(w, r, shell.Page{Title: r.T("ui.several.title"), Section: a.Section, Body: ui.Several(p)})
}

// Left says in the reader's language which stayed as they were, and why.
func Left(r *shell.Request, list []incident.Unmoved, named func(id string) (name, href string)) (left []ui.Left) {
	for _, u := range list {
		l := ui.Left{Name: u.ID, Why: u.Why, Text: stopped.Words(r.Context(), u.Err)}
		if u.Why != "gone" && named != nil {
			l.Name, l.Href = named(u.ID)
		}
		left = append(left, l)
	}
	return left
}
