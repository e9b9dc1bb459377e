package api

import (
	"context"
	"net/http"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/playbook"
)

type (
	taskListInput struct {
		Paged
		Q    string `query:"q" maxLength:"1000" doc:"state:open,doing who:me|nobody|ACCOUNT is:overdue incident:REF playbook:ID"`
		Sort string `query:"sort" enum:"due,-due,changed,-changed" default:"due"`
	}
	taskDraftInput struct {
		ByID
		Body struct {
			Title    string     `json:"title" minLength:"1" maxLength:"200"`
			Note     string     `json:"note,omitempty" maxLength:"51200" doc:"Markdown."`
			Assignee string     `json:"assignee,omitempty" maxLength:"200" doc:"An account."`
			Due      *time.Time `json:"due,omitempty"`
		}
	}
	taskEditInput struct {
		ByID
		Body struct {
			Version  int64      `json:"version" minimum:"1" doc:"Of the task as it was read."`
			Title    *string    `json:"title,omitempty" maxLength:"200" doc:"Of a task that no playbook has."`
			Note     *string    `json:"note,omitempty" maxLength:"51200"`
			Assignee *string    `json:"assignee,omitempty" maxLength:"200" doc:"Empty: nobody."`
			Due      *time.Time `json:"due,omitempty" doc:"0001-01-01T00:00:00Z: whenever."`
		}
	}
	taskMoveInput struct {
		ByID
		Body struct {
			Move    string `json:"move" enum:"begin,leave,end,drop,reopen"`
			Answer  string `json:"answer,omitempty" enum:"yes,no" doc:"To end a question."`
			Reason  string `json:"reason,omitempty" maxLength:"1000" doc:"To drop a task."`
			Version int64  `json:"version,omitempty" minimum:"0" doc:"Of the task as it was read; 0: whatever it is."`
		}
	}
	tasksMoveInput struct {
		Body struct {
			IDs    []string `json:"ids" minItems:"1" maxItems:"200" nullable:"false"`
			Move   string   `json:"move" enum:"begin,leave,end,drop,reopen"`
			Reason string   `json:"reason,omitempty" maxLength:"1000" doc:"To drop tasks."`
		}
	}
	tasksAssignInput struct {
		Body struct {
			IDs      []string `json:"ids" minItems:"1" maxItems:"200" nullable:"false"`
			Assignee string   `json:"assignee" maxLength:"200" doc:"Account; empty for nobody."`
		}
	}
	runInput struct {
		ByID
		Body struct {
			Playbook string `json:"playbook" minLength:"1" maxLength:"40"`
		}
	}
	upgradeInput struct {
		ByID
		Run string `path:"run" maxLength:"200"`
	}
	playbookInput struct {
		ByID
		Text string `query:"text" maxLength:"64" doc:"The digest of an earlier text."`
	}
	// PlaybookShown is a playbook with all its texts.
	PlaybookShown struct {
		playbook.Book
		Texts []playbook.Edition `json:"texts" nullable:"false"`
	}
)

func (a *API) addPlaybooks() {
	add(a, operation{method: http.MethodGet, path: "/playbooks", id: "list-playbooks", tag: tagIncidents, summary: "List the playbooks that can be started"},
		func(ctx context.Context, actor identity.Actor, _ *struct{}) (*all[playbook.Book], error) {
			books, err := a.Playbooks.Books(ctx, actor)
			return whole(books), err
		})
	add(a, operation{method: http.MethodGet, path: "/playbooks/{id}", id: "get-playbook", tag: tagIncidents, summary: "One playbook with its steps and its versions"},
		func(ctx context.Context, actor identity.Actor, in *playbookInput) (*body[PlaybookShown], error) {
			b, texts, err := a.Playbooks.Book(ctx, actor, in.ID, in.Text)
			return given(PlaybookShown{b, texts}, err)
		})
	add(a, operation{method: http.MethodPost, path: "/incidents/{id}/playbooks", id: "start-playbook", tag: tagIncidents, summary: "Start a playbook: its steps become tasks", status: http.StatusCreated},
		func(ctx context.Context, actor identity.Actor, in *runInput) (*body[playbook.Run], error) {
			return given(a.Playbooks.Start(ctx, actor, in.ID, in.Body.Playbook))
		})
	add(a, operation{
		method: http.MethodPost, path: "/incidents/{id}/playbooks/{run}/upgrade", id: "upgrade-playbook", tag: tagIncidents, summary: "Go on with the newest version of a playbook", status: http.StatusNoContent,
		detail: "What it would change stands in the tasks of the incident, under runs.",
	}, func(ctx context.Context, actor identity.Actor, in *upgradeInput) (*none, error) {
		return done(a.Playbooks.Upgrade(ctx, actor, in.ID, in.Run))
	})
	a.addIncidentTasks()
}

