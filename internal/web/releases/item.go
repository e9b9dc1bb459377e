package releases

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/web/notes"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/stopped"
	"github.com/firehall/firehall/internal/web/ui"
)

// Item is the page of what may be told of one thing, and of who was told.
type Item struct {
	Kind, ID, Name string // Name: as people call it
	Of             release.Item
	Copies         []release.Copy
	Decisions      []release.Decision
	Schedule       release.Schedule
	Wish           release.Wish
	Label          tlp.Label          // in force
	Stands         []release.Decision // by which something shared stands in collections
	About          About
	To             string            // whom the reader asks about, as typed
	Unknown        string            // why nothing is known of them
	Explained      *release.Decision // what they would be told
	Names          map[string]string
	May            map[string]bool // of the moves of this page
	Review         time.Time       // of the schedule, if it is to come: one that is over asks for another
	Form           ui.Form
	Reached        []release.Reached // of a correction that was just sent
}

// The moves of the page.
const (
	moveRelax   = "relax"
	moveAsk     = "ask"
	moveCorrect = "correct"
	moveReceive = "receive"
	moveWish    = "wish"
)

// shownDecisions is how many decisions the page of an item shows.
const shownDecisions = 20

func (p *page) itemView(r *shell.Request) (i Item, err error) {
	i = Item{Kind: r.PathValue("kind"), ID: r.PathValue("id")}
	if i.Of, err = p.o.Release.ItemOf(r.Context(), r.Actor, i.ID); err != nil {
		return i, err
	}
	if i.Of.Kind != i.Kind {
		return i, problem.New(problem.NotFound, "there is no such item")
	}
	if i.Copies, err = p.o.Release.Holders(r.Context(), r.Actor, i.Of.Kind, i.Of.ID); err != nil {
		return i, err
	}
	if i.Decisions, err = p.o.Release.Decisions(r.Context(), r.Actor, release.Filter{Kind: i.Of.Kind, ID: i.Of.ID, Limit: shownDecisions}); err != nil {
		return i, err
	}
	if i.About, err = p.about(r, i.Of.Kind, i.Of.ID); err != nil {
		return i, err
	}
	if p.o.Stands != nil {
		if i.Stands, err = p.o.Stands(r.Context(), r.Actor, i.Of); err != nil {
			return i, err
		}
	}
	if err := p.explain(r, &i); err != nil {
		return i, err
	}
	if i.Schedule, err = p.o.Release.ScheduleOf(r.Context(), r.Actor, i.Of); err != nil {
		return i, err
	}
	if i.Schedule.Review.After(ui.Of(r.Context()).Now) {
		i.Review = i.Schedule.Review
	}
	if i.Wish, i.Of, err = p.o.Release.Wish(r.Context(), r.Actor, i.Of); err != nil {
		return i, err
	}
	if i.Label, _, err = p.o.Release.Effective(r.Context(), r.Actor, i.Of); err != nil {
		return i, err
	}
	i.May = map[string]bool{
		moveRelax: r.Actor.May(release.OpSchedule) && i.scheduled(), moveAsk: r.Actor.May(release.OpAsk) && (i.Of.Source != "" || i.Of.Terms.Feed != "") && i.Label > tlp.Clear,
		moveCorrect: r.Actor.May(release.OpCorrect) && i.held(), moveReceive: r.Actor.May(release.OpReceive), moveWish: r.Actor.May(release.OpMark) && i.wished(),
	}
	i.Names, err = p.o.Names(r.Context(), r.Actor)
	return i, err
}

// scheduled tells whether an item has a label of its own, or that of its feed: then what is recorded counts for all that the feed brings.
func (i *Item) scheduled() bool { return i.reported() || i.Kind == "object" || i.Of.Terms.Feed != "" }

// wished tells whether marks, PAP and policies are kept of it.
func (i *Item) wished() bool { return i.scheduled() }

// reported tells whether it may have a reporter, who has consents to give.
func (i *Item) reported() bool { return i.Kind == "report" || i.Kind == "incident" }

// base is the label from which its steps go down.
func (i *Item) base() tlp.Label {
	if i.Schedule.Version > 0 {
		return max(i.Schedule.Base, i.Of.Terms.Label)
	}
	return i.Of.Terms.Label
}

// held tells whether somebody has a copy, or will.
func (i *Item) held() bool {
	for _, c := range i.Copies {
		if c.Reached || c.Unsent {
			return true
		}
	}
	return false
}

func (p *page) item(w http.ResponseWriter, r *shell.Request) error {
	i, err := p.itemView(r)
	if err != nil {
		return err
	}
	return p.showItem(w, r, i, 0)
}

func (p *page) showItem(w http.ResponseWriter, r *shell.Request, i Item, status int) error {
	crumbs := []ui.Link{{Text: r.T("releases.title"), Href: path}}
	return p.Page(w, r, shell.Page{Title: r.T("releases.item"), Section: "releases", Crumbs: crumbs, Body: itemPage(i), Status: status})
}

