package events

import (
	"net/http"
	"time"

	"github.com/a-h/templ"

	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/web/shell"
)

// askLong begins a breakdown that takes its time.
func (p *pages) askLong(w http.ResponseWriter, r *shell.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	q := questionOf(r.Form)
	l, err := p.Desk.AskLong(r.Context(), r.Actor, desk.BreakdownQuery{Text: q.Text, Field: q.By})
	if err != nil {
		return err
	}
	if r.HX() {
		return p.shell.Fragment(w, r, longPart(q, l))
	}
	return p.shell.Done(w, r, q.part("/events/long/"+l.ID), "")
}

// long shows a long question on a page of its own: who left finds it again.
func (p *pages) long(w http.ResponseWriter, r *shell.Request) error {
	q := questionOf(r.URL.Query())
	l, err := p.Desk.Long(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	if r.HX() {
		return p.shell.Fragment(w, r, longPart(q, l))
	}
	return p.shell.Page(w, r, shell.Page{Title: r.T("events.long.title"), Section: "events", Body: longPage(q, l)})
}

// look is how often a long question is looked at for its reader.
const look = 500 * time.Millisecond

// liveLong tells how far a long question is until it has ended.
func (p *pages) liveLong(w http.ResponseWriter, r *shell.Request) error {
	q, name := questionOf(r.URL.Query()), r.PathValue("id")
	if _, err := p.Desk.Long(r.Context(), r.Actor, name); err != nil {
		return err
	}
	return p.shell.Stream(w, r, func(send func(string, templ.Component) error) error {
		tick := time.NewTicker(look)
		defer tick.Stop()
		for {
			l, err := p.Desk.Long(r.Context(), r.Actor, name)
			if err != nil {
				return err
			}
			if err := send("progress", longPart(q, l)); err != nil || ended(l) {
				return err
			}
			select {
			case <-r.Context().Done():
				return nil
			case <-tick.C:
			}
		}
	})
}

func ended(l desk.LongQuestion) bool {
	return l.State == desk.LongDone || l.State == desk.LongFailed || l.State == desk.LongCancelled
}

func (p *pages) cancelLong(w http.ResponseWriter, r *shell.Request) error {
	if err := p.Desk.CancelLong(r.Context(), r.Actor, r.PathValue("id")); err != nil {
		return err
	}
	q := questionOf(r.URL.Query())
	if r.HX() {
		return p.long(w, r)
	}
	return p.shell.Done(w, r, q.url(), r.T("events.long.cancelled"))
}
