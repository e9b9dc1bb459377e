package station

import (
	"strings"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/countermeasure"
	"github.com/firehall/firehall/internal/incident/lesson"
	"github.com/firehall/firehall/internal/incident/liaison"
	"github.com/firehall/firehall/internal/incident/obligation"
	"github.com/firehall/firehall/internal/incident/observable"
	"github.com/firehall/firehall/internal/incident/playbook"
)

// officer makes somebody who handles incidents: it is they who did it all, then.
func (f *filler) officer() {
	roles := []identity.Role{identity.DutyOfficer, identity.IncidentHandler}
	who, _, err := f.app.Accounts.Add(f.Context(), person, account.Draft{Login: "chloe", Name: "Chloé Marin", Email: "chloe@cert.example", Roles: roles})
	f.must(err)
	f.by = identity.Actor{ID: who.ID, Name: who.Name, Kind: identity.Person, Via: "web", Roles: roles}
}

// handled has the hospital's incident worked on for a day: all that can hang on an incident hangs on it.
func (f *filler) handled() {
	found, err := f.app.Incidents.Incidents(f.Context(), f.by, incident.Filter{Query: "hospital"})
	f.must(err)
	if len(found.Items) == 0 {
		f.Fatal("there is no incident of the hospital")
	}
	name := found.Items[0].ID
	f.told(name)
	f.tasks(name)
	f.law(name)
	f.seen(name)
	f.takesDown(name)
	f.learns(name)
}

// told is what happened in the world, and what was put into the vault.
func (f *filler) told(name string) {
	for _, e := range []incident.EntryDraft{
		{At: Now.Add(-20 * time.Hour), World: true, Text: "The night shift sees the first files that cannot be opened."},
		{At: Now.Add(-19 * time.Hour), World: true, Text: "The laboratory's server shows the note. It names **recover@lockers[.]example**."},
		{At: Now.Add(-17 * time.Hour), Text: "Rang the hospital: they cut the laboratory off the network."},
	} {
		f.must(second(f.app.Incidents.AddEntry(f.Context(), f.by, name, e)))
	}
	for file, text := range map[string]string{"ransom-note.txt": "All your files are encrypted. Write to recover@lockers.example.", "laboratory.evtx": "an event log", "server-1.img.sha256": "a list of hashes"} {
		f.must(second(f.app.Incidents.Attach(f.Context(), f.by, name, incident.File{Name: file, Body: strings.NewReader(text)})))
	}
}

// tasks are those of the playbook, of which some are done.
func (f *filler) tasks(name string) {
	_, err := f.app.Playbooks.Start(f.Context(), f.by, name, "ransomware")
	f.must(err)
	sheet, err := f.app.Playbooks.Of(f.Context(), f.by, name)
	f.must(err)
	done := 0
	for _, t := range sheet.Tasks {
		if len(t.Waits) > 0 || t.Ask || done == 3 {
			continue
		}
		done++
		move := playbook.End
		if done == 3 {
			move = playbook.Begin
		}
		f.must(second(f.app.Playbooks.Move(f.Context(), f.by, t.ID, move, playbook.Manner{})))
	}
	f.must(second(f.app.Playbooks.Add(f.Context(), f.by, name, playbook.Draft{Title: "Ask the insurer whom they send", Due: Now.Add(4 * time.Hour), Assignee: f.by.ID})))
}

// law is what the law wants: one stage was submitted, the next is due.
func (f *filler) law(name string) {
	o, err := f.app.Clocks.Decide(f.Context(), f.by, name, obligation.Decision{
		Duty: "nis2/incident", Applies: true, Who: "City Hospital", Kind: obligation.Significant, Entity: obligation.Essential, Crime: obligation.Yes,
		Reason: "A hospital of this size is an essential entity, and the emergency room is hit.",
	})
	f.must(err)
	aware := obligation.Statement{Anchor: obligation.Aware, At: Now.Add(-20 * time.Hour)}
	f.must(f.app.Clocks.State(f.Context(), f.by, name, aware, "The night shift saw the first files go at that hour."))
	f.must(second(f.app.Clocks.Submit(f.Context(), f.by, name, obligation.Proof{
		Obligation: o.ID, Stage: "early-warning", At: Now.Add(-18 * time.Hour), To: "us, by telephone", Reference: "EW-17",
	})))
	f.must(second(f.app.Clocks.Decide(f.Context(), f.by, name, obligation.Decision{
		Duty: "gdpr/breach", Applies: true, Who: "City Hospital", Reason: "They cannot read the patients' files; whether somebody else can is not known.",
	})))
}

