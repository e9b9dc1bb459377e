package app

import (
	"context"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/feed/door/token"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	apitoken "github.com/firehall/firehall/internal/identity/token"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/notification"
	"github.com/firehall/firehall/internal/notification/message"
	"github.com/firehall/firehall/internal/notification/texts"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// noRecord is why nothing can be recorded.
const noRecord = "no record can be written"

// TestWhatCannotBeAuditedIsRefused breaks the record, and then nothing can be changed: not in any room.
func TestWhatCannotBeAuditedIsRefused(t *testing.T) {
	h := newHouse(t)
	h.conf.Team.Name, h.conf.Team.Email = "CERT Example", "cert@cert.example"
	h.fill("192.0.2.7\n")
	a, _ := h.open()
	k := keepSomething(t, a)
	if err := a.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`CREATE TRIGGER no_record BEFORE INSERT ON audit_payload BEGIN SELECT RAISE(ABORT, '` + noRecord + `'); END`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	all := k.unrecorded(t.Context())
	for _, more := range []map[string]func() error{k.unrecordedTelling(t.Context()), k.unrecordedPeople(t.Context()), k.unrecordedReports(t.Context()), k.unrecordedIncidents(t.Context())} {
		maps.Copy(all, more)
	}
	before := everything(t, a)
	for name, do := range all {
		t.Run(name, func(t *testing.T) {
			if err := do(); err == nil || !strings.Contains(err.Error(), noRecord) {
				t.Errorf("it was done without a record, or refused for another reason: %v", err)
			}
			after := everything(t, a)
			for table, rows := range after {
				if rows != before[table] {
					t.Errorf("it was refused, and changed %s:\n%s\nbecame\n%s", table, before[table], rows)
				}
			}
			before = after
		})
	}
}

// kept is what an installation holds when its record breaks.
type kept struct {
	*App
	findings                          []finding.Finding
	manager, other                    identity.Actor
	guest                             account.Account
	signed                            account.Agreement
	report, confidential              incident.Report
	open, restricted                  incident.Incident
	saved                             desk.Saved
	text, program, dead, organisation string
}

// keepSomething fills every room.
func keepSomething(t *testing.T, a *App) *kept {
	t.Helper()
	ctx, k := t.Context(), &kept{App: a}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := a.ApplyFindings(ctx, tester, nil)
	must(err)
	k.findings = findingsOf(t, a)
	k.organisation = k.findings[0].Organisation
	k.keepPeople(ctx, must)
	k.keepReports(ctx, must)
	saved, err := a.Desk.SaveQuery(ctx, k.manager, desk.Saved{Page: desk.SavedFindings, Name: "mine", Query: "state:open"})
	must(err)
	k.saved = saved
	text, fault, err := a.Texts.Write(ctx, k.manager, texts.Version{Language: "en", File: message.LetterFile, Text: letterTextOf(t, a)})
	must(err)
	must(fault)
	k.text = text.ID
	must(a.DB.Write(ctx, func(tx *sqldb.Tx) error {
		k.dead, err = jobs.Enqueue(tx, a.Clock.Now(), jobs.Post{Kind: notification.KindSend, Subject: "dead"})
		if err == nil {
			_, err = tx.Exec(`UPDATE job SET state = 'dead' WHERE id = $1`, k.dead)
		}
		return err
	}))
	return k
}

// letterTextOf is the English letter as it comes with the program.
func letterTextOf(t *testing.T, a *App) string {
	t.Helper()
	files, err := a.Texts.Files(t.Context(), tester)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.Language == "en" && f.Name == message.LetterFile {
			return f.Text
		}
	}
	t.Fatal("no English letter")
	return ""
}

func (k *kept) keepPeople(ctx context.Context, must func(error)) {
	k.manager = k.person(ctx, "boss", must)
	k.other = k.person(ctx, "other", must)
	var err error
	k.guest, _, err = k.Accounts.Add(ctx, tester, account.Draft{Login: "guest", Roles: []identity.Role{identity.Auditor}})
	must(err)
	_, program, err := k.Programs.Make(ctx, tester, apitoken.Draft{Name: "kept", Scopes: []identity.Scope{"reports:read"}})
	must(err)
	k.program = program.ID
}

