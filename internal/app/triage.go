package app

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/platform/httpx"
	"github.com/firehall/firehall/internal/platform/outbox"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// triageSecret names the key of the digests by which reports are compared.
const triageSecret = "triage"

// newTriage makes what judges reports. linked tells to which incidents reports belong.
func (a *App) newTriage(linked func(context.Context, identity.Actor, []string) (map[string][]string, error)) (*triage.Triage, error) {
	secret, err := a.Keys.Secret(triageSecret)
	if err != nil {
		return nil, err
	}
	return triage.New(triage.Options{DB: a.DB, Register: a.Register, Key: secret, Findings: a.standingFindings, Incidents: linked}), nil
}

// standingFindings counts the findings that stand among those that a question finds.
func (a *App) standingFindings(ctx context.Context, actor identity.Actor, question string) (int, error) {
	counts, err := a.Desk.CountFindings(ctx, actor, "("+question+") state:open,notified,acknowledged,reopened", nil)
	if err != nil {
		a.Log.WarnContext(ctx, "the findings of a report's indicators could not be counted", "error", err)
		return 0, nil // a report is judged all the same
	}
	n := int64(0)
	for _, c := range counts {
		n += c.Findings
	}
	return int(n), nil
}

// alertPause is the longest that posting to the webhook of who is on call may take.
const alertPause = 10 * time.Second

// alertOnCall tells the person on call of reports that cannot wait: by mail, and by the webhook if there is one. What is told is the report's
// number alone.
func (a *App) alertOnCall(ctx context.Context) error {
	var refs []string
	_, err := outbox.Each(ctx, a.DB, incident.Critical, reactBatch, func(tx *sqldb.Tx, r outbox.Row) error {
		ref, err := a.Incidents.RefOf(tx, r.Subject)
		if err != nil {
			return err
		}
		refs = append(refs, ref)
		err = a.mailOnCall(tx, ref)
		if problem.Is(err, problem.Invalid) || problem.Is(err, problem.Forbidden) {
			a.Log.ErrorContext(ctx, "who is on call could not be written to: call them", "ref", ref, "error", err)
			return nil
		}
		return err
	})
	for _, ref := range refs {
		if err := a.hookOnCall(ctx, ref); err != nil {
			a.Log.ErrorContext(ctx, "the webhook of who is on call does not answer: call them", "ref", ref, "error", err)
		}
	}
	return err
}

func (a *App) mailOnCall(tx *sqldb.Tx, ref string) error {
	m := a.Config.Mail
	if a.mailFault != nil || m.Relay == "" && m.Maildir == "" {
		return nil // the log and the page say it
	}
	actor := identity.System("triage")
	permit, to, err := a.permitOnCall(tx, actor)
	if err != nil {
		return err
	}
	subject := "Report " + ref + " cannot wait"
	text := "A report about life or an essential service came in.\n\n" + a.reportURL(ref) + "\n"
	ready, err := a.Delivery.Compose(tx.Context(), permit, delivery.Draft{
		ID: id.NewAt(a.Clock.Now()), To: to, ToName: a.Config.Team.Name, Subject: subject, Generic: subject, Text: text,
		Label: permit.Label(), Language: "en", Date: a.Clock.Now(),
	})
	if err != nil {
		return err
	}
	return a.Delivery.Enqueue(tx, permit, ready)
}

// permitOnCall lets the person on call be told; without one, the team's own mailbox.
func (a *App) permitOnCall(tx *sqldb.Tx, actor identity.Actor) (release.Permit, constituency.Contact, error) {
	if address := a.Config.Reports.OnCallMail; address != "" {
		return a.Release.ForPerson(tx, actor, "report", address)
	}
	return a.Release.ForTeam(tx, actor, "report")
}

func (a *App) reportURL(ref string) string {
	base := a.Config.Serve.PublicURL
	if base == "" {
		base = "http://" + a.Config.Serve.Listen
	}
	return base + "/reports/" + ref
}

func (a *App) hookOnCall(ctx context.Context, ref string) error {
	address := a.Config.Reports.OnCallWebhook
	if address == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, alertPause)
	defer cancel()
	body, err := json.Marshal(map[string]string{"ref": ref, "url": a.reportURL(ref)})
	if err != nil {
		return err
	}
	client := httpx.New(httpx.Options{Timeout: alertPause, StatusOnly: true})
	_, err = client.Post(ctx, address, http.Header{"Content-Type": {"application/json"}}, body)
	return err
}

// AssessReports judges every report that waits for it, as the jobs of a server do, and returns how many.
func (a *App) AssessReports(ctx context.Context) (int, error) {
	judge, err := a.newTriage(a.Incidents.Linked)
	if err != nil {
		return 0, err
	}
	actor := identity.System("triage")
	ids, err := a.Incidents.Unassessed(ctx, actor, false)
	for _, id := range ids {
		if err := a.assessOne(ctx, judge, actor, id); err != nil {
			return 0, err
		}
	}
	return len(ids), err
}
