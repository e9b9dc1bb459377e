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
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/outbox"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// alertPause is the longest that posting to the webhook of who is on call may take.
const alertPause = 10 * time.Second

// jobPage posts the number of a report, whose id is the subject, to the webhook of who is on call.
const jobPage = "report.page"

// alertOnCall tells the person on call of reports that cannot wait: by mail, and by the webhook if there is one. What is told is the report's
// number alone.
func (a *App) alertOnCall(ctx context.Context) error {
	_, err := outbox.Each(ctx, a.DB, incident.Critical, reactBatch, func(tx *sqldb.Tx, r outbox.Row) error {
		ref, err := a.Incidents.RefOf(tx, r.Subject)
		if err != nil {
			return err
		}
		if err := a.postOnCall(tx, r.Subject); err != nil {
			return err
		}
		err = a.mailOnCall(tx, ref)
		if problem.Is(err, problem.Invalid) || problem.Is(err, problem.Forbidden) {
			a.Log.ErrorContext(ctx, "who is on call could not be written to: call them", "ref", ref, "error", err)
			return nil
		}
		return err
	})
	a.Jobs.Wake()
	return err
}

// postOnCall has the webhook posted to until it answers: the job outlives this process.
func (a *App) postOnCall(tx *sqldb.Tx, report string) error {
	if a.Config.Reports.OnCallWebhook == "" {
		return nil
	}
	now := a.Clock.Now()
	if err := a.Release.ForPager(tx, identity.System("triage"), report); err != nil {
		return err
	}
	_, err := jobs.Enqueue(tx, now, jobs.Post{Kind: jobPage, Subject: report, Unique: true})
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

// page posts a report's number to the webhook of who is on call. An error has it tried again; each is said, for who reads the log can still call.
func (a *App) page(ctx context.Context, t *jobs.Task) (err error) {
	ref := ""
	err = a.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		ref, err = a.Incidents.RefOf(tx, t.Subject)
		return err
	})
	address := a.Config.Reports.OnCallWebhook
	if err != nil || address == "" {
		return err
	}
	body, err := json.Marshal(map[string]string{"ref": ref, "url": a.reportURL(ref)})
	if err != nil {
		return err
	}
	res, err := a.pager.Post(ctx, address, http.Header{"Content-Type": {"application/json"}}, body)
	if err == nil && res.Status/100 != 2 {
		err = problem.New(problem.Unavailable, "the webhook of who is on call answers %d", res.Status)
	}
	if err != nil {
		a.Log.ErrorContext(ctx, "the webhook of who is on call does not answer: call them", "ref", ref, "error", err)
	}
	return err
}

// pagerKind is the job that does so: at once, then after seconds, then each minute for an hour.
func (a *App) pagerKind() jobs.Kind {
	return jobs.Kind{Name: jobPage, Attempts: 64, Do: a.page, Backoff: func(n int) time.Duration { return min(time.Minute, 5*time.Second<<min(n-1, 4)) }}
}
