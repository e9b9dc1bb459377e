package app

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/httpx"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/logging"
	"github.com/firehall/firehall/internal/platform/outbox"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// The webhook of who is on call is posted to by a job, so that a process that dies after the report forgets nobody; what it is told is on record.
func TestWhoIsOnCallIsPosted(t *testing.T) {
	var answers atomic.Int64
	told := make(chan string, 2)
	hook := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if answers.Add(1) == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		b, _ := io.ReadAll(r.Body)
		told <- string(b)
	}))
	defer hook.Close()
	c := config.Default()
	c.Data.Dir, c.Reports.OnCallWebhook, c.Serve.PublicURL = t.TempDir(), hook.URL+"/hook", "https://cert.example"
	a, err := New(t.Context(), Options{Config: c, Log: logging.Discard(), Write: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	a.pager = httpx.New(httpx.Options{TestLoopback: true, StatusOnly: true, TLS: &tls.Config{RootCAs: hook.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs, MinVersion: tls.VersionTLS12}})
	r, err := a.Incidents.Accept(t.Context(), mailActor(), incident.Draft{Door: incident.Mail, Subject: "secret matter", Text: "x", Reporter: incident.Reporter{Email: "ada@victim.example"}})
	if err != nil {
		t.Fatal(err)
	}
	err = a.DB.Write(t.Context(), func(tx *sqldb.Tx) error { return outbox.Post(tx, a.Clock.Now(), incident.Critical, r.ID) })
	if err == nil {
		err = a.alertOnCall(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	list, err := a.Jobs.List(t.Context(), jobs.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	posted := 0
	for _, j := range list.Items {
		if j.Kind == jobPage && j.Subject == r.ID {
			posted++
		}
	}
	task := &jobs.Task{Job: jobs.Job{Kind: jobPage, Subject: r.ID}}
	if first, second := a.page(t.Context(), task), a.page(t.Context(), task); posted != 1 || first == nil || second != nil {
		t.Fatalf("%d jobs; the attempts: %v, %v", posted, first, second)
	}
	if body := <-told; !strings.Contains(body, r.Ref) || !strings.Contains(body, "https://cert.example/reports/"+r.Ref) || strings.Contains(body, "secret") {
		t.Errorf("it was told %s", body)
	}
	decisions, err := a.Release.Decisions(t.Context(), identity.System("test"), release.Filter{})
	if err != nil || len(decisions) == 0 || decisions[0].Rule != "team" || decisions[0].Organisation != release.Correspondent {
		t.Errorf("on record: %+v, %v", decisions, err)
	}
}
