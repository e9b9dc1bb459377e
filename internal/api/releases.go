package api

import (
	"context"
	"net/http"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/release"
)

// addSeconds adds what a second person does about a decision, and how one came about.
func (a *API) addSeconds() {
	add(a, operation{method: http.MethodGet, path: "/releases/{id}", id: "get-release", tag: tagMessages, summary: "A decision about who may be told, with each step"}, a.decision)
	for _, move := range []struct {
		name, summary string
		do            func(context.Context, identity.Actor, string, string) (release.Decision, error)
	}{
		{"approve", "Let go what needs a second person", a.Release.Approve},
		{"refuse", "Keep back what needs a second person", a.Release.Refuse},
	} {
		add(a, operation{method: http.MethodPost, path: "/releases/{id}/" + move.name, id: move.name + "-release", tag: tagMessages, summary: move.summary, status: http.StatusNoContent},
			func(ctx context.Context, actor identity.Actor, in *reasonInput) (*none, error) {
				_, err := move.do(ctx, actor, in.ID, in.Body.Reason)
				return done(err)
			})
	}
	a.addItems()
	a.addStopped()
}

// Asked is one thing that the policy asked.
type Asked struct {
	Fact  string `json:"fact"`
	Holds bool   `json:"holds"`
	Why   string `json:"why"`
}

// Explained is a decision with its steps.
type Explained struct {
	Decision
	Audience  string   `json:"audience" doc:"What the recipient is to it."`
	Effective string   `json:"effective" doc:"The label in force, by its schedule."`
	Profile   string   `json:"profile,omitempty" doc:"Of the redaction."`
	Seconder  string   `json:"seconder,omitempty" doc:"Who settled what needed a second person."`
	PAP       string   `json:"pap" doc:"What may be done with it."`
	IEP       []string `json:"iep,omitempty" doc:"The statements of its source's policy that were in force."`
	InsteadOf string   `json:"instead_of,omitempty" doc:"The decision, under an older policy, of a message that was decided about again when it would have gone."`
	Steps     []Asked  `json:"steps"`
}

func (a *API) decision(ctx context.Context, actor identity.Actor, in *ByID) (*body[Explained], error) {
	d, err := a.Release.One(ctx, actor, in.ID)
	return given(explainedOf(d), err)
}

func explainedOf(d release.Decision) Explained {
	out := Explained{
		Decision: decisionOf(d), Audience: string(d.To), Effective: d.Effective.String(), Profile: d.Profile, Seconder: d.Seconder, Steps: []Asked{},
		PAP: d.Item.PAP.String(), IEP: d.Item.Terms.IEP.List(), InsteadOf: d.InsteadOf,
	}
	for _, s := range d.Steps {
		out.Steps = append(out.Steps, Asked(s))
	}
	return out
}

func decisionOf(d release.Decision) Decision {
	return Decision{
		ID: d.ID, Allowed: d.Allowed, Outcome: string(d.Outcome), Rule: d.Rule, Reason: d.Reason, Organisation: d.Organisation, Label: d.Label.String(), By: d.By, At: d.At,
	}
}
