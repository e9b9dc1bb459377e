package desk

import (
	"context"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/rdap"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/release"
)

// Registries is how registries are asked.
type Registries struct {
	// Ask asks one; nil: the configuration does not allow it. Errors: NotFound, Unavailable.
	Ask func(ctx context.Context, asked constituency.Asked) (rdap.Answer, error)
	// Allow decides whether something may be asked about, and puts that on record: by the strictest PAP of the incident that is named (id or ref; "" for
	// none), of those in which it was seen, and of the feeds that showed it. Errors: NotFound for an incident that the actor does not see.
	Allow func(ctx context.Context, actor identity.Actor, asked, incident string) (release.Decision, error)
}

// Registered is what came of asking a registry.
type Registered struct {
	Asked   string      `json:"asked"`
	Allowed bool        `json:"allowed"`
	Rule    string      `json:"rule"`   // of the decision
	Reason  string      `json:"reason"` // of it
	Known   bool        `json:"known"`  // the registry knows it
	Answer  rdap.Answer `json:"answer,omitzero"`
}

// AsksRegistries tells whether registries can be asked at all.
func (d *Desk) AsksRegistries() bool { return d.o.Registry.Ask != nil && d.o.Registry.Allow != nil }

// Registered asks a registry by RDAP for the registration of an address, prefix, AS number, domain or URL's host: on a person's wish alone, since the
// registry learns what we look at. What the PAP forbids is no error: Allowed is false. Errors: Invalid for what no registry has; NotFound for the
// incident; Unavailable if registries are not asked here, or do not answer.
func (d *Desk) Registered(ctx context.Context, actor identity.Actor, text, incident string) (out Registered, err error) {
	if err := actor.Authorise(release.OpLookup, text); err != nil {
		return out, err
	}
	if !d.AsksRegistries() {
		return out, problem.New(problem.Unavailable, "registries are not asked here: rdap.enabled in the configuration is off")
	}
	if len(text) > maxLookup || isHash(text) {
		return out, problem.New(problem.Invalid, "no registry has that: ask for an address, prefix, AS number, domain or URL")
	}
	asked, err := constituency.ParseQuestion(text)
	if err != nil {
		return out, err
	}
	l, err := aboutAsset(text, constituency.Answer{})
	if err != nil {
		return out, err
	}
	decision, err := d.o.Registry.Allow(ctx, actor, text, incident)
	if err != nil {
		return out, err
	}
	out = Registered{Asked: l.Asked, Allowed: decision.Allowed, Rule: decision.Rule, Reason: decision.Reason}
	if !out.Allowed {
		return out, nil
	}
	out.Answer, err = d.o.Registry.Ask(ctx, asked)
	if problem.Is(err, problem.NotFound) {
		return out, nil
	}
	out.Known = err == nil
	return out, err
}
