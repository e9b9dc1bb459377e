package notifications

import (
	"net/http"
	"net/url"

	"github.com/firehall/firehall/internal/notification"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// send orders a run.
func (p *page) send(w http.ResponseWriter, r *shell.Request) error {
	job, err := p.o.Orders.Send(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	return p.Done(w, r, runURL(job), "")
}

func runURL(job string) string { return path + "/runs/" + url.PathEscape(job) }

func (p *page) run(w http.ResponseWriter, r *shell.Request) error {
	at, err := p.o.Orders.Sending(r.Context(), r.Actor, r.PathValue("job"))
	if err != nil {
		return err
	}
	return p.Page(w, r, shell.Page{Title: r.T("notifications.run.title"), Section: "notifications", Crumbs: crumbs(r), Body: runPage(progressOf(r, at))})
}

func (p *page) progress(w http.ResponseWriter, r *shell.Request) error {
	return p.Watch(w, r, func() (ui.ProgressProps, error) {
		at, err := p.o.Orders.Sending(r.Context(), r.Actor, r.PathValue("job"))
		return progressOf(r, at), err
	})
}

func progressOf(r *shell.Request, s notification.Sending) ui.ProgressProps {
	out := ui.ProgressProps{
		ID: "run", Title: r.T("notifications.run.title"), Done: s.Done, Total: s.All, Text: r.T("notifications.run.goes"),
		Stream: runURL(r.PathValue("job")) + "/progress",
	}
	switch s.State {
	case jobs.Done:
		out.Stream, out.Tone, out.Result = "", ui.Good, ui.Link{Text: r.T("notifications.run.look"), Href: listURL("queued", nil)}
		out.Text = r.T("notifications.run.done", "n", s.Done) + " " + r.T("notifications.run.rest", "waiting", s.Waiting, "held", s.Held)
	case jobs.Dead:
		out.Stream, out.Tone, out.Text = "", ui.Bad, s.Error
	case jobs.Waiting:
		if s.Error != "" {
			out.Text = s.Error
		}
	}
	return out
}
