package reports

import (
	"net/http"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/web/notes"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// kept goes on after a change; what was refused is shown with what was typed.
func (p *page) kept(w http.ResponseWriter, r *shell.Request, err error, toast string) error {
	if problem.Is(err, problem.Invalid) || problem.Is(err, problem.Conflict) {
		return p.show(w, r, func(o *One) int {
			o.Refused = ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Text: err.Error()}}}
			return http.StatusUnprocessableEntity
		})
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, oneURL(r.PathValue("id")), toast)
}

// renote changes a note. Did somebody else meanwhile, both texts are shown.
func (p *page) renote(w http.ResponseWriter, r *shell.Request) error {
	note := r.PathValue("note")
	_, err := p.o.Incidents.EditNote(r.Context(), r.Actor, note, notes.Version(r.PostForm), r.PostFormValue("text"))
	if c := notes.Clash(err); c != nil {
		return p.show(w, r, func(o *One) int {
			o.Clash, o.NoteID = c, note
			return http.StatusConflict
		})
	}
	return p.kept(w, r, err, r.T("notes.edited"))
}

// assign hands a report over to somebody, or back to the team.
func (p *page) assign(w http.ResponseWriter, r *shell.Request) error {
	account := r.PostFormValue("account")
	if _, known := p.people(r.Context())[account]; account != "" && !known {
		return problem.New(problem.Invalid, "there is nobody with that account: choose somebody of the list")
	}
	_, err := p.o.Incidents.Assign(r.Context(), r.Actor, []string{r.PathValue("id")}, account)
	return p.kept(w, r, err, r.T("reports.assigned"))
}

// unmerge makes a duplicate a report of its own again.
func (p *page) unmerge(w http.ResponseWriter, r *shell.Request) error {
	err := p.o.Incidents.Unmerge(r.Context(), r.Actor, r.PathValue("id"), reasonOf(r))
	return p.kept(w, r, err, r.T("reports.unmerged"))
}

// unlink takes the report out of an incident.
func (p *page) unlink(w http.ResponseWriter, r *shell.Request) error {
	err := p.o.Incidents.Unlink(r.Context(), r.Actor, r.PostFormValue("incident"), r.PathValue("id"), reasonOf(r))
	return p.kept(w, r, err, r.T("reports.unlinked"))
}

// answered ends the clock of a referral.
func (p *page) answered(w http.ResponseWriter, r *shell.Request) error {
	err := p.o.Incidents.Answered(r.Context(), r.Actor, r.PostFormValue("referral"), strings.TrimSpace(r.PostFormValue("outcome")))
	return p.kept(w, r, err, r.T("reports.answered.done"))
}

// handBack gives a report that was passed to named handlers to the queue again.
func (p *page) handBack(w http.ResponseWriter, r *shell.Request) error {
	err := p.o.Incidents.HandBack(r.Context(), r.Actor, r.PathValue("id"), reasonOf(r))
	return p.kept(w, r, err, r.T("reports.back.done"))
}

func reasonOf(r *shell.Request) string { return strings.TrimSpace(r.PostFormValue("reason")) }

// mailPolicy lets a shown mail do nothing: it runs nothing, asks for nothing and has no origin.
const mailPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"

// mail shows a mail as it looked, without anything remote, as a page of its own that can do nothing.
func (p *page) mail(w http.ResponseWriter, r *shell.Request) error {
	html, err := p.o.Incidents.MailPage(r.Context(), r.Actor, r.PathValue("item"))
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Security-Policy", mailPolicy)
	h.Set("Content-Type", "text/html; charset=utf-8")
	return mailPage(html).Render(r.Context(), w)
}
