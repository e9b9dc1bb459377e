package api

import (
	"context"
	"net/http"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/lesson"
)

type (
	// LessonText is what a lesson says.
	LessonText struct {
		State   string `json:"state,omitempty" enum:",supposed,confirmed,refuted" doc:"Of a hypothesis or a cause."`
		Text    string `json:"text" minLength:"1" maxLength:"20480" doc:"Markdown."`
		Grounds string `json:"grounds,omitempty" maxLength:"20480" doc:"Why we think so."`
	}
	lessonInput struct {
		ByID
		Body struct {
			Kind string `json:"kind" enum:"hypothesis,cause,well,badly"`
			LessonText
		}
	}
	lessonEditInput struct {
		ByID
		Lesson string `path:"lesson" maxLength:"200"`
		Body   struct {
			Version int64 `json:"version" minimum:"1" doc:"Of the lesson as it was read."`
			LessonText
		}
	}
	lessonRemoveInput struct {
		ByID
		Lesson  string `path:"lesson" maxLength:"200"`
		Version int64  `query:"version" required:"true" minimum:"1"`
		Reason  string `query:"reason" required:"true" minLength:"1" maxLength:"1000"`
	}
	// ActionText is what is to be done.
	ActionText struct {
		Text  string     `json:"text" minLength:"1" maxLength:"20480"`
		Owner string     `json:"owner,omitempty" maxLength:"200" doc:"An account; empty: nobody yet."`
		Due   *time.Time `json:"due,omitempty"`
	}
	actionInput struct {
		ByID
		Body struct {
			Lesson string `json:"lesson,omitempty" maxLength:"200" doc:"The lesson from which it follows; empty: none."`
			ActionText
		}
	}
	actionEditInput struct {
		ByID
		Action string `path:"action" maxLength:"200"`
		Body   struct {
			Version int64 `json:"version" minimum:"1" doc:"Of the action as it was read."`
			ActionText
		}
	}
	actionEndInput struct {
		ByID
		Action string `path:"action" maxLength:"200"`
		Body   struct {
			To      string `json:"to" enum:"open,done,dropped"`
			Outcome string `json:"outcome,omitempty" maxLength:"20480" doc:"What was done, or why it is dropped."`
			Version int64  `json:"version" minimum:"1"`
		}
	}
	actionsEndInput struct {
		Body struct {
			IDs     []string `json:"ids" minItems:"1" maxItems:"200" nullable:"false"`
			To      string   `json:"to" enum:"open,done,dropped"`
			Outcome string   `json:"outcome,omitempty" maxLength:"20480" doc:"What was done, or why they are dropped."`
		}
	}
	actionsChangeInput struct {
		Body struct {
			IDs   []string   `json:"ids" minItems:"1" maxItems:"200" nullable:"false"`
			Owner *string    `json:"owner,omitempty" maxLength:"200" doc:"An account; empty: nobody. Left out: as it is."`
			Due   *time.Time `json:"due,omitempty" doc:"0001-01-01T00:00:00Z: no day. Left out: as it is."`
		}
	}
	actionListInput struct {
		Paged
		Owner string `query:"owner" maxLength:"200" doc:"An account; none: everybody's."`
	}
	// LessonBoard is what was thought, found and learned about an incident, and what is to be done.
	LessonBoard struct {
		Lessons []lesson.Lesson `json:"lessons" nullable:"false"`
		Actions []lesson.Action `json:"actions" nullable:"false"`
	}
)

func (t *LessonText) draft(kind string) lesson.Draft {
	return lesson.Draft{Kind: lesson.Kind(kind), State: lesson.State(t.State), Text: t.Text, Grounds: t.Grounds}
}

func (t *ActionText) draft(of string) lesson.ActionDraft {
	d := lesson.ActionDraft{Lesson: of, Text: t.Text, Owner: t.Owner}
	if t.Due != nil {
		d.Due = *t.Due
	}
	return d
}

