package app

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/observable"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/stix"
	"github.com/firehall/firehall/internal/sharing/stix/stixtest"
)

// handler acts in these tests.
var handler = identity.Actor{ID: "os:handler", Name: "handler", Kind: identity.Person, Via: "web", Roles: []identity.Role{identity.DutyOfficer}}

// incidentAbout opens an incident that happened to an organisation of the register.
func (s *shared) incidentAbout(victim string) incident.Incident {
	s.Helper()
	system := identity.System("test")
	o, err := s.a.Register.AddOrganisation(s.Context(), system, constituency.Organisation{Name: victim})
	s.must(err)
	r, err := s.a.Incidents.Accept(s.Context(), handler, incident.Draft{
		Door: incident.Form, Subject: "Trouble at " + victim, Text: "It happened to us.", Reporter: incident.Reporter{Name: "Zelda Quickthorn", Email: "zelda@north.example"}, Answers: incident.Answers{Peers: true},
	})
	s.must(err)
	s.must(s.a.DB.Write(s.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`INSERT INTO report_concern (organisation, report, role) VALUES ($1, $2, $3)`, o.ID, r.ID, triage.RoleAffected)
		return err
	}))
	i, err := s.a.Incidents.OpenIncident(s.Context(), handler, incident.Opening{
		Title: "Ransomware at " + victim, Summary: victim + " called; Zelda saw evil.example.", Severity: triage.High, TLP: tlp.Amber, Reports: []string{r.ID},
	})
	s.must(err)
	_, err = s.a.Observables.Add(s.Context(), handler, i.ID, []observable.Draft{
		{Kind: "domain", Value: "evil.example", Role: observable.Infrastructure, Detection: true}, {Kind: "ip", Value: "198.51.100.7", Role: observable.Victim},
	})
	s.must(err)
	return i
}

// agree makes an agreement with the peer, who can be written to.
func (s *shared) agree() {
	s.Helper()
	_, err := s.a.Register.AddContact(s.Context(), identity.System("test"), constituency.Contact{
		Organisation: s.org, Channel: constituency.Mail, Address: "cert@cert-nl.example", Purpose: constituency.Security,
	})
	s.must(err)
	_, err = s.a.Teams.Sign(s.Context(), identity.System("test"), team.Agreement{
		Organisation: s.org, Kind: team.NDA, Version: "1", Signed: s.a.Clock.Now(), SignedUs: "us", SignedThem: "them", From: s.a.Clock.Now().Add(-time.Minute), Out: tlp.Amber, In: tlp.Amber,
	})
	s.must(err)
}

// An incident goes into a collection as a copy without names; who read it is known, and stays known when it is withdrawn.
func TestIncidentIsShared(t *testing.T) {
	s := openShared(t)
	s.agree()
	i := s.incidentAbout("Klinikum Nord")
	d, err := s.a.Give.Draft(t.Context(), handler, i.Ref, "community")
	s.must(err)
	if d.Outcome != release.AllowedRedacted || d.Profile != "peer" || !d.Goes() {
		t.Fatalf("%s (%s): %s, leaks %v, %d objects", d.Outcome, d.Profile, d.Reason, d.Leaks, len(d.Objects))
	}
	if _, err := s.a.Give.Put(t.Context(), handler, i.ID, "community", "another stamp"); !problem.Is(err, problem.Conflict) {
		t.Errorf("put what was not looked at: %v", err)
	}
	st, err := s.a.Give.Put(t.Context(), handler, i.ID, "community", d.Stamp)
	s.must(err)
	if st.Failure > 0 || st.New != len(d.Objects) {
		t.Errorf("%+v", st)
	}
	const objects = "/taxii2/firehall/collections/community/objects/"
	text := s.ask("GET", objects, "").Body.String()
	for word, want := range map[string]bool{"evil.example": true, "Ransomware at [organisation ": true, "Klinikum": false, "Zelda": false, "198.51.100.7": false, i.Ref: false} {
		if strings.Contains(text, word) != want {
			t.Errorf("%q is there: %v\n%s", word, !want, text)
		}
	}
	s.again(i)
	s.recalled(i)
}

// again puts the incident a second time: what has not changed is left alone.
func (s *shared) again(i incident.Incident) {
	s.Helper()
	st, err := s.a.Give.Put(s.Context(), handler, i.ID, "community", "")
	s.must(err)
	if st.New != 0 || st.Failure != 0 {
		s.Errorf("the same again: %d new, %+v", st.New, st.Failures)
	}
	s.edit(i, incident.Revision{Title: new("Ransomware, and more of it")})
	if st, err = s.a.Give.Put(s.Context(), handler, i.ID, "community", ""); err != nil || st.New != 1 || st.Failure != 0 {
		s.Errorf("after a change: %d new, %+v, %v", st.New, st.Failures, err)
	}
}

