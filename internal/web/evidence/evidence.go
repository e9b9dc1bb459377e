// Package evidence holds the pages of the files that an incident keeps: the tab with all of them, and one with its chain of custody, which prints. No file is
// shown in a page: it is given out as an archive, on record, to somebody who is named.
package evidence

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	vault "github.com/firehall/firehall/internal/incident/evidence"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/web/incidents/tabs"
	"github.com/firehall/firehall/internal/web/notes"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/stopped"
	"github.com/firehall/firehall/internal/web/ui"
)

// Known is something of our own that holds a digest of a file.
type Known struct {
	Text string // the value, or what it is called
	Href string
}

// Options is what the pages ask.
type Options struct {
	Incidents *incident.Service
	People    func(ctx context.Context) (map[string]string, error) // names of accounts by id; nil: unknown
	// Elsewhere looks digests up among the observables that the actor sees; nil: nowhere.
	Elsewhere func(ctx context.Context, actor identity.Actor, digests []string) ([]Known, error)
	// Events is where the events of a query are counted and listed, as a part of a page; "": nowhere.
	Events string
}

// page is the handlers of this package.
type page struct {
	*shell.Shell
	o Options
}

const tab = "evidence"

// formRoom is for what stands around an uploaded file, in bytes.
const formRoom = 1 << 20

// Register adds the pages to a shell.
func Register(s *shell.Shell, o Options) {
	if o.Incidents == nil {
		return // a program without the room
	}
	p := &page{s, o}
	s.Handle("GET /incidents/{id}/evidence", p.tab)
	s.Handle("POST /incidents/{id}/evidence", p.add, shell.Body(incident.MaxFile+formRoom))
	s.Handle("POST /incidents/{id}/evidence/several", p.together)
	s.Handle("GET /incidents/{id}/evidence/{item}", p.one)
	s.Handle("POST /incidents/{id}/evidence/{item}/export", p.export)
	s.Handle("POST /incidents/{id}/evidence/{item}/mark", p.mark)
}

// list is the tab.
type list struct {
	of    tabs.Of
	items []vault.Item
	form  ui.Form
	may   bool // add, and mark
	gives bool // out
}

func (p *page) tab(w http.ResponseWriter, r *shell.Request) error { return p.show(w, r, ui.Form{}, 0) }

func (p *page) show(w http.ResponseWriter, r *shell.Request, f ui.Form, status int) error {
	in, items, err := p.o.Incidents.EvidenceOf(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	l := list{of: tabs.Inside(in), items: items, form: f, may: r.Actor.May(incident.OpEvidenceAdd), gives: r.Actor.May(incident.OpEvidenceExport)}
	return p.Page(w, r, shell.Page{Title: in.Ref + " " + r.T("tabs.evidence"), Section: "incidents", Crumbs: crumbs(r, l.of), Body: listPage(l), Status: status})
}

func crumbs(r *shell.Request, of tabs.Of) []ui.Link {
	return []ui.Link{{Text: r.T("incidents.title"), Href: "/incidents"}, {Text: of.Ref, Href: tabs.Path(of.ID, "")}}
}

// add takes a file in: the fields of the form stand before it, so that it goes into the vault as it comes.
func (p *page) add(w http.ResponseWriter, r *shell.Request) error {
	parts, err := r.MultipartReader()
	if err != nil {
		return problem.Wrap(problem.Invalid, err, "%s", r.T("evidence.wrong.form"))
	}
	typed := url.Values{}
	item, err := p.receive(r, parts, typed)
	if problem.Is(err, problem.Invalid) {
		return p.show(w, r, ui.Form{Values: typed, Wrong: []ui.Wrong{{Field: "file", Text: err.Error()}}}, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, itemURL(r.PathValue("id"), item.ID), r.T("evidence.added"))
}

// maxField bounds a field of the form, in bytes.
const maxField = 4 << 10

func (p *page) receive(r *shell.Request, parts *multipart.Reader, typed url.Values) (item vault.Item, err error) {
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return item, problem.New(problem.Invalid, "%s", r.T("evidence.wrong.file"))
		}
		if err != nil {
			return item, problem.Wrap(problem.Invalid, err, "%s", r.T("evidence.wrong.form"))
		}
		if part.FormName() == "file" && part.FileName() != "" {
			return p.o.Incidents.AddEvidence(r.Context(), r.Actor, r.PathValue("id"), incident.File{Name: part.FileName(), MediaType: part.Header.Get("Content-Type"), Body: part}, intake(r, typed))
		}
		text, err := io.ReadAll(io.LimitReader(part, maxField))
		if err != nil {
			return item, problem.Wrap(problem.Invalid, err, "%s", r.T("evidence.wrong.form"))
		}
		typed.Add(part.FormName(), string(text))
	}
}

func intake(r *shell.Request, v url.Values) incident.Intake {
	return incident.Intake{
		Source:    vault.Source{How: v.Get("how"), Who: v.Get("who"), Collected: notes.When(r.Context(), v.Get("collected"))},
		Malicious: v.Get("malicious") == "1", Reason: v.Get("reason"),
	}
}

