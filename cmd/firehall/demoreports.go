package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/demo"
	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/obligation"
)

// reports lets the reports of the day come, over their doors, those that are there at once, and opens what people of the team opened of them.
func (t *demonstration) reports() error {
	if err := t.people(); err != nil {
		return err
	}
	for _, a := range arrivals(false) {
		if err := t.report(t.ctx, a); err != nil {
			return err
		}
	}
	if err := t.app.SettleReports(t.ctx); err != nil {
		return err
	}
	return t.work()
}

// arrivals are the reports that come at once, or later, in the order of their time.
func arrivals(later bool) []demo.Arrival {
	list := slices.DeleteFunc(demo.Arrivals(), func(a demo.Arrival) bool { return a.After > 0 != later })
	slices.SortStableFunc(list, func(a, b demo.Arrival) int { return cmp.Compare(a.After, b.After) })
	return list
}

// report lets one come.
func (t *demonstration) report(ctx context.Context, a demo.Arrival) error {
	if a.Door == demo.ByMail {
		raw, err := os.ReadFile(t.ReportMail(a))
		if os.IsNotExist(err) { // the demonstration is older than its reports
			return nil
		}
		if err != nil {
			return problem.Wrap(problem.Unavailable, err, "read a report of the demonstration; --fresh makes them anew")
		}
		return t.app.MailIn(ctx, raw)
	}
	door, actor := incident.Form, identity.System(string(incident.Form))
	if a.Door == demo.ByPhone {
		door, actor = incident.Phone, t.of("idris")
	}
	r, err := t.app.Incidents.Accept(ctx, actor, incident.Draft{
		Door: door, Key: "demonstration/" + a.Name, Subject: a.Subject, Text: a.Text, Confidential: a.Confidential, Anonymous: a.Anonymous, TLP: tlp.Amber,
		Answers:  incident.Answers{Urgent: a.Urgent, Happened: a.Happened, When: a.When, Affected: a.Affected, Impact: a.Impact, Help: a.Help, Peers: a.Peers},
		Reporter: incident.Reporter{Name: a.Reporter, Email: a.Email, Phone: a.Phone, Organisation: a.Organisation, Language: a.Language},
	})
	if err == nil && r.Code != "" && a.Ask != "" {
		err = t.dialogue(ctx, r, a)
	}
	return err
}

// dialogue asks who reported something, in the mailbox, and lets them answer.
func (t *demonstration) dialogue(ctx context.Context, r incident.Report, a demo.Arrival) error {
	if _, err := t.app.Incidents.Reply(ctx, t.of("idris"), r.ID, "", a.Ask); err != nil {
		return err
	}
	t.code = r.Code
	return t.app.Incidents.SayIn(ctx, r.Code, a.Added, nil)
}

// allReports takes the whole day's reports in at once.
func (t *demonstration) allReports() error {
	begun := time.Now()
	t.printf("6. Taking reports in: from a public form, a telephone, and mails of people, peers and\n   machines; each is judged, and put into one queue\n")
	if err := t.reports(); err != nil {
		return err
	}
	for _, a := range arrivals(true) {
		if err := t.report(t.ctx, a); err != nil {
			return err
		}
	}
	if err := t.app.SettleReports(t.ctx); err != nil {
		return err
	}
	t.printf("   %d came, of people and of machines, in %.1f s; two are incidents by now, and a\n   fake log-in page is asked to be taken down\n", len(demo.Arrivals()), time.Since(begun).Seconds())
	return nil
}

// queue shows what a person would look at first.
func (t *demonstration) queue() error {
	list, err := t.app.Incidents.Reports(t.ctx, t.of("idris"), incident.Filter{Query: "state:new", Folded: true, Request: page.Request{Limit: queueShown}})
	if err != nil {
		return err
	}
	t.heading("What waits for triage, the worst first")
	for _, r := range list.Items {
		what := cmp.Or(r.Subject, "(the form has no subject)")
		if r.Folded > 1 {
			what = fmt.Sprintf("%s (%d of this source)", what, r.Folded)
		}
		t.printf("%s  %-8s  %-30s %-6s %s\n", r.Ref, r.Severity, r.Class, r.Door, render.Clean(what, 60))
	}
	passed, err := t.app.Incidents.PassedOn(t.ctx, t.of("idris"))
	if err != nil {
		return err
	}
	for _, p := range passed {
		t.printf("%s  passed to named handlers: it resembles something that is not for everybody\n", p.Ref)
	}
	return nil
}

// queueShown is how many lines of the queue are shown.
const queueShown = 12

// people gives the team its people, with the agreements that they signed. Nobody has a password: a login link lets each in.
func (t *demonstration) people() error {
	t.team = map[string]identity.Actor{}
	for _, p := range demo.Team() {
		who, err := t.app.Accounts.ByLogin(t.ctx, p.Login)
		if problem.Is(err, problem.NotFound) {
			who, err = t.hire(p)
		}
		if err != nil {
			return err
		}
		if t.team[p.Login], err = t.app.Accounts.Actor(t.ctx, who.ID); err != nil && !problem.Is(err, problem.Forbidden) {
			return err
		}
	}
	return nil
}

func (t *demonstration) hire(p demo.Person) (who account.Account, err error) {
	role, err := identity.ParseRole(p.Role)
	if err != nil {
		return who, err
	}
	who, _, err = t.app.Accounts.Add(t.ctx, t.actor, account.Draft{Login: p.Login, Name: p.Name, Email: p.Address(), Language: p.Language, Roles: []identity.Role{role}})
	if err != nil {
		return who, err
	}
	if p.Bound {
		g := account.Agreement{Account: who.ID, Kind: account.NDA, Scope: "everything that the team is told", Version: "2026-01"}
		if _, err := t.app.Accounts.Sign(t.ctx, t.actor, g); err != nil {
			return who, err
		}
	}
	return t.app.Accounts.Enable(t.ctx, t.actor, who.ID, "works here in the demonstration")
}