// person makes an account that is used, of somebody who signed an agreement.
func (k *kept) person(ctx context.Context, login string, must func(error)) identity.Actor {
	who, _, err := k.Accounts.Add(ctx, tester, account.Draft{Login: login, Roles: []identity.Role{identity.Manager}})
	must(err)
	_, err = k.Accounts.Enable(ctx, tester, who.ID, "a test")
	must(err)
	k.signed, err = k.Accounts.Sign(ctx, tester, account.Agreement{Account: who.ID, Kind: account.NDA, Signed: k.Clock.Now()})
	must(err)
	actor, err := k.Accounts.Actor(ctx, who.ID)
	must(err)
	return actor
}

func (k *kept) keepReports(ctx context.Context, must func(error)) {
	var err error
	k.report, err = k.Incidents.Accept(ctx, k.manager, incident.Draft{Door: incident.Phone, Subject: "kept", Text: "a report"})
	must(err)
	k.confidential, err = k.Incidents.Accept(ctx, k.manager, incident.Draft{Door: incident.Form, Subject: "sealed", Text: "in confidence", Confidential: true})
	must(err)
	k.open, err = k.Incidents.OpenIncident(ctx, k.manager, incident.Opening{Title: "open"})
	must(err)
	k.restricted, err = k.Incidents.OpenIncident(ctx, k.manager, incident.Opening{Title: "restricted", Restricted: true, Reason: "a test"})
	must(err)
}

// unrecorded are operations of the rooms that bring things in, keep watch and let people in.
func (k *kept) unrecorded(ctx context.Context) map[string]func() error {
	reg := "organisation,network,contact\nOther,198.51.100.0/24,x@other.example\n"
	return map[string]func() error{
		"constituency.import": func() error {
			_, err := k.Register.Import(ctx, tester, strings.NewReader(reg), importOptions)
			return err
		},
		"feed.ingest": func() error {
			_, err := k.Feeds.Ingest(ctx, tester, feed.Source{Feed: "desk", Name: "more.txt", Reader: strings.NewReader("192.0.2.9\n")})
			return err
		},
		"feed.token": func() error {
			_, _, err := (&token.Tokens{DB: k.DB, Clock: k.Clock}).New(ctx, tester, "x", "desk")
			return err
		},
		"session.link":          func() error { _, _, err := k.LoginLink(ctx, tester, "http://127.0.0.1"); return err },
		"audit.checkpoint":      func() error { _, err := k.Record.Checkpoint(ctx, tester, nil); return err },
		"finding.move":          k.moveFinding(ctx, finding.Acknowledged, ""),
		"finding.move to fixed": k.moveFinding(ctx, finding.Fixed, "they said so"),
		"finding.reattribute": func() error {
			_, err := k.Findings.Reattribute(ctx, tester, func(finding.Finding) (string, string, string) { return "", "", "" })
			return err
		},
		"saved.keep": func() error {
			_, err := k.Desk.SaveQuery(ctx, k.manager, desk.Saved{Page: desk.SavedEvents, Name: "other", Query: "src:192.0.2.7"})
			return err
		},
		"saved.keep another under the name": func() error {
			_, err := k.Desk.SaveQuery(ctx, k.manager, desk.Saved{Page: desk.SavedFindings, Name: k.saved.Name, Query: "state:muted"})
			return err
		},
		"saved.forget": func() error { return k.Desk.ForgetQuery(ctx, k.manager, k.saved.ID) },
		"jobs.retry":   func() error { return k.JobDesk().Retry(ctx, k.manager, k.dead) },
		"jobs.discard": func() error { return k.JobDesk().Discard(ctx, k.manager, k.dead, "a test") },
	}
}

func (k *kept) moveFinding(ctx context.Context, to finding.State, why string) func() error {
	return func() error {
		_, err := k.Findings.Move(ctx, k.manager, []finding.Key{k.findings[0].Key}, finding.Request{To: to, Reason: why})
		return err
	}
}

