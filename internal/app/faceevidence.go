package app

import (
	"context"
	"net/url"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/observable"
	"github.com/firehall/firehall/internal/web"
	"github.com/firehall/firehall/internal/web/evidence"
	"github.com/firehall/firehall/internal/web/lookup"
)

// evidenceOptions says what the pages of evidence ask.
func (a *App) evidenceOptions(o *web.Options) {
	o.Evidence = evidence.Options{Incidents: a.Incidents, People: a.peopleNames, Elsewhere: a.knownDigests, Events: lookup.Events}
}

// knownDigests looks the digests of a file (SHA-256, SHA-1, MD5) up among the observables that the actor sees.
func (a *App) knownDigests(ctx context.Context, actor identity.Actor, digests []string) (list []evidence.Known, err error) {
	kinds := map[int]observable.Kind{64: "sha256", 40: "sha1", 32: "md5"}
	for _, digest := range digests {
		kind, ok := kinds[len(digest)]
		if !ok {
			continue
		}
		found, err := a.Observables.Search(ctx, actor, kind, digest)
		if problem.Is(err, problem.Invalid) || problem.Is(err, problem.Forbidden) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, m := range found.Matches {
			list = append(list, evidence.Known{Text: m.Ref + " " + m.Value, Href: "/incidents/" + url.PathEscape(m.Incident) + "/observables"})
		}
	}
	return list, nil
}
