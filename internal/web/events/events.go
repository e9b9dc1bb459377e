// Package events is the page of events: a box for a query, how many events there were when, the most frequent values of any field, and the
// events themselves.
//
// The whole question stands in the URL, so a page can be sent to a colleague. What takes longest (the histogram, the breakdown) comes after the
// page, each by itself. A question that costs too much is cut off, says so kindly, and ends when its reader leaves.
package events

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/sharing/give"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// Options is what the page asks.
type Options struct {
	Desk *desk.Desk
	// MostRows is how many rows an answer may have; an export of more is refused rather than cut. 0: no bound is known.
	MostRows int64
	// STIX gives the newest events of a query as a bundle, so many at most. nil: events do not leave as STIX from here.
	STIX func(ctx context.Context, actor identity.Actor, query string, most int) (give.Events, error)
}

type pages struct {
	Options
	shell *shell.Shell
}

// Register adds the pages.
func Register(s *shell.Shell, o Options) {
	p := &pages{o, s}
	s.Handle("GET /events", p.list)
	s.Handle("GET /events/complete", p.complete)
	s.Handle("GET /events/help", p.help)
	s.Handle("GET /events/histogram", p.histogram)
	s.Handle("GET /events/breakdown", p.breakdown)
	s.Handle("POST /events/long", p.askLong)
	s.Handle("GET /events/long/{id}", p.long)
	s.Handle("GET /events/long/{id}/live", p.liveLong)
	s.Handle("POST /events/long/{id}/cancel", p.cancelLong)
	s.Handle("GET /events/one", p.one)
	s.Handle("GET /events/export", p.export)
	s.Handle("POST /events/saved", p.save)
	s.Handle("POST /events/saved/{id}/forget", p.forget)
	s.Palette(p.find)
}

// question is what the URL asks.
type question struct {
	Text  string
	Cols  []string
	By    string // field of the breakdown
	After page.Cursor
	Rows  int
}

// The limits of a URL.
const (
	mostCols = 24
	maxName  = 100 // bytes of a field's name
	rowsUsed = 50
)

// usual are the columns that a list shows where the URL names none.
var usual = []string{
	event.FieldTime, event.FieldType, event.FieldIdentifier, event.FieldSourceIP, event.FieldSourcePort, event.FieldSourceASN, event.FieldSourceCC,
	event.FieldOrganisation, event.FieldFeed,
}

func questionOf(v url.Values) question {
	q := question{Text: strings.TrimSpace(v.Get("q")), By: nameOf(v.Get("by")), After: page.Cursor(v.Get("after")), Rows: rowsUsed}
	for _, list := range v["cols"] {
		for _, c := range strings.Split(list, ",") {
			c = nameOf(strings.TrimSpace(c))
			if c != "" && !slices.Contains(q.Cols, c) && len(q.Cols) < mostCols {
				q.Cols = append(q.Cols, c)
			}
		}
	}
	if len(q.Cols) == 0 {
		q.Cols = usual
	}
	if q.By == "" {
		q.By = "class"
	}
	return q
}

// nameOf is the name of a field, as the vocabulary knows it; "" for what is none.
func nameOf(name string) string {
	if len(name) > maxName {
		return ""
	}
	if _, ok := query.Lookup(name); !ok {
		return ""
	}
	return name
}

// url gives the page with another question.
func (q question) url() string { return "/events?" + q.values().Encode() }

func (q question) values() url.Values {
	v := url.Values{}
	if q.Text != "" {
		v.Set("q", q.Text)
	}
	if !slices.Equal(q.Cols, usual) {
		v.Set("cols", strings.Join(q.Cols, ","))
	}
	if q.By != "class" {
		v.Set("by", q.By)
	}
	return v
}

// part gives the URL of a part of the page.
func (q question) part(path string) string {
	if v := q.values(); len(v) > 0 {
		return path + "?" + v.Encode()
	}
	return path
}

