package sharing

import (
	"context"
	"net/http"
	"net/url"

	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/platform/jobs"
	room "github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// ordersPath is where the pages are of what was ordered.
const ordersPath = path + "/orders"

func orderURL(job string) string { return ordersPath + "/" + url.PathEscape(job) }

// ordered leads to what was ordered.
func (p *page) ordered(w http.ResponseWriter, r *shell.Request) func(job string, err error) error {
	return func(job string, err error) error {
		if err != nil {
			return err
		}
		return p.Done(w, r, orderURL(job), "")
	}
}

// Ordered is the page of something that was ordered.
type Ordered struct {
	room.Order
	Names    names
	Progress ui.ProgressProps
	Jobs     bool // look at its job
}

func (p *page) shown(w http.ResponseWriter, r *shell.Request) (err error) {
	v := Ordered{Jobs: r.Actor.May(desk.OpJobsRead)}
	if v.Order, err = p.o.Orders.Order(r.Context(), r.Actor, r.PathValue("job")); err != nil {
		return err
	}
	if v.Names, err = p.o.Names(r.Context(), r.Actor); err != nil {
		return err
	}
	v.Progress = progressOf(r.Context(), v.Order)
	if v.Progress.Stream == "" { // it is told below what came of it
		v.Progress.Result = ui.Link{}
	}
	above := append(crumbs(r), ui.Link{Text: r.T("sharing.erase"), Href: erasePath})
	return p.Page(w, r, shell.Page{Title: r.T(orderWords[v.Kind]), Section: "sharing", Body: orderPage(v), Crumbs: above})
}

// progress tells how far something is that was ordered, until it has ended.
func (p *page) progress(w http.ResponseWriter, r *shell.Request) error {
	return p.Watch(w, r, func() (ui.ProgressProps, error) {
		at, err := p.o.Orders.Order(r.Context(), r.Actor, r.PathValue("job"))
		return progressOf(r.Context(), at), err
	})
}

// orderWords say what was ordered.
var orderWords = map[string]string{room.KindErase: "sharing.order.erase", room.KindExpire: "sharing.order.expire", room.KindReplay: "sharing.order.replay"}

// orderStates say how far it is.
var orderStates = map[jobs.State]struct {
	key  string
	tone ui.Tone
}{
	jobs.Waiting: {"sharing.order.waiting", ui.Quiet}, jobs.Running: {"sharing.order.running", ui.Info}, jobs.Done: {"sharing.order.done", ui.Good},
	jobs.Dead: {"sharing.order.dead", ui.Bad}, room.Discarded: {"sharing.order.discarded", ui.Warn},
}

// cameOf says what has come of it so far.
func cameOf(ctx context.Context, o *room.Order) string {
	if o.Kind == room.KindReplay {
		return T(ctx, "sharing.replayed", "n", o.Handed)
	}
	return T(ctx, "sharing.erased", "n", o.Sum(), "stay", o.Staying())
}

func progressOf(ctx context.Context, o room.Order) ui.ProgressProps {
	out := ui.ProgressProps{
		ID: "order", Title: T(ctx, orderStates[o.State].key), Done: int64(o.Looked()), Total: int64(max(o.All, o.Looked())), Text: cameOf(ctx, &o), Stream: orderURL(o.Job) + "/progress",
	}
	switch o.State {
	case jobs.Done:
		out.Stream, out.Tone, out.Done, out.Total = "", ui.Good, max(out.Done, 1), max(out.Done, 1)
		if out.Result = (ui.Link{Text: T(ctx, "sharing.erase"), Href: erasePath}); o.Kind != room.KindReplay {
			out.Result = ui.Link{Text: T(ctx, "sharing.order.look"), Href: orderURL(o.Job)}
		}
	case jobs.Dead:
		out.Stream, out.Tone, out.Text = "", ui.Bad, out.Text+" "+o.Error
	case room.Discarded:
		out.Stream, out.Tone = "", ui.Warn
	case jobs.Waiting:
		if o.Error != "" {
			out.Text += " " + o.Error
		}
	}
	return out
}
