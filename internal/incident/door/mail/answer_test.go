package mail

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/mime"
)

// zone lets victim.example send from 192.0.2.1, and asks for it.
type zone struct{}

func (zone) LookupTXT(_ context.Context, name string) ([]string, error) {
	switch strings.TrimSuffix(name, ".") {
	case "victim.example", "cert.example":
		return []string{"v=spf1 ip4:192.0.2.1 -all"}, nil
	case "_dmarc.victim.example", "_dmarc.cert.example":
		return []string{"v=DMARC1; p=reject"}, nil
	}
	return nil, &net.DNSError{Err: "no such host", IsNotFound: true}
}
func (zone) LookupMX(context.Context, string) ([]*net.MX, error)            { return nil, nil }
func (zone) LookupIPAddr(context.Context, string) ([]net.IPAddr, error)     { return nil, nil }
func (zone) LookupAddr(context.Context, string) (names []string, err error) { return nil, nil }

func withDNS(o *Options) { o.Resolver = zone{} }

func TestWhoIsAnswered(t *testing.T) {
	for name, tt := range map[string]struct {
		mail string
		want bool
	}{
		"proven":          {letter("", "x"), true},
		"list":            {letter("List-Id: <x.example>\r\n", "x"), false},
		"absence":         {letter("Auto-Submitted: auto-replied\r\n", "x"), false},
		"bulk":            {letter("Precedence: bulk\r\n", "x"), false},
		"null path":       {"Return-Path: <>\r\n" + letter("", "x"), false},
		"other domain":    {strings.Replace(letter("", "x"), "ada@victim", "ada@bank", 1), false},
		"no Message-ID":   {strings.Replace(letter("", "x"), "Message-ID: <1@victim.example>\r\n", "", 1), false},
		"two senders":     {"From: x@victim.example\r\n" + letter("", "x"), false},
		"no reply wanted": {strings.Replace(letter("", "x"), "ada@", "no-reply@", 1), false},
		"a list's owner":  {strings.Replace(letter("", "x"), "ada@", "owner-news@", 1), false},
		"our own address": {strings.Replace(letter("", "x"), "ada@victim.example", "cert@cert.example", 1), false},
	} {
		t.Run(name, func(t *testing.T) {
			k := onSQLite(t, withDNS)
			if strings.Contains(tt.mail, "From: Ada <cert@cert.example>") {
				a := Arrival{Via: "smtp", Raw: []byte(tt.mail), Envelope: mime.Envelope{From: "cert@cert.example"}}
				a.Envelope.IP = addr("192.0.2.1")
				if err := k.Take(t.Context(), system, a); err != nil {
					t.Fatal(err)
				}
			} else {
				k.take(tt.mail)
			}
			k.work()
			if len(k.drafts) != 1 || (len(k.answers) == 1) != tt.want {
				t.Errorf("%d reports, answers %+v; verified %q", len(k.drafts), k.answers, k.drafts[0].Reporter.Verified)
			}
		})
	}
}

func TestAnswerIsOfThisReport(t *testing.T) {
	k := onSQLite(t, withDNS)
	k.one(letter("References: <0@x>\r\nContent-Language: fr\r\n", "x"))
	a := k.answers[0]
	if a.To.Address != "ada@victim.example" || a.Report.Ref != "R-AAAAAA" || a.Language != "fr" || strings.Join(a.Thread, " ") != "0@x 1@victim.example" {
		t.Errorf("%+v", a)
	}
}

// One an hour for a sender, whatever they write; and none for what belongs to a dialogue, or was there before.
func TestAnswersAreFew(t *testing.T) {
	clk := clock.At(time.Now().UTC())
	k := onSQLite(t, withDNS, func(o *Options) { o.Clock = clk })
	for range 3 {
		k.take(letter("", "x"))
	}
	k.work()
	if len(k.answers) != 1 {
		t.Errorf("%d answers within the hour", len(k.answers))
	}
	clk.Advance(-time.Minute) // a clock that is set back answers no more
	clk.Advance(62 * time.Minute)
	k.answered = incident.Report{ID: "x", Ref: "R-BBBBBB"}
	k.take(letter("", "in a dialogue"))
	k.work()
	if len(k.answers) != 1 {
		t.Error("a mail of a dialogue was answered")
	}
	k.answered = incident.Report{ID: "x", Ref: "R-BBBBBB", State: incident.StateNew, Received: time.Now().Add(-time.Hour)}
	k.take(letter("", "known"))
	k.work()
	if len(k.answers) != 1 {
		t.Error("a mail that was a report before was answered again")
	}
	k.answered = incident.Report{ID: "x", Ref: "R-BBBBBB", State: incident.StateNew, Received: time.Now().Add(3 * time.Hour)}
	k.take(letter("", "an hour later"))
	k.work()
	if len(k.answers) != 2 {
		t.Errorf("%d answers after the hour", len(k.answers))
	}
}