// edit changes an incident.
func (s *shared) edit(i incident.Incident, r incident.Revision) {
	s.Helper()
	i, err := s.a.Incidents.Incident(s.Context(), handler, i.ID)
	s.must(err)
	_, err = s.a.Incidents.EditIncident(s.Context(), handler, i.ID, i.Version, r)
	s.must(err)
}

// recalled recalls the incident, of which the peer has a copy.
func (s *shared) recalled(i incident.Incident) {
	s.Helper()
	copies, err := s.a.Release.Holders(s.Context(), handler, incident.IncidentItem, i.ID)
	s.must(err)
	if len(copies) != 1 || copies[0].Organisation != s.org || copies[0].Via != "taxii" || !copies[0].Reached {
		s.Fatalf("holders: %+v", copies)
	}
	item, err := s.a.Release.ItemOf(s.Context(), handler, i.ID)
	s.must(err)
	if copies[0].Address != "cert@cert-nl.example" {
		s.Errorf("nobody could write to them: %+v", copies[0])
	}
	_, err = s.a.Release.Correct(s.Context(), handler, release.Correction{Item: item, Words: "It was another hospital.", Recall: true})
	if !problem.Is(err, problem.Unavailable) { // this house sends no mail; that letters go is tested with the room of releases
		s.Error(err)
	}
	if text := s.ask("GET", "/taxii2/firehall/collections/community/objects/?match[version]=all", "").Body.String(); text != "{}" {
		s.Errorf("left: %s", text)
	}
	if copies, err = s.a.Release.Holders(s.Context(), handler, incident.IncidentItem, i.ID); err != nil || len(copies) != 1 {
		s.Errorf("holders afterwards: %+v, %v", copies, err)
	}
}

// A stricter label takes out what stands there; a restricted incident is not there for who may not see it.
func TestWhatMayNotStandIsTakenOut(t *testing.T) {
	s := openShared(t)
	s.agree()
	i := s.incidentAbout("Klinikum Nord")
	_, err := s.a.Give.Put(t.Context(), handler, i.ID, "community", "")
	s.must(err)
	system := identity.System("sharing")
	if n, err := s.a.Give.Review(t.Context(), system); n != 0 || err != nil {
		t.Errorf("taken out without a reason: %d, %v", n, err)
	}
	s.edit(i, incident.Revision{TLP: new(tlp.Red)})
	if n, err := s.a.Give.Review(t.Context(), system); n != 1 || err != nil {
		t.Errorf("taken out: %d, %v", n, err)
	}
	if text := s.ask("GET", "/taxii2/firehall/collections/community/objects/", "").Body.String(); text != "{}" {
		t.Errorf("left: %s", text)
	}
	where, err := s.a.Sharing.Where(t.Context(), handler, sharing.Own{Kind: incident.IncidentItem, Item: i.ID})
	if err != nil || len(where) != 0 {
		t.Errorf("%+v, %v", where, err)
	}
	_, err = s.a.Incidents.Restrict(t.Context(), handler, i.ID, true, nil, "delicate")
	s.must(err)
	stranger := identity.Actor{ID: "p2", Name: "eve", Kind: identity.Person, Via: "web", Roles: []identity.Role{identity.IncidentHandler}}
	if _, err := s.a.Give.Bundle(t.Context(), stranger, i.ID); !problem.Is(err, problem.NotFound) {
		t.Errorf("a stranger takes it: %v", err)
	}
	if _, err := s.a.Give.Draft(t.Context(), stranger, i.Ref, "community"); !problem.Is(err, problem.NotFound) {
		t.Errorf("a stranger looks: %v", err)
	}
}

// What the team takes for itself is whole, sound, and fits the published schemas.
func TestBundleOfAnIncident(t *testing.T) {
	s := openShared(t)
	i := s.incidentAbout("Klinikum Nord")
	b, err := s.a.Give.Bundle(t.Context(), handler, i.Ref)
	s.must(err)
	var out bytes.Buffer
	s.must(b.Write(&out))
	for _, word := range []string{"Klinikum Nord", "Zelda Quickthorn", "198.51.100.7", "evil.example", i.Ref} {
		if !strings.Contains(out.String(), word) {
			t.Errorf("it lacks %q", word)
		}
	}
	fits := stixtest.Schemas(t)
	objects, bad, err := stix.Parse(&out, stix.Limits{Clock: s.a.Clock})
	if err != nil || len(bad) > 0 {
		t.Fatal(bad, err)
	}
	for _, o := range objects {
		if err := fits(o.Raw); err != nil {
			t.Errorf("%v\n%s", err, o.Raw)
		}
	}
}
