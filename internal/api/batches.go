package api

import (
	"context"
	"net/http"

	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/notification"
	"github.com/firehall/firehall/internal/notification/message"
	"github.com/firehall/firehall/internal/notification/texts"
)

// Correction is what a correction of a batch would do, or did.
type Correction struct {
	Batch  string      `json:"batch"`
	ID     string      `json:"correction,omitempty" doc:"The batch of its own messages; absent while it is only shown."`
	Recall int         `json:"recall" doc:"Messages that had not been sent and are taken back."`
	To     []Corrected `json:"to" nullable:"false"`
}

// Corrected is one who is told of a correction.
type Corrected struct {
	Organisation string   `json:"organisation"`
	Address      string   `json:"address"`
	Subject      string   `json:"subject"`
	Text         string   `json:"text" doc:"As they read it."`
	Under        []string `json:"under,omitempty" doc:"The lines that stand below it: what may be done with it."`
	Held         string   `json:"held,omitempty" doc:"Why they are not told."`
}

type (
	correctInput struct {
		ByID
		Body struct {
			Text string `json:"text" minLength:"1" maxLength:"8000" doc:"What went wrong, in your words."`
			Send bool   `json:"send,omitempty" doc:"Send it; else it is only shown."`
		}
	}
	textsInput struct {
		Paged
		Language string `query:"language" required:"true" maxLength:"35"`
		File     string `query:"file" required:"true" maxLength:"100"`
	}
	textInput struct {
		Body struct {
			Language string `json:"language" minLength:"2" maxLength:"35"`
			File     string `json:"file" minLength:"1" maxLength:"100"`
			Text     string `json:"text" maxLength:"500000"`
			Note     string `json:"note,omitempty" maxLength:"500" doc:"What was changed, for people."`
		}
	}
	fileInput struct {
		Language string `query:"language" required:"true" maxLength:"35"`
		File     string `query:"file" required:"true" maxLength:"100"`
	}
	savedInput struct {
		Page string `query:"page" enum:"events,findings" default:"events"`
	}
	saveInput struct {
		Body struct {
			Page   string `json:"page" enum:"events,findings"`
			Name   string `json:"name" minLength:"1" maxLength:"100"`
			Query  string `json:"query" maxLength:"8192"`
			Shared bool   `json:"shared,omitempty" doc:"Everybody of the team sees it."`
		}
	}
)

// Written is a version of a text, and why it cannot be used, if so.
type Written struct {
	texts.Version
	Fault string `json:"fault,omitempty"`
}

// Used is a text in force.
type Used struct {
	Language string `json:"language"`
	File     string `json:"file"`
	From     string `json:"from" doc:"Where it comes from."`
}

func (a *API) addBatches() {
	add(a, operation{method: http.MethodGet, path: "/batches", id: "list-batches", tag: tagMessages, summary: "The runs that made messages, the newest first"},
		func(ctx context.Context, actor identity.Actor, in *struct{ Paged }) (*rows[notification.Batch], error) {
			p, err := a.Notify.Batches(ctx, actor, in.request())
			if err != nil {
				return nil, err
			}
			return list(&in.Paged, p.Items, string(p.Next)), nil
		})
	add(a, operation{
		method: http.MethodPost, path: "/batches/{id}/correction", id: "correct-batch", tag: tagMessages, summary: "Correct a wrong batch, to exactly its recipients",
		detail: "Without send it only shows who would be told, and how many messages would be taken back.",
	}, a.correct)
}

func (a *API) correct(ctx context.Context, actor identity.Actor, in *correctInput) (*body[Correction], error) {
	do := a.Notify.PreviewCorrection
	if in.Body.Send {
		do = a.Notify.Correct
	}
	c, err := do(ctx, actor, in.ID, in.Body.Text)
	out := Correction{Batch: c.Batch, ID: c.ID, Recall: c.Recall, To: []Corrected{}}
	for _, to := range c.To {
		out.To = append(out.To, Corrected{Organisation: to.Name, Address: to.Address, Subject: to.Subject, Text: to.Text, Under: to.Under, Held: to.Held})
	}
	return given(out, err)
}