func (a *API) addIncidentTasks() {
	add(a, operation{method: http.MethodGet, path: "/incidents/{id}/tasks", id: "list-tasks-of-incident", tag: tagIncidents, summary: "What is to be done about an incident, and the playbooks that run or may fit"},
		func(ctx context.Context, actor identity.Actor, in *ByID) (*body[playbook.Sheet], error) {
			return given(a.Playbooks.Of(ctx, actor, in.ID))
		})
	add(a, operation{method: http.MethodPost, path: "/incidents/{id}/tasks", id: "add-task", tag: tagIncidents, summary: "Add a task that no playbook has", status: http.StatusCreated},
		func(ctx context.Context, actor identity.Actor, in *taskDraftInput) (*body[playbook.Task], error) {
			d := playbook.Draft{Title: in.Body.Title, Note: in.Body.Note, Assignee: in.Body.Assignee}
			if in.Body.Due != nil {
				d.Due = *in.Body.Due
			}
			return given(a.Playbooks.Add(ctx, actor, in.ID, d))
		})
	add(a, operation{method: http.MethodGet, path: "/incident-tasks", id: "list-incident-tasks", tag: tagIncidents, summary: "List the tasks of all incidents"},
		func(ctx context.Context, actor identity.Actor, in *taskListInput) (*rows[playbook.Task], error) {
			p, err := a.Playbooks.List(ctx, actor, playbook.Filter{Query: in.Q, Sort: in.Sort, Request: in.request()})
			if err != nil {
				return nil, err
			}
			return list(&in.Paged, p.Items, string(p.Next)), nil
		})
	add(a, operation{
		method: http.MethodPost, path: "/incident-tasks/moves", id: "move-incident-tasks", tag: tagIncidents, summary: "Make a move with several tasks",
		detail: "Each for itself; those that cannot make it are listed with why: `gone`, `state`, or `answer` where a question has to be answered.",
	}, func(ctx context.Context, actor identity.Actor, in *tasksMoveInput) (*body[playbook.Moved], error) {
		return given(a.Playbooks.MoveAll(ctx, actor, in.Body.IDs, playbook.MoveName(in.Body.Move), playbook.Manner{Reason: in.Body.Reason}))
	})
	add(a, operation{
		method: http.MethodPost, path: "/incident-tasks/assignments", id: "assign-incident-tasks", tag: tagIncidents, summary: "Give several tasks to somebody",
		detail: "Each for itself; those that cannot be given are listed with why: `gone`, or `state` for what is done or was changed meanwhile.",
	}, func(ctx context.Context, actor identity.Actor, in *tasksAssignInput) (*body[playbook.Moved], error) {
		return given(a.Playbooks.AssignAll(ctx, actor, in.Body.IDs, in.Body.Assignee))
	})
	add(a, operation{method: http.MethodGet, path: "/incident-tasks/{id}", id: "get-incident-task", tag: tagIncidents, summary: "One task"},
		func(ctx context.Context, actor identity.Actor, in *ByID) (*body[playbook.Task], error) {
			return given(a.Playbooks.Task(ctx, actor, in.ID))
		})
	add(a, operation{method: http.MethodPatch, path: "/incident-tasks/{id}", id: "edit-incident-task", tag: tagIncidents, summary: "Change a task's title, note, person or due time"},
		func(ctx context.Context, actor identity.Actor, in *taskEditInput) (*body[playbook.Task], error) {
			b := in.Body
			return given(a.Playbooks.Edit(ctx, actor, in.ID, b.Version, playbook.Revision{Title: b.Title, Note: b.Note, Assignee: b.Assignee, Due: b.Due}))
		})
	add(a, operation{method: http.MethodPost, path: "/incident-tasks/{id}/moves", id: "move-incident-task", tag: tagIncidents, summary: "Begin, put back, end, drop or reopen a task"},
		func(ctx context.Context, actor identity.Actor, in *taskMoveInput) (*body[playbook.Task], error) {
			b := in.Body
			return given(a.Playbooks.Move(ctx, actor, in.ID, playbook.MoveName(b.Move), playbook.Manner{Answer: playbook.Answer(b.Answer), Reason: b.Reason, Version: b.Version}))
		})
}
