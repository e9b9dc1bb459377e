package observables

import (
	"context"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/web/shell"
)

// Bounds of what the palette asks: it asks at each key.
const (
	shortest  = 4 // a value that has fewer signs is not whole yet
	mostFound = 4
)

// find answers the palette: the observables that are the value that was typed, or have to do with it, in the incidents that the reader sees.
func (p *page) find(ctx context.Context, r *shell.Request, q string) ([]shell.Hit, error) {
	if q = strings.TrimSpace(q); len(q) < shortest {
		return nil, nil
	}
	found, err := p.o.Observables.Search(ctx, r.Actor, "", q)
	if problem.Is(err, problem.Forbidden) || problem.Is(err, problem.Invalid) {
		return nil, nil // not theirs to read; no value yet
	}
	var hits []shell.Hit
	for _, m := range found.Matches[:min(len(found.Matches), mostFound)] {
		hits = append(hits, shell.Hit{Text: m.Value, Note: m.Ref + " " + m.Title, Href: listURL(m.Incident, m.Observable), Icon: "eye", Kind: r.T("observables.kind")})
	}
	return hits, err
}
