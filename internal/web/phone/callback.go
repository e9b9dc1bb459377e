package phone

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// results are how a call-back can have ended, the good one first.
var results = []string{"confirmed", "denied", "nobody"}

// CallingBack is the form by which a call-back is recorded.
type CallingBack struct {
	Report  incident.Report
	Form    ui.Form
	Numbers []Number
}

// back shows the form for a call-back, with the registered numbers of whom the report names.
func (p *page) back(w http.ResponseWriter, r *shell.Request) error {
	return p.backPage(w, r, ui.Form{Values: url.Values{}}, http.StatusOK)
}

func (p *page) backPage(w http.ResponseWriter, r *shell.Request, f ui.Form, status int) (err error) {
	c := CallingBack{Form: f}
	if c.Report, err = p.o.Incidents.Report(r.Context(), r.Actor, r.PathValue("id")); err != nil {
		return err
	}
	if name := strings.TrimSpace(c.Report.Reporter.Organisation); name != "" && p.o.Numbers != nil {
		if c.Numbers, err = p.o.Numbers(r.Context(), r.Actor, name); err != nil {
			return err
		}
	}
	return p.Page(w, r, shell.Page{
		Title: r.T("phone.back.title"), Section: "reports", Body: backPage(c), Status: status,
		Crumbs: []ui.Link{{Text: r.T("shell.nav.reports"), Href: "/reports"}, {Text: c.Report.Ref, Href: "/reports/" + c.Report.ID}},
	})
}

// called records a call-back of a report that is there.
func (p *page) called(w http.ResponseWriter, r *shell.Request) error {
	err := problem.New(problem.Invalid, "%s", r.T("phone.wrong.result"))
	if r.PostForm.Get("result") != "" {
		err = p.record(r, r.PathValue("id"))
	}
	if problem.Is(err, problem.Invalid) {
		return p.backPage(w, r, ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Field: "number", Text: err.Error()}}}, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, "/reports/"+r.PathValue("id"), r.T("phone.back.done"))
}

// record notes the call-back that the form tells of: which number was rung, who answered, when and with what result. Only one that confirmed who
// called makes the report verified; of none that was made nothing is noted.
func (p *page) record(r *shell.Request, id string) error {
	v := r.PostForm
	result := v.Get("result")
	if result == "" {
		return nil
	}
	at := strings.TrimSpace(v.Get("at"))
	if at == "" {
		at = p.o.Clock.Now().In(r.Zone()).Format("2006-01-02 15:04")
	}
	what := r.T("phone.result."+result) + ", " + at
	if note := strings.TrimSpace(v.Get("note")); note != "" {
		what += ": " + note
	}
	if result == "confirmed" {
		return p.o.Incidents.CallBack(r.Context(), r.Actor, id, incident.CallBack{Number: v.Get("number"), Person: v.Get("person"), Note: what})
	}
	_, err := p.o.Incidents.AddNote(r.Context(), r.Actor, id, r.T("phone.result.note", "number", v.Get("number"), "person", v.Get("person"), "what", what))
	return err
}
