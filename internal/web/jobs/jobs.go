// Package jobs holds the page of the queue of jobs: what waits, what runs and how far it is, and what failed for good.
package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// Options is what the pages ask.
type Options struct{ Jobs *desk.Jobs }

type page struct {
	*shell.Shell
	o Options
}

// path is where the pages are.
const path = "/jobs"

// Register adds the pages to a shell.
func Register(s *shell.Shell, o Options) {
	p := &page{s, o}
	s.Handle("GET "+path, p.list)
	s.Handle("POST "+path+"/act", p.act)
	s.Handle("GET "+path+"/{id}", p.one)
	s.Handle("GET "+path+"/{id}/progress", p.progress)
	s.Palette(p.find)
}

// List is the page of the list.
type List struct {
	State  jobs.State
	Kind   string
	Items  []jobs.Job
	Next   core.Cursor
	Counts map[jobs.State]int
}

// states are the tabs, in the order in which they need somebody.
var states = []jobs.State{jobs.Dead, jobs.Running, jobs.Waiting, jobs.Done}

func (p *page) list(w http.ResponseWriter, r *shell.Request) error {
	v := r.URL.Query()
	l := List{State: jobs.State(v.Get("state")), Kind: v.Get("kind")}
	if !slices.Contains(states, l.State) {
		l.State = ""
	}
	found, err := p.o.Jobs.List(r.Context(), r.Actor, jobs.Filter{State: l.State, Kind: l.Kind, Request: core.Request{After: core.Cursor(v.Get("after")), Limit: 50}})
	if err != nil {
		return err
	}
	l.Items, l.Next = found.Items, found.Next
	if l.Counts, err = p.o.Jobs.Counts(r.Context(), r.Actor); err != nil {
		return err
	}
	return p.Page(w, r, shell.Page{Title: r.T("jobs.title"), Section: "jobs", Body: listPage(l)})
}

// act retries or discards the chosen jobs. One that cannot be is named; the others are done.
func (p *page) act(w http.ResponseWriter, r *shell.Request) error {
	ids, reason := r.PostForm["id"], r.PostFormValue("reason")
	do, said := p.o.Jobs.Retry, "jobs.retried"
	switch r.PostFormValue("action") {
	case "retry":
	case "discard":
		if strings.TrimSpace(reason) == "" {
			return problem.New(problem.Invalid, "%s", r.T("jobs.wrong.reason"))
		}
		said = "jobs.discarded"
		do = func(ctx context.Context, actor actor, id string) error {
			return p.o.Jobs.Discard(ctx, actor, id, reason)
		}
	default:
		return problem.New(problem.Invalid, "%s", r.T("jobs.wrong.action"))
	}
	if len(ids) == 0 {
		return problem.New(problem.Invalid, "%s", r.T("jobs.wrong.none"))
	}
	var failed []error
	for _, id := range ids[:min(len(ids), core.MaxLimit)] {
		if err := do(r.Context(), r.Actor, id); err != nil {
			failed = append(failed, err)
		}
	}
	if len(failed) == len(ids) {
		return failed[0]
	}
	text := r.T(said, "n", len(ids)-len(failed))
	if len(failed) > 0 {
		text += " " + r.T("jobs.unmoved", "n", len(failed), "why", failed[0].Error())
	}
	return p.Done(w, r, back(r), text)
}

// back is the list that somebody came from.
func back(r *shell.Request) string {
	if to := r.PostFormValue("back"); strings.HasPrefix(to, path) {
		return to
	}
	return path
}

func (p *page) one(w http.ResponseWriter, r *shell.Request) error {
	j, err := p.o.Jobs.Get(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	crumbs := []ui.Link{{Text: r.T("jobs.title"), Href: path}}
	return p.Page(w, r, shell.Page{Title: kindText(r.Context(), j.Kind), Section: "jobs", Crumbs: crumbs, Body: onePage(j)})
}

func (p *page) progress(w http.ResponseWriter, r *shell.Request) error {
	return p.Watch(w, r, func() (ui.ProgressProps, error) {
		j, err := p.o.Jobs.Get(r.Context(), r.Actor, r.PathValue("id"))
		return progressOf(r.Context(), j), err
	})
}

// progressOf says how a job is. A job that runs, or waits, is watched.
func progressOf(ctx context.Context, j jobs.Job) ui.ProgressProps {
	out := ui.ProgressProps{ID: "job-progress", Title: stateText(ctx, j.State), Text: j.Progress, Tone: stateTone(j.State)}
	_, _ = fmt.Sscanf(j.Progress, "%d/%d", &out.Done, &out.Total) // many jobs say it so
	switch j.State {
	case jobs.Waiting, jobs.Running:
		out.Stream = oneURL(j.ID) + "/progress"
	case jobs.Dead:
		out.Text = j.Error
	case jobs.Done:
		out.Done, out.Total = max(out.Done, 1), max(out.Done, 1)
	}
	return out
}

// details are what a job knows besides its subject: names and values.
func details(j jobs.Job) [][2]string {
	var body map[string]any
	if err := json.Unmarshal(j.Body, &body); err != nil {
		return nil
	}
	var out [][2]string
	for _, name := range slices.Sorted(maps.Keys(body)) {
		value := fmt.Sprint(body[name])
		if m, ok := body[name].(map[string]any); ok { // who ordered it
			value = strings.TrimSpace(fmt.Sprint(m["name"], " ", m["id"]))
		}
		out = append(out, [2]string{name, value})
	}
	return out
}

func oneURL(id string) string { return path + "/" + url.PathEscape(id) }

func listURL(state jobs.State, kind string) string {
	v := url.Values{}
	for name, value := range map[string]string{"state": string(state), "kind": kind} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// find offers the failed jobs to who types "jobs".
func (p *page) find(ctx context.Context, r *shell.Request, q string) ([]shell.Hit, error) {
	if len(q) < 3 || !strings.HasPrefix(strings.ToLower(r.T("jobs.palette")), strings.ToLower(q)) {
		return nil, nil
	}
	counts, err := p.o.Jobs.Counts(ctx, r.Actor)
	return []shell.Hit{{
		Text: r.T("jobs.palette"), Note: r.T("jobs.count", "n", counts[jobs.Dead]), Href: listURL(jobs.Dead, ""), Icon: "list-check", Kind: r.T("jobs.title"),
	}}, err
}
