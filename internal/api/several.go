package api

import (
	"context"
	"net/http"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
)

// eachForItself is said of all that is done with several things of incidents.
const eachForItself = "Each for itself: one that refuses stops none of the others. Those that were left are listed with why: `gone` for what is not there or out of sight, `state`, `invalid`, `forbidden`, `unavailable`; and with what refused, in a sentence."

type (
	dialoguesMoveInput struct {
		Body struct {
			IDs  []string `json:"ids" minItems:"1" maxItems:"200" nullable:"false"`
			Move string   `json:"move" enum:"resolve,reopen"`
		}
	}
	dialoguesAssignInput struct {
		Body struct {
			IDs      []string `json:"ids" minItems:"1" maxItems:"200" nullable:"false"`
			Assignee string   `json:"assignee" maxLength:"200" doc:"An account; empty: nobody."`
		}
	}
	campaignIncidentsInput struct {
		ByID
		Body struct {
			Incidents []string `json:"incidents" minItems:"1" maxItems:"200" nullable:"false" doc:"Ids or refs."`
		}
	}
)

// addSeveral adds what is done with several dialogues, and with the incidents of a campaign.
func (a *API) addSeveral() {
	add(a, operation{method: http.MethodPost, path: "/investigations/moves", id: "move-investigations", tag: tagIncidents, summary: "Resolve or reopen several dialogues", detail: eachForItself},
		func(ctx context.Context, actor identity.Actor, in *dialoguesMoveInput) (*body[incident.Moved], error) {
			return given(a.Incidents.MoveInvestigations(ctx, actor, in.Body.IDs, incident.MoveName(in.Body.Move)))
		})
	add(a, operation{method: http.MethodPost, path: "/investigations/assignments", id: "assign-investigations", tag: tagIncidents, summary: "Give several dialogues to somebody", detail: eachForItself},
		func(ctx context.Context, actor identity.Actor, in *dialoguesAssignInput) (*body[incident.Moved], error) {
			return given(a.Incidents.AssignInvestigations(ctx, actor, in.Body.IDs, in.Body.Assignee))
		})
	add(a, operation{method: http.MethodPost, path: "/campaigns/{id}/incidents", id: "gather-incidents", tag: tagIncidents, summary: "Put several incidents into a campaign", detail: "One of another campaign leaves that. " + eachForItself},
		func(ctx context.Context, actor identity.Actor, in *campaignIncidentsInput) (*body[incident.Moved], error) {
			return given(a.Incidents.GatherIncidents(ctx, actor, in.ID, in.Body.Incidents))
		})
	add(a, operation{method: http.MethodPost, path: "/campaigns/{id}/removals", id: "disperse-incidents", tag: tagIncidents, summary: "Take several incidents out of a campaign", detail: "One that is not in it is left. " + eachForItself},
		func(ctx context.Context, actor identity.Actor, in *campaignIncidentsInput) (*body[incident.Moved], error) {
			return given(a.Incidents.DisperseIncidents(ctx, actor, in.ID, in.Body.Incidents))
		})
}
