package reports

import (
	"context"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/web/shell"
)

// shortest is how much has to be typed before reports are looked for.
const shortest = 2

// find answers the palette: reports and incidents by their numbers and words.
func (p *page) find(ctx context.Context, r *shell.Request, q string) ([]shell.Hit, error) {
	if len([]rune(strings.TrimSpace(q))) < shortest {
		return nil, nil
	}
	found, err := p.o.Incidents.Suggest(ctx, r.Actor, q)
	if problem.Is(err, problem.Forbidden) || problem.Is(err, problem.Invalid) {
		return nil, nil
	}
	var hits []shell.Hit
	for _, f := range found {
		h := shell.Hit{Text: f.Ref.Ref + " " + f.Title, Href: oneURL(f.ID), Icon: "inbox", Kind: r.T("reports.kind")}
		if f.Kind == "incident" {
			h.Href, h.Icon, h.Kind = "/incidents/"+f.ID, "flame", r.T("reports.kind.incident")
		}
		hits = append(hits, h)
	}
	return hits, err
}