// of is somebody of the team; who runs the demonstration, if that account may not be used any more.
func (t *demonstration) of(login string) identity.Actor {
	if who := t.team[login]; who.ID != "" {
		return who
	}
	return t.actor
}

// work does what the team did before somebody looks. What is done already stays.
func (t *demonstration) work() error {
	for _, do := range []func() error{t.openHospital, t.openTurbine, t.passOn, t.askTakedown} {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// fresh finds the report that came from an address, if nobody has worked on it.
func (t *demonstration) fresh(name string) (r incident.Row, found bool, err error) {
	for _, a := range demo.Arrivals() {
		if a.Name != name {
			continue
		}
		list, err := t.app.Incidents.Reports(t.ctx, t.of("mara"), incident.Filter{Query: "state:new incident:none from:" + a.Email, Request: page.Request{Limit: 1}})
		if err != nil || len(list.Items) == 0 {
			return r, false, err
		}
		return list.Items[0], true, nil
	}
	return r, false, nil
}

func (t *demonstration) openHospital() error {
	r, found, err := t.fresh(demo.Hospital)
	if err != nil || !found {
		return err
	}
	i, err := t.app.Incidents.OpenIncident(t.ctx, t.of("chloe"), incident.Opening{
		Title: "Ransomware at City Hospital", Summary: "File servers and the laboratory are encrypted; the emergency room works on paper.", Class: r.Class,
		Severity: r.Severity, TLP: tlp.Amber, Reports: []string{r.ID},
	})
	if err != nil {
		return err
	}
	if err := t.hospitalClocks(i.ID); err != nil {
		return err
	}
	if _, err := t.app.Playbooks.Start(t.ctx, t.of("chloe"), i.ID, "ransomware"); err != nil {
		return err
	}
	if _, err := t.app.Incidents.AddNote(t.ctx, t.of("chloe"), i.ID, "Rang Ms Night: they cut the laboratory off. Backups are from Sunday, offline. She rings again at two."); err != nil {
		return err
	}
	_, err = t.app.Incidents.AddNote(t.ctx, t.of("amina"), r.ID, "L'adresse de la rançon est la même que dans le bulletin du CERT Bouvet de lundi.")
	return err
}

// hospitalClocks lets the law run for the hospital: it warned in time, and its notification is due; whether data of patients are gone is decided too.
func (t *demonstration) hospitalClocks(name string) error {
	chloe, now := t.of("chloe"), time.Now().Truncate(time.Minute)
	o, err := t.app.Clocks.Decide(t.ctx, chloe, name, obligation.Decision{
		Duty: "nis2/incident", Applies: true, Who: "City Hospital", Kind: obligation.Significant, Entity: obligation.Essential, Crime: obligation.Yes,
		Reason: "A hospital of this size is an essential entity, and the emergency room is hit.",
	})
	if err != nil {
		return err
	}
	aware := obligation.Statement{Anchor: obligation.Aware, At: now.Add(-20 * time.Hour)}
	if err := t.app.Clocks.State(t.ctx, chloe, name, aware, "Ms Night: the night shift saw the first files go at that hour."); err != nil {
		return err
	}
	if _, err := t.app.Clocks.Submit(t.ctx, chloe, name, obligation.Proof{
		Obligation: o.ID, Stage: "early-warning", At: now.Add(-18 * time.Hour), To: "us, by telephone", Reference: "EW-17",
	}); err != nil {
		return err
	}
	_, err = t.app.Clocks.Decide(t.ctx, chloe, name, obligation.Decision{
		Duty: "gdpr/breach", Applies: true, Who: "City Hospital", Reason: "They cannot read the patients' files; whether somebody else can is not known.",
	})
	return err
}

func (t *demonstration) openTurbine() error {
	r, found, err := t.fresh(demo.Turbine)
	if err != nil || !found {
		return err
	}
	_, err = t.app.Incidents.OpenIncident(t.ctx, t.of("mara"), incident.Opening{
		Title: "Intruder at Kalla Power", Summary: "A backdoor in the control room, perhaps from the maintenance firm.", Class: r.Class, Severity: r.Severity,
		TLP: tlp.AmberStrict, Restricted: true, Members: []incident.Member{{Account: t.of("chloe").ID, Reason: "handles it"}}, Reports: []string{r.ID}, Reason: "the source asked for few readers",
	})
	return err
}

func (t *demonstration) passOn() error {
	r, found, err := t.fresh(demo.Bank)
	if err != nil || !found {
		return err
	}
	_, err = t.app.Incidents.Refer(t.ctx, t.of("idris"), r.ID, incident.ReferralDraft{
		To: incident.Party{Name: "First Bank of Demonstra, fraud desk"}, Reason: "Told the fraud desk by telephone; they have the page taken down.", Due: time.Now().Add(24 * time.Hour),
	})
	return err
}

// drip lets the later reports come, each at its time, until ctx ends.
func (t *demonstration) drip(ctx context.Context) error {
	begun := time.Now()
	for _, a := range arrivals(true) {
		if !wait(ctx, time.Until(begun.Add(a.After))) {
			return nil
		}
		if err := t.report(ctx, a); err != nil {
			return err
		}
		t.printf("%s  a report came by %s\n", time.Now().Format(time.TimeOnly), strings.ReplaceAll(a.Door, "form", "the public form"))
	}
	return nil
}
