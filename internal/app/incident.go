package app

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/figure"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/platform/httpx"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/outbox"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// openIncidents makes the room of reports and incidents, and the job that assesses what comes in.
func (a *App) openIncidents() (err error) {
	var judge *triage.Triage
	o := incident.Options{
		DB: a.DB, Clock: a.Clock, Log: a.Log, FS: a.FS, Dir: a.dir("evidence"), Keys: a.Keys, InForce: a.bound, Mailbox: a.mailboxOf, Managers: a.managers,
		Wake: a.Jobs.Wake, Release: a.Release, Delivery: a.Delivery, TeamName: a.Config.Team.Name, Definition: a.Config.Reports.Definition,
		Outside: a.reportOutside, SetAside: a.setAside, MailHTML: a.mailHTML, Moment: figure.Keep,
		Erased: func(tx *sqldb.Tx, report string) error { return judge.Forget(tx, report) },
	}
	if a.mailFault != nil {
		o.Delivery = nil
	}
	if a.Incidents, err = incident.New(o); err != nil {
		return err
	}
	if err := a.openFigures(); err != nil {
		return err
	}
	if err := a.openObservables(); err != nil {
		return err
	}
	if err := a.openCountermeasures(); err != nil {
		return err
	}
	a.Incidents.Prove(a.proofOfEvidence())
	if err := a.openPlaybooks(); err != nil {
		return err
	}
	a.Live.Watch(incident.Marks)
	if judge, err = a.newTriage(a.Incidents.Linked); err != nil {
		return err
	}
	if a.pager == nil {
		a.pager = httpx.New(httpx.Options{Timeout: alertPause, StatusOnly: true})
	}
	a.Jobs.Handle(a.pagerKind())
	a.Jobs.Handle(a.sumsKind())
	a.Jobs.Handle(jobs.Kind{Name: incident.JobAssess, Concurrency: 2, Do: func(ctx context.Context, t *jobs.Task) error {
		return a.assess(ctx, judge, t)
	}})
	a.Jobs.Handle(jobs.Kind{Name: incident.JobRematch, Concurrency: 1, Do: func(ctx context.Context, t *jobs.Task) error {
		return a.rematch(ctx, judge, t.Subject)
	}})
	return nil
}

// mostRematched bounds how many reports are judged anew because one that they resemble was put into an incident.
const mostRematched = 20

// rematch judges anew the reports that resemble one, as long as they wait: they may belong to the incident that it was put into.
func (a *App) rematch(ctx context.Context, judge *triage.Triage, id string) error {
	actor := identity.System("triage")
	r, err := a.Incidents.ForTriage(ctx, actor, id)
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	found, err := judge.Preview(ctx, r)
	for _, like := range found.Similar[:min(mostRematched, len(found.Similar))] {
		if err != nil {
			return err
		}
		if like.Report != "" && like.Report != id && like.Incident == "" {
			err = a.rejudge(ctx, judge, actor, like.Report)
		}
	}
	return err
}

// rejudge judges a report anew if it still waits.
func (a *App) rejudge(ctx context.Context, judge *triage.Triage, actor identity.Actor, id string) error {
	n, err := a.Incidents.Waits(ctx, actor, id)
	if err != nil || !n {
		return err
	}
	return a.assessOne(ctx, judge, actor, id)
}

// assess judges the report that a job names; of anonymous ones all that wait.
func (a *App) assess(ctx context.Context, judge *triage.Triage, t *jobs.Task) error {
	actor := identity.System("triage")
	ids := []string{t.Subject}
	if t.Subject == incident.Anonymous {
		var err error
		if ids, err = a.Incidents.Unassessed(ctx, actor, true); err != nil {
			return err
		}
	}
	for _, id := range ids {
		if err := a.assessOne(ctx, judge, actor, id); err != nil {
			return err
		}
	}
	return nil
}

// assessOne judges a report; one that was erased since needs no judging.
func (a *App) assessOne(ctx context.Context, judge *triage.Triage, actor identity.Actor, id string) error {
	r, err := a.Incidents.ForTriage(ctx, actor, id)
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	assessment, err := judge.Assess(ctx, r)
	if err != nil {
		return err
	}
	return a.DB.Write(ctx, func(tx *sqldb.Tx) error { return a.Incidents.SaveAssessment(tx, actor, id, assessment) })
}

// bound tells whether who acts has a signed agreement in force. Who owns the machine owns what is on it, and a program has that of whoever it acts for.
func (a *App) bound(tx *sqldb.Tx, actor string, now time.Time) (bool, error) {
	if strings.HasPrefix(actor, "os:") {
		return true, nil
	}
	name, ok := strings.CutPrefix(actor, "token:")
	if !ok {
		return a.Accounts.InForce(tx, actor, now)
	}
	who, made, err := a.Programs.ActsFor(tx, name)
	if err != nil || who == "" {
		return made, err
	}
	return a.Accounts.InForce(tx, who, now)
}

// mailboxOf gives the mail address and the language of a person of the team.
func (a *App) mailboxOf(tx *sqldb.Tx, name string) (address, language string, err error) {
	who, err := a.Accounts.ByID(tx.Context(), name)
	if problem.Is(err, problem.NotFound) {
		return "", "", nil
	}
	return who.Email, who.Language, err
}

// managers lists the accounts of the managers who can log in.
func (a *App) managers(tx *sqldb.Tx) (ids []string, err error) {
	list, err := a.Accounts.List(tx.Context(), identity.System("incident"))
	for _, who := range list {
		if who.State == account.Active && slices.Contains(who.Roles, identity.Manager) {
			ids = append(ids, who.ID)
		}
	}
	return ids, err
}

// keepReports does what falls due with reports: overdue referrals become tasks, memberships end, old texts are erased.
func (a *App) keepReports(ctx context.Context) error {
	actor := identity.System("retention")
	if _, err := a.Incidents.Overdue(ctx, actor); err != nil {
		return err
	}
	n, err := a.Incidents.Forget(ctx, actor, a.Config.Reports.Keep)
	if n > 0 {
		a.Log.InfoContext(ctx, "the texts of old reports were erased", "reports", n)
	}
	return err
}

// tellReports takes word of what came in: the pages see it by themselves, and who is on call is told.
func (a *App) tellReports(ctx context.Context) error {
	for _, topic := range []string{incident.Accepted, incident.WroteAgain} {
		if _, err := outbox.Discard(ctx, a.DB, topic); err != nil {
			return err
		}
	}
	return a.alertOnCall(ctx)
}
