package walk

import (
	"strings"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/countermeasure"
	"github.com/firehall/firehall/internal/incident/dossier"
	"github.com/firehall/firehall/internal/incident/lesson"
	"github.com/firehall/firehall/internal/incident/liaison"
	"github.com/firehall/firehall/internal/incident/obligation"
	"github.com/firehall/firehall/internal/incident/observable"
	"github.com/firehall/firehall/internal/incident/playbook"
	"github.com/firehall/firehall/internal/release"
)

func mark(what string) string { return what + " " + restrictedMark }

// beneath hangs one of each thing on the restricted incident, and keeps its id for the routes that lead to it.
func (w *town) beneath(name string) {
	by := w.actor("member")
	w.things = map[string]string{}
	w.lines(by, name)
	w.learned(by, name)
	w.duties(by, name)
	w.takenDown(by, name)
	w.ids = append(w.ids, w.things["measure"], w.things["measure ref"])
}

// thing keeps the id of what was planted, by the name that a path gives it.
func (w *town) thing(name, id string, err error) {
	w.Helper()
	w.must(err)
	w.things[name] = id
}

// lines are what is noted: the timeline, the liaison, observables with relation and sighting.
func (w *town) lines(by identity.Actor, name string) {
	ctx, past := w.Context(), w.Clock.Now().Add(-time.Hour)
	entry, err := w.App.Incidents.AddEntry(ctx, by, name, incident.EntryDraft{At: past, World: true, Text: mark("entry")})
	w.thing("entry", entry.ID, err)
	log := liaison.New(w.App.Incidents)
	over, err := log.Consider(ctx, by, name, liaison.Facts{Agency: mark("agency"), Contact: mark("contact")}, mark("why"))
	w.thing("handover", over.ID, err)
	found, err := w.App.Observables.Add(ctx, by, name, []observable.Draft{{Value: restrictedMark + ".example", Note: mark("note")}, {Value: "192.0.2.8"}})
	w.must(err)
	if len(found.Added) != 2 {
		w.Fatalf("%+v", found)
	}
	w.things["observable"] = found.Added[0].ID
	w.must(w.App.Observables.Sight(ctx, by, name, found.Added[0].ID, observable.Sighting{At: past, Seer: mark("sensor"), Note: mark("sighting")}))
	w.must(w.App.Observables.Relate(ctx, by, name, found.Added[0].ID, observable.ResolvesTo, found.Added[1].ID))
}

// learned are lessons, actions and what was handed out.
func (w *town) learned(by identity.Actor, name string) {
	ctx := w.Context()
	lessons := lesson.New(lesson.Options{DB: w.App.DB, Clock: w.Clock, Incidents: w.App.Incidents})
	l, err := lessons.Add(ctx, by, name, lesson.Draft{Kind: lesson.Cause, Text: mark("cause"), Grounds: mark("grounds")})
	w.thing("lesson", l.ID, err)
	a, err := lessons.AddAction(ctx, by, name, lesson.ActionDraft{Text: mark("action"), Due: w.Clock.Now().Add(24 * time.Hour)})
	w.thing("action", a.ID, err)
	order := dossier.Order{Audience: dossier.Authority, To: mark("police"), Statement: mark("statement")}
	_, err = w.App.Dossier.HandOut(ctx, by, name, order, "it was asked for")
	asked, _ := release.Stopped(err) // of what only members see somebody else has to agree
	_, err = w.App.Release.Approve(ctx, w.actor("disabled"), asked.ID, "they may")
	w.must(err)
	h, err := w.App.Dossier.HandOut(ctx, by, name, order, "it was asked for")
	w.thing("handout", h.ID, err)
}

// duties are tasks, and clocks of which one is overdue.
func (w *town) duties(by identity.Actor, name string) {
	ctx, now := w.Context(), w.Clock.Now()
	run, err := w.App.Playbooks.Start(ctx, by, name, "ransomware")
	w.thing("run", run.ID, err)
	task, err := w.App.Playbooks.Add(ctx, by, name, playbook.Draft{Title: mark("task"), Assignee: by.ID, Due: now.Add(-time.Hour)})
	w.thing("task", task.ID, err)
	o, err := w.App.Clocks.Decide(ctx, by, name, obligation.Decision{
		Duty: "nis2/incident", Applies: true, Who: mark("hospital"), Kind: obligation.Significant, Entity: obligation.Essential, Reason: mark("reason"),
	})
	w.thing("obligation", o.ID, err)
	w.must(w.App.Clocks.State(ctx, by, name, obligation.Statement{Anchor: obligation.Aware, At: now.Add(-80 * time.Hour)}, mark("they rang")))
	w.must(w.App.Figures.Contain(ctx, by, name, now))
	w.must(second(w.App.Clocks.Remind(ctx, identity.System("clocks"))))
}

// takenDown is a take-down that was asked for, and is overdue.
func (w *town) takenDown(by identity.Actor, name string) {
	ctx := w.Context()
	c, err := w.App.Countermeasures.Open(ctx, by, name, countermeasure.Plan{
		Asset: &countermeasure.Asset{Kind: countermeasure.URL, Value: "http://" + restrictedMark + ".example/login", Marker: mark("marker")},
		Checklist: &countermeasure.Checklist{
			Origin: countermeasure.Malicious, NoEvidence: mark("none"), Police: countermeasure.NoObjection, PoliceAsked: mark("desk"), Requester: mark("called"),
		},
	})
	w.thing("measure", c.ID, err)
	w.things["measure ref"] = c.Ref
	w.must(second(w.App.Countermeasures.Move(ctx, by, c.ID, countermeasure.Moving{Move: countermeasure.MoveAsk, Party: &countermeasure.Party{
		Party: incident.Party{Name: mark("hoster"), Email: "h." + restrictedMark + "@party.example"}, Role: countermeasure.Hoster,
	}})))
}

// shown fails the test unless the member was shown each page and part of the incident: the walk would find nothing where there is nothing.
func (w *town) shown(routes []route, seen map[string]bool) {
	w.Helper()
	for _, r := range routes {
		beneath := strings.HasPrefix(r.path, "/incidents/{id}") || strings.HasPrefix(r.path, "/api/v1/incidents/{id}")
		if beneath && r.method == "GET" && !seen[r.String()] {
			w.Errorf("the member was not shown %s: plant what it shows", r)
		}
	}
}
