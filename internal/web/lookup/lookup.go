// Package lookup is the page on which an address, a network, a name or a number is typed, and all that is known of it comes back: whose it is
// and why, who would be told, what stands there, what was seen, what was said about it, and what is beside it.
//
// Nobody outside is asked by looking something up: it tells nobody that we look. A person may wish that a registry is asked: a form, decided by PAP.
package lookup

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/countermeasure"
	"github.com/firehall/firehall/internal/incident/observable"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/web/shell"
)

// Options is what the page asks.
type Options struct {
	Desk        *desk.Desk
	Observables *observable.Service // nil: nothing is known of incidents
	Incidents   *incident.Service
	Measures    *countermeasure.Service // nil: nothing is known of blocks and take-downs
}

type pages struct {
	Options
	shell *shell.Shell
}

// Register adds the page.
func Register(s *shell.Shell, o Options) {
	p := &pages{o, s}
	s.Handle("GET /lookup", p.show)
	s.Handle("GET "+Events, p.events)
	s.Handle("POST /lookup/registry", p.registry)
	s.Palette(p.find)
}

// view is what the page shows.
type view struct {
	desk.Lookup
	Work  work
	Text  string // as it was typed
	Fault string // why it cannot be answered

	May        bool             // ask a registry
	Registered *desk.Registered // what one answered; nil: none was asked
	Incident   string           // for which it was asked
	Refused    string           // why it was not
}

// show answers. Without a question it is a box and examples; a question that cannot be understood keeps its words.
func (p *pages) show(w http.ResponseWriter, r *shell.Request) error {
	return p.answer(w, r, view{Text: strings.TrimSpace(r.URL.Query().Get("q"))})
}

// registry asks a registry, and answers with all that is known and what it said.
func (p *pages) registry(w http.ResponseWriter, r *shell.Request) error {
	v := view{Text: strings.TrimSpace(r.PostFormValue("q")), Incident: strings.TrimSpace(r.PostFormValue("incident"))}
	got, err := p.Desk.Registered(r.Context(), r.Actor, v.Text, v.Incident)
	switch kind := problem.KindOf(err); {
	case err == nil:
		v.Registered = &got
	case kind == problem.NotFound:
		v.Refused = r.T("lookup.registry.nosuch", "ref", short(v.Incident, 40))
	case kind == problem.Invalid || kind == problem.Unavailable:
		v.Refused = err.Error()
	default:
		return err
	}
	return p.answer(w, r, v)
}

// answer shows what is known of something.
func (p *pages) answer(w http.ResponseWriter, r *shell.Request, v view) error {
	out := shell.Page{Title: r.T("lookup.title"), Section: "lookup"}
	v.May = p.Desk.AsksRegistries() && r.Actor.May(release.OpLookup)
	if v.Text == "" {
		out.Body = whole(v)
		return p.shell.Page(w, r, out)
	}
	var err error
	if v.Work, err = p.work(r, v.Text); err != nil {
		return err
	}
	v.Lookup, err = p.Desk.Lookup(r.Context(), r.Actor, v.Text)
	switch {
	case problem.Is(err, problem.Invalid) && v.Work.Value != "": // no asset, but a CVE, a file or the like
		v.Lookup = desk.Lookup{Asked: v.Work.Value}
		out.Title = r.T("lookup.of", "asked", short(v.Asked, 60))
	case problem.Is(err, problem.Invalid):
		v.Fault, out.Status = err.Error(), http.StatusUnprocessableEntity
		const longest = 300 // of what is written into the box again
		if len(v.Text) > longest {
			v.Text = strings.ToValidUTF8(v.Text[:longest], "")
		}
	case err != nil:
		return err
	default:
		out.Title = r.T("lookup.of", "asked", short(v.Asked, 60))
	}
	out.Body = whole(v)
	return p.shell.Page(w, r, out)
}

// shown is how many events are shown here; the page of events has the others.
const shown = 20

// events gives the newest events of what was asked, and how many there were when. They come after the page, since they are read from the segments.
func (p *pages) events(w http.ResponseWriter, r *shell.Request) error {
	text := r.URL.Query().Get("q")
	rows, err := p.Desk.Rows(r.Context(), r.Actor, desk.RowQuery{Text: text, Fields: columns, Limit: shown})
	if kind := problem.KindOf(err); err != nil && (kind == problem.Invalid || kind == problem.Unavailable) {
		return p.shell.Fragment(w, r, noEvents(err))
	}
	if err != nil {
		return err
	}
	h, err := p.Desk.Histogram(r.Context(), r.Actor, desk.HistogramQuery{Text: text})
	if err != nil {
		h = desk.Histogram{} // the events themselves are there
	}
	return p.shell.Fragment(w, r, eventList(text, rows, h))
}

// find leads to the organisations of a name. What looks like an address or a name of a host, the shell offers by itself.
func (p *pages) find(ctx context.Context, r *shell.Request, q string) ([]shell.Hit, error) {
	hash := strings.ToLower(strings.TrimSpace(q))
	if constituency.Refang(q) != q || isHash(hash) || strings.Contains(q, "@") {
		return []shell.Hit{{Text: q, Note: r.T("lookup.palette"), Href: page(q), Icon: "search", Kind: r.T("lookup.title")}}, nil
	}
	return nil, nil
}

func isHash(s string) bool {
	return (len(s) == 32 || len(s) == 40 || len(s) == 64) && strings.Trim(s, "0123456789abcdef") == ""
}

// page is everything about something.
func page(q string) string { return "/lookup?" + url.Values{"q": {q}}.Encode() }