// unrecordedTelling are operations of the rooms by which others are told something.
func (k *kept) unrecordedTelling(ctx context.Context) map[string]func() error {
	return map[string]func() error{
		"delivery.stop": func() error { return k.Delivery.Stop(ctx, tester, delivery.All, "a test") },
		"release.forTeam": func() error {
			return k.DB.Write(ctx, func(tx *sqldb.Tx) error { _, _, err := k.Release.ForTeam(tx, identity.System("x"), "x"); return err })
		},
		"notification.approve": func() error { _, err := k.Notify.Approve(ctx, k.manager, notification.ApproveOptions{}); return err },
		"notification.approve an organisation": func() error {
			_, err := k.Notify.Approve(ctx, k.manager, notification.ApproveOptions{Organisation: k.organisation})
			return err
		},
		"notification.send": func() error { _, err := k.Orders.Send(ctx, k.manager); return err },
		"text.write": func() error {
			_, _, err := k.Texts.Write(ctx, k.manager, texts.Version{Language: "fr", File: message.LetterFile, Text: "x"})
			return err
		},
		"text.activate": func() error { return k.Texts.Activate(ctx, k.manager, k.text) },
	}
}

// unrecordedPeople are operations on accounts and tokens.
func (k *kept) unrecordedPeople(ctx context.Context) map[string]func() error {
	changed := k.guest
	changed.Name = "Guest of Honour"
	return map[string]func() error{
		"account.add": func() error {
			_, _, err := k.Accounts.Add(ctx, k.manager, account.Draft{Login: "new", Roles: []identity.Role{identity.Auditor}})
			return err
		},
		"account.invite":  func() error { _, err := k.Accounts.Invite(ctx, k.manager, k.guest.ID); return err },
		"account.change":  func() error { _, err := k.Accounts.Change(ctx, k.manager, changed); return err },
		"account.disable": func() error { _, err := k.Accounts.Disable(ctx, k.manager, k.guest.ID, "a test"); return err },
		"account.enable":  func() error { _, err := k.Accounts.Enable(ctx, k.manager, k.guest.ID, "a test"); return err },
		"account.role": func() error {
			_, err := k.Accounts.SetRoles(ctx, k.manager, k.guest.ID, k.guest.Version, []identity.Role{identity.Manager})
			return err
		},
		"account.expiry": func() error {
			_, err := k.Accounts.SetExpiry(ctx, k.manager, k.guest.ID, k.guest.Version, k.Clock.Now().Add(time.Hour))
			return err
		},
		"agreement.sign": func() error {
			_, err := k.Accounts.Sign(ctx, k.manager, account.Agreement{Account: k.guest.ID, Kind: account.NDA, Signed: k.Clock.Now()})
			return err
		},
		"agreement.end": func() error { return k.Accounts.End(ctx, k.manager, k.signed.ID, "a test") },
		"token.make": func() error {
			_, _, err := k.Programs.Make(ctx, tester, apitoken.Draft{Name: "x", Scopes: []identity.Scope{"reports:read"}})
			return err
		},
		"token.revoke": func() error { return k.Programs.Revoke(ctx, tester, k.program) },
	}
}

// unrecordedReports are operations on reports.
func (k *kept) unrecordedReports(ctx context.Context) map[string]func() error {
	s, name := k.Incidents, k.report.ID
	return map[string]func() error{
		"report.accept": func() error {
			_, err := s.Accept(ctx, k.manager, incident.Draft{Door: incident.Phone, Text: "another"})
			return err
		},
		"report.accept an anonymous one": func() error {
			_, err := s.Accept(ctx, identity.System("form"), incident.Draft{Door: incident.Form, Text: "another", Anonymous: true})
			return err
		},
		"report.move":   func() error { _, err := s.Move(ctx, k.manager, []string{name}, incident.Reject, "a test"); return err },
		"report.assign": func() error { _, err := s.Assign(ctx, k.manager, []string{name}, k.manager.ID); return err },
		"report.edit": func() error {
			sealed := true
			_, err := s.Edit(ctx, k.manager, name, k.report.Version, incident.Edit{Confidential: &sealed})
			return err
		},
		"report.note":  func() error { _, err := s.AddNote(ctx, k.manager, name, "a note"); return err },
		"report.reply": func() error { _, err := s.Reply(ctx, k.manager, k.confidential.ID, "", "an answer"); return err },
		"report.refer": func() error {
			_, err := s.Refer(ctx, k.manager, name, incident.ReferralDraft{To: incident.Party{Name: "Police"}, Reason: "a test", Due: k.Clock.Now().Add(time.Hour)})
			return err
		},
		"report.merge": func() error {
			_, err := s.Merge(ctx, k.manager, name, []string{k.confidential.ID}, "a test")
			return err
		},
		"report.erase":      func() error { return s.Erase(ctx, k.manager, k.confidential.ID, "a test") },
		"report.said":       func() error { return s.SayIn(ctx, k.confidential.Code, "more of it", nil) },
		"report.definition": func() error { _, err := s.Define(ctx, k.manager, 0, "whatever hurts"); return err },
		"report.significance": func() error {
			_, err := s.SetSignificance(ctx, k.manager, name, 0, incident.Significance{Economy: incident.Ground{Yes: true, Reason: "a test"}})
			return err
		},
	}
}

