package sharing

import (
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/core/problem"
	room "github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// Where the pages of the life of objects are.
const (
	keptPath  = path + "/kept"
	erasePath = path + "/erase"
	teamPath  = erasePath + "/team"
)

func (p *page) registerKeeping() {
	p.Handle("GET "+keptPath, func(w http.ResponseWriter, r *shell.Request) error { return p.showKept(w, r, Keeping{}) })
	p.Handle("POST "+keptPath, p.keep)
	p.Handle("POST "+keptPath+"/let-go", p.letGo)
	p.Handle("GET "+erasePath, func(w http.ResponseWriter, r *shell.Request) error { return p.showErase(w, r, ui.Form{}) })
	p.Handle("POST "+erasePath, p.expire)
	p.Handle("GET "+teamPath, p.ask)
	p.Handle("POST "+teamPath, p.erase)
	p.Handle("POST "+path+"/replay", p.replay)
	p.Handle("GET "+ordersPath+"/{job}", p.shown)
	p.Handle("GET "+ordersPath+"/{job}/progress", p.progress)
}

// Keeping is the page of what is kept.
type Keeping struct {
	List  []room.Kept
	Names names
	May   bool    // keep, and let go
	Form  ui.Form // of what lacked something
	LetGo string  // the object of which that form was to end the keeping; "": it was to keep one
}

// status is that of a page on which a form is shown again.
func status(f ui.Form) int {
	if len(f.Wrong) > 0 {
		return http.StatusUnprocessableEntity
	}
	return 0
}

func (p *page) showKept(w http.ResponseWriter, r *shell.Request, v Keeping) (err error) {
	v.May = r.Actor.May(room.OpErase)
	if v.List, err = p.o.Sharing.KeptObjects(r.Context(), r.Actor); err != nil {
		return err
	}
	if v.Names, err = p.o.Names(r.Context(), r.Actor); err != nil {
		return err
	}
	return p.Page(w, r, shell.Page{Title: r.T("sharing.kept"), Section: "sharing", Body: keptPage(v), Crumbs: crumbs(r), Status: status(v.Form)})
}

// reason reads the reason of a form, and says what is wrong with it.
func reason(r *shell.Request) (text string, wrong []ui.Wrong) {
	text = strings.TrimSpace(r.PostFormValue("reason"))
	if text == "" || utf8.RuneCountInString(text) > room.MaxReason {
		wrong = []ui.Wrong{{Field: "reason", Text: r.T("sharing.reason.wrong", "n", room.MaxReason)}}
	}
	return text, wrong
}

func (p *page) keep(w http.ResponseWriter, r *shell.Request) error {
	object := strings.TrimSpace(r.PostFormValue("object"))
	why, wrong := reason(r)
	if object == "" {
		wrong = append([]ui.Wrong{{Field: "object", Text: r.T("sharing.keep.object.wrong")}}, wrong...)
	}
	if len(wrong) == 0 {
		err := p.o.Sharing.Keep(r.Context(), r.Actor, object, why)
		if err == nil {
			return p.Done(w, r, back(r, object), r.T("sharing.keep.done"))
		}
		if !problem.Is(err, problem.NotFound) {
			return err
		}
		wrong = []ui.Wrong{{Field: "object", Text: r.T("sharing.keep.object.none")}}
	}
	return p.showKept(w, r, Keeping{Form: ui.Form{Values: r.PostForm, Wrong: wrong}})
}

// back is the page from which an object was kept, or let go: its own, or that of all.
func back(r *shell.Request, object string) string {
	if r.PostFormValue("from") == "object" {
		return objectURL(object)
	}
	return keptPath
}

func (p *page) letGo(w http.ResponseWriter, r *shell.Request) error {
	object := r.PostFormValue("object")
	why, wrong := reason(r)
	if len(wrong) > 0 {
		return p.showKept(w, r, Keeping{Form: ui.Form{Values: r.PostForm, Wrong: wrong}, LetGo: object})
	}
	if err := p.o.Sharing.LetGo(r.Context(), r.Actor, object, why); err != nil {
		return err
	}
	return p.Done(w, r, back(r, object), r.T("sharing.letgo.done"))
}

// Erasing is the page of what goes: what has had its time, what a team asks for; and of what came before anybody was heard.
type Erasing struct {
	Due    room.Expired
	Terms  room.Terms
	Before int      // objects that would be handed on
	Teams  []string // names of the directory
	May    bool     // erase
	Order  bool     // have them handed on
	Orders []room.Order
	Names  names
	Form   ui.Form // of a team's
}

func (p *page) showErase(w http.ResponseWriter, r *shell.Request, form ui.Form) (err error) {
	v := Erasing{Terms: p.o.Orders.Terms, May: r.Actor.May(room.OpErase), Order: r.Actor.May(room.OpOrder), Form: form}
	if v.Due, err = p.o.Orders.Due(r.Context(), r.Actor); err != nil {
		return err
	}
	if v.Before, err = p.o.Hear.Before(r.Context(), r.Actor); err != nil {
		return err
	}
	if v.Teams, err = p.o.Teams(r.Context(), r.Actor); err != nil {
		return err
	}
	if v.Orders, err = p.o.Orders.Latest(r.Context(), r.Actor); err != nil {
		return err
	}
	if v.Names, err = p.o.Names(r.Context(), r.Actor); err != nil {
		return err
	}
	return p.Page(w, r, shell.Page{Title: r.T("sharing.erase"), Section: "sharing", Body: erasePage(v), Crumbs: crumbs(r), Status: status(form)})
}

// expire orders what the daily job would do.
func (p *page) expire(w http.ResponseWriter, r *shell.Request) error {
	return p.ordered(w, r)(p.o.Orders.Expire(r.Context(), r.Actor))
}

func (p *page) replay(w http.ResponseWriter, r *shell.Request) error {
	return p.ordered(w, r)(p.o.Orders.HandOn(r.Context(), r.Actor))
}

// Asked is the page of what would be erased of what a team gave.
type Asked struct {
	ID     string // of the organisation
	Names  names
	Object string // "": all of theirs
	Would  room.Expired
	May    bool // erase it
	Form   ui.Form
}

// ask shows what would be erased.
func (p *page) ask(w http.ResponseWriter, r *shell.Request) error {
	q := r.URL.Query()
	text, object := strings.TrimSpace(q.Get("organisation")), strings.TrimSpace(q.Get("object"))
	again := func(field, key string) error {
		return p.showErase(w, r, ui.Form{Values: q, Wrong: []ui.Wrong{{Field: field, Text: r.T(key)}}})
	}
	if text == "" {
		return again("organisation", "sharing.team.wrong")
	}
	organisation, err := p.o.Registered(r.Context(), r.Actor, text)
	unknown := problem.Is(err, problem.NotFound) || problem.Is(err, problem.Invalid)
	if err != nil && !unknown {
		return err
	}
	if unknown {
		organisation = text // of one that is not in the register any more, objects may be left
	}
	err = p.showAsked(w, r, Asked{ID: organisation, Object: object})
	switch {
	case !problem.Is(err, problem.NotFound):
		return err
	case unknown:
		return again("organisation", "sharing.team.unknown")
	case object != "":
		return again("object", "sharing.team.object.none")
	}
	return again("organisation", "sharing.team.none")
}

// showAsked shows it. Error: NotFound if there is nothing.
func (p *page) showAsked(w http.ResponseWriter, r *shell.Request, v Asked) (err error) {
	v.May = r.Actor.May(room.OpErase)
	if v.Would, err = p.o.Sharing.TakeBack(r.Context(), r.Actor, v.ID, v.Object, "", true, nil); err != nil {
		return err
	}
	if v.Names, err = p.o.Names(r.Context(), r.Actor); err != nil {
		return err
	}
	above := append(crumbs(r), ui.Link{Text: r.T("sharing.erase"), Href: erasePath})
	return p.Page(w, r, shell.Page{Title: r.T("sharing.team.title", "name", v.name()), Section: "sharing", Body: askedPage(v), Crumbs: above, Status: status(v.Form)})
}

func (v Asked) name() string {
	if name := v.Names[v.ID]; name != "" {
		return name
	}
	return v.ID
}

// erase orders that it is erased.
func (p *page) erase(w http.ResponseWriter, r *shell.Request) error {
	organisation, object := r.PostFormValue("organisation"), r.PostFormValue("object")
	why, wrong := reason(r)
	if len(wrong) > 0 && organisation != "" {
		return p.showAsked(w, r, Asked{ID: organisation, Object: object, Form: ui.Form{Values: r.PostForm, Wrong: wrong}})
	}
	return p.ordered(w, r)(p.o.Orders.Erase(r.Context(), r.Actor, organisation, object, why))
}

// askURL is the page of what would be erased of an organisation's.
func askURL(organisation, object string) string {
	return teamPath + "?" + url.Values{"organisation": {organisation}, "object": {object}}.Encode()
}

// days are whole days of a term.
func days(term time.Duration) int { return int(term / (24 * time.Hour)) }
