package clocks_test

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/obligation"
	"github.com/firehall/firehall/test/station"
)

// The receipt of a submission goes into the vault as it is recorded, and stands beside it; an organisation of the register is known by its name.
func TestSubmissionIsProvenByAFile(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	i := opened(t, s, false)
	at := "/incidents/" + i.ID + "/clocks"
	org, err := s.App.Register.AddOrganisation(t.Context(), s.Actor, constituency.Organisation{Name: "Mill Power"})
	if err != nil {
		t.Fatal(err)
	}
	post(t, s, at, map[string][]string{"duty": {"nis2/incident"}, "applies": {"1"}, "who": {"mill power"}, "reason": {"Essential."}}, http.StatusSeeOther)
	post(t, s, at+"/anchor", map[string][]string{"anchor": {"aware"}, "at": {station.Now.Add(-time.Hour).Format("2006-01-02T15:04")}, "reason": {"They rang."}}, http.StatusSeeOther)
	contains(t, s.Get(t, at), `<option value="Mill Power">`, `enctype="multipart/form-data"`)
	o := only(t, s, i.ID)
	if o.Organisation != org.ID {
		t.Errorf("it is owed by %q, want %q", o.Organisation, org.ID)
	}
	page := submitted(t, s, at+"/submit", map[string]string{"obligation": o.ID, "stage": "early-warning", "at": station.Now.Add(-48 * time.Hour).Format("2006-01-02T15:04"), "to": "Us"}, "receipt.txt", http.StatusUnprocessableEntity)
	contains(t, page, "cannot have been submitted", "receipt.txt")
	submitted(t, s, at+"/submit", map[string]string{"obligation": o.ID, "stage": "early-warning", "at": station.Now.Format("2006-01-02T15:04")}, "receipt.txt", http.StatusSeeOther)
	sub := only(t, s, i.ID).Submissions[0]
	contains(t, s.Get(t, at), "/evidence/"+sub.Item, "receipt.txt")
	contains(t, s.Get(t, "/incidents/"+i.ID+"/evidence/"+sub.Item), "proof of a submission: early-warning", "the chain holds")
}

// What the incident says of when somebody became aware of it is what its clocks say, cleared or not.
func TestClearedAwareness(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	i := opened(t, s, false)
	at := "/incidents/" + i.ID + "/clocks"
	post(t, s, at, map[string][]string{"duty": {"nis2/incident"}, "applies": {"1"}, "who": {"x"}, "reason": {"Essential."}}, http.StatusSeeOther)
	post(t, s, at+"/anchor", map[string][]string{"anchor": {"aware"}, "at": {station.Now.Add(-time.Hour).Format("2006-01-02T15:04")}, "reason": {"They rang."}}, http.StatusSeeOther)
	if o := only(t, s, i.ID); o.Stages[0].Due.IsZero() {
		t.Fatal("nothing is due")
	}
	now, err := s.App.Incidents.Incident(t.Context(), s.Actor, i.ID)
	if err != nil {
		t.Fatal(err)
	}
	var none time.Time
	if _, err := s.App.Incidents.EditIncident(t.Context(), s.Actor, i.ID, now.Version, incident.Revision{Aware: &none}); err != nil {
		t.Fatal(err)
	}
	if o := only(t, s, i.ID); !o.Stages[0].Due.IsZero() {
		t.Errorf("after the incident's was cleared the first stage is due at %s", o.Stages[0].Due)
	}
	_, list, _ := strings.Cut(s.Get(t, at), `id="anchors"`)
	if list, _, _ = strings.Cut(list, "<form"); strings.Contains(list, "aware") {
		t.Error("the page states what was taken back")
	}
}

func only(t *testing.T, s *station.Station, id string) obligation.Obligation {
	t.Helper()
	v, err := s.App.Clocks.View(context.Background(), s.Actor, id)
	if err != nil || len(v.Obligations) != 1 {
		t.Fatalf("%+v, %v", v, err)
	}
	return v.Obligations[0]
}

// submitted sends the form with a file, and gives the page.
func submitted(t *testing.T, s *station.Station, path string, fields map[string]string, name string, want int) string {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for k, x := range fields {
		if err := form.WriteField(k, x); err != nil {
			t.Fatal(err)
		}
	}
	part, err := form.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write([]byte("received, N-1"))
	}
	if err != nil {
		t.Fatal(err)
	}
	_ = form.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, &b)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	req.Header.Set("Origin", s.URL)
	res, err := s.Client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var page bytes.Buffer
	if _, err := page.ReadFrom(res.Body); err != nil || res.StatusCode != want {
		t.Errorf("%s answers %d, want %d: %v", path, res.StatusCode, want, err)
	}
	return page.String()
}