// unrecordedIncidents are operations on incidents. To read a restricted one is recorded, and so is refused, too.
func (k *kept) unrecordedIncidents(ctx context.Context) map[string]func() error {
	s, name := k.Incidents, k.open.ID
	return map[string]func() error{
		"incident.open": func() error {
			_, err := s.OpenIncident(ctx, k.manager, incident.Opening{Title: "another"})
			return err
		},
		"incident.edit": func() error {
			title := "renamed"
			_, err := s.EditIncident(ctx, k.manager, name, k.open.Version, incident.Revision{Title: &title})
			return err
		},
		"incident.move": func() error { _, err := s.MoveIncident(ctx, k.manager, name, incident.Resolve, "a test"); return err },
		"incident.link": func() error { _, err := s.Link(ctx, k.manager, name, []string{k.report.ID}); return err },
		"incident.note": func() error { _, err := s.AddNote(ctx, k.manager, name, "a note"); return err },
		"incident.restrict": func() error {
			_, err := s.Restrict(ctx, k.manager, name, true, []incident.Member{{Account: k.manager.ID}}, "a test")
			return err
		},
		"incident.read a restricted one": func() error { _, err := s.Incident(ctx, k.manager, k.restricted.ID); return err },
		"incident.list with a restricted one": func() error {
			_, err := s.Incidents(ctx, k.manager, incident.Filter{})
			return err
		},
		"incident.member": func() error {
			return s.AddMember(ctx, k.manager, k.restricted.ID, incident.Member{Account: k.other.ID})
		},
		"incident.merge": func() error {
			_, err := s.MergeIncident(ctx, k.manager, name, k.restricted.ID, "a test")
			return err
		},
		"incident.relate": func() error { return s.Relate(ctx, k.manager, name, incident.Related, k.restricted.ID) },
		"incident.assign": func() error { _, err := s.AssignIncidents(ctx, k.manager, []string{name}, k.manager.ID); return err },
		"incident.campaign": func() error {
			_, err := s.OpenCampaign(ctx, k.manager, incident.CampaignText{Name: "a test"})
			return err
		},
		"incident.glass": func() error { return s.BreakGlass(ctx, k.other, k.restricted.ID, "a test") },
	}
}

// everything gives what stands in every table but those that are the machinery's own.
func everything(t *testing.T, a *App) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := a.DB.Read(t.Context(), func(tx *sqldb.Tx) error {
		clear(out)
		return tx.Each(`SELECT m.name, group_concat('quote("' || c.name || '")', ' || '','' || ')
			FROM sqlite_master m, pragma_table_info(m.name) c
			WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name NOT IN ('lease', 'intake_attempt') GROUP BY m.name`, nil,
			func(scan func(...any) error) error {
				var table, columns, rows string
				if err := scan(&table, &columns); err != nil {
					return err
				}
				err := tx.QueryRow(`SELECT COALESCE(group_concat(` + columns + `, char(10)), '') FROM "` + table + `"`).Scan(&rows)
				out[table] = rows
				return err
			})
	})
	if err != nil || len(out) < 30 {
		t.Fatalf("%d tables, %v", len(out), err)
	}
	return out
}
