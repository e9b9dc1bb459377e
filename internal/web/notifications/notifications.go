// Package notifications holds the pages of messages: what waits for a person's word, what would go, what went and what became of it; one message
// exactly as it was sent; the batches, and how a wrong one is corrected; and the team's queue.
package notifications

import (
	"context"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/delivery/queue"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/notification"
	"github.com/firehall/firehall/internal/platform/live"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// Options is what the pages ask.
type Options struct {
	Notify   *notification.Service
	Orders   *notification.Orders
	Delivery *delivery.Service
	Release  *release.Service
	Queue    *queue.Queue
	// Plan gives what would be sent now; nil: Notify is asked each time. What it gives is shared and only read.
	Plan func(ctx context.Context, actor identity.Actor, o notification.PlanOptions) (notification.Plan, error)
	// React lets the other rooms hear of what was cancelled.
	React func(context.Context) error
	// Names gives the organisations' names by their ids.
	Names func(ctx context.Context, actor identity.Actor) (map[string]string, error)
	// Told lists the findings of a message, at most so many.
	Told func(ctx context.Context, actor identity.Actor, message string, most int) ([]desk.FindingView, error)
	Live *live.Hub // tells of changes; nil for none
}

type page struct {
	*shell.Shell
	o Options
}

// Where the pages are.
const (
	path        = "/notifications"
	actPath     = path + "/act"
	approvePath = path + "/approve"
	previewPath = path + "/preview"
	tasksPath   = path + "/tasks"
	batchesPath = path + "/batches"
)

// Register adds the pages to a shell.
func Register(s *shell.Shell, o Options) {
	if o.Plan == nil && o.Notify != nil {
		o.Plan = o.Notify.Plan
	}
	p := &page{s, o}
	s.Handle("GET "+path, p.list)
	s.Handle("GET "+path+"/new", s.Changes(o.Live, p.newer, desk.LiveMessages, desk.LiveTasks))
	s.Handle("POST "+actPath, p.act)
	s.Handle("GET "+approvePath, p.asking)
	s.Handle("POST "+approvePath, p.approve)
	s.Handle("GET "+previewPath, p.preview)
	s.Handle("POST "+path+"/send", p.send)
	s.Handle("GET "+path+"/runs/{job}", p.run)
	s.Handle("GET "+path+"/runs/{job}/progress", p.progress)
	s.Handle("POST "+tasksPath, p.done)
	s.Handle("GET "+batchesPath+"/{id}", p.batch)
	s.Handle("POST "+batchesPath+"/{id}/correct", p.correct)
	s.Handle("GET "+path+"/{id}", p.one)
	s.Handle("GET "+path+"/message/{id}/source", p.source)
	s.Handle("GET "+path+"/message/{id}/parts/{n}", p.part)
	s.Palette(p.find)
}

func crumbs(r *shell.Request, more ...ui.Link) []ui.Link {
	return append([]ui.Link{{Text: r.T("notifications.title"), Href: path}}, more...)
}

// rows is how many lines a page of a list has.
const rows = 50

func cursor(r *shell.Request) core.Request {
	return core.Request{After: core.Cursor(r.URL.Query().Get("after")), Limit: rows}
}
