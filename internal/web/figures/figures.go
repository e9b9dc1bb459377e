// Package figures holds the page that says how the team does: what came, was closed and reopened, how long it took, and who worked when.
package figures

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/figure"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// Options is what the page asks.
type Options struct {
	Figures *figure.Service
	Names   func(ctx context.Context, actor identity.Actor) (map[string]string, error) // organisations by id
	People  func(ctx context.Context) (map[string]string, error)                       // accounts by id
}

// page is the handlers of this package.
type page struct {
	*shell.Shell
	o Options
}

const path = "/figures"

// Register adds the page to a shell.
func Register(s *shell.Shell, o Options) {
	if o.Figures == nil {
		return // a program without the room
	}
	p := &page{s, o}
	s.Handle("GET "+path, p.show)
	s.Handle("GET "+path+"/export", p.export)
	s.Handle("POST /incidents/{id}/contained", p.contain)
	s.Handle("POST /incidents/{id}/uncontained", p.uncontain)
}

// view is the page.
type view struct {
	form    ui.Form
	query   url.Values
	figures figure.Figures
	people  map[string]string
	asked   bool // an answer is there
}

// periods are how many may be chosen.
var periods = []int{4, 8, 12, 13, 24, 31, 52}

// questionOf reads the question of an address. Errors: Invalid.
func questionOf(r *shell.Request, names map[string]string) (q figure.Question, err error) {
	v := r.URL.Query()
	q = figure.Question{Step: figure.Step(v.Get("step")), Class: rsit.Class(v.Get("class")), Sector: v.Get("sector"), Organisation: v.Get("org")}
	if n := v.Get("n"); n != "" {
		if q.Periods, err = strconv.Atoi(n); err != nil || q.Periods == 0 {
			return q, problem.New(problem.Invalid, "%.20q is no number of periods", n)
		}
	}
	if until := v.Get("until"); until != "" {
		if q.Until, err = time.ParseInLocation(time.DateOnly, until, r.Zone()); err != nil {
			return q, problem.New(problem.Invalid, "%.40q is no day such as 2026-11-22", until)
		}
	}
	if q.Organisation != "" {
		q.Organisation, err = organisation(names, q.Organisation)
	}
	return q, err
}

// organisation finds one by id or by name.
func organisation(names map[string]string, text string) (string, error) {
	if names[text] != "" {
		return text, nil
	}
	for id, name := range names {
		if strings.EqualFold(name, strings.TrimSpace(text)) {
			return id, nil
		}
	}
	return "", problem.New(problem.Invalid, "there is no organisation %.60q", text)
}

func (p *page) ask(r *shell.Request) (figure.Figures, error) {
	names := map[string]string{}
	if r.URL.Query().Get("org") != "" && p.o.Names != nil {
		var err error
		if names, err = p.o.Names(r.Context(), r.Actor); err != nil {
			return figure.Figures{}, err
		}
	}
	q, err := questionOf(r, names)
	if err != nil {
		return figure.Figures{}, err
	}
	return p.o.Figures.Ask(r.Context(), r.Actor, q)
}

func (p *page) show(w http.ResponseWriter, r *shell.Request) error {
	v := view{query: r.URL.Query(), form: ui.Form{Values: r.URL.Query()}}
	status := 0
	f, err := p.ask(r)
	switch {
	case problem.Is(err, problem.Invalid):
		v.form.Wrong, status = []ui.Wrong{{Text: err.Error()}}, http.StatusUnprocessableEntity
	case err != nil:
		return err
	default:
		v.figures, v.asked = f, true
	}
	if p.o.People != nil {
		v.people, _ = p.o.People(r.Context()) // without them their accounts stand there
	}
	return p.Page(w, r, shell.Page{Title: r.T("figures.title"), Section: "figures", Body: figuresPage(v), Status: status})
}

// contain says, or takes back, that an incident does no more harm.
func (p *page) contain(w http.ResponseWriter, r *shell.Request) error {
	var at time.Time
	if text := r.PostFormValue("at"); text != "" {
		var err error
		if at, err = time.ParseInLocation("2006-01-02T15:04", text, r.Zone()); err != nil {
			return problem.New(problem.Invalid, "%.40q is no time", text)
		}
	}
	if err := p.o.Figures.Contain(r.Context(), r.Actor, r.PathValue("id"), at); err != nil {
		return err
	}
	return p.Done(w, r, "/incidents/"+url.PathEscape(r.PathValue("id")), r.T("figures.contained.done"))
}

func (p *page) uncontain(w http.ResponseWriter, r *shell.Request) error {
	if err := p.o.Figures.Uncontain(r.Context(), r.Actor, r.PathValue("id"), r.PostFormValue("reason")); err != nil {
		return err
	}
	return p.Done(w, r, "/incidents/"+url.PathEscape(r.PathValue("id")), r.T("figures.uncontained.done"))
}

// sectors are those that can be chosen.
func sectors(chosen string) (out []ui.Option) {
	for _, s := range constituency.Sectors() {
		out = append(out, ui.Option{Value: string(s), Text: s.Title(), Chosen: string(s) == chosen})
	}
	return out
}

// counts are how many periods can be chosen.
func counts(chosen string) (out []ui.Option) {
	if chosen == "" {
		chosen = "12"
	}
	list := periods
	if n, err := strconv.Atoi(chosen); err == nil && !slices.Contains(list, n) {
		list = append(slices.Clone(list), n)
	}
	for _, n := range list {
		out = append(out, ui.Option{Value: strconv.Itoa(n), Text: strconv.Itoa(n), Chosen: strconv.Itoa(n) == chosen})
	}
	return out
}
