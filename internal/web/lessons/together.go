package lessons

import (
	"net/http"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/lesson"
	"github.com/firehall/firehall/internal/web/notes"
	"github.com/firehall/firehall/internal/web/several"
	"github.com/firehall/firehall/internal/web/shell"
)

// What the list calls what is done with several actions; beside these an action ends by the name of its progress.
const (
	give  = "assign"
	putTo = "due"
)

// mineOnly is the filter of the list by which all that match are the reader's own.
const mineOnly = "mine"

// together does one thing with the actions that were chosen, or with all of the list.
func (p *page) together(w http.ResponseWriter, r *shell.Request) error {
	mine := r.PostFormValue("q") == mineOnly
	ids := r.PostForm["id"]
	if r.PostFormValue("all") == "1" {
		found, err := p.o.Lessons.OpenActions(r.Context(), r.Actor, filter(r, mine, core.Request{Limit: lesson.MaxBulk}))
		if err != nil {
			return err
		}
		ids = nil
		for _, a := range found.Items {
			ids = append(ids, a.ID)
		}
	}
	moved, err := p.change(r, ids)
	if err != nil {
		return err
	}
	return several.Show(p.Shell, w, r, several.Answer{
		Section: "incidents", Back: allURL(mine), Done: r.T("lessons.several", "n", len(moved.Moved)), Moved: moved, Named: p.named(r),
	})
}

func (p *page) change(r *shell.Request, ids []string) (incident.Moved, error) {
	ctx := r.Context()
	switch action := r.PostFormValue("action"); action {
	case give:
		owner := r.PostFormValue("owner")
		return p.o.Lessons.ReviseActions(ctx, r.Actor, ids, lesson.Revision{Owner: &owner})
	case putTo:
		due := notes.When(ctx, r.PostFormValue("due"))
		return p.o.Lessons.ReviseActions(ctx, r.Actor, ids, lesson.Revision{Due: &due})
	default:
		return p.o.Lessons.EndActions(ctx, r.Actor, ids, lesson.Progress(action), r.PostFormValue(action+"-outcome"))
	}
}

// named says what an action is that the reader sees.
func (p *page) named(r *shell.Request) func(string) (string, string) {
	return func(id string) (string, string) {
		a, err := p.o.Lessons.Action(r.Context(), r.Actor, id)
		if err != nil {
			return id, ""
		}
		return a.Ref + ": " + brief(a.Text), "/incidents/" + a.Incident + "/lessons"
	}
}

func allURL(mine bool) string {
	if mine {
		return "/lessons?mine=1"
	}
	return "/lessons"
}
