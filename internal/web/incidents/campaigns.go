package incidents

import (
	"net/http"
	"net/url"
	"strings"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/web/notes"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

const campaignsPath = "/campaigns"

func campaignURL(id string, rest ...string) string {
	return campaignsPath + "/" + url.PathEscape(id) + strings.Join(rest, "")
}

// Campaigns is the page of the campaigns.
type Campaigns struct {
	Items []incident.Campaign
	Next  core.Cursor
	Form  ui.Form
	Acts  bool // the reader may begin one
}

// OneCampaign is the page of one.
type OneCampaign struct {
	incident.Campaign
	Incidents List
	Form      ui.Form
	Clash     *incident.Clash
	Acts      bool
}

func (p *page) campaigns(w http.ResponseWriter, r *shell.Request) error {
	return p.allCampaigns(w, r, ui.Form{}, 0)
}

func (p *page) allCampaigns(w http.ResponseWriter, r *shell.Request, f ui.Form, status int) error {
	found, err := p.o.Incidents.Campaigns(r.Context(), r.Actor, core.Request{After: core.Cursor(r.URL.Query().Get("after")), Limit: rows})
	if err != nil {
		return err
	}
	c := Campaigns{Items: found.Items, Next: found.Next, Form: f, Acts: r.Actor.Authorise(incident.OpCampaign, "") == nil}
	return p.Page(w, r, shell.Page{Title: r.T("incidents.campaigns"), Section: "incidents", Crumbs: crumbs(r), Body: campaignsPage(c), Status: status})
}

func campaignText(r *shell.Request) incident.CampaignText {
	return incident.CampaignText{Name: strings.TrimSpace(r.PostFormValue("name")), Text: r.PostFormValue("text")}
}

func (p *page) openCampaign(w http.ResponseWriter, r *shell.Request) error {
	c, err := p.o.Incidents.OpenCampaign(r.Context(), r.Actor, campaignText(r))
	if problem.Is(err, problem.Invalid) {
		return p.allCampaigns(w, r, ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Field: "name", Text: err.Error()}}}, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, campaignURL(c.ID), r.T("incidents.campaign.opened", "ref", c.Ref))
}

func (p *page) campaign(w http.ResponseWriter, r *shell.Request) error {
	return p.showCampaign(w, r, OneCampaign{}, 0)
}

// showCampaign shows a campaign with the incidents of it that the reader sees.
func (p *page) showCampaign(w http.ResponseWriter, r *shell.Request, o OneCampaign, status int) (err error) {
	if o.Campaign, err = p.o.Incidents.Campaign(r.Context(), r.Actor, r.PathValue("id")); err != nil {
		return err
	}
	o.Incidents = List{Query: "campaign:" + o.Ref}
	if err := p.read(r, &o.Incidents); err != nil {
		return err
	}
	o.Acts = r.Actor.Authorise(incident.OpCampaign, o.ID) == nil
	above := append(crumbs(r), ui.Link{Text: r.T("incidents.campaigns"), Href: campaignsPath})
	return p.Page(w, r, shell.Page{Title: o.Ref + " " + o.Name, Section: "incidents", Crumbs: above, Body: campaignPage(o), Status: status})
}

func (p *page) editCampaign(w http.ResponseWriter, r *shell.Request) error {
	_, err := p.o.Incidents.EditCampaign(r.Context(), r.Actor, r.PathValue("id"), notes.Version(r.PostForm), campaignText(r))
	if problem.Is(err, problem.Invalid) || problem.Is(err, problem.Conflict) {
		return p.showCampaign(w, r, OneCampaign{Form: refused(r, err), Clash: notes.Clash(err)}, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, campaignURL(r.PathValue("id")), r.T("incidents.edited"))
}
