package findings

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// mostChosen is how many findings can be named one by one.
const mostChosen = 1000

// ends are the usual ends of muting.
var ends = []struct{ value, key string }{
	{"24h", "findings.until.day"}, {"7d", "findings.until.week"}, {"30d", "findings.until.month"}, {"90d", "findings.until.quarter"}, {"", "findings.until.other"},
}

// requestOf reads a move from a form. What is wrong with it is named by field.
func (p *page) requestOf(r *shell.Request) (finding.Request, []ui.Wrong) {
	to := finding.State(r.PostFormValue("action"))
	m := finding.Request{To: to, Reason: strings.TrimSpace(r.PostFormValue("reason"))}
	var wrong []ui.Wrong
	if _, ok := moveWords[to]; !ok || !slices.Contains(personal(), to) {
		wrong = append(wrong, ui.Wrong{Text: r.T("findings.wrong.move")})
	}
	if m.Reason == "" && (to == finding.Muted || to == finding.Fixed) {
		wrong = append(wrong, ui.Wrong{Field: "reason", Text: r.T("findings.wrong.reason")})
	}
	if to != finding.Muted {
		return m, wrong
	}
	text := r.PostFormValue("end")
	if text == "" {
		text = strings.TrimSpace(r.PostFormValue("until"))
	}
	until, err := p.o.Desk.ParseUntil(text)
	if err != nil {
		wrong = append(wrong, ui.Wrong{Field: "until", Text: err.Error()})
	}
	m.Until = until
	return m, wrong
}

// move moves the chosen findings, or all that a query means.
func (p *page) move(w http.ResponseWriter, r *shell.Request) error {
	m, wrong := p.requestOf(r)
	text := r.PostFormValue("q")
	all := r.PostFormValue("all") == "1"
	ids := r.PostForm["id"]
	if !all && len(ids) == 0 {
		wrong = append(wrong, ui.Wrong{Text: r.T("findings.wrong.none")})
	}
	if len(wrong) > 0 {
		return p.again(w, r, Asking{To: m.To, Query: text, All: all, IDs: ids, Form: ui.Form{Values: r.PostForm, Wrong: wrong}, Act: movePath})
	}
	if all {
		return p.moveAll(w, r, text, m)
	}
	keys, err := keysOf(ids)
	if err != nil {
		return err
	}
	moved, err := p.o.Desk.MoveFindings(r.Context(), r.Actor, keys, m)
	if err != nil {
		return err
	}
	return p.Done(w, r, listURL(text), toldMoved(r, m.To, moved))
}

func keysOf(ids []string) ([]finding.Key, error) {
	if len(ids) > mostChosen {
		return nil, problem.New(problem.Invalid, "at most %d findings can be chosen one by one: choose all that the filter means", mostChosen)
	}
	var keys []finding.Key
	for _, id := range ids {
		low, high, err := finding.ParseID(id)
		if err != nil || low != high {
			return nil, problem.New(problem.Invalid, "a chosen finding has an id that is none")
		}
		keys = append(keys, low)
	}
	return keys, nil
}

func toldMoved(r *shell.Request, to finding.State, moved finding.Moved) string {
	text := r.T(moveWords[to].done, "n", moved.Moved)
	if n := len(moved.Unmoved); n > 0 {
		text += " " + r.T("findings.moved.not", "n", n)
	}
	return text
}

// moveAll moves what a query means: at once, or as a job whose progress is shown.
func (p *page) moveAll(w http.ResponseWriter, r *shell.Request, query string, m finding.Request) error {
	done, err := p.o.Bulk.MoveAll(r.Context(), r.Actor, query, m)
	switch {
	case err != nil:
		return err
	case done.Job != "":
		return p.Done(w, r, path+"/-/moves/"+url.PathEscape(done.Job), "")
	}
	return p.Done(w, r, listURL(query), toldMoved(r, m.To, done.Moved))
}

// Asking is a move that is asked for again, with what was wrong.
type Asking struct {
	To    finding.State
	Query string
	All   bool
	IDs   []string
	Form  ui.Form
	Act   string
	What  string // of one finding
}

// again shows what was typed, and what is wrong with it.
func (p *page) again(w http.ResponseWriter, r *shell.Request, a Asking) error {
	title := r.T("findings.title")
	if words, ok := moveWords[a.To]; ok {
		title = r.T(words.name)
	}
	return p.Page(w, r, shell.Page{Title: title, Section: "findings", Crumbs: crumbs(r), Body: askingPage(title, a), Status: http.StatusUnprocessableEntity})
}

// moving shows how far a job that moves findings is.
func (p *page) moving(w http.ResponseWriter, r *shell.Request) error {
	at, err := p.o.Bulk.Moving(r.Context(), r.Actor, r.PathValue("job"))
	if err != nil {
		return err
	}
	title := r.T("findings.moving.title")
	return p.Page(w, r, shell.Page{Title: title, Section: "findings", Crumbs: crumbs(r), Body: movingPage(title, progressOf(r, at))})
}

// progress tells how far a job is until it has ended.
func (p *page) progress(w http.ResponseWriter, r *shell.Request) error {
	return p.Watch(w, r, func() (ui.ProgressProps, error) {
		at, err := p.o.Bulk.Moving(r.Context(), r.Actor, r.PathValue("job"))
		return progressOf(r, at), err
	})
}

func progressOf(r *shell.Request, m desk.Moving) ui.ProgressProps {
	job := r.PathValue("job")
	out := ui.ProgressProps{
		ID: "moving", Title: r.T("findings.moving.title"), Done: m.Done, Total: m.Total,
		Text:   r.T("findings.moving.so", "done", grouped(r.Context(), m.Done), "all", grouped(r.Context(), m.Total)),
		Stream: path + "/-/moves/" + url.PathEscape(job) + "/progress",
	}
	switch m.State {
	case jobs.Done:
		out.Stream, out.Tone, out.Result = "", ui.Good, ui.Link{Text: r.T("findings.moving.back"), Href: path}
		if m.Unmoved > 0 {
			out.Text += " " + r.T("findings.moved.not", "n", m.Unmoved)
		}
	case jobs.Dead:
		out.Stream, out.Tone, out.Text = "", ui.Bad, m.Error
		out.Result = ui.Link{Text: r.T("findings.moving.back"), Href: path}
	}
	return out
}
