package organisations

import (
	"net/http"
	"time"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// One is the page of an organisation.
type One struct {
	desk.OrganisationAbout
	Map      Map
	Newest   []desk.FindingView
	Messages []delivery.Delivery
	More     bool // messages that are not shown
	Grants   []Grant
	History  []desk.OrganisationEntry // nil: it is asked for apart
	Now      time.Time
}

// Grant is a word that another organisation may be told, with that one's name.
type Grant struct {
	release.Grant
	Name string
}

// How much of each the page shows.
const (
	shownFindings = 10
	shownMessages = 10
	shownNetworks = 500
)

func (p *pages) one(w http.ResponseWriter, r *shell.Request) error {
	o, err := p.about(r)
	if err != nil {
		return err
	}
	if r.URL.Query().Get("history") == "1" {
		if o.History, err = p.o.Desk.OrganisationHistory(r.Context(), r.Actor, o.OrganisationAbout); err != nil {
			return err
		}
	}
	return p.Page(w, r, shell.Page{Title: o.Name, Section: "organisations", Crumbs: crumbs(r, parentCrumbs(o)...), Body: onePage(o)})
}

func parentCrumbs(o One) []ui.Link {
	if o.ParentID == "" {
		return nil
	}
	return []ui.Link{{Text: o.Parent, Href: oneURL(o.ParentID)}}
}

// about gathers what the page tells.
func (p *pages) about(r *shell.Request) (One, error) {
	about, err := p.o.Desk.AboutOrganisation(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return One{}, err
	}
	o := One{OrganisationAbout: about, Map: mapOf(about.Networks), Now: ui.Of(r.Context()).Now}
	found, err := p.o.Desk.ListFindings(r.Context(), r.Actor, desk.FindingQuery{
		Text: `org:"` + about.ID + `" ` + standingTerms, Request: page.Request{Limit: shownFindings},
	})
	if err != nil {
		return o, err
	}
	o.Newest = found.Items
	if p.o.Messages != nil {
		sent, err := p.o.Messages(r.Context(), r.Actor, delivery.Query{Organisation: about.ID, Request: page.Request{Limit: shownMessages}})
		if err != nil {
			return o, err
		}
		o.Messages, o.More = sent.Items, sent.Next != ""
	}
	o.Grants, err = p.grants(r, about.ID)
	return o, err
}

// grants lists the words given about an organisation's networks, with the names of those who may be told.
func (p *pages) grants(r *shell.Request, about string) ([]Grant, error) {
	if p.o.Grants == nil {
		return nil, nil
	}
	list, err := p.o.Grants(r.Context(), r.Actor, about)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	names, err := p.o.Register.Names(r.Context(), r.Actor)
	var out []Grant
	for _, g := range list {
		out = append(out, Grant{g, names[g.To]})
	}
	return out, err
}

// history answers with what was done to an organisation; the page asks for it when it stands.
func (p *pages) history(w http.ResponseWriter, r *shell.Request) error {
	about, err := p.o.Desk.AboutOrganisation(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	list, err := p.o.Desk.OrganisationHistory(r.Context(), r.Actor, about)
	if err != nil {
		return err
	}
	return p.Fragment(w, r, historyPart(list))
}

// check shows what is amiss in the register.
func (p *pages) check(w http.ResponseWriter, r *shell.Request) error {
	list, err := p.o.Register.Check(r.Context(), r.Actor, checkOptions)
	if err != nil {
		return err
	}
	return p.Page(w, r, shell.Page{
		Title: r.T("organisations.check.title"), Section: "organisations", Crumbs: crumbs(r), Body: checkPage(checked(list, r.URL.Query().Get("code"))),
	})
}
