package incidents

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// Talk is the page of an investigation: the dialogue with a party, and what the reader is writing.
type Talk struct {
	incident.Investigation
	People  map[string]string
	Form    ui.Form
	Preview bool     // shows what would leave, before it does
	Under   []string // lines below it: what may be done with it
}

// investigation answers with the dialogue.
func (p *page) investigation(w http.ResponseWriter, r *shell.Request) error {
	return p.talk(w, r, Talk{}, 0)
}

func (p *page) talk(w http.ResponseWriter, r *shell.Request, t Talk, status int) error {
	v, err := p.o.Incidents.Investigation(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	t.Investigation, t.People = v, p.people(r.Context())
	if t.Preview {
		if t.Under, err = p.o.Incidents.Under(r.Context(), r.Actor, cmp.Or(v.Report, v.Incident), ""); err != nil {
			return err
		}
	}
	at := []ui.Link{{Text: r.T("incidents.title"), Href: path}, {Text: r.T("incidents.investigation.about"), Href: aboutURL(v)}}
	return p.Page(w, r, shell.Page{Title: v.Ref + " " + v.Subject, Section: "incidents", Crumbs: at, Body: talkPage(t), Status: status})
}

// aboutURL is the report or the incident that an investigation is about.
func aboutURL(v incident.Investigation) string {
	if v.Report != "" {
		return "/reports/" + url.PathEscape(v.Report)
	}
	return oneURL(v.Incident)
}

// write shows what would leave, and sends it when the reader says so.
func (p *page) write(w http.ResponseWriter, r *shell.Request) error {
	t, text := Talk{Form: ui.Form{Values: r.PostForm}}, r.PostFormValue("text")
	switch step := r.PostFormValue("step"); {
	case strings.TrimSpace(text) == "":
		t.Form.Wrong = []ui.Wrong{{Field: "text", Text: r.T("reports.wrong.text")}}
		return p.talk(w, r, t, http.StatusUnprocessableEntity)
	case step == "change":
		return p.talk(w, r, t, 0)
	case step != "send":
		t.Preview = true
		return p.talk(w, r, t, 0)
	}
	_, err := p.o.Incidents.Write(r.Context(), r.Actor, r.PathValue("id"), text)
	return p.said(w, r, err, r.T("incidents.preview.sent"))
}

// said goes on after a change of the dialogue; what was refused is shown again with what was typed.
func (p *page) said(w http.ResponseWriter, r *shell.Request, err error, toast string) error {
	if problem.Is(err, problem.Invalid) || problem.Is(err, problem.Conflict) || problem.Is(err, problem.Unavailable) {
		return p.talk(w, r, Talk{Form: refused(r, err)}, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, talkURL(r.PathValue("id")), toast)
}

// moveInvestigation resolves it, or opens it again.
func (p *page) moveInvestigation(w http.ResponseWriter, r *shell.Request) error {
	name := incident.MoveName(r.PostFormValue("action"))
	err := p.o.Incidents.MoveInvestigation(r.Context(), r.Actor, r.PathValue("id"), name)
	return p.said(w, r, err, say(r.Context(), "incidents.investigation.did.", string(name)))
}

func talkURL(id string, rest ...string) string {
	return "/investigations/" + url.PathEscape(id) + strings.Join(rest, "")
}