// do makes one of the moves. What is missing brings the form again, with all that was typed.
func (p *page) do(w http.ResponseWriter, r *shell.Request) error {
	i, err := p.itemView(r)
	if err != nil {
		return err
	}
	said, err := p.move(r, &i, r.PostFormValue("do"))
	switch {
	case problem.Is(err, problem.Invalid), problem.Is(err, problem.Conflict):
		i.Form = ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Text: stopped.Words(r.Context(), err)}}}
		return p.showItem(w, r, i, http.StatusUnprocessableEntity)
	case err != nil:
		return err
	case i.Reached != nil:
		fresh, err := p.itemView(r)
		fresh.Reached = i.Reached
		if err != nil {
			return err
		}
		return p.showItem(w, r, fresh, 0)
	}
	return p.Done(w, r, i.url(), r.T(said))
}

func (p *page) move(r *shell.Request, i *Item, move string) (said string, err error) {
	f := r.PostForm
	switch move {
	case moveRelax:
		return "releases.relaxed", p.relax(r, i)
	case moveAsk:
		label, err := tlp.Parse(f.Get("label"))
		if err == nil {
			_, err = p.o.Release.AskSource(r.Context(), r.Actor, i.Of, label, f.Get("words"))
		}
		return "releases.source.asked", err
	case moveCorrect:
		i.Reached, err = p.o.Release.Correct(r.Context(), r.Actor, release.Correction{Item: i.Of, Words: f.Get("words"), Recall: f.Get("recall") == "1"})
		return "releases.corrected", err
	case moveReceive:
		return "releases.received", p.o.Release.Acknowledge(r.Context(), r.Actor, f.Get("decision"), f.Get("address"), f.Get("via"))
	case moveWish:
		return "releases.wished", p.wish(r, i)
	}
	return "", problem.New(problem.Invalid, "there is no such move")
}

// relax records a schedule as the form has it: rows of a time and a label.
func (p *page) relax(r *shell.Request, i *Item) error {
	f := r.PostForm
	out := release.Relaxation{Item: i.Of, Word: f.Get("word")}
	var err error
	if out.Embargo, err = i.when(r, f.Get("embargo"), i.Schedule.Embargo); err != nil {
		return err
	}
	if out.Review, err = i.when(r, f.Get("review"), i.Schedule.Review); err != nil {
		return err
	}
	out.Version, _ = strconv.ParseInt(f.Get("version"), 10, 64) // none is 0, which then is no version that there is
	for n, text := range f["label"] {
		if text == "" {
			continue
		}
		label, err := tlp.Parse(text)
		if err != nil {
			return err
		}
		stage := release.Stage{Label: label}
		if at := f["at"]; n < len(at) && at[n] != "" {
			if stage.At = i.kept(at[n], notes.When(r.Context(), at[n]), r.Zone()); stage.At.IsZero() {
				return problem.New(problem.Invalid, "%.40q is no time: choose a day and an hour", at[n])
			}
		}
		out.Stages = append(out.Stages, stage)
	}
	_, err = p.o.Release.Relax(r.Context(), r.Actor, out)
	return err
}

// when reads a time of the form: none, what stood there exactly, or another. What is no time is no wish for none.
func (i *Item) when(r *shell.Request, typed string, stood time.Time) (time.Time, error) {
	if typed == "" {
		return time.Time{}, nil
	}
	if !stood.IsZero() && stood.In(r.Zone()).Format(clockFace) == typed {
		return stood, nil
	}
	at := notes.When(r.Context(), typed)
	if at.IsZero() {
		return at, problem.New(problem.Invalid, "%.40q is no time: choose a day and an hour", typed)
	}
	return at, nil
}

// kept is the exact time of a step that stands as it stood: the form shows minutes.
func (i *Item) kept(typed string, at time.Time, zone *time.Location) time.Time {
	for _, g := range i.Schedule.Stages {
		if g.At.In(zone).Format(clockFace) == typed {
			return g.At
		}
	}
	return at
}

const clockFace = "2006-01-02T15:04"

func (p *page) wish(r *shell.Request, i *Item) error {
	f := r.PostForm
	consent, err := release.ParseConsents(f["consent"])
	if err != nil {
		return err
	}
	marks, err := release.ParseMarks(f["mark"])
	if err != nil {
		return err
	}
	version, _ := strconv.ParseInt(f.Get("version"), 10, 64) // none is 0, as before
	w := release.Wish{Consent: consent, Marks: marks, Word: f.Get("word"), Version: version}
	if text := f.Get("pap"); text != "" {
		pap, err := tlp.ParsePAP(text)
		if err != nil {
			return err
		}
		w.PAP = &pap
	}
	if f.Has("iep") {
		policy, err := iep.ParseList(strings.Split(strings.ReplaceAll(f.Get("iep"), "\r\n", "\n"), "\n"))
		if err != nil {
			return err
		}
		w.IEP = cmp.Or(policy, &release.IEP{})
	}
	_, err = p.o.Release.Record(r.Context(), r.Actor, i.Of, w)
	return err
}

func (i *Item) url() string {
	return path + "/items/" + url.PathEscape(i.Kind) + "/" + url.PathEscape(i.ID)
}
