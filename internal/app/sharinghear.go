package app

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/hear"
)

// sharedDoor is the door of what fellow teams told by objects.
const sharedDoor = "shared"

// peerFeeds begins the names of the feeds of teams for whom the configuration names none: the id of the organisation stands behind it.
const peerFeeds = "peer-"

// comesWhenItComes is how often such a feed comes: nobody promised anything.
const comesWhenItComes = 10 * 365 * 24 * time.Hour

// openHear makes what hands on what fellow teams tell by objects.
func (a *App) openHear() {
	a.Hear = hear.New(hear.Options{
		DB: a.DB, Clock: a.Clock, Log: a.Log, Events: a.peerEvents, Report: a.peerReport, Again: a.peerReportAgain, PerDay: a.Config.Sharing.ReportsPerDay,
	})
}

// hearPause lies between two looks.
const hearPause = 5 * time.Second

func (a *App) hearShared(ctx context.Context) error {
	_, err := a.Hear.Hear(ctx, identity.System("sharing"))
	if problem.Is(err, problem.Conflict) {
		return nil // another process does it
	}
	return err
}

// peerFeed is the feed of what an organisation observed.
func (a *App) peerFeed(organisation string) string {
	for name, f := range a.Config.Feeds {
		if f.Peer == organisation {
			return name
		}
	}
	return peerFeeds + organisation
}

// peerFeedTerms are those of a team for whom the configuration names no feed.
func peerFeedTerms(name string) (config.Feed, bool) {
	organisation, ok := strings.CutPrefix(name, peerFeeds)
	f := config.DefaultFeed()
	f.Format, f.Cadence = "stix", comesWhenItComes
	return f, ok && id.Valid(organisation)
}

// peerEvents takes what an organisation observed into its feed: accepted, and read by a job, as what comes by any door.
func (a *App) peerEvents(ctx context.Context, organisation, name string, bundle []byte) error {
	_, err := a.Feeds.Accept(ctx, identity.System("sharing"), feed.Source{
		Feed: a.peerFeed(organisation), Name: name, Size: int64(len(bundle)), Reader: bytes.NewReader(bundle), Door: sharedDoor,
	})
	if err == nil {
		a.Jobs.Wake()
	}
	return err
}

// peerReport makes a report of an incident that an organisation tells of.
func (a *App) peerReport(ctx context.Context, t hear.Told) (string, error) {
	d, err := a.peerDraft(ctx, t)
	if err != nil {
		return "", err
	}
	r, err := a.Incidents.Accept(ctx, identity.System("sharing"), d)
	return r.ID, err
}

// peerReportAgain adds a new version of it.
func (a *App) peerReportAgain(ctx context.Context, report string, t hear.Told) error {
	d, err := a.peerDraft(ctx, t)
	if err != nil {
		return err
	}
	err = a.Incidents.Again(ctx, identity.System("sharing"), report, d)
	if problem.Is(err, problem.NotFound) { // it was forgotten
		return nil
	}
	return err
}

// peerDraft is what an organisation tells of an incident, as its mail would be: under its label, answered at its address.
func (a *App) peerDraft(ctx context.Context, t hear.Told) (incident.Draft, error) {
	d := incident.Draft{
		Door: incident.Shared, Key: t.Organisation + " " + t.Object + " " + t.Version.UTC().Format(time.RFC3339Nano),
		Subject: short(strings.Join(strings.Fields(t.Title), " "), incident.MaxSubject), Text: short(peerText(t), incident.MaxText), TLP: t.Label,
		Files: []incident.File{{Name: "incident.json", MediaType: "application/stix+json", Body: bytes.NewReader(t.Bundle)}},
	}
	d.Answers.IEP = t.Handling.IEP
	if t.Handling.PAP != nil {
		d.Answers.PAP = *t.Handling.PAP
	}
	o, err := a.Register.Organisation(ctx, identity.System("sharing"), t.Organisation)
	if problem.Is(err, problem.NotFound) { // it left the register since
		err = nil
	}
	if err != nil {
		return d, err
	}
	d.Reporter = incident.Reporter{Name: short(o.Name, incident.MaxField), Organisation: short(o.Name, incident.MaxField), Verified: proofs[t.Proof]}
	d.Reporter.Email, err = a.peerAddress(ctx, t.Organisation)
	return d, err
}

// proofs say how we know that a team is who it says, by how its object came; of what came before that was noted nothing is known.
var proofs = map[string]incident.Verified{
	sharing.ProofToken: incident.ByToken, sharing.ProofCertificate: incident.ByCert, sharing.ProofServer: incident.ByServer,
}

// peerAddress is where a team is answered: its mailbox for security, or else the first one; "" if it has none.
func (a *App) peerAddress(ctx context.Context, organisation string) (string, error) {
	list, err := a.Register.Contacts(ctx, identity.System("sharing"), organisation)
	if problem.Is(err, problem.NotFound) {
		return "", nil
	}
	mailed := slices.DeleteFunc(list, func(c constituency.Contact) bool { return c.Channel != constituency.Mail })
	for _, c := range mailed {
		if c.Purpose == constituency.Security {
			return c.Address, err
		}
	}
	if len(mailed) > 0 {
		return mailed[0].Address, err
	}
	return "", err
}

// peerText says in words what an object of an incident says.
func peerText(t hear.Told) string {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			b.WriteString(name + ": " + value + "\n")
		}
	}
	if t.Revoked {
		b.WriteString("Who made this incident took it back.\n\n")
	}
	b.WriteString(t.Summary + "\n\n")
	line("Class", strings.Join(t.Classes, ", "))
	line("State", t.Status)
	line("Made by", t.By)
	line("Handling", strings.Join(t.Handling.Statements, "; "))
	for _, r := range t.Related {
		line("Related", r)
	}
	line("Object", t.Object+" of "+t.Version.UTC().Format(time.RFC3339))
	return strings.TrimSpace(b.String())
}

// short cuts a text to so many bytes.
func short(s string, most int) string {
	if len(s) <= most {
		return strings.ToValidUTF8(s, "?")
	}
	return strings.ToValidUTF8(s[:most], "")
}
