package app

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/demo"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
)

// What a demonstration mails becomes reports without a server, each is judged, and the same mails again are the same reports.
func TestDemonstrationsMailsAreReportsWithoutAServer(t *testing.T) {
	d, err := prepare(t, DemoOptions{Dir: t.TempDir() + "/demo", Rows: 100})
	if err != nil {
		t.Fatal(err)
	}
	h := newHouse(t)
	h.conf.Team.Name, h.conf.Team.Email, h.conf.Reports.CheckSender = "CERT", demo.TeamAddress, false
	a, _ := h.open()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for range 2 {
		mails := 0
		for _, arrival := range demo.Arrivals() {
			if arrival.Door != demo.ByMail {
				continue
			}
			raw, err := os.ReadFile(d.ReportMail(arrival))
			if err != nil {
				t.Fatal(err)
			}
			if err := a.MailIn(ctx, raw); err != nil {
				t.Fatal(err)
			}
			mails++
		}
		if err := a.SettleReports(ctx); err != nil {
			t.Fatal(err)
		}
		list, err := a.Incidents.Reports(ctx, identity.System("test"), incident.Filter{Query: "door:mail"})
		if err != nil || len(list.Items) != mails {
			t.Fatalf("%d mails became %d reports: %v", mails, len(list.Items), err)
		}
		if left, err := a.Incidents.Unassessed(ctx, identity.System("triage"), false); err != nil || len(left) > 0 {
			t.Errorf("%d are not judged: %v", len(left), err)
		}
	}
}
