// Package printed holds the page on which an incident is printed: for the team, for a constituent, for the public. The browser makes pages of it, each
// with its label; the same document is given as Markdown. What is for outsiders is a draft until it is handed out.
package printed

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/dossier"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/web/incidents/tabs"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/stopped"
	"github.com/firehall/firehall/internal/web/timeline"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// Options is what the page asks.
type Options struct {
	Incidents *incident.Service
	Dossier   *dossier.Service
	Names     func(ctx context.Context, actor identity.Actor) (map[string]string, error) // organisations by id
	Concerned func(ctx context.Context, actor identity.Actor, incident string) ([]string, error)
	People    func(ctx context.Context) (map[string]string, error)
	Stage     func(law, stage, lang string) string // see timeline.Names
}

// page is the handlers of this package.
type page struct {
	*shell.Shell
	o Options
}

// Register adds the page to a shell.
func Register(s *shell.Shell, o Options) {
	if o.Dossier == nil {
		return // a program without the room
	}
	p := &page{s, o}
	s.Handle("GET /incidents/{id}/print", p.show)
	s.Handle("GET /incidents/{id}/print/markdown", p.markdown)
	s.Handle("POST /incidents/{id}/print", p.handOut)
}

// view is the page.
type view struct {
	of        tabs.Of
	doc       dossier.Document
	order     dossier.Order
	handout   string // of which the document is; "" is a draft
	handouts  []dossier.Handout
	choices   []ui.Option // organisations that it may be for
	names     timeline.Names
	may       bool // hand out
	decisions bool // the reader may see what release decided
	form      ui.Form
}

// orderOf reads what is asked for.
func orderOf(v url.Values) dossier.Order {
	o := dossier.Order{Audience: dossier.Audience(v.Get("for")), Organisation: v.Get("org"), To: v.Get("to"), Statement: v.Get("statement")}
	if o.Audience == "" {
		o.Audience = dossier.Team
	}
	if o.Audience != dossier.Constituent {
		o.Organisation = ""
	}
	if o.Audience != dossier.Authority {
		o.To = ""
	}
	return o
}

// document is the draft or the handout that an address names.
func (p *page) document(r *shell.Request, o dossier.Order) (doc dossier.Document, handout string, err error) {
	id := r.PathValue("id")
	if handout = r.URL.Query().Get("handout"); handout != "" {
		doc, err = p.o.Dossier.HandedOut(r.Context(), r.Actor, id, handout)
		return doc, handout, err
	}
	doc, err = p.o.Dossier.Draft(r.Context(), r.Actor, id, o)
	return doc, "", err
}

func (p *page) show(w http.ResponseWriter, r *shell.Request) error {
	return p.page(w, r, view{order: orderOf(r.URL.Query())}, 0)
}

func (p *page) page(w http.ResponseWriter, r *shell.Request, v view, status int) (err error) {
	if v.doc, v.handout, err = p.document(r, v.order); err != nil {
		return err
	}
	v.order.Audience = v.doc.Audience
	v.may, v.decisions = r.Actor.May(dossier.OpHandOut), r.Actor.May(release.OpRead)
	err = p.o.Incidents.Look(r.Context(), r.Actor, dossier.OpPrint, v.doc.ID, func(_ *sqldb.Tx, in *incident.Inside) error {
		v.of = tabs.Inside(in)
		return nil
	})
	if err == nil {
		v.handouts, err = p.o.Dossier.Handouts(r.Context(), r.Actor, v.doc.ID)
	}
	if err == nil {
		v.choices, err = p.choices(r, v.doc.ID, v.order.Organisation)
	}
	if err != nil {
		return err
	}
	v.names.Stage = p.o.Stage
	if p.o.People != nil {
		v.names.People, _ = p.o.People(r.Context()) // without them their accounts stand there
	}
	return p.Page(w, r, shell.Page{
		Title: v.of.Ref + " " + r.T("printed.title"), Section: "incidents", Body: printPage(v), Status: status,
		Crumbs: []ui.Link{{Text: r.T("incidents.title"), Href: "/incidents"}, {Text: v.of.Ref, Href: tabs.Path(v.of.ID, "")}},
	})
}

// choices are the organisations that the incident concerns.
func (p *page) choices(r *shell.Request, id, chosen string) ([]ui.Option, error) {
	if p.o.Concerned == nil || p.o.Names == nil {
		return nil, nil
	}
	names, err := p.o.Names(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	ids, err := p.o.Concerned(r.Context(), r.Actor, id)
	if chosen != "" && !slices.Contains(ids, chosen) {
		ids = append(ids, chosen)
	}
	out := []ui.Option{{Text: r.T("printed.org.none")}}
	for _, id := range ids {
		if names[id] != "" {
			out = append(out, ui.Option{Value: id, Text: names[id], Chosen: id == chosen})
		}
	}
	return out, err
}

// handOut hands the document out, and shows it as it was handed out.
func (p *page) handOut(w http.ResponseWriter, r *shell.Request) error {
	o := orderOf(r.PostForm)
	h, err := p.o.Dossier.HandOut(r.Context(), r.Actor, r.PathValue("id"), o, r.PostFormValue("reason"))
	if problem.Is(err, problem.Invalid) || problem.Is(err, problem.Conflict) {
		return p.page(w, r, view{order: o, form: ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Text: stopped.Words(r.Context(), err)}}}}, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, address(r.PathValue("id"), "", url.Values{"handout": {h.ID}}), r.T("printed.handed"))
}

// markdown gives the document as a file.
func (p *page) markdown(w http.ResponseWriter, r *shell.Request) error {
	doc, handout, err := p.document(r, orderOf(r.URL.Query()))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/markdown; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+fileName(doc)+`"`)
	_, _ = w.Write([]byte(Markdown(r.Context(), doc, timeline.Names{Stage: p.o.Stage}, handout != "" || doc.Audience == dossier.Team))) // the reader may have left
	return nil
}

func fileName(d dossier.Document) string {
	return strings.Map(func(c rune) rune {
		if c < '!' || c > '~' || strings.ContainsRune(`"\/`, c) {
			return '-'
		}
		return c
	}, strings.ToLower(d.Ref)+"-"+string(d.Audience)+".md")
}

// address is where a document is.
func address(id, rest string, v url.Values) string {
	a := tabs.Path(id, "print") + rest
	if len(v) > 0 {
		a += "?" + v.Encode()
	}
	return a
}

// query is what names the document of the page.
func (v *view) query() url.Values {
	if v.handout != "" {
		return url.Values{"handout": {v.handout}}
	}
	q := url.Values{"for": {string(v.order.Audience)}}
	if v.order.Organisation != "" {
		q.Set("org", v.order.Organisation)
	}
	if v.order.To != "" {
		q.Set("to", v.order.To)
	}
	if v.order.Statement != "" {
		q.Set("statement", v.order.Statement)
	}
	return q
}

// draft tells whether the document is for outsiders and was not handed out.
func (v *view) draft() bool { return v.handout == "" && v.doc.Audience != dossier.Team }

// tabsOf lead to the document for each audience.
func tabsOf(ctx context.Context, v *view) (out []ui.Tab) {
	for _, a := range dossier.Audiences() {
		out = append(out, ui.Tab{
			Text: words.T(ctx, "printed.for."+string(a)), Href: address(v.of.ID, "", url.Values{"for": {string(a)}}), Active: v.handout == "" && a == v.doc.Audience,
		})
	}
	return out
}
