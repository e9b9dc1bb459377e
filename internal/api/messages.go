package api

import (
	"context"
	"encoding/base64"
	"net/http"
	"time"

	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/notification"
	"github.com/firehall/firehall/internal/release"
)

type (
	messagesInput struct {
		Paged
		State        string `query:"state" maxLength:"40" doc:"As in the table of a message's states."`
		Organisation string `query:"organisation" maxLength:"100" doc:"An organisation's id."`
		Batch        string `query:"batch" maxLength:"100"`
	}
	planInput struct {
		Organisation string `query:"organisation" maxLength:"200" doc:"Name or id."`
		Feed         string `query:"feed" maxLength:"200"`
		Class        string `query:"class" maxLength:"100" doc:"Type of the taxonomy (RSIT)."`
	}
	approveInput struct {
		Body struct {
			Organisation string `json:"organisation,omitempty" maxLength:"200"`
			Feed         string `json:"feed,omitempty" maxLength:"200"`
			Class        string `json:"class,omitempty" maxLength:"100"`
		}
	}
	reasonInput struct {
		ByID
		Body Because
	}
)

// Message is one message with what was tried.
type Message struct {
	Delivery delivery.Delivery  `json:"delivery"`
	Attempts []delivery.Attempt `json:"attempts" nullable:"false"`
}

// Sent is what came of a run.
type Sent struct {
	Run      string                 `json:"run"`
	Messages int64                  `json:"messages"`
	Findings int64                  `json:"findings"`
	Waiting  int64                  `json:"waiting" doc:"Messages that wait for approval."`
	Held     []notification.Message `json:"held" nullable:"false"`
}

// Bytes is a message exactly as it went.
type Bytes struct {
	Base64 string `json:"base64"`
	Size   int    `json:"size"`
}

func (a *API) addMessages() {
	add(a, operation{method: http.MethodGet, path: "/notifications", id: "list-notifications", tag: tagMessages, summary: "List messages, the newest first"}, a.messages)
	add(a, operation{method: http.MethodGet, path: "/notifications/plan", id: "plan-notifications", tag: tagMessages, summary: "What would be sent now, what waits, what is held, and why"}, a.plan)
	add(a, operation{
		method: http.MethodPost, path: "/notifications/approve", id: "approve-notifications", tag: tagMessages, summary: "Let what waits be told",
		detail: "What is named: a feed, an organisation, a class. Nothing named approves everything that waits.",
	}, a.approve)
	add(a, operation{method: http.MethodPost, path: "/notifications/send", id: "send-notifications", tag: tagMessages, summary: "Make the messages that may go, now"}, a.send)
	add(a, operation{method: http.MethodGet, path: "/notifications/{id}", id: "get-notification", tag: tagMessages, summary: "One message and what was tried"}, a.message)
	add(a, operation{method: http.MethodGet, path: "/notifications/{id}/bytes", id: "get-notification-bytes", tag: tagMessages, summary: "A message exactly as it went"}, a.bytes)
	a.addMessageMoves()
}

// addMessageMoves adds what a person may do with a message.
func (a *API) addMessageMoves() {
	plain := func(name, summary string, do func(context.Context, identity.Actor, string) error) {
		add(a, operation{
			method: http.MethodPost, path: "/notifications/{id}/" + name, id: name + "-notification", tag: tagMessages, summary: summary, status: http.StatusNoContent,
		}, func(ctx context.Context, actor identity.Actor, in *ByID) (*none, error) {
			return done(do(ctx, actor, in.ID))
		})
	}
	plain("retry", "Try a message again now", a.Delivery.Retry)
	plain("release", "Let a held message go", a.Delivery.Release)
	reasoned := func(name, summary string, do func(context.Context, identity.Actor, string, string) error) {
		add(a, operation{
			method: http.MethodPost, path: "/notifications/{id}/" + name, id: name + "-notification", tag: tagMessages, summary: summary, status: http.StatusNoContent,
		}, func(ctx context.Context, actor identity.Actor, in *reasonInput) (*none, error) {
			return done(do(ctx, actor, in.ID, in.Body.Reason))
		})
	}
	reasoned("cancel", "Take back a message that was not sent yet", a.Delivery.Cancel)
	reasoned("confirm", "Say that a message in doubt arrived", a.Delivery.Confirm)
}

func (a *API) messages(ctx context.Context, actor identity.Actor, in *messagesInput) (*rows[delivery.Delivery], error) {
	q := delivery.Query{Organisation: in.Organisation, Batch: in.Batch, Request: in.request()}
	if in.State != "" {
		var err error
		if q.State, err = delivery.ParseState(in.State); err != nil {
			return nil, err
		}
	}
	p, err := a.Delivery.List(ctx, actor, q)
	if err != nil {
		return nil, err
	}
	return list(&in.Paged, p.Items, string(p.Next)), nil
}

func (a *API) plan(ctx context.Context, actor identity.Actor, in *planInput) (*all[notification.Message], error) {
	p, err := a.Notify.Plan(ctx, actor, notification.PlanOptions(*in))
	return whole(p.Messages), err
}

