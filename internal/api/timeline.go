package api

import (
	"context"
	"net/http"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
)

type (
	// EntryBody is what somebody writes into a timeline.
	EntryBody struct {
		At   time.Time `json:"at" doc:"When it happened."`
		Side string    `json:"side,omitempty" enum:"world,ours" default:"world" doc:"What happened outside, or what we did."`
		Text string    `json:"text" minLength:"1" maxLength:"20480" doc:"Markdown."`
	}
	timelineInput struct {
		Paged
		ByID
		Side    string `query:"side" enum:"world,ours" doc:"None: both."`
		Kind    string `query:"kind" maxLength:"40" doc:"What stands before the dot of a code: message, report, task; written: by people."`
		Removed bool   `query:"removed" doc:"With what was taken out."`
	}
	entryInput struct {
		ByID
		Body EntryBody
	}
	entryEditInput struct {
		ByID
		Entry string `path:"entry" maxLength:"200"`
		Body  struct {
			Version int64 `json:"version" minimum:"1" doc:"Of the entry as it was read."`
			EntryBody
		}
	}
	entryRemoveInput struct {
		ByID
		Entry   string `path:"entry" maxLength:"200"`
		Version int64  `query:"version" required:"true" minimum:"1"`
		Reason  string `query:"reason" required:"true" minLength:"1" maxLength:"1000"`
	}
	// LetterBody is a mail to several parties.
	LetterBody struct {
		Parties []incident.Party `json:"parties" minItems:"1" maxItems:"50"`
		Subject string           `json:"subject" minLength:"1" maxLength:"500"`
		Text    string           `json:"text" minLength:"1" maxLength:"102400" doc:"{party} becomes each one's name."`
		Need    string           `json:"need,omitempty" maxLength:"1000" doc:"Why they need to know: asked for where the incident is restricted, or its label TLP:AMBER+STRICT."`
	}
	letterInput struct {
		ByID
		Body LetterBody
	}
)

func (b *LetterBody) outgoing() incident.Outgoing {
	return incident.Outgoing{Parties: b.Parties, Subject: b.Subject, Text: b.Text, Need: b.Need}
}

func (b *EntryBody) draft() incident.EntryDraft {
	return incident.EntryDraft{At: b.At, World: b.Side != string(incident.Ours), Text: b.Text}
}

func (a *API) addTimeline() {
	add(a, operation{method: http.MethodGet, path: "/incidents/{id}/timeline", id: "list-timeline", tag: tagIncidents, summary: "What happened and what we did, the latest first"}, a.timeline)
	add(a, operation{method: http.MethodPost, path: "/incidents/{id}/timeline", id: "add-entry", tag: tagIncidents, summary: "Write into the timeline", status: http.StatusCreated},
		func(ctx context.Context, actor identity.Actor, in *entryInput) (*body[incident.Entry], error) {
			return given(a.Incidents.AddEntry(ctx, actor, in.ID, in.Body.draft()))
		})
	add(a, operation{method: http.MethodPatch, path: "/incidents/{id}/timeline/{entry}", id: "edit-entry", tag: tagIncidents, summary: "Change what somebody wrote there", clashes: true},
		func(ctx context.Context, actor identity.Actor, in *entryEditInput) (*body[incident.Entry], error) {
			return given(a.Incidents.EditEntry(ctx, actor, in.ID, in.Entry, in.Body.Version, in.Body.draft()))
		})
	add(a, operation{
		method: http.MethodDelete, path: "/incidents/{id}/timeline/{entry}", id: "remove-entry", tag: tagIncidents, summary: "Take out what somebody wrote there", status: http.StatusNoContent,
		detail: "It stays in the record, with the reason.",
	}, func(ctx context.Context, actor identity.Actor, in *entryRemoveInput) (*none, error) {
		return done(a.Incidents.RemoveEntry(ctx, actor, in.ID, in.Entry, in.Version, in.Reason))
	})
	a.addDialogues()
}

func (a *API) addDialogues() {
	add(a, operation{method: http.MethodGet, path: "/incidents/{id}/dialogues", id: "list-dialogues", tag: tagIncidents, summary: "The dialogues with parties, with their messages"},
		func(ctx context.Context, actor identity.Actor, in *ByID) (*body[[]incident.Investigation], error) {
			_, list, err := a.Incidents.Dialogues(ctx, actor, in.ID)
			if list == nil {
				list = []incident.Investigation{}
			}
			return given(list, err)
		})
	add(a, operation{
		method: http.MethodPost, path: "/incidents/{id}/dialogues", id: "write-to-parties", tag: tagIncidents, summary: "Write to several parties, each alone", status: http.StatusCreated,
		detail: "All of them get it, or nobody. 409 if one of them may not.",
	}, func(ctx context.Context, actor identity.Actor, in *letterInput) (*body[[]incident.Investigation], error) {
		return given(a.Incidents.WriteToAll(ctx, actor, in.ID, in.Body.outgoing()))
	})
	add(a, operation{
		method: http.MethodPost, path: "/incidents/{id}/dialogues/preview", id: "preview-letter", tag: tagIncidents, summary: "See what would leave, and what permits or forbids it",
		detail: "Nothing is sent.",
	}, func(ctx context.Context, actor identity.Actor, in *letterInput) (*body[incident.Outlook], error) {
		return given(a.Incidents.Foresee(ctx, actor, in.ID, in.Body.outgoing()))
	})
}

func (a *API) timeline(ctx context.Context, actor identity.Actor, in *timelineInput) (*rows[incident.Entry], error) {
	p, err := a.Incidents.TimelineOf(ctx, actor, in.ID, incident.TimelineFilter{Request: in.request(), Side: incident.Side(in.Side), Kind: in.Kind, Removed: in.Removed})
	if err != nil {
		return nil, err
	}
	return list(&in.Paged, p.Items, string(p.Next)), nil
}