// one is the page of one item.
type one struct {
	incident.Shown
	of     tabs.Of
	known  []Known
	events string // asks for the events with one of its digests
	path   string // where
	people map[string]string
	form   ui.Form
	may    bool // export
	marks  bool
}

func (p *page) one(w http.ResponseWriter, r *shell.Request) error {
	return p.exhibit(w, r, ui.Form{}, 0)
}

func (p *page) exhibit(w http.ResponseWriter, r *shell.Request, f ui.Form, status int) error {
	in, items, err := p.o.Incidents.EvidenceOf(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	if !holds(items, r.PathValue("item")) {
		return problem.New(problem.NotFound, "there is no such file")
	}
	shown, err := p.o.Incidents.Exhibit(r.Context(), r.Actor, r.PathValue("item"))
	if err != nil {
		return err
	}
	o := one{Shown: shown, of: tabs.Inside(in), people: notes.Options{People: p.o.People}.Names(r.Context()), form: f}
	o.may = r.Actor.May(incident.OpEvidenceExport) && !shown.Quarantined && !shown.Erased
	o.marks = r.Actor.May(incident.OpEvidenceAdd) && !shown.Quarantined && !shown.Erased
	if o.known, err = p.elsewhere(r, shown); err != nil {
		return err
	}
	if p.o.Events != "" && r.Actor.May(desk.OpQuery) {
		o.events, o.path = eventsWith(&shown.Item), p.o.Events
	}
	links := append(crumbs(r, o.of), ui.Link{Text: r.T("tabs.evidence"), Href: tabs.Path(o.of.ID, tab)})
	return p.Page(w, r, shell.Page{Title: shown.Name, Section: "incidents", Crumbs: links, Body: onePage(o), Status: status})
}

func holds(items []vault.Item, id string) bool {
	for _, i := range items {
		if i.ID == id {
			return true
		}
	}
	return false
}

// elsewhere looks the item's digests up in our own data.
func (p *page) elsewhere(r *shell.Request, s incident.Shown) (list []Known, err error) {
	for _, same := range s.Same {
		list = append(list, Known{Text: r.T("evidence.same", "ref", same.Ref), Href: "/lookup?" + url.Values{"q": {same.Ref}}.Encode()})
	}
	if p.o.Elsewhere == nil || s.SHA256 == "" {
		return list, nil
	}
	more, err := p.o.Elsewhere(r.Context(), r.Actor, []string{s.SHA256, s.SHA1, s.MD5})
	for _, k := range more {
		k.Text = r.T("evidence.observable", "value", k.Text)
		list = append(list, k)
	}
	return list, err
}

// eventsWith asks for the events that name a digest of an item, as a feed of malware does.
func eventsWith(i *vault.Item) string {
	var terms []string
	for _, digest := range []string{i.SHA256, i.SHA1, i.MD5} {
		if digest != "" {
			terms = append(terms, "hash:"+digest)
		}
	}
	return strings.Join(terms, " or ")
}

// eventsPart is where the item's events are counted and listed.
func eventsPart(o one) string { return o.path + "?" + url.Values{"q": {o.events}}.Encode() }

// takers are what somebody may be who gets a file.
func takers(ctx context.Context, chosen string) (out []ui.Option) {
	for _, a := range incident.TakerAudiences() {
		out = append(out, ui.Option{Value: string(a), Text: T(ctx, "evidence.for."+string(a)), Chosen: string(a) == chosen || chosen == "" && a == release.Party})
	}
	return out
}

// export gives the item out, as a file that no browser opens. To whom and why is on record before.
func (p *page) export(w http.ResponseWriter, r *shell.Request) error {
	name, write, err := p.o.Incidents.ExportEvidence(r.Context(), r.Actor, r.PathValue("item"), handing(r, r.PostFormValue("reason")))
	if problem.Is(err, problem.Invalid) || problem.Is(err, problem.Conflict) {
		return p.exhibit(w, r, ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Field: "to", Text: stopped.Words(r.Context(), err)}}}, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	send(w, name, write)
	return nil
}

// handing reads to whom something is given, and why.
func handing(r *shell.Request, why string) incident.Handing {
	return incident.Handing{
		For: release.Audience(r.PostFormValue("for")), To: r.PostFormValue("to"), Reason: why, Recipient: strings.TrimSpace(r.PostFormValue("recipient")),
	}
}

// send answers with an archive.
func send(w http.ResponseWriter, name string, write func(io.Writer) error) {
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	if err := write(w); err != nil {
		panic(http.ErrAbortHandler) // the answer has begun: it must not look whole
	}
}

func (p *page) mark(w http.ResponseWriter, r *shell.Request) error {
	err := p.o.Incidents.MarkEvidence(r.Context(), r.Actor, r.PathValue("item"), r.PostFormValue("malicious") == "1", r.PostFormValue("reason"))
	if problem.Is(err, problem.Invalid) || problem.Is(err, problem.Conflict) {
		return p.exhibit(w, r, ui.Form{Wrong: []ui.Wrong{{Text: err.Error()}}}, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, itemURL(r.PathValue("id"), r.PathValue("item")), r.T("evidence.marked"))
}

func itemURL(id, item string) string { return tabs.Path(id, tab) + "/" + url.PathEscape(item) }
