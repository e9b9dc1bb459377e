package jobs_test

import (
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/test/station"
)

func TestMain(m *testing.M) { os.Exit(station.Main(m)) }

// post puts a job into the queue.
func post(t *testing.T, s *station.Station, subject string) (id string) {
	t.Helper()
	err := s.App.DB.Write(t.Context(), func(tx *sqldb.Tx) (err error) {
		id, err = jobs.Enqueue(tx, s.Clock.Now(), jobs.Post{Kind: "feed.process", Subject: subject, Body: map[string]any{"report": subject}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestJobs(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	hostile := "<script>x</script>\u202e=cmd()"
	id := post(t, s, hostile)
	for _, path := range []string{"/jobs", "/jobs?state=waiting", "/jobs/" + id} {
		page := s.Get(t, path)
		if !strings.Contains(page, "Read an input") || !strings.Contains(page, "&lt;script&gt;x") || strings.Contains(page, "<script>x") {
			t.Errorf("%s does not show the job, or not as text", path)
		}
	}
	if page := s.Get(t, "/jobs?state=dead"); !strings.Contains(page, "No jobs") {
		t.Error("the state is not heeded")
	}
	tests := []struct {
		name string
		form url.Values
		want int
	}{
		{"no reason", url.Values{"id": {id}, "action": {"discard"}}, http.StatusBadRequest},
		{"no job", url.Values{"action": {"retry"}}, http.StatusBadRequest},
		{"no action", url.Values{"id": {id}}, http.StatusBadRequest},
		{"retry", url.Values{"id": {id}, "action": {"retry"}}, http.StatusSeeOther},
		{"discard", url.Values{"id": {id}, "action": {"discard"}, "reason": {"made twice"}}, http.StatusSeeOther},
		{"discard again", url.Values{"id": {id}, "action": {"discard"}, "reason": {"made twice"}}, http.StatusNotFound},
	}
	for _, tt := range tests {
		res := s.Post(t, "/jobs/act", tt.form)
		if res.StatusCode != tt.want && (tt.want != http.StatusBadRequest || res.StatusCode != http.StatusUnprocessableEntity) {
			t.Errorf("%s: %s", tt.name, res.Status)
		}
	}
}
