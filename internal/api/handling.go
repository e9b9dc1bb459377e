package api

import (
	"context"
	"net/http"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
)

type (
	mergeIncidentInput struct {
		ByID
		Body struct {
			Into   string `json:"into" minLength:"1" maxLength:"40" doc:"Id or ref of the incident in which work goes on."`
			Reason string `json:"reason" minLength:"1" maxLength:"1000"`
		}
	}
	splitInput struct {
		ByID
		Body struct {
			Title   string              `json:"title" minLength:"1" maxLength:"300"`
			Reports []string            `json:"reports,omitempty" maxItems:"1000" doc:"Ids or refs."`
			Parts   map[string][]string `json:"parts,omitempty" doc:"Ids of other things that can go over, by their kind."`
			Reason  string              `json:"reason" minLength:"1" maxLength:"1000"`
		}
	}
	relationInput struct {
		ByID
		How   string `path:"how" enum:"child,parent,related"`
		Other string `path:"other" maxLength:"40" doc:"Id or ref."`
	}
	campaignInput struct {
		Body incident.CampaignText
	}
	campaignEditInput struct {
		ByID
		Body struct {
			Version int64 `json:"version" minimum:"1" doc:"Of the campaign as it was read."`
			incident.CampaignText
		}
	}
	campaignsInput struct{ Paged }
	campaignMade   struct {
		Location string `header:"Location"`
		Body     incident.Campaign
	}
)

// addHandling adds what is done with whole incidents.
func (a *API) addHandling() {
	add(a, operation{method: http.MethodGet, path: "/incidents/{id}/ending", id: "ending-of-incident", tag: tagIncidents, summary: "What closing an incident would end along with it"},
		func(ctx context.Context, actor identity.Actor, in *ByID) (*body[incident.Ending], error) {
			return given(a.Incidents.Ending(ctx, actor, in.ID))
		})
	add(a, operation{
		method: http.MethodPost, path: "/incidents/{id}/merge", id: "merge-incident", tag: tagIncidents, summary: "Merge an incident into another",
		detail: "Its id leads to the other from then on. Nothing is lost: unmerge gives everything back.",
	}, func(ctx context.Context, actor identity.Actor, in *mergeIncidentInput) (*body[incident.Incident], error) {
		return given(a.Incidents.MergeIncident(ctx, actor, in.ID, in.Body.Into, in.Body.Reason))
	})
	add(a, operation{method: http.MethodPost, path: "/incidents/{id}/unmerge", id: "unmerge-incident", tag: tagIncidents, summary: "Undo that", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *becauseInput) (*none, error) {
			return done(a.Incidents.UnmergeIncident(ctx, actor, in.ID, in.Body.Reason))
		})
	add(a, operation{
		method: http.MethodGet, path: "/incidents/{id}/carriable", id: "carriable-of-incident", tag: tagIncidents, summary: "What a split can take along beside reports and observables",
	}, func(ctx context.Context, actor identity.Actor, in *ByID) (*body[[]incident.Hanging], error) {
		list, err := a.Incidents.Carriable(ctx, actor, in.ID)
		return given(append([]incident.Hanging{}, list...), err)
	})
	add(a, operation{method: http.MethodPost, path: "/incidents/{id}/split", id: "split-incident", tag: tagIncidents, summary: "Make an incident of its own of some of its reports", status: http.StatusCreated},
		func(ctx context.Context, actor identity.Actor, in *splitInput) (*incidentMade, error) {
			i, err := a.Incidents.SplitIncident(ctx, actor, in.ID, incident.Splitting{Title: in.Body.Title, Reports: in.Body.Reports, Parts: in.Body.Parts, Why: in.Body.Reason})
			return &incidentMade{Root + "/incidents/" + i.ID, i}, err
		})
	add(a, operation{method: http.MethodPost, path: "/incidents/{id}/unsplit", id: "unsplit-incident", tag: tagIncidents, summary: "Undo the split that made an incident", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *becauseInput) (*none, error) {
			return done(a.Incidents.UnsplitIncident(ctx, actor, in.ID, in.Body.Reason))
		})
	add(a, operation{
		method: http.MethodPut, path: "/incidents/{id}/relations/{how}/{other}", id: "relate-incident", tag: tagIncidents, summary: "Link an incident to another", status: http.StatusNoContent,
		detail: "409 if it would be a part of its own part.",
	}, func(ctx context.Context, actor identity.Actor, in *relationInput) (*none, error) {
		return done(a.Incidents.Relate(ctx, actor, in.ID, incident.Relation(in.How), in.Other))
	})
	add(a, operation{method: http.MethodDelete, path: "/incidents/{id}/relations/{how}/{other}", id: "unrelate-incident", tag: tagIncidents, summary: "Take that link away", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *relationInput) (*none, error) {
			return done(a.Incidents.Unrelate(ctx, actor, in.ID, incident.Relation(in.How), in.Other))
		})
	a.addCampaigns()
	a.addSeveral()
}

func (a *API) addCampaigns() {
	add(a, operation{method: http.MethodGet, path: "/campaigns", id: "list-campaigns", tag: tagIncidents, summary: "List campaigns, the latest changed first"},
		func(ctx context.Context, actor identity.Actor, in *campaignsInput) (*rows[incident.Campaign], error) {
			p, err := a.Incidents.Campaigns(ctx, actor, in.request())
			if err != nil {
				return nil, err
			}
			return list(&in.Paged, p.Items, string(p.Next)), nil
		})
	add(a, operation{method: http.MethodPost, path: "/campaigns", id: "open-campaign", tag: tagIncidents, summary: "Begin a campaign", status: http.StatusCreated},
		func(ctx context.Context, actor identity.Actor, in *campaignInput) (*campaignMade, error) {
			c, err := a.Incidents.OpenCampaign(ctx, actor, in.Body)
			return &campaignMade{Root + "/campaigns/" + c.ID, c}, err
		})
	add(a, operation{
		method: http.MethodGet, path: "/campaigns/{id}", id: "get-campaign", tag: tagIncidents, summary: "One campaign", detail: "Its incidents are those that GET /incidents?q=campaign:REF lists.",
	}, func(ctx context.Context, actor identity.Actor, in *ByID) (*body[incident.Campaign], error) {
		return given(a.Incidents.Campaign(ctx, actor, in.ID))
	})
	add(a, operation{method: http.MethodPatch, path: "/campaigns/{id}", id: "edit-campaign", tag: tagIncidents, summary: "Change what is known of a campaign", clashes: true},
		func(ctx context.Context, actor identity.Actor, in *campaignEditInput) (*body[incident.Campaign], error) {
			return given(a.Incidents.EditCampaign(ctx, actor, in.ID, in.Body.Version, in.Body.CampaignText))
		})
}
