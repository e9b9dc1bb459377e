package app

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/platform/config"
)

// peersMail is an X-ARF report that another team mails.
const peersMail = `From: CERT B <cert@b.example>
To: cert@a.example
Subject: Abuse report
Message-ID: <%s@b.example>
Date: %s
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="part"

--part
Content-Type: text/plain; charset=utf-8

Somebody in your networks guesses passwords here.

--part
Content-Type: application/json; name="xarf.json"
Content-Disposition: attachment; filename="xarf.json"

{"xarf_version": "4.2.0", "report_id": "0b7c5b88-8ff7-4a4d-aa9d-feb398cd%s", "timestamp": "%s",
 "reporter": {"org": "CERT B", "contact": "cert@b.example", "domain": "b.example"}, "sender": {"org": "CERT B", "contact": "cert@b.example", "domain": "b.example"},
 "source_identifier": "%s", "source_port": 54321, "category": "connection", "type": "login_attack", "evidence_source": "honeypot",
 "destination_ip": "203.0.113.20", "destination_port": 22, "protocol": "tcp", "first_seen": "%s", "last_seen": "%s"}
--part--
`

// TestWhatAPeerMails takes in what another team mails about our patch: it is attributed by our register, and its owner is told. What the team says about
// a network that it merely claims, or that nobody has, is told to nobody: a lie about a patch gains nothing but what a person approved.
func TestWhatAPeerMails(t *testing.T) {
	terms := config.DefaultFeed()
	terms.Format, terms.Receivers = "arf", []string{"constituent", "peer"}
	a := startNation(t, "CERT A", "a.example", "cert-b", terms)
	a.register("organisation,network,contact\nHome Hospital,192.0.2.0/24,soc@home.example\n")
	claims := "name,country,email,networks\nCERT B,SE,cert@b.example,192.0.2.0/25 198.51.100.0/24\n"
	if _, err := a.app.Teams.Import(t.Context(), tester, strings.NewReader(claims), team.ImportOptions{Name: "teams.csv"}); err != nil {
		t.Fatal(err)
	}
	at := time.Now().Add(-time.Hour).UTC()
	for i, address := range []string{"192.0.2.9", "198.51.100.9"} {
		when, number := at.Format(time.RFC3339), fmt.Sprintf("%04d", i)
		mail := fmt.Sprintf(peersMail, number, at.Format(time.RFC1123Z), number, when, address, when, when)
		res, err := a.app.Feeds.Ingest(t.Context(), tester, feed.Source{Feed: "cert-b", Name: number + ".eml", Reader: strings.NewReader(strings.ReplaceAll(mail, "\n", "\r\n"))})
		if err != nil || res.Events != 1 || res.Attributed != int64(1-i) {
			t.Fatalf("%s: %+v, %v", address, res, err)
		}
	}
	got := a.tell()
	if len(got["soc@home.example"]) != 1 || len(got["cert@b.example"]) != 0 {
		t.Fatalf("told: %v", recipients(got))
	}
	if text := table(t, got["soc@home.example"][0]); !strings.Contains(text, "192.0.2.9") || strings.Contains(text, "198.51.100.9") {
		t.Errorf("the owner is told: %s", text)
	}
}
