package incidents

import (
	"net/http"
	"net/url"
	"strings"
	"unicode"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/web/notes"
	"github.com/firehall/firehall/internal/web/several"
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

// What the page calls taking incidents out of a campaign and putting them into it.
const (
	disperse = "remove"
	gather   = "add"
)

// gather puts several incidents into a campaign, as somebody typed their numbers, or takes out those that were chosen.
func (p *page) gather(w http.ResponseWriter, r *shell.Request) error {
	ctx, id := r.Context(), r.PathValue("id")
	a := several.Answer{Section: "incidents", Back: campaignURL(id), Named: p.named(r)}
	var err error
	switch action := r.PostFormValue("action"); action {
	case disperse:
		ids := r.PostForm["id"]
		if r.PostFormValue("all") == "1" {
			if ids, err = p.matching(r, r.PostFormValue("q")); err != nil {
				return err
			}
		}
		a.Moved, err = p.o.Incidents.DisperseIncidents(ctx, r.Actor, id, ids)
		a.Done = r.T("incidents.campaign.removed", "n", len(a.Moved.Moved))
	case gather:
		refs := strings.FieldsFunc(r.PostFormValue("refs"), func(c rune) bool { return c == ',' || c == ';' || unicode.IsSpace(c) })
		a.Moved, err = p.o.Incidents.GatherIncidents(ctx, r.Actor, id, refs)
		a.Done = r.T("incidents.campaign.added", "n", len(a.Moved.Moved))
	default:
		err = problem.New(problem.Invalid, "%q is nothing that is done with a campaign's incidents", action)
	}
	if problem.Is(err, problem.Invalid) {
		return p.showCampaign(w, r, OneCampaign{Form: refused(r, err)}, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return several.Show(p.Shell, w, r, a)
}

// named says what an incident is called that the reader sees.
func (p *page) named(r *shell.Request) func(string) (string, string) {
	return func(id string) (string, string) {
		i, err := p.o.Incidents.Incident(r.Context(), r.Actor, id)
		if err != nil {
			return id, ""
		}
		return i.Ref + " " + i.Title, oneURL(i.ID)
	}
}
