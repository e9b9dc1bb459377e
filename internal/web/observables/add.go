package observables

import (
	"net/http"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/observable"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// Fresh is the page on which observables are added.
type Fresh struct {
	In      observable.Head
	Reports []incident.Ref // of the incident
	Form    ui.Form
}

func (p *page) fresh(w http.ResponseWriter, r *shell.Request) error {
	return p.freshAgain(w, r, ui.Form{}, 0)
}

func (p *page) freshAgain(w http.ResponseWriter, r *shell.Request, f ui.Form, status int) error {
	i, err := p.o.Incidents.Incident(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	v := Fresh{In: observable.Head{ID: i.ID, Ref: i.Ref, Title: i.Title, Stage: i.State, Restricted: i.Restricted, TLP: i.TLP}, Reports: i.Reports, Form: f}
	return p.Page(w, r, shell.Page{Title: r.T("observables.add"), Section: "incidents", Crumbs: below(r, v.In), Body: freshPage(v), Status: status})
}

// refuse shows the form again if it is the form that is wrong.
func (p *page) refuse(w http.ResponseWriter, r *shell.Request, err error, field string) error {
	if !problem.Is(err, problem.Invalid) && !problem.Is(err, problem.Conflict) {
		return err
	}
	return p.freshAgain(w, r, ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Field: field, Text: err.Error()}}}, http.StatusUnprocessableEntity)
}

// add adds one value of a kind that is told.
func (p *page) add(w http.ResponseWriter, r *shell.Request) error {
	d := draft(r)
	d.Kind, d.Value = observable.Kind(r.PostFormValue("kind")), r.PostFormValue("value")
	out, err := p.o.Observables.Add(r.Context(), r.Actor, r.PathValue("id"), []observable.Draft{d})
	if err == nil && len(out.Refused) > 0 {
		err = problem.New(problem.Invalid, "%s", out.Refused[0].Reason)
	}
	if err != nil {
		return p.refuse(w, r, err, "value")
	}
	return p.Done(w, r, listURL(r.PathValue("id")), told(r, out))
}

// told says what was added.
func told(r *shell.Request, out observable.Added) string {
	text := r.T("observables.added", "n", len(out.Added))
	if n := len(out.Known); n > 0 {
		text += " " + r.T("observables.known", "n", n)
	}
	if n := len(out.Refused); n > 0 {
		text += " " + r.T("observables.refused", "n", n) + " " + out.Refused[0].Value + ": " + out.Refused[0].Reason
	}
	return text
}

// Look is the page of what a text or a report holds.
type Look struct {
	observable.Sheet
	Text string // that was pasted
	Form ui.Form
}

// most is how many of them are shown to choose from; the others are added without asking.
const most = 1000

// look shows what would be added.
func (p *page) look(w http.ResponseWriter, r *shell.Request) error {
	v := Look{Text: r.PostFormValue("text"), Form: ui.Form{Values: r.PostForm}}
	var err error
	if report := r.PostFormValue("report"); report != "" {
		v.Text = ""
		v.Sheet, err = p.o.Observables.FromReport(r.Context(), r.Actor, r.PathValue("id"), report)
	} else {
		v.Sheet, err = p.o.Observables.Paste(r.Context(), r.Actor, r.PathValue("id"), v.Text)
	}
	if err == nil && len(v.List) == 0 && v.Report == "" {
		err = problem.New(problem.Invalid, "%s", r.T("observables.nothing"))
	}
	if err != nil {
		return p.refuse(w, r, err, "text")
	}
	return p.Page(w, r, shell.Page{Title: r.T("observables.look"), Section: "incidents", Crumbs: below(r, v.In), Body: lookPage(v)})
}

// take adds what was chosen: all but what was shown and not ticked.
func (p *page) take(w http.ResponseWriter, r *shell.Request) error {
	c := observable.Choice{Text: r.PostFormValue("text"), Report: r.PostFormValue("report"), Draft: draft(r)}
	ticked := map[string]bool{}
	for _, v := range r.PostForm["take"] {
		ticked[v] = true
	}
	for _, v := range r.PostForm["shown"] {
		if !ticked[v] {
			c.But = append(c.But, v)
		}
	}
	out, err := p.o.Observables.Take(r.Context(), r.Actor, r.PathValue("id"), c)
	if err != nil {
		return p.refuse(w, r, err, "text")
	}
	return p.Done(w, r, listURL(r.PathValue("id")), told(r, out))
}

// asWritten is how something stands in the text, if that is worth showing.
func asWritten(p observable.Picked) string {
	if strings.EqualFold(p.As, p.Value) {
		return ""
	}
	return p.As
}