// seen are the observables, two of which have to do with each other.
func (f *filler) seen(name string) {
	out, err := f.app.Observables.Add(f.Context(), f.by, name, []observable.Draft{
		{Value: "203.0.113.20", Role: observable.Victim, Note: "the file server"},
		{Value: "lockers.example", Role: observable.Infrastructure, Note: "named in the ransom note", Detection: true},
		{Value: "http://lockers.example/pay", Role: observable.Infrastructure},
		{Value: "recover@lockers.example", Role: observable.Infrastructure},
		{Value: "198.51.100.77", Role: observable.Infrastructure, Note: "answers for the domain", Detection: true},
		{Value: "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f", Role: observable.Delivery, Note: "the attachment of Tuesday's mail"},
		{Value: "billing@paperclips.example", Role: observable.Delivery},
	})
	f.must(err)
	if len(out.Added) != 7 {
		f.Fatalf("observables: %+v", out)
	}
	f.must(f.app.Observables.Relate(f.Context(), f.by, name, out.Added[1].ID, observable.ResolvesTo, out.Added[4].ID))
	f.must(f.app.Observables.Sight(f.Context(), f.by, name, out.Added[1].ID, observable.Sighting{At: Now.Add(-16 * time.Hour), Count: 3, Seer: "City Hospital's proxy"}))
}

// takesDown asks for the page to be taken down.
func (f *filler) takesDown(name string) {
	c, err := f.app.Countermeasures.Open(f.Context(), f.by, name, countermeasure.Plan{
		Asset: &countermeasure.Asset{Kind: countermeasure.URL, Value: "http://lockers.example/pay", Marker: "Pay within three days"},
		Checklist: &countermeasure.Checklist{
			Origin: countermeasure.Malicious, NoEvidence: "screenshots are in the vault", Police: countermeasure.NoObjection, PoliceAsked: "cyber desk, by telephone", Requester: "our own finding",
		},
	})
	f.must(err)
	f.must(second(f.app.Countermeasures.Move(f.Context(), f.by, c.ID, countermeasure.Moving{Move: countermeasure.MoveAsk, Party: &countermeasure.Party{
		Party: incident.Party{Name: "Bighost", Email: "abuse@bighost.example"}, Role: countermeasure.Hoster,
	}})))
}

// learns writes down what was learned so far, and whom it is told.
func (f *filler) learns(name string) {
	lessons := lesson.New(lesson.Options{DB: f.app.DB, Clock: f.app.Clock, Incidents: f.app.Incidents})
	f.must(second(lessons.Add(f.Context(), f.by, name, lesson.Draft{Kind: lesson.Hypothesis, State: lesson.Supposed, Text: "They came in by the attachment of Tuesday's mail.", Grounds: "The first files went two hours after it was opened."})))
	f.must(second(lessons.Add(f.Context(), f.by, name, lesson.Draft{Kind: lesson.Well, Text: "The backups were offline."})))
	f.must(second(lessons.AddAction(f.Context(), f.by, name, lesson.ActionDraft{Text: "Warn the other hospitals of the sender.", Due: Now.Add(48 * time.Hour)})))
	log := liaison.New(f.app.Incidents)
	f.must(second(log.Consider(f.Context(), f.by, name, liaison.Facts{Agency: "Federal police, cyber unit", Basis: "their request of today"}, "The hospital wants to press charges.")))
}
