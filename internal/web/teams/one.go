package teams

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// oneView is the page of one team.
type oneView struct {
	team.Entry
	Agreements []team.Agreement
	Proposals  []team.Proposal // open
	Overlaps   []team.Overlap  // of what it claims with what is ours
	Now        time.Time
	Stale      bool
	Form       ui.Form
	Me         string // actor's id
	MayChange  bool
	MayApprove bool
	MaySign    bool
}

// ours names what of ours a claim covers.
func ours(o team.Overlap) string {
	list := append(slices.Clone(o.Patch), o.Names...)
	if o.Of > len(o.Names) {
		list = append(list, "…")
	}
	return strings.Join(list, ", ")
}

// claims are the networks that wait for a person.
func (v oneView) claims() (out []constituency.Network) {
	for _, n := range v.Networks {
		if !n.Approved() {
			out = append(out, n)
		}
	}
	return out
}

func (p *pages) view(r *shell.Request) (v oneView, err error) {
	id := r.PathValue("id")
	if v.Entry, err = p.o.Teams.Entry(r.Context(), r.Actor, id); err != nil {
		return v, err
	}
	if v.Agreements, err = p.o.Teams.Agreements(r.Context(), r.Actor, id); err != nil {
		return v, err
	}
	proposals, err := p.o.Teams.Proposals(r.Context(), r.Actor, id)
	v.Proposals = slices.DeleteFunc(proposals, func(one team.Proposal) bool { return one.State != team.Open })
	v.Now = p.o.Teams.Clock.Now()
	v.Stale, v.Me = v.Team.Stale(v.Now, p.o.Teams.Confirm), r.Actor.ID
	v.MayChange, v.MayApprove, v.MaySign = r.Actor.May(team.OpChange), r.Actor.May(team.OpApprove), r.Actor.May(team.OpAgreement)
	if err == nil && v.MayApprove && len(v.claims()) > 0 {
		v.Overlaps, err = p.o.Teams.Overlaps(r.Context(), r.Actor, id, nil)
	}
	return v, err
}

func (p *pages) one(w http.ResponseWriter, r *shell.Request) error {
	return p.showOne(w, r, ui.Form{}, 0)
}

func (p *pages) showOne(w http.ResponseWriter, r *shell.Request, f ui.Form, status int) error {
	v, err := p.view(r)
	if err != nil {
		return err
	}
	v.Form = f
	return p.Page(w, r, shell.Page{Title: v.Organisation.Name, Section: "directory", Crumbs: crumbs(r), Body: onePage(v), Status: status})
}

// did answers after a change; what was wrong with a form is shown above it, with what was typed.
func (p *pages) did(w http.ResponseWriter, r *shell.Request, err error, field, toast string) error {
	if problem.Is(err, problem.Invalid) {
		return p.showOne(w, r, ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Field: field, Text: err.Error()}}}, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, oneURL(r.PathValue("id")), r.T(toast))
}

// approve approves the networks that are ticked.
func (p *pages) approve(w http.ResponseWriter, r *shell.Request) error {
	if err := r.ParseForm(); err != nil {
		return problem.Wrap(problem.Invalid, err, "read the form")
	}
	chosen := r.PostForm["network"]
	if len(chosen) == 0 {
		return p.did(w, r, problem.New(problem.Invalid, "%s", r.T("teams.approve.none")), "network", "")
	}
	also := r.PostFormValue("also") != ""
	if list, err := p.o.Teams.Overlaps(r.Context(), r.Actor, r.PathValue("id"), chosen); err != nil || len(list) > 0 && !also {
		return p.did(w, r, cmp.Or(err, problem.New(problem.Invalid, "%s", r.T("teams.approve.ours"))), "also", "")
	}
	_, err := p.o.Teams.Approve(r.Context(), r.Actor, r.PathValue("id"), chosen, also)
	return p.did(w, r, err, "network", "teams.approved")
}

func (p *pages) ask(w http.ResponseWriter, r *shell.Request) error {
	return p.did(w, r, p.o.Teams.Ask(r.Context(), r.Actor, r.PathValue("id")), "", "teams.asked")
}

func (p *pages) vouch(w http.ResponseWriter, r *shell.Request) error {
	return p.did(w, r, p.o.Teams.Vouch(r.Context(), r.Actor, r.PathValue("id"), r.PostFormValue("how")), "how", "teams.vouched")
}

func (p *pages) sign(w http.ResponseWriter, r *shell.Request) error {
	g, err := agreementOf(r)
	if err == nil {
		_, err = p.o.Teams.Sign(r.Context(), r.Actor, g)
	}
	return p.did(w, r, err, "kind", "teams.signed")
}

// agreementOf reads the form of an agreement.
func agreementOf(r *shell.Request) (g team.Agreement, err error) {
	g = team.Agreement{
		Organisation: r.PathValue("id"), Kind: team.Kind(r.PostFormValue("kind")), Scope: r.PostFormValue("scope"), Version: r.PostFormValue("version"),
		SignedUs: r.PostFormValue("us"), SignedThem: r.PostFormValue("them"),
	}
	for at, name := range map[*time.Time]string{&g.Signed: "signed", &g.Until: "until"} {
		text := r.PostFormValue(name)
		if text == "" {
			continue
		}
		if *at, err = time.ParseInLocation(time.DateOnly, text, r.Zone()); err != nil {
			return g, problem.New(problem.Invalid, "%s: %q", r.T("teams.agreement."+name), text)
		}
	}
	if g.Out, err = tlp.Parse(cmp.Or(r.PostFormValue("out"), "amber")); err != nil {
		return g, err
	}
	g.In, err = tlp.Parse(cmp.Or(r.PostFormValue("in"), "amber+strict"))
	for _, f := range r.PostForm["flow"] {
		g.Flows = append(g.Flows, team.Flow(f))
	}
	return g, err
}

func (p *pages) end(w http.ResponseWriter, r *shell.Request) error {
	return p.did(w, r, p.o.Teams.End(r.Context(), r.Actor, r.PostFormValue("agreement"), r.PostFormValue("reason")), "reason", "teams.ended")
}

// propose asks a second person about another contact.
func (p *pages) propose(w http.ResponseWriter, r *shell.Request) error {
	proposal := team.Proposal{Organisation: r.PathValue("id"), Contact: r.PostFormValue("contact"), Reason: r.PostFormValue("reason")}
	if address := r.PostFormValue("address"); address != "" {
		proposal.Body = &constituency.Contact{Address: address, Purpose: constituency.Purpose(cmp.Or(r.PostFormValue("purpose"), "security")), Key: r.PostFormValue("key")}
	}
	_, err := p.o.Teams.Propose(r.Context(), r.Actor, proposal)
	return p.did(w, r, err, "address", "teams.proposed")
}

func (p *pages) decide(w http.ResponseWriter, r *shell.Request) error {
	approve := r.PostFormValue("do") == "approve"
	_, err := p.o.Teams.Decide(r.Context(), r.Actor, r.PostFormValue("proposal"), approve, r.PostFormValue("reason"))
	return p.did(w, r, err, "reason", "teams.decided")
}
