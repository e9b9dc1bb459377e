// Package dialogues holds the pages of the correspondence: the dialogues with the parties of an incident, a letter to several of them at once, of whom
// none learns of another, each message as it was sent, and the dialogues of all reports and incidents.
package dialogues

import (
	"context"
	"net/http"
	"strings"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/letters"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/web/incidents/tabs"
	"github.com/firehall/firehall/internal/web/notes"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/stopped"
	"github.com/firehall/firehall/internal/web/ui"
)

// Options is what the pages ask.
type Options struct {
	Incidents *incident.Service
	Delivery  *delivery.Service                                                          // nil: nothing is sent
	People    func(ctx context.Context) (map[string]string, error)                       // names of accounts by id; nil: unknown
	Names     func(ctx context.Context, actor identity.Actor) (map[string]string, error) // of organisations by id; nil: unknown
	Contacts  func(ctx context.Context, actor identity.Actor, organisation string) ([]constituency.Contact, error)
	Team      string
}

// page is the handlers of this package.
type page struct {
	*shell.Shell
	o Options
}

const tab = "dialogues"

// Register adds the pages to a shell.
func Register(s *shell.Shell, o Options) {
	if o.Incidents == nil {
		return // a program without the room
	}
	p := &page{s, o}
	s.Handle("GET /incidents/{id}/dialogues", p.list)
	s.Handle("GET /incidents/{id}/dialogues/new", p.fresh)
	s.Handle("POST /incidents/{id}/dialogues", p.write)
	s.Handle("POST /incidents/{id}/dialogues/several", p.together)
	s.Handle("GET /investigations/{id}/messages/{message}", p.sent)
	s.Handle("GET "+allPath, p.all)
	s.Handle("POST "+allSeveral, p.allTogether)
}

// listView is the list of dialogues.
type listView struct {
	of     tabs.Of
	list   []incident.Investigation
	may    bool // write
	moves  bool // move and assign
	people map[string]string
}

func (p *page) list(w http.ResponseWriter, r *shell.Request) error {
	in, list, err := p.o.Incidents.Dialogues(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	v := listView{of: tabs.Inside(&in), list: list, moves: r.Actor.May(incident.OpInvestigate), people: notes.Options{People: p.o.People}.Names(r.Context())}
	v.may = v.moves && in.Stage == incident.StageOpen
	return p.Page(w, r, shell.Page{Title: in.Ref + " " + r.T("tabs.dialogues"), Section: "incidents", Crumbs: crumbs(r, v.of), Body: listPage(v)})
}

func crumbs(r *shell.Request, of tabs.Of) []ui.Link {
	return []ui.Link{{Text: r.T("incidents.title"), Href: "/incidents"}, {Text: of.Ref, Href: tabs.Path(of.ID, "")}}
}

// letterView is the page where a letter is written.
type letterView struct {
	of       tabs.Of
	form     ui.Form
	contacts []contact // to choose from
	drafts   map[string]incident.Typed
	outlook  *incident.Outlook // what would leave; nil while it is written
	names    map[string]string // of organisations
	text     string            // a shipped one, to begin with
}

// contact is one to whom it can be written.
type contact struct {
	constituency.Contact
	name string // of the organisation
}

// fresh shows the form, with a shipped text if the reader chose one.
func (p *page) fresh(w http.ResponseWriter, r *shell.Request) error {
	q := r.URL.Query()
	if r.Actor.May(incident.OpInvestigate) {
		return p.letter(w, r, letterView{text: q.Get("text"), form: ui.Form{Values: q}}, 0)
	}
	return r.Actor.Authorise(incident.OpInvestigate, r.PathValue("id"))
}

func (p *page) letter(w http.ResponseWriter, r *shell.Request, v letterView, status int) error {
	in, _, err := p.o.Incidents.Dialogues(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	v.of = tabs.Inside(&in)
	if err := p.begin(r, &in, &v); err != nil {
		return err
	}
	if p.o.Names != nil {
		if v.names, err = p.o.Names(r.Context(), r.Actor); err != nil {
			return err
		}
	}
	if v.contacts, err = p.contacts(r, in.ID, v.names); err != nil {
		return err
	}
	if r.Actor.May(incident.OpDraft) {
		if v.drafts, err = p.o.Incidents.Drafts(r.Context(), r.Actor, in.ID); err != nil {
			return err
		}
	}
	at := append(crumbs(r, v.of), ui.Link{Text: r.T("tabs.dialogues"), Href: tabs.Path(in.ID, tab)})
	return p.Page(w, r, shell.Page{Title: in.Ref + " " + r.T("dialogues.new"), Section: "incidents", Crumbs: at, Body: letterPage(v), Status: status})
}

// begin puts a shipped text into a form that has none yet.
func (p *page) begin(r *shell.Request, in *incident.Inside, v *letterView) error {
	if v.text == "" {
		return nil
	}
	subject, text, err := letters.Text(language(r), v.text)
	if err != nil {
		return err
	}
	values := map[string]string{"ref": in.Ref, "tlp": in.TLP.String(), "me": r.Actor.Name, "team": p.o.Team}
	v.form.Values.Set("subject", letters.Fill(subject, values))
	v.form.Values.Set("text", letters.Fill(text, values))
	return nil
}

// language is that of the text which the reader chose, or else the reader's.
func language(r *shell.Request) string {
	if l := r.URL.Query().Get("lang"); l != "" {
		return l
	}
	return string(r.Lang)
}

// mostContacts bounds how many are offered: others are named by their address.
const mostContacts = 60

// contacts are the mailboxes of the organisations that the incident concerns.
func (p *page) contacts(r *shell.Request, name string, names map[string]string) (out []contact, err error) {
	if p.o.Contacts == nil {
		return nil, nil
	}
	concerned, err := p.o.Incidents.ConcernedBy(r.Context(), r.Actor, name)
	if err != nil {
		return nil, err
	}
	for _, org := range concerned {
		list, err := p.o.Contacts(r.Context(), r.Actor, org)
		if problem.Is(err, problem.NotFound) {
			continue // it left the register
		}
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			if c.Channel == constituency.Mail && c.Usable() && len(out) < mostContacts {
				out = append(out, contact{c, ui.Who(names, org)})
			}
		}
	}
	return out, nil
}

// outgoing reads what somebody wrote: contacts by their ids, and others one a line, as "Name <address>" or the address alone.
func outgoing(r *shell.Request, contacts []contact) incident.Outgoing {
	d := incident.Outgoing{Subject: r.PostFormValue("subject"), Text: r.PostFormValue("text"), Need: r.PostFormValue("need")}
	for _, id := range r.PostForm["contact"] {
		p := incident.Party{Contact: id, Name: id}
		for _, c := range contacts {
			if c.ID == id {
				p.Name, p.Email = c.name, c.Address
			}
		}
		d.Parties = append(d.Parties, p)
	}
	for _, line := range strings.Split(r.PostFormValue("to"), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			p := party(line)
			p.As = release.Audience(r.PostFormValue("as"))
			d.Parties = append(d.Parties, p)
		}
	}
	return d
}

