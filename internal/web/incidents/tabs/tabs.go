// Package tabs draws the head that all pages of one incident share: its title, state and label, and the tabs that lead to its other pages.
//
// A tab is the page GET /incidents/{id}/<tab>, registered by the package that owns it. One whose page is not there is not shown, so that a room
// that a program lacks leaves no tab that leads nowhere. Head stands first in the body of each of these pages.
package tabs

import (
	"context"
	"net/url"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// Of is what the head shows of an incident.
type Of struct {
	ID, Ref, Title string
	Stage          incident.Stage
	Restricted     bool
	TLP            tlp.Label
}

// Inside is Of of what the rooms beneath an incident have in hand.
func Inside(in *incident.Inside) Of {
	return Of{ID: in.ID, Ref: in.Ref, Title: in.Title, Stage: in.Stage, Restricted: in.Restricted, TLP: in.TLP}
}

// known are the tabs in their order; "" is the overview. The texts are "tabs.overview" and "tabs.NAME".
var known = []string{"", "timeline", "notes", "dialogues", "tasks", "clocks", "countermeasures", "observables", "evidence", "lessons", "liaison", "share", "print"}

// Tone colours a stage.
func Tone(s incident.Stage) ui.Tone {
	switch s {
	case incident.StageOpen:
		return ui.Info
	case incident.StageResolved:
		return ui.Good
	default:
		return ui.Quiet
	}
}

// Word is a stage in the reader's language.
func Word(ctx context.Context, s incident.Stage) string {
	if key := "tabs.stage." + string(s); words.Has(key) {
		return words.T(ctx, key)
	}
	return string(s)
}

// Path is the path of an incident's page; tab "" is the overview.
func Path(id, tab string) string {
	path := "/incidents/" + url.PathEscape(id)
	if tab != "" {
		path += "/" + tab
	}
	return path
}

func list(ctx context.Context, id, current string) (out []ui.Tab) {
	for _, name := range known {
		route, key := "/incidents/{id}", "tabs.overview"
		if name != "" {
			route, key = route+"/"+name, "tabs."+name
		}
		if name == current || ui.Of(ctx).Has(route) {
			out = append(out, ui.Tab{Text: words.T(ctx, key), Href: Path(id, name), Active: name == current})
		}
	}
	return out
}
