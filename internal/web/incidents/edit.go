package incidents

import (
	"net/http"
	"strings"

	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/web/notes"
	"github.com/firehall/firehall/internal/web/shell"
)

// edit changes what an incident is. What the form does not hold stays.
func (p *page) edit(w http.ResponseWriter, r *shell.Request) error {
	e, err := revision(r)
	if err == nil {
		_, err = p.o.Incidents.EditIncident(r.Context(), r.Actor, r.PathValue("id"), notes.Version(r.PostForm), e)
	}
	return p.kept(w, r, err, r.T("incidents.edited"))
}

// revision reads the form.
func revision(r *shell.Request) (e incident.Revision, err error) {
	title, summary := strings.TrimSpace(r.PostFormValue("title")), r.PostFormValue("summary")
	severity := triage.Severity(r.PostFormValue("severity"))
	e = incident.Revision{Title: &title, Summary: &summary, Severity: &severity}
	if r.PostForm.Has("class") {
		class := rsit.Class(r.PostFormValue("class"))
		e.Class = &class
	}
	e.Assignee, e.Campaign = given(r, "assignee"), given(r, "campaign")
	e.Victim, e.Origin, e.Transit = codes(r, "victim"), codes(r, "origin"), codes(r, "transit")
	if r.PostForm.Has("tlp") {
		label, err := tlp.Parse(r.PostFormValue("tlp"))
		if err != nil {
			return e, err
		}
		e.TLP = &label
	}
	if r.PostForm.Has("pap") {
		pap, err := tlp.ParsePAP(r.PostFormValue("pap"))
		if err != nil {
			return e, err
		}
		e.PAP = &pap
	}
	return e, nil
}

// given is a field that the form holds; nil if it does not.
func given(r *shell.Request, name string) *string {
	if !r.PostForm.Has(name) {
		return nil
	}
	v := strings.TrimSpace(r.PostFormValue(name))
	return &v
}

// codes reads countries, with spaces or commas between.
func codes(r *shell.Request, name string) *[]string {
	if !r.PostForm.Has(name) {
		return nil
	}
	list := strings.FieldsFunc(r.PostFormValue(name), func(c rune) bool { return c == ' ' || c == ',' || c == ';' })
	return &list
}
