package notifications

import (
	"net/http"
	"net/url"

	"github.com/firehall/firehall/internal/notification"
	"github.com/firehall/firehall/internal/web/shell"
)

// Approving is a page that asks whether something is to be approved.
type Approving struct {
	Options  notification.PlanOptions
	List     []notification.Approval
	Goes     []notification.Message
	Findings int64 // of those that go
}

// asking shows exactly what an approval lets go.
func (p *page) asking(w http.ResponseWriter, r *shell.Request) error {
	a := Approving{Options: planOptions(r.URL.Query())}
	var err error
	if a.List, a.Goes, err = p.o.Notify.PreviewApproval(r.Context(), r.Actor, a.Options); err != nil {
		return err
	}
	for _, m := range a.Goes {
		a.Findings += m.Findings
	}
	title := r.T("notifications.approve.title")
	return p.Page(w, r, shell.Page{Title: title, Section: "notifications", Crumbs: crumbs(r), Body: approvePage(a)})
}

func (p *page) approve(w http.ResponseWriter, r *shell.Request) error {
	list, err := p.o.Notify.Approve(r.Context(), r.Actor, planOptions(r.PostForm))
	if err != nil {
		return err
	}
	return p.Done(w, r, listURL("planned", nil), r.T("notifications.approved", "n", len(list)))
}

// Previews are messages of one organisation, written out and not sent.
type Previews struct {
	Name string
	List []notification.Preview
}

// preview writes out what an organisation would be told now.
func (p *page) preview(w http.ResponseWriter, r *shell.Request) error {
	v := Previews{Name: r.URL.Query().Get("organisation")}
	list, err := p.o.Notify.Preview(r.Context(), r.Actor, planOptions(r.URL.Query()), nil)
	if err != nil {
		return err
	}
	if v.List = list; len(list) > 0 {
		v.Name = list[0].Organisation
	}
	return p.Page(w, r, shell.Page{Title: r.T("notifications.preview.title"), Section: "notifications", Crumbs: crumbs(r), Body: previewPage(v)})
}

func approveURL(o notification.PlanOptions) string { return approvePath + "?" + optionsOf(o).Encode() }

func previewURL(organisation string) string {
	return previewPath + "?" + url.Values{"organisation": {organisation}}.Encode()
}

// optionsOf writes options as a form has them.
func optionsOf(o notification.PlanOptions) url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"organisation": o.Organisation, "feed": o.Feed, "class": o.Class} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

// waitOptions are the options that approve what messages wait for; false for what is approved for a day, with its organisation.
func waitOptions(w Wait) (notification.PlanOptions, bool) {
	switch w.Kind {
	case notification.ApprovedFeed:
		return notification.PlanOptions{Feed: w.Name}, true
	case notification.ApprovedOrganisation:
		return notification.PlanOptions{Organisation: w.Name}, true
	case notification.ApprovedClass:
		return notification.PlanOptions{Class: w.Name}, true
	}
	return notification.PlanOptions{}, false
}