// addLessons adds what was learned, and what follows from it.
func (a *API) addLessons() {
	if a.Lessons == nil {
		return
	}
	add(a, operation{method: http.MethodGet, path: "/incidents/{id}/lessons", id: "list-lessons", tag: tagIncidents, summary: "What was thought, found and learned about an incident, with its actions"},
		func(ctx context.Context, actor identity.Actor, in *ByID) (*body[LessonBoard], error) {
			b, err := a.Lessons.Board(ctx, actor, in.ID)
			return given(LessonBoard{append([]lesson.Lesson{}, b.Lessons...), append([]lesson.Action{}, b.Actions...)}, err)
		})
	add(a, operation{method: http.MethodPost, path: "/incidents/{id}/lessons", id: "add-lesson", tag: tagIncidents, summary: "Write down a hypothesis, a cause, or what went well or badly", status: http.StatusCreated},
		func(ctx context.Context, actor identity.Actor, in *lessonInput) (*body[lesson.Lesson], error) {
			return given(a.Lessons.Add(ctx, actor, in.ID, in.Body.draft(in.Body.Kind)))
		})
	add(a, operation{method: http.MethodPut, path: "/incidents/{id}/lessons/{lesson}", id: "edit-lesson", tag: tagIncidents, summary: "Change a lesson", clashes: true},
		func(ctx context.Context, actor identity.Actor, in *lessonEditInput) (*body[lesson.Lesson], error) {
			return given(a.Lessons.Edit(ctx, actor, in.ID, in.Lesson, in.Body.Version, in.Body.draft("")))
		})
	add(a, operation{method: http.MethodDelete, path: "/incidents/{id}/lessons/{lesson}", id: "remove-lesson", tag: tagIncidents, summary: "Take a lesson out; it stays in the record", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *lessonRemoveInput) (*none, error) {
			return done(a.Lessons.Remove(ctx, actor, in.ID, in.Lesson, in.Version, in.Reason))
		})
	a.addActions()
}

func (a *API) addActions() {
	add(a, operation{method: http.MethodGet, path: "/actions", id: "list-actions", tag: tagIncidents, summary: "What is to be done after all incidents, the first due first"},
		func(ctx context.Context, actor identity.Actor, in *actionListInput) (*rows[lesson.Action], error) {
			p, err := a.Lessons.OpenActions(ctx, actor, lesson.Filter{Request: in.request(), Owner: in.Owner})
			if err != nil {
				return nil, err
			}
			return list(&in.Paged, p.Items, string(p.Next)), nil
		})
	add(a, operation{
		method: http.MethodPost, path: "/actions/moves", id: "end-actions", tag: tagIncidents, summary: "Say that several actions are done, dropped, or open again", detail: eachForItself,
	}, func(ctx context.Context, actor identity.Actor, in *actionsEndInput) (*body[incident.Moved], error) {
		return given(a.Lessons.EndActions(ctx, actor, in.Body.IDs, lesson.Progress(in.Body.To), in.Body.Outcome))
	})
	add(a, operation{
		method: http.MethodPost, path: "/actions/changes", id: "change-actions", tag: tagIncidents, summary: "Give several open actions to somebody, or another day", detail: eachForItself,
	}, func(ctx context.Context, actor identity.Actor, in *actionsChangeInput) (*body[incident.Moved], error) {
		return given(a.Lessons.ReviseActions(ctx, actor, in.Body.IDs, lesson.Revision{Owner: in.Body.Owner, Due: in.Body.Due}))
	})
	add(a, operation{method: http.MethodPost, path: "/incidents/{id}/actions", id: "add-action", tag: tagIncidents, summary: "Write down what is to be done", status: http.StatusCreated},
		func(ctx context.Context, actor identity.Actor, in *actionInput) (*body[lesson.Action], error) {
			return given(a.Lessons.AddAction(ctx, actor, in.ID, in.Body.draft(in.Body.Lesson)))
		})
	add(a, operation{method: http.MethodPut, path: "/incidents/{id}/actions/{action}", id: "edit-action", tag: tagIncidents, summary: "Change an open action", clashes: true},
		func(ctx context.Context, actor identity.Actor, in *actionEditInput) (*body[lesson.Action], error) {
			return given(a.Lessons.EditAction(ctx, actor, in.ID, in.Action, in.Body.Version, in.Body.draft("")))
		})
	add(a, operation{method: http.MethodPost, path: "/incidents/{id}/actions/{action}/moves", id: "end-action", tag: tagIncidents, summary: "Say that an action is done, dropped, or open again", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *actionEndInput) (*none, error) {
			b := in.Body
			return done(a.Lessons.EndAction(ctx, actor, in.ID, in.Action, b.Version, lesson.Progress(b.To), b.Outcome))
		})
}
