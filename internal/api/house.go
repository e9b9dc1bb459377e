package api

import (
	"context"
	"net/http"
	"time"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/delivery/queue"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/session"
	"github.com/firehall/firehall/internal/platform/jobs"
)

type (
	// ScopeBody says what is stopped.
	ScopeBody struct {
		Kind string `json:"kind" enum:"all,channel,feed,batch"`
		Name string `json:"name,omitempty" maxLength:"200" doc:"Which channel, feed or batch."`
	}
	stopInput struct {
		Body struct {
			ScopeBody
			Because
		}
	}
	resumeInput struct {
		Kind string `query:"kind" enum:"all,channel,feed,batch" required:"true"`
		Name string `query:"name" maxLength:"200"`
	}
	tasksInput struct {
		Done  bool `query:"done" doc:"Those that are done too."`
		Limit int  `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	}
	taskInput struct {
		ByID
		Body struct {
			Outcome string `json:"outcome" minLength:"1" maxLength:"1000" doc:"What came of it."`
		}
	}
	jobsInput struct {
		Paged
		State   string `query:"state" enum:"waiting,running,done,dead,"`
		Kind    string `query:"kind" maxLength:"100"`
		Subject string `query:"subject" maxLength:"200"`
	}
)

func (a *API) addStops() {
	add(a, operation{method: http.MethodGet, path: "/stops", id: "list-stops", tag: tagMessages, summary: "What is stopped, by whom and why"},
		func(ctx context.Context, actor identity.Actor, _ *struct{}) (*all[delivery.StopOrder], error) {
			orders, err := a.Delivery.Stops(ctx, actor)
			return whole(orders), err
		})
	add(a, operation{method: http.MethodPost, path: "/stops", id: "stop", tag: tagMessages, summary: "Stop all sending, a channel, a feed or a batch", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *stopInput) (*none, error) {
			scope, err := delivery.ScopeOf(in.Body.Kind, in.Body.Name)
			if err != nil {
				return nil, err
			}
			return done(a.Delivery.Stop(ctx, actor, scope, in.Body.Reason))
		})
	add(a, operation{method: http.MethodDelete, path: "/stops", id: "resume", tag: tagMessages, summary: "Let go again what was stopped", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *resumeInput) (*none, error) {
			scope, err := delivery.ScopeOf(in.Kind, in.Name)
			if err != nil {
				return nil, err
			}
			return done(a.Delivery.Resume(ctx, actor, scope))
		})
}

func (a *API) addTasks() {
	add(a, operation{method: http.MethodGet, path: "/tasks", id: "list-tasks", tag: tagMessages, summary: "What a person of the team has to look at"},
		func(ctx context.Context, actor identity.Actor, in *tasksInput) (*all[queue.Task], error) {
			tasks, err := a.Tasks.List(ctx, actor, in.Done, in.Limit)
			return whole(tasks), err
		})
	add(a, operation{method: http.MethodPost, path: "/tasks/{id}/done", id: "end-task", tag: tagMessages, summary: "Say what came of a task", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *taskInput) (*none, error) {
			return done(a.Tasks.Done(ctx, actor, in.ID, in.Body.Outcome))
		})
}

func (a *API) addJobs() {
	add(a, operation{method: http.MethodGet, path: "/jobs", id: "list-jobs", tag: tagHouse, summary: "List jobs, the latest first"}, a.jobList)
	add(a, operation{method: http.MethodGet, path: "/jobs/{id}", id: "get-job", tag: tagHouse, summary: "One job"},
		func(ctx context.Context, actor identity.Actor, in *ByID) (*body[Job], error) {
			j, err := a.Jobs.Get(ctx, actor, in.ID)
			return given(jobOf(j), err)
		})
	add(a, operation{method: http.MethodPost, path: "/jobs/{id}/retry", id: "retry-job", tag: tagHouse, summary: "Try a job again now", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *ByID) (*none, error) {
			return done(a.Jobs.Retry(ctx, actor, in.ID))
		})
	add(a, operation{method: http.MethodPost, path: "/jobs/{id}/discard", id: "discard-job", tag: tagHouse, summary: "Give a job up", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *reasonInput) (*none, error) {
			return done(a.Jobs.Discard(ctx, actor, in.ID, in.Body.Reason))
		})
}

// Job is a piece of work that waits, runs, is done or failed for good.
type Job struct {
	ID       string     `json:"id"`
	Kind     string     `json:"kind"`
	Subject  string     `json:"subject,omitempty"`
	State    string     `json:"state"`
	Attempts int        `json:"attempts"`
	Due      time.Time  `json:"due"`
	Posted   time.Time  `json:"posted"`
	Began    *time.Time `json:"began,omitempty"`
	Ended    *time.Time `json:"ended,omitempty"`
	Error    string     `json:"error,omitempty"`
	Progress string     `json:"progress,omitempty"`
}

func jobOf(j jobs.Job) Job {
	return Job{
		ID: j.ID, Kind: j.Kind, Subject: j.Subject, State: string(j.State), Attempts: j.Attempts, Due: j.Due, Posted: j.Posted,
		Began: instant(j.Began), Ended: instant(j.Ended), Error: j.Error, Progress: j.Progress,
	}
}

func (a *API) jobList(ctx context.Context, actor identity.Actor, in *jobsInput) (*rows[Job], error) {
	p, err := a.Jobs.List(ctx, actor, jobs.Filter{
		State: jobs.State(in.State), Kind: in.Kind, Subject: in.Subject, Request: page.Request{After: page.Cursor(in.Cursor), Limit: in.Limit},
	})
	if err != nil {
		return nil, err
	}
	var out []Job
	for _, j := range p.Items {
		out = append(out, jobOf(j))
	}
	return list(&in.Paged, out, string(p.Next)), nil
}

// Overview is how everything stands. A part that is not known yet, or could not be asked, is absent and named in missing.
type Overview struct {
	At        time.Time          `json:"at"`
	Critical  []desk.FindingView `json:"critical,omitempty" doc:"New critical findings at critical organisations; the first of them."`
	Criticals int64              `json:"criticals" doc:"How many they are."`
	Health    []Condition        `json:"health,omitempty"`
	Waiting   int                `json:"waiting" doc:"Messages that wait for approval."`
	Events    int64              `json:"events_today"`
	Usual     int64              `json:"events_usual" doc:"The median of this weekday until this hour."`
	Open      int64              `json:"open_findings"`
	Sent      int64              `json:"messages_today"`
	Missing   map[string]string  `json:"missing,omitempty" doc:"Parts of which nothing is known, and why."`
}

// Condition is something that is not as it should be with Firehall itself.
type Condition struct {
	Check   string     `json:"check"`
	Object  string     `json:"object,omitempty"`
	Level   string     `json:"level"`
	Message string     `json:"message"`
	Do      string     `json:"do,omitempty"`
	Since   *time.Time `json:"since,omitempty"`
}

func (a *API) addOverview() {
	add(a, operation{method: http.MethodGet, path: "/overview", id: "overview", tag: tagHouse, summary: "How everything stands"}, a.overview)
}

func (a *API) overview(ctx context.Context, actor identity.Actor, _ *struct{}) (*body[Overview], error) {
	o, err := a.Board.Overview(ctx, actor)
	if err != nil {
		return nil, err
	}
	out := Overview{
		At: o.At, Criticals: o.Critical.Value.Count, Waiting: o.Approvals.Value.Messages, Events: o.Today.Value.Events, Usual: o.Today.Value.Usual,
		Open: o.Open.Value.Findings, Sent: o.Sent.Value.Today, Missing: map[string]string{},
	}
	for _, c := range o.Critical.Value.Items {
		out.Critical = append(out.Critical, c.FindingView)
	}
	for _, c := range o.Health.Value {
		out.Health = append(out.Health, Condition{Check: c.Check, Object: c.Object, Level: string(c.Level), Message: c.Message, Do: c.Do, Since: instant(c.Since)})
	}
	missing(out.Missing, "critical", o.Critical)
	missing(out.Missing, "health", o.Health)
	missing(out.Missing, "waiting", o.Approvals)
	missing(out.Missing, "events_today", o.Today)
	missing(out.Missing, "open_findings", o.Open)
	missing(out.Missing, "messages_today", o.Sent)
	return &body[Overview]{out}, nil
}

func missing[T any](to map[string]string, name string, p desk.Part[T]) {
	switch {
	case p.Err != nil:
		to[name] = p.Err.Error()
	case p.Pending:
		to[name] = "not known yet: ask again in a moment"
	}
}

// Me is who asks.
type Me struct {
	ID     string           `json:"id"`
	Name   string           `json:"name"`
	Roles  []identity.Role  `json:"roles" nullable:"false"`
	Scopes []identity.Scope `json:"scopes,omitempty" doc:"Of a program's token."`
}

func (a *API) addSessions() {
	add(a, operation{method: http.MethodGet, path: "/me", id: "me", tag: tagHouse, summary: "Who you are"},
		func(_ context.Context, actor identity.Actor, _ *struct{}) (*body[Me], error) {
			return given(Me{actor.ID, actor.Name, append([]identity.Role{}, actor.Roles...), actor.Scopes}, nil)
		})
	add(a, operation{method: http.MethodGet, path: "/sessions", id: "list-sessions", tag: tagHouse, summary: "Who is logged in"},
		func(ctx context.Context, actor identity.Actor, _ *struct{}) (*all[session.Session], error) {
			l, err := a.Sessions.List(ctx, actor)
			return whole(l), err
		})
	add(a, operation{method: http.MethodDelete, path: "/sessions/{id}", id: "end-session", tag: tagHouse, summary: "Log somebody out", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *ByID) (*none, error) {
			return done(a.Sessions.EndOne(ctx, actor, in.ID))
		})
}
