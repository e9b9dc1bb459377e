package api

import (
	"context"
	"net/http"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/sharing/indicator"
)

type (
	indicatorsInput struct {
		Q          string `query:"q" maxLength:"4096" doc:"An exact value of any kind, or the id of an indicator."`
		State      string `query:"state" maxLength:"20" doc:"fresh, fading, disputed, warned, early, expired or revoked."`
		Kind       string `query:"kind" maxLength:"20" doc:"ip, cidr, domain, url, email, md5, sha1, sha256, sha512, asn, filename, mac, mutex or registry."`
		Source     string `query:"source" maxLength:"100" doc:"The id of an organisation; - is the team."`
		Collection string `query:"collection" maxLength:"100" doc:"The id of a collection."`
		Seen       bool   `query:"seen" doc:"Only what somebody saw."`
		Cursor     string `query:"cursor" doc:"The next of the page before."`
		Limit      int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"Rows of a page."`
	}
	indicatorInput struct{ Body indicator.Draft }
	sightingInput  struct {
		ByID
		Body indicator.Saying
	}
	// IndicatorAdded is what was made.
	IndicatorAdded struct {
		ID string `json:"id"`
	}
)

// addIndicators adds indicators, and what people say of them.
func (a *API) addIndicators() {
	const path, one = "/indicators", "/indicators/{id}"
	add(a, operation{method: http.MethodGet, path: path, id: "list-indicators", tag: tagSharing, summary: "List indicators with what each means now, those that came last first"}, a.listIndicators)
	add(a, operation{
		method: http.MethodPost, path: path, id: "add-indicator", tag: tagSharing, summary: "Add an indicator of the team's own", status: http.StatusCreated,
		detail: "The same value has the same id each time: adding it again begins its time anew. Release decides whether the collection's group may have it.",
	}, func(ctx context.Context, actor identity.Actor, in *indicatorInput) (*body[IndicatorAdded], error) {
		id, err := a.Indicators.Add(ctx, actor, in.Body)
		return given(IndicatorAdded{id}, err)
	})
	add(a, operation{method: http.MethodGet, path: one, id: "show-indicator", tag: tagSharing, summary: "All that is known of an indicator: who saw it, what has its values, its relations"},
		func(ctx context.Context, actor identity.Actor, in *ByID) (*body[indicator.Whole], error) {
			return given(a.Indicators.Look(ctx, actor, in.ID))
		})
	add(a, operation{method: http.MethodPost, path: one + "/sightings", id: "sight-indicator", tag: tagSharing, summary: "Say that an indicator was seen, is a false positive, or has ended", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *sightingInput) (*none, error) {
			return done(a.Indicators.Sight(ctx, actor, in.ID, in.Body))
		})
	add(a, operation{method: http.MethodPost, path: one + "/retract", id: "retract-indicator", tag: tagSharing, summary: "Take an indicator of the team's own back", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *ByID) (*none, error) {
			return done(a.Indicators.Retract(ctx, actor, in.ID))
		})
	add(a, operation{method: http.MethodPost, path: "/sightings/{id}/withdraw", id: "withdraw-sighting", tag: tagSharing, summary: "Take back what somebody of the team, or its watch, said", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *ByID) (*none, error) {
			return done(a.Indicators.Withdraw(ctx, actor, in.ID))
		})
}

func (a *API) listIndicators(ctx context.Context, actor identity.Actor, in *indicatorsInput) (*body[indicator.Found], error) {
	return given(a.Indicators.List(ctx, actor, indicator.Filter{
		State: indicator.State(in.State), Kind: in.Kind, Source: in.Source, Value: in.Q, Collection: in.Collection, Seen: in.Seen,
		Page: core.Request{After: core.Cursor(in.Cursor), Limit: in.Limit},
	}))
}
