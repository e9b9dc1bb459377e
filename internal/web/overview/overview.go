// Package overview is the first page: how everything stands, in the order in which a duty officer needs it at three in the morning.
//
// What must be acted on comes first: critical findings at critical organisations, Firehall's own health, what waits for a person's word. Then
// what only informs: today against the usual, what is open, what went out. Each figure leads to its list. Figures change in place while the
// page is looked at; new rows wait behind a bar until the reader wants them, so nothing moves under a hand.
package overview

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/live"
	"github.com/firehall/firehall/internal/web/shell"
)

// Options is what the page asks.
type Options struct {
	Board *desk.Board
	Live  *live.Hub // nil: the page stands still until it is loaded again
	// Slots are panels of other rooms: who is on duty, clocks that are due, reports without an answer, answers that wait, promises of the last
	// hand-over. They stand above everything else, in their order; a panel that has nothing to say shows nothing.
	Slots []Slot
}

// Slot gives a panel; nil when there is nothing to say.
type Slot func(ctx context.Context, actor identity.Actor) (*Panel, error)

// Panel is a box with figures on the overview.
type Panel struct {
	Title   string // in the reader's language
	Alert   string // what cannot wait, and whom to call; "" for nothing
	Figures []Figure
}

// Figure is a number that leads to its list.
type Figure struct {
	N     int64
	Label string
	Note  string
	Href  string
	Bad   bool
}

type pages struct {
	Options
	shell *shell.Shell
}

// Register adds the page.
func Register(s *shell.Shell, o Options) {
	p := &pages{o, s}
	s.Handle("GET /{$}", p.show)
	s.Handle("GET /overview/now", p.now)
	s.Handle("GET /overview/live", p.live)
	s.Handle("POST /overview/seen", p.seen)
}

// view is what the page shows.
type view struct {
	desk.Overview
	Slots []*Panel
}

// fresh is how many of the critical findings shown came up after the reader's last look.
func (v view) fresh() (n int) {
	for _, f := range v.Critical.Value.Items {
		if f.New(v.Seen) {
			n++
		}
	}
	return n
}

// pending tells that some part has no answer yet.
func (v view) pending() bool {
	return v.Critical.Pending || v.Health.Pending || v.Approvals.Pending || v.Today.Pending || v.Open.Pending || v.Sent.Pending
}

func (p *pages) view(r *shell.Request) (view, error) {
	o, err := p.Board.Overview(r.Context(), r.Actor)
	v := view{Overview: o}
	if err != nil {
		return v, err
	}
	for _, slot := range p.Slots {
		panel, err := slot(r.Context(), r.Actor)
		if err != nil {
			return v, err
		}
		if panel != nil {
			v.Slots = append(v.Slots, panel)
		}
	}
	return v, nil
}

func (p *pages) show(w http.ResponseWriter, r *shell.Request) error {
	v, err := p.view(r)
	if err != nil {
		return err
	}
	return p.shell.Page(w, r, shell.Page{Title: r.T("overview.title"), Section: "overview", Body: whole(v)})
}

// now gives the figures alone.
func (p *pages) now(w http.ResponseWriter, r *shell.Request) error {
	v, err := p.view(r)
	if err != nil {
		return err
	}
	return p.shell.Fragment(w, r, figures(v))
}

// seen notes that the reader has seen the critical findings of the page that they look at, and no later ones.
func (p *pages) seen(w http.ResponseWriter, r *shell.Request) error {
	ms, _ := strconv.ParseInt(r.FormValue("at"), 10, 64)
	at := time.Time{}
	if ms > 0 {
		at = time.UnixMilli(ms).UTC()
	}
	if err := p.Board.SetSeen(r.Context(), r.Actor, at); err != nil {
		return err
	}
	return p.shell.Done(w, r, "/", r.T("overview.seen.done"))
}