// party reads a line.
func party(line string) incident.Party {
	name, rest, ok := strings.Cut(line, "<")
	if !ok {
		return incident.Party{Name: line, Email: line}
	}
	p := incident.Party{Name: strings.Trim(strings.TrimSpace(name), `"`), Email: strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), ">"))}
	if p.Name == "" {
		p.Name = p.Email
	}
	return p
}

// write shows what would leave, and sends it when the reader says so.
func (p *page) write(w http.ResponseWriter, r *shell.Request) error {
	v := letterView{form: ui.Form{Values: r.PostForm}}
	if r.PostFormValue("step") == "change" {
		return p.letter(w, r, v, 0)
	}
	var names map[string]string
	if p.o.Names != nil {
		var err error
		if names, err = p.o.Names(r.Context(), r.Actor); err != nil {
			return err
		}
	}
	contacts, err := p.contacts(r, r.PathValue("id"), names)
	if err != nil {
		return err
	}
	d := outgoing(r, contacts)
	if r.PostFormValue("step") == "send" {
		list, err := p.o.Incidents.WriteToAll(r.Context(), r.Actor, r.PathValue("id"), d)
		return p.went(w, r, d, len(list), err)
	}
	o, err := p.o.Incidents.Foresee(r.Context(), r.Actor, r.PathValue("id"), d)
	if refused(err) {
		v.form.Wrong = []ui.Wrong{{Text: stopped.Words(r.Context(), err)}}
		return p.letter(w, r, v, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	v.outlook = &o
	return p.letter(w, r, v, 0)
}

func refused(err error) bool {
	return problem.Is(err, problem.Invalid) || problem.Is(err, problem.Conflict) || problem.Is(err, problem.Unavailable)
}

// went goes on after a letter was sent, or shows again what could not be.
func (p *page) went(w http.ResponseWriter, r *shell.Request, d incident.Outgoing, n int, err error) error {
	if refused(err) {
		v := letterView{form: ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Text: stopped.Words(r.Context(), err)}}}}
		if o, err := p.o.Incidents.Foresee(r.Context(), r.Actor, r.PathValue("id"), d); err == nil {
			v.outlook = &o
		}
		return p.letter(w, r, v, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	if r.Actor.May(incident.OpDraft) {
		if err := p.o.Incidents.DropDraft(r.Context(), r.Actor, r.PathValue("id"), "letter"); err != nil {
			return err
		}
	}
	return p.Done(w, r, tabs.Path(r.PathValue("id"), tab), r.T("dialogues.sent", "n", n))
}
