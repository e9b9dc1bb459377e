// Package stops holds the page of the stop switch: what is kept from being sent, by whom and why; to stop, and to let go on.
package stops

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/notification"
	"github.com/firehall/firehall/internal/platform/live"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// Options is what the page asks.
type Options struct {
	Delivery *delivery.Service
	Feeds    func(ctx context.Context, actor identity.Actor) ([]string, error) // names of the feeds there are
	Batches  func(ctx context.Context, actor identity.Actor, ask core.Request) (core.Page[notification.Batch], error)
	Live     *live.Hub // tells of changes; nil for none
}

type page struct {
	*shell.Shell
	o Options
}

// path is where the page is.
const path = "/stops"

// Register adds the page to a shell.
func Register(s *shell.Shell, o Options) {
	p := &page{s, o}
	s.Handle("GET "+path, p.show)
	s.Handle("GET "+path+"/new", s.Changes(o.Live, p.newer, desk.LiveStops))
	s.Handle("POST "+path, p.stop)
	s.Handle("POST "+path+"/resume", p.resume)
	s.Palette(p.find)
}

// View is what the page shows.
type View struct {
	Orders  []delivery.StopOrder
	All     bool // everything is stopped
	Choices []Choice
	Form    ui.Form
	Since   string
}

// Choice is something that can be stopped.
type Choice struct{ Scope, Text string }

// shownBatches is how many of the latest batches are offered.
const shownBatches = 20

func (p *page) view(r *shell.Request) (View, error) {
	v := View{Since: shell.Since(r), Form: ui.Form{Values: url.Values{"scope": {r.URL.Query().Get("scope")}}}}
	var err error
	if v.Orders, err = p.o.Delivery.Stops(r.Context(), r.Actor); err != nil {
		return v, err
	}
	stopped := map[string]bool{}
	for _, o := range v.Orders {
		stopped[string(o.Scope)] = true
	}
	v.All = stopped[string(delivery.All)]
	choices, err := p.choices(r)
	v.Choices = slices.DeleteFunc(choices, func(c Choice) bool { return stopped[c.Scope] })
	return v, err
}

// choices are the channels, the feeds and the latest batches.
func (p *page) choices(r *shell.Request) (out []Choice, err error) {
	for _, c := range p.o.Delivery.Channels {
		out = append(out, Choice{"channel:" + c.Name(), r.T("stops.channel", "name", c.Name())})
	}
	feeds, err := p.o.Feeds(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	for _, f := range feeds {
		out = append(out, Choice{"feed:" + f, r.T("stops.feed", "name", f)})
	}
	batches, err := p.o.Batches(r.Context(), r.Actor, core.Request{Limit: shownBatches})
	for _, b := range batches.Items {
		out = append(out, Choice{"batch:" + b.ID, r.T("stops.batch", "at", b.At.In(r.Zone()).Format("2006-01-02 15:04"), "n", b.Messages)})
	}
	return out, err
}

func (p *page) show(w http.ResponseWriter, r *shell.Request) error {
	v, err := p.view(r)
	if err != nil {
		return err
	}
	return p.Page(w, r, shell.Page{Title: r.T("stops.title"), Section: "stops", Body: whole(v)})
}

// stop stops what the form names. Without a reason the form comes again with what was typed.
func (p *page) stop(w http.ResponseWriter, r *shell.Request) error {
	kind, name, _ := strings.Cut(r.PostFormValue("scope"), ":")
	scope, err := delivery.ScopeOf(kind, name)
	field := "scope"
	if err == nil {
		field = "reason"
		err = p.o.Delivery.Stop(r.Context(), r.Actor, scope, r.PostFormValue("reason"))
	}
	if problem.Is(err, problem.Invalid) {
		return p.again(w, r, ui.Wrong{Field: field, Text: r.T("stops.wrong." + field)})
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, path, r.T("stops.stopped", "what", p.what(r, scope)))
}

func (p *page) again(w http.ResponseWriter, r *shell.Request, wrong ui.Wrong) error {
	v, err := p.view(r)
	if err != nil {
		return err
	}
	v.Form = ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{wrong}}
	return p.Page(w, r, shell.Page{Title: r.T("stops.title"), Section: "stops", Body: whole(v), Status: http.StatusUnprocessableEntity})
}

func (p *page) resume(w http.ResponseWriter, r *shell.Request) error {
	scope := delivery.Scope(r.PostFormValue("scope"))
	if err := p.o.Delivery.Resume(r.Context(), r.Actor, scope); err != nil {
		return err
	}
	return p.Done(w, r, path, r.T("stops.resumed", "what", p.what(r, scope)))
}

// what says a scope.
func (p *page) what(r *shell.Request, s delivery.Scope) string { return scopeText(r.Context(), s) }

// newer counts the orders that were given after a time.
func (p *page) newer(r *shell.Request, since time.Time) (n int64, err error) {
	orders, err := p.o.Delivery.Stops(r.Context(), r.Actor)
	for _, o := range orders {
		if o.At.After(since) {
			n++
		}
	}
	return n, err
}

// find offers the switch to who types "stop".
func (p *page) find(_ context.Context, r *shell.Request, q string) ([]shell.Hit, error) {
	if len(q) < 2 || !strings.HasPrefix(strings.ToLower(r.T("stops.all.do")), strings.ToLower(q)) {
		return nil, nil
	}
	return []shell.Hit{{Text: r.T("stops.all.do"), Href: path, Icon: "hand-stop", Kind: r.T("stops.title")}}, nil
}
