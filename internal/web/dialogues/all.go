package dialogues

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/web/notes"
	"github.com/firehall/firehall/internal/web/overview"
	"github.com/firehall/firehall/internal/web/several"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

const (
	allPath    = "/investigations"
	allSeveral = allPath + "/-/several"
	allRows    = 50
	mostAll    = 1000 // counted
)

// Whose dialogues are asked for, beside all.
const (
	mine   = "mine"
	nobody = "nobody"
)

// everything is the page with the dialogues of all reports and incidents.
type everything struct {
	turn   incident.Turn
	who    string // mine, nobody, or empty
	text   string
	items  []incident.Talk
	next   core.Cursor
	count  ui.Count
	fault  string
	people map[string]string
	moves  bool
}

// askedAll reads the filter of the URL. What is none of the choices is left out.
func askedAll(v url.Values) (e everything) {
	e.text = strings.TrimSpace(v.Get("q"))
	if t := incident.Turn(v.Get("turn")); slices.Contains(incident.Turns(), t) {
		e.turn = t
	}
	if who := v.Get("who"); who == mine || who == nobody {
		e.who = who
	}
	return e
}

// query is the filter as a URL has it.
func (e *everything) query() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"turn": string(e.turn), "who": e.who, "q": e.text} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

func (e *everything) filter(actor identity.Actor, after string) incident.TalkFilter {
	f := incident.TalkFilter{Turn: e.turn, Nobody: e.who == nobody, Text: e.text, Request: core.Request{After: core.Cursor(after), Limit: allRows}}
	if e.who == mine {
		f.Assignee = actor.ID
	}
	return f
}

func (p *page) all(w http.ResponseWriter, r *shell.Request) error {
	e, status := askedAll(r.URL.Query()), 0
	f := e.filter(r.Actor, r.URL.Query().Get("after"))
	found, err := p.o.Incidents.Talks(r.Context(), r.Actor, f)
	if problem.Is(err, problem.Invalid) {
		e.fault, status = err.Error(), http.StatusUnprocessableEntity
	} else if err != nil {
		return err
	}
	e.items, e.next, e.people, e.moves = found.Items, found.Next, notes.Options{People: p.o.People}.Names(r.Context()), r.Actor.May(incident.OpInvestigate)
	if e.count.None = e.text != ""; !e.count.None && e.fault == "" {
		n, err := p.o.Incidents.CountTalks(r.Context(), r.Actor, f, mostAll)
		if err != nil {
			return err
		}
		e.count.N, e.count.Least = int64(n), n == mostAll
	}
	return p.Page(w, r, shell.Page{Title: r.T("dialogues.all.title"), Section: "dialogues", Body: allPage(e), Status: status})
}

// allTogether does one thing with the dialogues that were chosen in the list of all.
func (p *page) allTogether(w http.ResponseWriter, r *shell.Request) error {
	moved, err := p.change(r, r.PostForm["id"])
	if err != nil {
		return err
	}
	return several.Show(p.Shell, w, r, several.Answer{
		Section: "dialogues", Back: allPath, Done: r.T("dialogues.changed", "n", len(moved.Moved)), Moved: moved, Named: p.named(r),
	})
}

// allFilter is the box above the list, with what is asked most.
func allFilter(ctx context.Context, e *everything) ui.FilterProps {
	keep := e.query()
	keep.Del("q")
	f := ui.FilterProps{Action: allPath, Value: e.text, Label: T(ctx, "dialogues.all.filter"), Hint: T(ctx, "dialogues.all.hint"), Keep: keep, Fault: e.fault, FaultAt: -1}
	for _, one := range []everything{{}, {turn: incident.TurnOurs}, {turn: incident.TurnTheirs}, {who: mine}, {who: nobody}, {turn: incident.TurnOver}} {
		key := "all"
		if one.turn != "" || one.who != "" {
			key = string(one.turn) + one.who
		}
		link := ui.Link{Text: T(ctx, "dialogues.all."+key), Href: allPath}
		if q := one.query(); len(q) > 0 {
			link.Href += "?" + q.Encode()
		}
		f.Presets = append(f.Presets, link)
	}
	return f
}

// allTable is the list.
func allTable(ctx context.Context, e *everything) ui.TableProps {
	t := ui.TableProps{
		ID: "dialogues", Caption: T(ctx, "dialogues.all.title"), Count: e.count, Noun: "dialogues.all.count", Next: e.next, Act: allSeveral,
		Columns: []ui.Column{
			{Title: T(ctx, "dialogues.party"), Main: true},
			{Title: T(ctx, "dialogues.turn")},
			{Title: T(ctx, "dialogues.last")},
			{Title: T(ctx, "dialogues.assignee")},
			{Title: T(ctx, "dialogues.about")},
			{Title: T(ctx, "dialogues.subject"), Wide: true},
		},
		Empty: emptyOf(ctx, e),
	}
	if e.moves {
		t.Actions = actions(ctx, e.people)
	}
	for i := range e.items {
		one := &e.items[i]
		t.Rows = append(t.Rows, ui.Row{ID: one.ID, Href: talkURL(one.Investigation), Label: one.Ref, Cells: []templ.Component{
			partyCell(one), ui.State(T(ctx, turnWords[one.Turn]), turnTones[one.Turn]), ui.Time(one.Last), ui.Text(holder(ctx, e.people, one.Assignee)), aboutCell(one), ui.Text(one.Subject),
		}})
	}
	return t
}

// emptyOf is what the empty list says: that there is nothing, or that the filter hides it.
func emptyOf(ctx context.Context, e *everything) templ.Component {
	if len(e.query()) == 0 {
		return ui.Empty(T(ctx, "dialogues.all.empty.title"), T(ctx, "dialogues.all.empty.text"), ui.Link{Text: T(ctx, "dialogues.all.empty.next"), Href: "/incidents"})
	}
	return ui.Empty(T(ctx, "dialogues.all.none.title"), T(ctx, "dialogues.all.none.text"), ui.Link{Text: T(ctx, "dialogues.all.none.next"), Href: allPath})
}

// aboutURL is the page of the report or the incident that a dialogue is about.
func aboutURL(t *incident.Talk) string {
	if t.Report != "" {
		return "/reports/" + url.PathEscape(t.Report)
	}
	return "/incidents/" + url.PathEscape(t.Incident)
}

// Waiting is the panel of the first page about dialogues in which somebody waits. Who may not read them, or has none, has no panel.
func Waiting(o Options) overview.Slot {
	return func(ctx context.Context, actor identity.Actor) (*overview.Panel, error) {
		if o.Incidents == nil || !actor.May(incident.OpIncidentRead) {
			return nil, nil
		}
		p := &overview.Panel{Title: T(ctx, "dialogues.all.title")}
		some := false
		for _, one := range []everything{{turn: incident.TurnOurs}, {who: mine}, {turn: incident.TurnTheirs}} {
			n, err := o.Incidents.CountTalks(ctx, actor, one.filter(actor, ""), mostAll)
			if err != nil {
				return nil, err
			}
			some = some || n > 0
			p.Figures = append(p.Figures, overview.Figure{N: int64(n), Label: T(ctx, "dialogues.all."+string(one.turn)+one.who), Href: allPath + "?" + one.query().Encode()})
		}
		if !some {
			return nil, nil
		}
		return p, nil
	}
}