func (a *API) approve(ctx context.Context, actor identity.Actor, in *approveInput) (*all[notification.Approval], error) {
	approved, err := a.Notify.Approve(ctx, actor, notification.ApproveOptions{Organisation: in.Body.Organisation, Feed: in.Body.Feed, Class: in.Body.Class})
	return whole(approved), err
}

func (a *API) send(ctx context.Context, actor identity.Actor, _ *struct{}) (*body[Sent], error) {
	r, err := a.Notify.Send(ctx, actor, nil)
	return given(Sent{Run: r.ID, Messages: r.Messages, Findings: r.Findings, Waiting: r.Waiting, Held: append([]notification.Message{}, r.Held...)}, err)
}

func (a *API) message(ctx context.Context, actor identity.Actor, in *ByID) (*body[Message], error) {
	d, attempts, err := a.Delivery.Get(ctx, actor, in.ID)
	return given(Message{d, append([]delivery.Attempt{}, attempts...)}, err)
}

func (a *API) bytes(ctx context.Context, actor identity.Actor, in *ByID) (*body[Bytes], error) {
	b, err := a.Delivery.Bytes(ctx, actor, in.ID)
	return given(Bytes{base64.StdEncoding.EncodeToString(b), len(b)}, err)
}

// Decision is an answer of release: may this go to them, and why.
type Decision struct {
	ID           string    `json:"id"`
	Allowed      bool      `json:"allowed"`
	Outcome      string    `json:"outcome"`
	Rule         string    `json:"rule"`
	Reason       string    `json:"reason"`
	Organisation string    `json:"organisation" doc:"Id of the recipient."`
	Label        string    `json:"label"`
	By           string    `json:"by"`
	At           time.Time `json:"at"`
}

type (
	decisionsInput struct {
		Refused      bool   `query:"refused" doc:"Only what was not allowed."`
		Organisation string `query:"organisation" maxLength:"100"`
		Limit        int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	}
	grantInput struct {
		Body struct {
			About  string    `json:"about" minLength:"1" maxLength:"100" doc:"Id: about whose networks."`
			To     string    `json:"to" minLength:"1" maxLength:"100" doc:"Id: who may be told."`
			Reason string    `json:"reason" minLength:"1" maxLength:"1000"`
			Until  time.Time `json:"until"`
		}
	}
)

// Grant is a person's word that one organisation may be told about another's networks.
type Grant struct {
	ID     string    `json:"id"`
	About  string    `json:"about"`
	To     string    `json:"to"`
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	Until  time.Time `json:"until"`
	Stands bool      `json:"stands"`
}

func (a *API) addReleases() {
	add(a, operation{method: http.MethodGet, path: "/releases", id: "list-releases", tag: tagMessages, summary: "What was decided about who may be told, and why"}, a.decisions)
	add(a, operation{method: http.MethodGet, path: "/grants", id: "list-grants", tag: tagMessages, summary: "Who else may be told"}, a.grants)
	add(a, operation{method: http.MethodPost, path: "/grants", id: "grant", tag: tagMessages, summary: "Let an organisation be told about another's networks", status: http.StatusCreated}, a.grant)
	add(a, operation{method: http.MethodPost, path: "/grants/{id}/revoke", id: "revoke-grant", tag: tagMessages, summary: "Revoke a grant", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *reasonInput) (*none, error) {
			return done(a.Release.Revoke(ctx, actor, in.ID, in.Body.Reason))
		})
	a.addSeconds()
}

func (a *API) decisions(ctx context.Context, actor identity.Actor, in *decisionsInput) (*all[Decision], error) {
	decided, err := a.Release.Decisions(ctx, actor, release.Filter{Refused: in.Refused, Organisation: in.Organisation, Limit: in.Limit})
	var out []Decision
	for _, d := range decided {
		out = append(out, decisionOf(d))
	}
	return whole(out), err
}

type grantsInput struct {
	About string `query:"about" maxLength:"100" doc:"An organisation's id; empty for all."`
}

func (a *API) grants(ctx context.Context, actor identity.Actor, in *grantsInput) (*all[Grant], error) {
	grants, err := a.Release.Grants(ctx, actor, in.About)
	var out []Grant
	for _, g := range grants {
		out = append(out, a.grantOf(g))
	}
	return whole(out), err
}

func (a *API) grantOf(g release.Grant) Grant {
	return Grant{ID: g.ID, About: g.About, To: g.To, Reason: g.Reason, By: g.By, Until: g.Until, Stands: g.InForce(a.Clock.Now())}
}

func (a *API) grant(ctx context.Context, actor identity.Actor, in *grantInput) (*body[Grant], error) {
	g, err := a.Release.Grant(ctx, actor, release.Grant{About: in.Body.About, To: in.Body.To, Reason: in.Body.Reason, Until: in.Body.Until})
	return given(a.grantOf(g), err)
}
