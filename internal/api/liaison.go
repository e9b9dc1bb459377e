package api

import (
	"context"
	"net/http"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/liaison"
)

type (
	handoverInput struct {
		ByID
		Body struct {
			liaison.Facts
			Note string `json:"note,omitempty" maxLength:"20480"`
		}
	}
	handoverEditInput struct {
		ByID
		Handover string `path:"handover" maxLength:"200"`
		Body     struct {
			liaison.Facts
			Version int64 `json:"version" minimum:"1" doc:"Of the handover as it was read."`
		}
	}
	handoverMoveInput struct {
		ByID
		Handover string `path:"handover" maxLength:"200"`
		Body     struct {
			Move    string `json:"move" enum:"decide,hand-over,acknowledge,close,reopen"`
			Note    string `json:"note,omitempty" maxLength:"20480" doc:"To close or reopen it: why."`
			Version int64  `json:"version" minimum:"1"`
		}
	}
	// LogText is who asked, and what was said.
	LogText struct {
		At time.Time `json:"at" doc:"When they spoke."`
		liaison.Said
		Approver string `json:"approver,omitempty" maxLength:"200" doc:"The account that let it be said; needed for the press."`
	}
	logInput struct {
		ByID
		Body struct {
			Track string `json:"track" enum:"liaison,media"`
			LogText
		}
	}
	logEditInput struct {
		ByID
		Entry string `path:"entry" maxLength:"200"`
		Body  struct {
			Version int64 `json:"version" minimum:"1" doc:"Of the entry as it was read."`
			LogText
		}
	}
	logRemoveInput struct {
		ByID
		Entry   string `path:"entry" maxLength:"200"`
		Version int64  `query:"version" required:"true" minimum:"1"`
		Reason  string `query:"reason" required:"true" minLength:"1" maxLength:"500"`
	}
	// LiaisonBook is what an incident has to do with the police, other teams and the press.
	LiaisonBook struct {
		Handovers []liaison.Handover `json:"handovers" nullable:"false"`
		Entries   []liaison.Entry    `json:"entries" nullable:"false" doc:"The latest first."`
		Files     []liaison.Item     `json:"files" nullable:"false" doc:"Those that could be handed over."`
	}
)

func (t *LogText) draft(track string) liaison.EntryDraft {
	return liaison.EntryDraft{Track: liaison.Track(track), At: t.At, Said: t.Said, Approver: t.Approver}
}

// addLiaison adds the handovers to the police, and the logs of who asked and what was said.
func (a *API) addLiaison() {
	if a.Liaison == nil {
		return
	}
	add(a, operation{method: http.MethodGet, path: "/incidents/{id}/liaison", id: "get-liaison", tag: tagIncidents, summary: "What an incident has to do with the police, other teams and the press"},
		func(ctx context.Context, actor identity.Actor, in *ByID) (*body[LiaisonBook], error) {
			b, err := a.Liaison.Book(ctx, actor, in.ID)
			return given(LiaisonBook{append([]liaison.Handover{}, b.Handovers...), append([]liaison.Entry{}, b.Entries...), append([]liaison.Item{}, b.Files...)}, err)
		})
	add(a, operation{method: http.MethodPost, path: "/incidents/{id}/handovers", id: "consider-handover", tag: tagIncidents, summary: "Begin a handover to an agency", status: http.StatusCreated},
		func(ctx context.Context, actor identity.Actor, in *handoverInput) (*body[liaison.Handover], error) {
			return given(a.Liaison.Consider(ctx, actor, in.ID, in.Body.Facts, in.Body.Note))
		})
	add(a, operation{
		method: http.MethodPut, path: "/incidents/{id}/handovers/{handover}", id: "edit-handover", tag: tagIncidents, summary: "Change what a handover says",
		detail: "What was handed over stays as it was: then only contact and reference change.",
	}, func(ctx context.Context, actor identity.Actor, in *handoverEditInput) (*body[liaison.Handover], error) {
		return given(a.Liaison.Edit(ctx, actor, in.ID, in.Handover, in.Body.Version, in.Body.Facts))
	})
	add(a, operation{
		method: http.MethodPost, path: "/incidents/{id}/handovers/{handover}/moves", id: "move-handover", tag: tagIncidents, summary: "Bring a handover on", status: http.StatusNoContent,
		detail: "hand-over is a decision of release: 409 says why it may not go, and what a second person can be asked. It writes a line into the chain of custody of each of its files. " +
			"An order (a law, or a court's paper) needs no consent and is stopped by no label or embargo, but a second person has to approve the decision.",
	}, func(ctx context.Context, actor identity.Actor, in *handoverMoveInput) (*none, error) {
		return done(a.Liaison.Move(ctx, actor, in.ID, in.Handover, in.Body.Version, in.Body.Move, in.Body.Note))
	})
	a.addLog()
}

func (a *API) addLog() {
	add(a, operation{method: http.MethodPost, path: "/incidents/{id}/liaison", id: "log-liaison", tag: tagIncidents, summary: "Write down who asked, and what was said", status: http.StatusCreated},
		func(ctx context.Context, actor identity.Actor, in *logInput) (*body[liaison.Entry], error) {
			return given(a.Liaison.Log(ctx, actor, in.ID, in.Body.draft(in.Body.Track)))
		})
	add(a, operation{method: http.MethodPut, path: "/incidents/{id}/liaison/{entry}", id: "edit-liaison", tag: tagIncidents, summary: "Change such an entry", clashes: true},
		func(ctx context.Context, actor identity.Actor, in *logEditInput) (*body[liaison.Entry], error) {
			return given(a.Liaison.EditEntry(ctx, actor, in.ID, in.Entry, in.Body.Version, in.Body.draft("")))
		})
	add(a, operation{method: http.MethodDelete, path: "/incidents/{id}/liaison/{entry}", id: "remove-liaison", tag: tagIncidents, summary: "Take such an entry out; it stays in the record", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *logRemoveInput) (*none, error) {
			return done(a.Liaison.RemoveEntry(ctx, actor, in.ID, in.Entry, in.Version, in.Reason))
		})
}
