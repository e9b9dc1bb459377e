package dossier

import (
	"context"
	"slices"
	"strconv"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/incident"
)

// facts are the codes of the timeline that say how far the incident is: without what stands in them, they go out with every document.
var facts = []string{
	"incident.opened", "incident.contained", "incident.uncontained", "incident.resolve", "incident.abandon", "incident.reopen", "incident.woken",
	"incident.resolved", "incident.abandoned", "incident.reopened",
}

// told are the codes that an outsider may have, of what we did: without what stands in them. They are of what somebody else saw of it already; that a
// take-down is prepared, or waits because the police want nobody to hear of it, is the team's own.
var told = []string{"takedown.ask", "takedown.chase", "takedown.escalate", "takedown.verify", "takedown.relapse", "takedown.lift", "takedown.confirm"}

// timeline gives the entries, the oldest first. Of what we did, only codes leave that are meant to; what a person wrote about the world outside may.
func (d *draft) timeline(ctx context.Context) (items []Item, err error) {
	r := page.Request{Limit: page.MaxLimit}
	for {
		p, err := d.s.o.Incidents.Timeline(ctx, d.actor, d.incident.ID, r)
		if err != nil {
			return nil, err
		}
		for _, e := range p.Items {
			items = append(items, entryOf(e))
		}
		if r.After = p.Next; r.After == "" {
			slices.Reverse(items)
			return items, nil
		}
	}
}

func entryOf(e incident.Entry) Item {
	it := Item{At: e.At, Code: e.Code, Args: e.Args, By: e.By}
	if e.Text != "" {
		it.Cells = []string{e.Text}
	}
	switch {
	case slices.Contains(facts, e.Code):
		it.bare = true
	case e.Code != "":
		it.Own = e.Text != "" || !slices.Contains(told, e.Code)
	default:
		it.Own = !e.World
	}
	return it
}

func number(n int64) string { return strconv.FormatInt(n, 10) }