func (a *API) addTexts() {
	add(a, operation{method: http.MethodGet, path: "/texts", id: "list-texts", tag: tagMessages, summary: "The texts of messages in force"},
		func(ctx context.Context, actor identity.Actor, _ *struct{}) (*all[Used], error) {
			used, err := a.Texts.Files(ctx, actor)
			return whole(usedOf(used)), err
		})
	add(a, operation{method: http.MethodGet, path: "/texts/versions", id: "list-versions", tag: tagMessages, summary: "The versions of a text, the newest first"},
		func(ctx context.Context, actor identity.Actor, in *textsInput) (*rows[texts.Version], error) {
			p, err := a.Texts.List(ctx, actor, in.Language, in.File, in.request())
			if err != nil {
				return nil, err
			}
			return list(&in.Paged, p.Items, string(p.Next)), nil
		})
	add(a, operation{
		method: http.MethodPost, path: "/texts/versions", id: "write-version", tag: tagMessages, summary: "Keep a version of a text", status: http.StatusCreated,
		detail: "Nothing changes until it is activated. One that cannot be used is kept, and the answer says why.",
	}, a.write)
	add(a, operation{method: http.MethodGet, path: "/texts/versions/{id}", id: "get-version", tag: tagMessages, summary: "A version with its text"},
		func(ctx context.Context, actor identity.Actor, in *ByID) (*body[texts.Version], error) {
			return given(a.Texts.Get(ctx, actor, in.ID))
		})
	add(a, operation{method: http.MethodPost, path: "/texts/versions/{id}/activate", id: "activate-version", tag: tagMessages, summary: "Write messages with a version from now on", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *ByID) (*none, error) {
			return done(a.Texts.Activate(ctx, actor, in.ID))
		})
	add(a, operation{method: http.MethodDelete, path: "/texts", id: "deactivate-text", tag: tagMessages, summary: "Use the folder's, or the built-in, text again", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *fileInput) (*none, error) {
			return done(a.Texts.Deactivate(ctx, actor, in.Language, in.File))
		})
}

func (a *API) write(ctx context.Context, actor identity.Actor, in *textInput) (*body[Written], error) {
	v, fault, err := a.Texts.Write(ctx, actor, texts.Version{Language: in.Body.Language, File: in.Body.File, Text: in.Body.Text, Note: in.Body.Note})
	out := Written{Version: v}
	if fault != nil {
		out.Fault = fault.Error()
	}
	return given(out, err)
}

func (a *API) addSaved() {
	add(a, operation{method: http.MethodGet, path: "/queries", id: "list-queries", tag: tagEvents, summary: "Queries that were kept"},
		func(ctx context.Context, actor identity.Actor, in *savedInput) (*all[desk.Saved], error) {
			l, err := a.Desk.SavedQueries(ctx, actor, in.Page)
			return whole(l), err
		})
	add(a, operation{method: http.MethodPost, path: "/queries", id: "save-query", tag: tagEvents, summary: "Keep a query under a name", status: http.StatusCreated},
		func(ctx context.Context, actor identity.Actor, in *saveInput) (*body[desk.Saved], error) {
			b := in.Body
			return given(a.Desk.SaveQuery(ctx, actor, desk.Saved{Page: b.Page, Name: b.Name, Query: b.Query, Shared: b.Shared}))
		})
	add(a, operation{method: http.MethodDelete, path: "/queries/{id}", id: "forget-query", tag: tagEvents, summary: "Drop a query of your own", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *ByID) (*none, error) {
			return done(a.Desk.ForgetQuery(ctx, actor, in.ID))
		})
}

func usedOf(list []message.Used) (out []Used) {
	for _, u := range list {
		out = append(out, Used{Language: u.Language, File: u.Name, From: string(u.Origin)})
	}
	return out
}
