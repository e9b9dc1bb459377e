package phone

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// fields are what is typed, and kept in the draft.
var fields = []string{
	"door", "about", "organisation", "name", "phone", "email", "urgent", "kind", "subject", "text", "when", "affected", "impact", "help",
	"police", "peers", "vendor", "provider", "privilege", "exempt", "tlp", "pap", "confidential", "number", "person", "at", "result", "note",
}

// Calling is the form.
type Calling struct {
	Form    ui.Form
	Door    incident.Door
	Saved   time.Time // of the draft; zero: there is none
	Other   bool      // a draft waits, and this is not it
	Numbers []Number
	Hints   *triage.Assessment // nil: nothing is known yet
}

// begin shows the form: with the draft that waits, or filled in from an event or a finding.
func (p *page) begin(w http.ResponseWriter, r *shell.Request) error {
	draft, err := p.o.Drafts.Load(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	c := Calling{Door: incident.Phone, Form: ui.Form{Values: valuesOf(draft.Values)}, Saved: draft.Saved}
	door := incident.Door(r.URL.Query().Get("from"))
	if about := r.URL.Query().Get("about"); p.o.From != nil && about != "" && (door == incident.Event || door == incident.Finding) {
		filled, err := p.o.From(r.Context(), r.Actor, door, about)
		if err != nil {
			return err
		}
		c = Calling{Form: ui.Form{Values: valuesOf(filled)}, Other: !draft.Saved.IsZero()}
		c.Form.Values.Set("door", string(door))
		c.Form.Values.Set("about", about)
	}
	return p.show(w, r, c, http.StatusOK)
}

func valuesOf(m map[string]string) url.Values {
	v := url.Values{}
	for name, text := range m {
		v.Set(name, text)
	}
	return v
}

// typed are the values of the form as it was sent.
func typed(r *shell.Request) map[string]string {
	m := map[string]string{}
	for _, f := range fields {
		if v := r.PostForm.Get(f); strings.TrimSpace(v) != "" {
			m[f] = v
		}
	}
	return m
}

func doorOf(v url.Values) incident.Door {
	if d := incident.Door(v.Get("door")); d == incident.Event || d == incident.Finding {
		return d
	}
	return incident.Phone
}

// show shows the form with what is known of it.
func (p *page) show(w http.ResponseWriter, r *shell.Request, c Calling, status int) error {
	c.Door = doorOf(c.Form.Values)
	if err := p.know(r, &c); err != nil {
		return err
	}
	return p.Page(w, r, shell.Page{
		Title: r.T("phone.title." + string(c.Door)), Section: "reports", Body: formPage(c), Status: status,
		Crumbs: []ui.Link{{Text: r.T("shell.nav.reports"), Href: "/reports"}},
	})
}

// know finds the numbers of the organisation that is named, and what triage would say.
func (p *page) know(r *shell.Request, c *Calling) (err error) {
	if name := strings.TrimSpace(c.Form.Get("organisation")); name != "" && p.o.Numbers != nil {
		if c.Numbers, err = p.o.Numbers(r.Context(), r.Actor, name); err != nil {
			return err
		}
	}
	d := draftOf(c.Form.Values)
	if p.o.Hints == nil || strings.TrimSpace(d.Text+d.Subject+d.Answers.Happened+d.Answers.Affected) == "" {
		return nil
	}
	a, err := p.o.Hints(r.Context(), r.Actor, triage.Report{
		Door: string(d.Door), Received: p.o.Clock.Now(), Subject: d.Subject, Text: d.Text,
		Reporter: triage.Reporter{Name: d.Reporter.Name, Email: d.Reporter.Email, Organisation: d.Reporter.Organisation},
		Answers:  triage.Answers{Urgent: d.Answers.Urgent, Happened: d.Answers.Happened, Affected: d.Answers.Affected, Impact: d.Answers.Impact, Help: d.Answers.Help, Children: d.Answers.Children},
	})
	c.Hints = &a
	return err
}

// draftOf is the report that the form tells of.
func draftOf(v url.Values) incident.Draft {
	on := func(name string) bool { return v.Get(name) == "1" }
	d := incident.Draft{
		Door: doorOf(v), About: v.Get("about"), Subject: v.Get("subject"), Text: v.Get("text"), Confidential: on("confidential"),
		Reporter: incident.Reporter{Name: v.Get("name"), Email: strings.TrimSpace(v.Get("email")), Phone: v.Get("phone"), Organisation: v.Get("organisation")},
		Answers: incident.Answers{
			Urgent: on("urgent"), Happened: v.Get("kind"), When: v.Get("when"), Affected: v.Get("affected"), Impact: v.Get("impact"), Help: v.Get("help"),
			Police: on("police"), Peers: on("peers"), Vendor: on("vendor"), Provider: on("provider"), Privilege: on("privilege"), Exempt: on("exempt"),
			Children: v.Get("kind") == "children",
		},
	}
	d.TLP, d.Answers.PAP = labelOf(v.Get("tlp")), papOf(v.Get("pap"))
	if strings.TrimSpace(d.Subject) == "" {
		line, _, _ := strings.Cut(strings.TrimSpace(d.Text), "\n")
		runes := []rune(line)
		d.Subject = string(runes[:min(len(runes), 100)])
	}
	return d
}

// labelOf is the label that was chosen: none, and what is none, is TLP:AMBER.
func labelOf(text string) tlp.Label {
	if label, err := tlp.Parse(text); err == nil {
		return label
	}
	return tlp.Amber
}

// papOf is what may be done, as it was chosen: none is everything, and what is no choice nothing.
func papOf(text string) tlp.PAP {
	if text == "" {
		return tlp.PAPClear
	}
	p, _ := tlp.ParsePAP(text) // what is no label is read as the strictest
	return p
}

// save keeps the draft while somebody types, and answers with what is known by now.
func (p *page) save(w http.ResponseWriter, r *shell.Request) error {
	if err := p.o.Drafts.Save(r.Context(), r.Actor, typed(r)); err != nil {
		return err
	}
	c := Calling{Form: ui.Form{Values: r.PostForm}, Saved: p.o.Clock.Now()}
	if err := p.know(r, &c); err != nil {
		return err
	}
	return p.Fragment(w, r, known(c))
}

// take does what the button says: keeps the draft and looks, drops it, or makes it a report.
func (p *page) take(w http.ResponseWriter, r *shell.Request) error {
	c := Calling{Form: ui.Form{Values: r.PostForm}}
	switch r.PostForm.Get("do") {
	case "drop":
		if err := p.o.Drafts.Drop(r.Context(), r.Actor); err != nil {
			return err
		}
		return p.Done(w, r, "/reports", r.T("phone.dropped"))
	case "look":
		if err := p.o.Drafts.Save(r.Context(), r.Actor, typed(r)); err != nil {
			return err
		}
		c.Saved = p.o.Clock.Now()
		return p.show(w, r, c, http.StatusOK)
	}
	d := draftOf(r.PostForm)
	d.Key = r.PostForm.Get("key")
	report, err := p.accept(r, d)
	if problem.Is(err, problem.Invalid) {
		c.Form.Wrong = []ui.Wrong{{Field: fieldOf(d), Text: err.Error()}}
		return p.show(w, r, c, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	toast := r.T("phone.taken", "ref", report.Ref)
	if err := p.record(r, report.ID); err != nil {
		toast += " " + r.T("phone.unrecorded", "why", err.Error())
	}
	if report.Code != "" {
		return p.Page(w, r, shell.Page{Title: r.T("phone.code"), Section: "reports", Body: codePage(report)})
	}
	return p.Done(w, r, "/reports/"+report.ID, toast)
}

// accept makes the report, and forgets the draft.
func (p *page) accept(r *shell.Request, d incident.Draft) (incident.Report, error) {
	if strings.TrimSpace(d.Text) == "" {
		return incident.Report{}, problem.New(problem.Invalid, "%s", r.T("phone.wrong.text"))
	}
	report, err := p.o.Incidents.Accept(r.Context(), r.Actor, d)
	if err != nil {
		return report, err
	}
	return report, p.o.Drafts.Drop(r.Context(), r.Actor)
}

// fieldOf is the field that is to blame for a draft that is refused.
func fieldOf(d incident.Draft) string {
	if strings.TrimSpace(d.Text) == "" {
		return "text"
	}
	if d.Reporter.Email != "" {
		return "email"
	}
	return ""
}

// kinds are what can have happened, as the public form has them.
var kinds = []string{
	"phishing", "ransomware", "malware", "account", "website", "intrusion", "ddos", "leak", "fraud", "harassment", "children", "vulnerability", "other",
}