// list shows the page. What cannot be asked is said beside the question; the page stays.
func (p *pages) list(w http.ResponseWriter, r *shell.Request) error {
	q := questionOf(r.URL.Query())
	v := view{question: q, FaultAt: -1}
	var err error
	if v.Saved, err = p.Desk.SavedQueries(r.Context(), r.Actor, desk.SavedEvents); err != nil {
		return err
	}
	v.Page, err = p.Desk.Rows(r.Context(), r.Actor, desk.RowQuery{Text: q.Text, Fields: wanted(q.Cols), Limit: q.Rows, Cursor: string(q.After)})
	if !v.failed(err) {
		return err
	}
	v.Me = r.Actor.ID
	return p.shell.Page(w, r, shell.Page{Title: r.T("events.title"), Section: "events", Body: whole(v), Status: v.Status})
}

// wanted are the columns to be read: those shown, and those by which an event is found again.
func wanted(cols []string) []string {
	out := slices.Clone(cols)
	for _, f := range identifying {
		if !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}

// view is what the page shows.
type view struct {
	question
	Page    desk.EventPage
	Saved   []desk.Saved
	Me      string
	Fault   string // what is wrong with the query
	FaultAt int    // where, in characters from 0
	Trouble string // why there is no answer, when the query is right
	Status  int
}

// failed takes what a reader can mend by asking something else; false for other errors.
func (v *view) failed(err error) bool {
	if err == nil {
		return true
	}
	if at, what, ok := query.Place(err); ok {
		v.Fault, v.FaultAt, v.Status = what, at-1, http.StatusUnprocessableEntity
		return true
	}
	switch problem.KindOf(err) {
	case problem.Invalid:
		v.Trouble, v.Status = err.Error(), http.StatusUnprocessableEntity
	case problem.Unavailable:
		v.Trouble, v.Status = err.Error(), http.StatusServiceUnavailable
	default:
		return false
	}
	return true
}

// columns are the columns shown, with their places in the answer.
func (v view) columns() (cols []desk.EventColumn, at []int) {
	for _, name := range v.Cols {
		if i := slices.IndexFunc(v.Page.Columns, func(c desk.EventColumn) bool { return c.Name == name }); i >= 0 {
			cols, at = append(cols, v.Page.Columns[i]), append(at, i)
		}
	}
	return cols, at
}

// complete answers the box.
func (p *pages) complete(w http.ResponseWriter, r *shell.Request) error {
	text := r.FormValue("q")
	list, err := p.Desk.CompleteEvents(r.Context(), r.Actor, text, placeOf(r.FormValue("at"), text))
	if err != nil {
		return err
	}
	out := make([]ui.Completion, len(list))
	for i, s := range list {
		out[i] = ui.Completion{Insert: s.Insert, From: s.From, To: s.To, Label: s.Label, Note: s.Note}
	}
	return p.shell.Fragment(w, r, ui.Completions(out))
}

// find offers the palette's text as a question about events.
func (p *pages) find(ctx context.Context, r *shell.Request, q string) ([]shell.Hit, error) {
	saved, err := p.Desk.SavedQueries(ctx, r.Actor, desk.SavedEvents)
	if err != nil {
		return nil, err
	}
	var hits []shell.Hit
	for _, s := range saved {
		if q != "" && strings.Contains(strings.ToLower(s.Name), strings.ToLower(q)) {
			hits = append(hits, shell.Hit{Text: s.Name, Note: s.Query, Href: question{Text: s.Query, Cols: usual, By: "class"}.url(), Icon: "bookmark", Kind: r.T("events.palette.saved")})
		}
	}
	if name, _, ok := strings.Cut(q, ":"); ok && nameOf(strings.TrimPrefix(name, "-")) != "" {
		hits = append(hits, shell.Hit{Text: q, Href: question{Text: q, Cols: usual, By: "class"}.url(), Icon: "search", Kind: r.T("events.palette.query")})
	}
	return hits, nil
}
