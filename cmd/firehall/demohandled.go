package main

import (
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/countermeasure"
	"github.com/firehall/firehall/internal/incident/triage"
)

// askTakedown opens the incident of a fake log-in page, in a campaign, and asks its hoster to take the page down. Nobody looks whether it is gone: the page's
// address is one of the documentation, and the incident's PAP keeps us from looking.
func (t *demonstration) askTakedown() error {
	mara := t.of("mara")
	known, err := t.app.Incidents.Campaigns(t.ctx, mara, page.Request{Limit: 1})
	if err != nil || len(known.Items) > 0 {
		return err
	}
	c, err := t.app.Incidents.OpenCampaign(t.ctx, mara, incident.CampaignText{
		Name: "Tax refunds that nobody is due", Text: "Text messages promise a refund; the links change by the hour, the form stays the same.",
	})
	if err != nil {
		return err
	}
	i, err := t.app.Incidents.OpenIncident(t.ctx, mara, incident.Opening{
		Title: "Fake log-in page of the tax office", Summary: "The form asks for the number of the identity card and a card's code.",
		Class: rsit.Fraud, Severity: triage.Medium, TLP: tlp.Amber, Campaign: c.ID,
	})
	if err != nil {
		return err
	}
	return t.ask(mara, i.ID)
}

func (t *demonstration) ask(actor identity.Actor, about string) error {
	words := "The page copies the log-in of the tax office and sends what is typed to a mailbox."
	m, err := t.app.Countermeasures.Open(t.ctx, actor, about, countermeasure.Plan{
		Asset: &countermeasure.Asset{Kind: countermeasure.URL, Value: "https://refund.tax-office.example/login", Seen: "198.51.100.23", Marker: "Demonstra tax office"},
		Words: &words,
		Checklist: &countermeasure.Checklist{
			Origin: countermeasure.Malicious, NoEvidence: "a person's picture of the page lies with the report", Police: countermeasure.NoObjection,
			PoliceAsked: "Inspector P. Hale, by telephone", Requester: "our own finding",
		},
	})
	if err != nil {
		return err
	}
	_, err = t.app.Countermeasures.Move(t.ctx, actor, m.ID, countermeasure.Moving{
		Move:  countermeasure.MoveAsk,
		Party: &countermeasure.Party{Party: incident.Party{Name: "Demonet Hosting", Email: "abuse@demonet.example"}, Role: countermeasure.Hoster},
	})
	return err
}
