package reports

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/stopped"
	"github.com/firehall/firehall/internal/web/ui"
)

// Asking is the form of a move with one report.
type Asking struct {
	Report   incident.Report
	Move     moveInfo
	Form     ui.Form
	Open     []incident.Listed
	Contacts []contact // to whom it can be written
	Preview  bool      // shows what would leave, before it does
	Back     string
	To       string   // of the preview
	Under    []string // lines below what leaves by mail: what may be done with it
}

// contact is somebody of the register to whom can be written.
type contact struct {
	constituency.Contact
	organisation string
}

// writes reports moves by which something leaves.
func writes(m incident.MoveName) bool {
	return m == incident.Ask || m == incident.Launch || m == incident.Pass
}

// ask shows the form of a move.
func (p *page) ask(w http.ResponseWriter, r *shell.Request) error {
	a, err := p.asking(r)
	if err != nil {
		return err
	}
	return p.again(w, r, a, 0)
}

func (p *page) asking(r *shell.Request) (a Asking, err error) {
	m, ok := infoOf(incident.MoveName(r.PathValue("move")))
	if !ok || m.name == incident.Take {
		return a, problem.New(problem.NotFound, "there is no such move")
	}
	a.Move, a.Back = m, backOf(r)
	if a.Report, err = p.o.Incidents.Report(r.Context(), r.Actor, r.PathValue("id")); err != nil {
		return a, err
	}
	if !slices.Contains(a.Report.Moves, m.name) {
		return a, problem.New(problem.Conflict, "%s cannot make this move any more, or you may not make it: look at it anew", a.Report.Ref)
	}
	switch m.name {
	case incident.Link:
		a.Open, err = p.openIncidents(r)
	case incident.Launch:
		a.Contacts = p.contacts(r, a.Report)
	}
	return a, err
}

// backOf is where to go on afterwards: the queue, or the report.
func backOf(r *shell.Request) string {
	back := r.FormValue("back")
	if !strings.HasPrefix(back, path) || strings.HasPrefix(back, "//") {
		return ""
	}
	return back
}

// contacts are the mailboxes of the organisations that a report concerns. What cannot be read is not offered.
func (p *page) contacts(r *shell.Request, rep incident.Report) (out []contact) {
	if p.o.Contacts == nil {
		return nil
	}
	names := p.names(r)
	for _, c := range rep.Assessment.Concerned {
		list, err := p.o.Contacts(r.Context(), r.Actor, c.Organisation)
		if err != nil {
			continue
		}
		for _, one := range list {
			if one.Channel == constituency.Mail && one.Usable() {
				out = append(out, contact{one, named(names, c.Organisation)})
			}
		}
	}
	return out
}

func (p *page) again(w http.ResponseWriter, r *shell.Request, a Asking, status int) error {
	title := moveWord(r.Context(), string(a.Move.name))
	crumbs := []ui.Link{{Text: r.T("reports.title"), Href: path}, {Text: a.Report.Ref, Href: oneURL(a.Report.ID)}}
	return p.Page(w, r, shell.Page{Title: title + " " + a.Report.Ref, Section: "reports", Crumbs: crumbs, Body: askingPage(title, a), Status: status})
}

