package findings

import (
	"context"
	"net/netip"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/web/shell"
)

// mostFound is how many findings of one address the palette offers.
const mostFound = 4

// find answers the palette: a finding by its id or the beginning of one, and the findings of an address. Nothing else is looked for, since the
// palette asks at each key.
func (p *page) find(ctx context.Context, r *shell.Request, q string) ([]shell.Hit, error) {
	if _, _, err := finding.ParseID(q); err == nil {
		about, err := p.o.Desk.AboutFinding(ctx, r.Actor, q)
		if problem.Is(err, problem.NotFound) || problem.Is(err, problem.Conflict) {
			return nil, nil // none, or several begin so
		}
		return []shell.Hit{hitOf(ctx, r, about.Finding)}, err
	}
	addr, err := netip.ParseAddr(q)
	if err != nil {
		return nil, nil //nolint:nilerr // no address either
	}
	found, err := p.o.Desk.ListFindings(ctx, r.Actor, desk.FindingQuery{Text: narrow("", "ip", addr.String()), ByAddress: true, Request: core.Request{Limit: mostFound}})
	var hits []shell.Hit
	for _, v := range found.Items {
		hits = append(hits, hitOf(ctx, r, v))
	}
	return hits, err
}

func hitOf(ctx context.Context, r *shell.Request, v desk.FindingView) shell.Hit {
	return shell.Hit{
		Text: v.What(), Note: condition(ctx, v) + " · " + stateWord(ctx, v.State), Href: oneURL(v.ID), Icon: "radar", Kind: r.T("findings.one.kind"),
	}
}
