package api

import (
	"context"
	"net/http"
	"time"

	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/dossier"
	"github.com/firehall/firehall/internal/incident/figure"
)

type (
	figuresInput struct {
		Step         string    `query:"step" enum:"day,week,month,quarter,year" default:"week" doc:"How long a period is, in the team's zone."`
		Periods      int       `query:"periods" minimum:"1" maximum:"60" default:"12"`
		Until        time.Time `query:"until" doc:"Any time in the last period; none is now."`
		Class        string    `query:"class" maxLength:"60" doc:"Of RSIT."`
		Organisation string    `query:"organisation" maxLength:"100" doc:"Id: what concerns it."`
		Sector       string    `query:"sector" maxLength:"100"`
	}
	containInput struct {
		ByID
		Body struct {
			At *time.Time `json:"at,omitempty" doc:"Since when it does no more harm; none is now."`
		}
	}
	printInput struct {
		ByID
		For          string `query:"for" enum:"team,constituent,authority,public" default:"team"`
		Organisation string `query:"organisation" maxLength:"100" doc:"Id of the constituent, or of the authority, that it is for."`
	}
	handOutInput struct {
		ByID
		Body struct {
			For          string `json:"for" enum:"constituent,authority,public"`
			Organisation string `json:"organisation,omitempty" maxLength:"100" doc:"Id; needed for a constituent."`
			To           string `json:"to,omitempty" maxLength:"200" doc:"Name of an authority that stands in no register."`
			Statement    string `json:"statement,omitempty" maxLength:"20480" doc:"Markdown: what is told to this audience."`
			Reason       string `json:"reason" minLength:"1" maxLength:"1000"`
		}
	}
	handoutInput struct {
		ByID
		Handout string `path:"handout" maxLength:"200"`
	}
)

func (a *API) addFigures() {
	add(a, operation{
		method: http.MethodGet, path: "/figures", id: "get-figures", tag: tagIncidents, summary: "How the team does",
		detail: "Counts and times by period, over what the caller may see. Times are in nanoseconds.",
	}, func(ctx context.Context, actor identity.Actor, in *figuresInput) (*body[figure.Figures], error) {
		return given(a.Figures.Ask(ctx, actor, figure.Question{
			Step: figure.Step(in.Step), Periods: in.Periods, Until: in.Until, Class: rsit.Class(in.Class), Organisation: in.Organisation, Sector: in.Sector,
		}))
	})
	add(a, operation{method: http.MethodPut, path: "/incidents/{id}/contained", id: "contain-incident", tag: tagIncidents, summary: "Say that an incident does no more harm", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *containInput) (*none, error) {
			var at time.Time
			if in.Body.At != nil {
				at = *in.Body.At
			}
			return done(a.Figures.Contain(ctx, actor, in.ID, at))
		})
	add(a, operation{method: http.MethodPost, path: "/incidents/{id}/uncontained", id: "uncontain-incident", tag: tagIncidents, summary: "Take that back", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *becauseInput) (*none, error) {
			return done(a.Figures.Uncontain(ctx, actor, in.ID, in.Body.Reason))
		})
	a.addDossier()
}

func (a *API) addDossier() {
	add(a, operation{
		method: http.MethodGet, path: "/incidents/{id}/print", id: "print-incident", tag: tagIncidents, summary: "The report of an incident as an audience would see it",
		detail: "A draft, where it is not for the team: hand it out before it leaves.",
	}, func(ctx context.Context, actor identity.Actor, in *printInput) (*body[dossier.Document], error) {
		return given(a.Dossier.Draft(ctx, actor, in.ID, dossier.Order{Audience: dossier.Audience(in.For), Organisation: in.Organisation}))
	})
	add(a, operation{method: http.MethodPost, path: "/incidents/{id}/handouts", id: "hand-out-incident", tag: tagIncidents, summary: "Hand a report of an incident out", status: http.StatusCreated},
		func(ctx context.Context, actor identity.Actor, in *handOutInput) (*body[dossier.Handout], error) {
			b := in.Body
			return given(a.Dossier.HandOut(ctx, actor, in.ID, dossier.Order{Audience: dossier.Audience(b.For), Organisation: b.Organisation, To: b.To, Statement: b.Statement}, b.Reason))
		})
	add(a, operation{method: http.MethodGet, path: "/incidents/{id}/handouts", id: "list-handouts", tag: tagIncidents, summary: "What was handed out of an incident"},
		func(ctx context.Context, actor identity.Actor, in *ByID) (*body[[]dossier.Handout], error) {
			return given(a.Dossier.Handouts(ctx, actor, in.ID))
		})
	add(a, operation{method: http.MethodGet, path: "/incidents/{id}/handouts/{handout}", id: "get-handout", tag: tagIncidents, summary: "A report as it was handed out"},
		func(ctx context.Context, actor identity.Actor, in *handoutInput) (*body[dossier.Document], error) {
			return given(a.Dossier.HandedOut(ctx, actor, in.ID, in.Handout))
		})
}