// do makes the move. What is wrong is shown with what was typed; what leaves is shown before it does.
func (p *page) do(w http.ResponseWriter, r *shell.Request) error {
	a, err := p.asking(r)
	if err != nil {
		return err
	}
	a.Form = ui.Form{Values: r.PostForm}
	a.Form.Wrong = p.missing(r, a)
	a.To = p.recipient(r, a).Email
	switch {
	case len(a.Form.Wrong) > 0:
		return p.again(w, r, a, http.StatusUnprocessableEntity)
	case r.PostFormValue("step") == "change":
		return p.again(w, r, a, 0)
	case writes(a.Move.name) && r.PostFormValue("step") != "send":
		a.Preview = true
		if a.To != "" {
			if a.Under, err = p.o.Incidents.Under(r.Context(), r.Actor, a.Report.ID, a.Move.name); err != nil {
				return err
			}
		}
		return p.again(w, r, a, 0)
	}
	toast, err := p.done(r, a)
	if problem.Is(err, problem.Invalid) || problem.Is(err, problem.Conflict) {
		a.Form.Wrong = []ui.Wrong{{Text: stopped.Words(r.Context(), err)}}
		return p.again(w, r, a, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	to := a.Back
	if to == "" {
		to = oneURL(a.Report.ID)
	}
	return p.Done(w, r, to, toast)
}

// missing lists the fields that the move needs and that are empty.
func (p *page) missing(r *shell.Request, a Asking) (wrong []ui.Wrong) {
	need := func(field, key string) {
		if strings.TrimSpace(r.PostFormValue(field)) == "" {
			wrong = append(wrong, ui.Wrong{Field: field, Text: r.T(key)})
		}
	}
	switch a.Move.name {
	case incident.Ask:
		need("text", "reports.wrong.text")
	case incident.Launch, incident.Pass:
		if r.PostFormValue("contact") == "" {
			need("email", "reports.wrong.email")
		}
		need("text", "reports.wrong.text")
		if a.Move.name == incident.Pass {
			need("reason", "reports.wrong.reason")
		}
	case incident.Link:
		need("incident", "reports.wrong.incident")
	case incident.Merge:
		need("into", "reports.wrong.into")
	case incident.Reject, incident.Police, incident.Reopen:
		need("reason", "reports.wrong.reason")
	}
	return wrong
}

// recipient is to whom a message goes.
func (p *page) recipient(r *shell.Request, a Asking) incident.Party {
	if a.Move.name == incident.Ask {
		return incident.Party{Name: a.Report.Reporter.Name, Email: a.Report.Reporter.Email}
	}
	for _, c := range a.Contacts {
		if c.ID == r.PostFormValue("contact") {
			return incident.Party{Name: c.organisation, Email: c.Address, Contact: c.ID}
		}
	}
	party := incident.Party{Name: strings.TrimSpace(r.PostFormValue("name")), Email: strings.TrimSpace(r.PostFormValue("email")), As: release.Audience(r.PostFormValue("as"))}
	if party.Name == "" {
		party.Name = party.Email
	}
	return party
}

// delays are how long another team has to answer.
var delays = map[string]time.Duration{"4h": 4 * time.Hour, "24h": 24 * time.Hour, "72h": 72 * time.Hour, "7d": 7 * 24 * time.Hour}

// done makes the move, and says what was done.
func (p *page) done(r *shell.Request, a Asking) (toast string, err error) {
	ctx, id := r.Context(), a.Report.ID
	text, subject, reason := r.PostFormValue("text"), strings.TrimSpace(r.PostFormValue("subject")), strings.TrimSpace(r.PostFormValue("reason"))
	switch a.Move.name {
	case incident.Ask:
		_, err = p.o.Incidents.Reply(ctx, r.Actor, id, subject, text)
		return r.T("reports.done.asked"), err
	case incident.Launch:
		_, err = p.o.Incidents.Investigate(ctx, r.Actor, incident.InvestigationDraft{Report: id, Party: p.recipient(r, a), Subject: subject, Text: text})
		return r.T("reports.done.launched", "to", a.To), err
	case incident.Pass:
		due := ui.Of(ctx).Now.Add(delays["72h"])
		if d, ok := delays[r.PostFormValue("due")]; ok {
			due = ui.Of(ctx).Now.Add(d)
		}
		_, err = p.o.Incidents.Refer(ctx, r.Actor, id, incident.ReferralDraft{To: p.recipient(r, a), Text: text, Reason: reason, Due: due})
		return r.T("reports.done.passed", "to", a.To), err
	case incident.Merge:
		into, err := p.o.Incidents.Report(ctx, r.Actor, strings.TrimSpace(r.PostFormValue("into")))
		if err != nil {
			return "", problem.New(problem.Invalid, "there is no report %q that you may see", r.PostFormValue("into"))
		}
		moved, err := p.o.Incidents.Merge(ctx, r.Actor, into.ID, []string{id}, reason)
		return toldMoved(r, a.Move.name, moved), err
	}
	moved, err := p.several(r, a.Move.name, []string{id})
	return toldMoved(r, a.Move.name, moved), err
}
