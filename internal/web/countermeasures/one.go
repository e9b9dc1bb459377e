package countermeasures

import (
	"net/http"
	"strings"

	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/countermeasure"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// view is the page of one.
type view struct {
	countermeasure.Countermeasure
	people  map[string]string
	form    ui.Form // what could not be kept
	who     countermeasure.Suggestions
	letters map[countermeasure.MoveName]string // as they would be sent
	may     bool
}

// can tells whether the reader may make a move now.
func (v *view) can(m countermeasure.MoveName) bool {
	for _, name := range v.Moves {
		if name == m {
			return true
		}
	}
	return false
}

func (p *page) one(w http.ResponseWriter, r *shell.Request) error {
	return p.show(w, r, view{form: ui.Form{Values: r.URL.Query()}}, false, 0)
}

// show reads one and shows it. ask: registries are asked whom to ask.
func (p *page) show(w http.ResponseWriter, r *shell.Request, v view, ask bool, status int) error {
	ctx, name := r.Context(), r.PathValue("id")
	var err error
	if v.Countermeasure, err = p.o.Countermeasures.Countermeasure(ctx, r.Actor, name); err != nil {
		return err
	}
	v.may, v.people = r.Actor.May(countermeasure.OpEdit), names(ctx, p.o)
	if v.can(countermeasure.MoveAsk) || v.can(countermeasure.MoveEscalate) {
		if v.who, err = p.o.Countermeasures.Suggest(ctx, r.Actor, name, ask); err != nil {
			return err
		}
		if v.letters, err = p.o.Countermeasures.Letters(ctx, r.Actor, name); err != nil {
			return err
		}
	}
	at := append(crumbs(r, v.Incident, v.IncidentRef), ui.Link{Text: r.T("tabs.countermeasures"), Href: "/incidents/" + v.Incident + "/" + tab})
	return p.Page(w, r, shell.Page{Title: v.Ref + " " + countermeasure.Defang(v.Asset.Value), Section: "countermeasures", Crumbs: at, Body: onePage(v), Status: status})
}

// kept goes on after a change; what was refused is shown again with what was typed.
func (p *page) kept(w http.ResponseWriter, r *shell.Request, err error, toast string) error {
	if refused(err) {
		return p.show(w, r, view{form: wrong(r, err)}, false, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, countermeasure.Link(r.PathValue("id")), toast)
}

func (p *page) edit(w http.ResponseWriter, r *shell.Request) error {
	_, err := p.o.Countermeasures.Edit(r.Context(), r.Actor, r.PathValue("id"), version(r), planOf(r.PostForm))
	return p.kept(w, r, err, r.T("countermeasures.kept"))
}

func (p *page) checklist(w http.ResponseWriter, r *shell.Request) error {
	f := r.PostForm
	list := countermeasure.Checklist{
		Origin: countermeasure.Origin(f.Get("origin")), Evidence: f.Get("evidence"), NoEvidence: f.Get("no_evidence"),
		Police: countermeasure.Objection(f.Get("police")), PoliceAsked: f.Get("police_asked"), Requester: f.Get("requester"),
	}
	_, err := p.o.Countermeasures.Edit(r.Context(), r.Actor, r.PathValue("id"), version(r), countermeasure.Plan{Checklist: &list})
	return p.kept(w, r, err, r.T("countermeasures.kept"))
}

// ladder adds a party to those that are asked next, or empties the list.
func (p *page) ladder(w http.ResponseWriter, r *shell.Request) error {
	c, err := p.o.Countermeasures.Countermeasure(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	ladder := append(c.Ladder, *partyOf(r))
	if r.PostFormValue("action") == "empty" {
		ladder = []countermeasure.Party{}
	}
	_, err = p.o.Countermeasures.Edit(r.Context(), r.Actor, c.ID, c.Version, countermeasure.Plan{Ladder: &ladder})
	return p.kept(w, r, err, r.T("countermeasures.kept"))
}

// suggest asks registries and the DNS whom to ask.
func (p *page) suggest(w http.ResponseWriter, r *shell.Request) error {
	return p.show(w, r, view{}, true, 0)
}

func partyOf(r *shell.Request) *countermeasure.Party {
	return &countermeasure.Party{
		Party: incident.Party{Name: r.PostFormValue("name"), Email: r.PostFormValue("email")},
		Role:  countermeasure.Role(r.PostFormValue("role")), Provider: r.PostFormValue("provider"),
	}
}

func (p *page) move(w http.ResponseWriter, r *shell.Request) error {
	m := countermeasure.Moving{
		Move: countermeasure.MoveName(r.PostFormValue("action")), Reason: strings.TrimSpace(r.PostFormValue("reason")), Version: version(r),
		Text: r.PostFormValue("text"), Silent: r.PostFormValue("silent") == "1",
	}
	if m.Move == countermeasure.MoveAsk || m.Move == countermeasure.MoveEscalate && r.PostFormValue("next") != "1" {
		m.Party, m.Reason = partyOf(r), strings.TrimSpace(r.PostFormValue("why"))
	}
	_, err := p.o.Countermeasures.Move(r.Context(), r.Actor, r.PathValue("id"), m)
	return p.kept(w, r, err, say(r.Context(), "countermeasures.did.", string(m.Move)))
}

// check looks now, or notes what a person saw.
func (p *page) check(w http.ResponseWriter, r *shell.Request) error {
	var c countermeasure.Check
	var err error
	if outcome := r.PostFormValue("outcome"); outcome != "" {
		c, err = p.o.Countermeasures.Note(r.Context(), r.Actor, r.PathValue("id"), countermeasure.Outcome(outcome), r.PostFormValue("words"))
	} else {
		c, err = p.o.Countermeasures.Check(r.Context(), r.Actor, r.PathValue("id"))
	}
	return p.kept(w, r, err, say(r.Context(), "countermeasures.outcome.", string(c.Outcome)))
}

// version is that of what the form was made of.
func version(r *shell.Request) (n int64) {
	for _, d := range r.PostFormValue("version") {
		if d < '0' || d > '9' || n > 1<<40 {
			return 0
		}
		n = n*10 + int64(d-'0')
	}
	return n
}
