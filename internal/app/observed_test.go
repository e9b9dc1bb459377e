package app

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/observable"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/logging"
)

// A report that names what was observed says in which incident; of a restricted one its members alone hear, and the report is theirs.
func TestReportsMeetObservables(t *testing.T) {
	c := config.Default()
	c.Data.Dir = filepath.Join(t.TempDir(), "data")
	ctx, root := context.Background(), identity.Actor{ID: "os:1", Name: "root", Kind: identity.OSUserKind, Via: "cli"}
	seed(t, c)
	a, err := New(ctx, Options{Config: c, Log: logging.Discard(), Write: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Stop(ctx) }()
	open := func(value string, restricted bool) incident.Incident {
		i, err := a.Incidents.OpenIncident(ctx, root, incident.Opening{Title: "Something", Restricted: restricted})
		if err == nil {
			_, err = a.Observables.Add(ctx, root, i.ID, []observable.Draft{{Value: value}})
		}
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	seen, hidden := open("plain-evil.net", false), open("secret-evil.net", true)
	accept := func(text string) string {
		r, err := a.Incidents.Accept(ctx, identity.System("form"), incident.Draft{Door: incident.Form, Subject: "A page", Text: text})
		if err == nil {
			_, err = a.AssessReports(ctx)
		}
		if err != nil {
			t.Fatal(err)
		}
		return r.ID
	}
	eve := identity.Actor{ID: "eve", Name: "eve", Kind: identity.Person, Via: "web", Roles: []identity.Role{identity.IncidentHandler}}
	r, err := a.Incidents.Report(ctx, eve, accept("Look at plain-evil.net"))
	if err != nil || len(r.Assessment.Similar) != 1 || r.Assessment.Similar[0].Incident != seen.ID || r.Assessment.Similar[0].Ref != seen.Ref {
		t.Errorf("%+v, %v", r.Assessment.Similar, err)
	}
	name := accept("Look at secret-evil.net")
	if r, err := a.Incidents.Report(ctx, eve, name); err != nil && !problem.Is(err, problem.NotFound) || !r.Passed && err == nil || r.Text+r.Subject != "" || len(r.Assessment.Similar) > 0 {
		t.Errorf("who is no member of what it resembles sees more than that it was passed on: %+v, %v", r, err)
	}
	if r, err := a.Incidents.Report(ctx, root, name); err != nil || len(r.Assessment.Similar) != 1 || r.Assessment.Similar[0].Incident != hidden.ID {
		t.Errorf("%+v, %v", r.Assessment.Similar, err)
	}
}
