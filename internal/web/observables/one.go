package observables

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident/observable"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// One is the page of one observable.
type One struct {
	observable.One
	People map[string]string
	Form   ui.Form
}

func (p *page) one(w http.ResponseWriter, r *shell.Request) error {
	return p.again(w, r, ui.Form{}, 0)
}

func (p *page) again(w http.ResponseWriter, r *shell.Request, f ui.Form, status int) error {
	o, err := p.o.Observables.One(r.Context(), r.Actor, r.PathValue("id"), r.PathValue("observable"))
	if err != nil {
		return err
	}
	v := One{o, p.people(r.Context()), f}
	return p.Page(w, r, shell.Page{Title: short(o.Value, 60) + " " + o.In.Ref, Section: "incidents", Crumbs: below(r, o.In), Body: onePage(v), Status: status})
}

// kept goes on after a change; what was refused is shown again with what was typed.
func (p *page) kept(w http.ResponseWriter, r *shell.Request, err error, field, toast string) error {
	if problem.Is(err, problem.Invalid) || problem.Is(err, problem.Conflict) {
		return p.again(w, r, ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Field: field, Text: err.Error()}}}, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, listURL(r.PathValue("id"), r.PathValue("observable")), toast)
}

func (p *page) edit(w http.ResponseWriter, r *shell.Request) error {
	d := draft(r)
	e := observable.Revision{Role: &d.Role, Note: &d.Note, Detection: &d.Detection, TLP: d.TLP, PAP: d.PAP}
	first, err := timeOf(r, "first")
	last, wrong := timeOf(r, "last")
	if err == nil {
		err = wrong
	}
	if err == nil {
		e.First, e.Last = &first, &last
		version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64) // 0 is whatever it is
		_, err = p.o.Observables.Edit(r.Context(), r.Actor, r.PathValue("id"), r.PathValue("observable"), version, e)
	}
	return p.kept(w, r, err, "", r.T("observables.changed"))
}

// relate says what it has to do with another, which is named by its value.
func (p *page) relate(w http.ResponseWriter, r *shell.Request) error {
	in, a := r.PathValue("id"), r.PathValue("observable")
	other, err := p.o.Observables.Find(r.Context(), r.Actor, in, r.PostFormValue("other"))
	if problem.Is(err, problem.NotFound) {
		err = problem.New(problem.Invalid, "%s", r.T("observables.other.none"))
	}
	if err == nil {
		b := other.ID
		if r.PostFormValue("turned") == "1" {
			a, b = b, a
		}
		err = p.o.Observables.Relate(r.Context(), r.Actor, in, a, observable.RelationKind(r.PostFormValue("relation")), b)
	}
	return p.kept(w, r, err, "other", r.T("observables.related"))
}

func (p *page) unrelate(w http.ResponseWriter, r *shell.Request) error {
	err := p.o.Observables.Unrelate(r.Context(), r.Actor, r.PathValue("id"), r.PostFormValue("relation"))
	return p.kept(w, r, err, "", r.T("observables.changed"))
}

func (p *page) sight(w http.ResponseWriter, r *shell.Request) error {
	g := observable.Sighting{Seer: r.PostFormValue("seer"), Note: r.PostFormValue("sighting"), Verdict: observable.Verdict(r.PostFormValue("verdict"))}
	var err error
	if n := strings.TrimSpace(r.PostFormValue("count")); n != "" {
		if g.Count, err = strconv.Atoi(n); err != nil {
			err = problem.New(problem.Invalid, "%q is no number", short(n, 40))
		}
	}
	if err == nil {
		g.At, err = timeOf(r, "at")
	}
	if err == nil {
		err = p.o.Observables.Sight(r.Context(), r.Actor, r.PathValue("id"), r.PathValue("observable"), g)
	}
	return p.kept(w, r, err, "seer", r.T("observables.sighted"))
}

func (p *page) unsight(w http.ResponseWriter, r *shell.Request) error {
	err := p.o.Observables.Unsight(r.Context(), r.Actor, r.PathValue("id"), r.PostFormValue("sighting"))
	return p.kept(w, r, err, "", r.T("observables.changed"))
}
