package app

import (
	"bytes"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
	maildoor "github.com/firehall/firehall/internal/incident/door/mail"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/mime"
)

// TestFeedOfMail takes in what a feed's sender mails, once, and leaves to a person what the feed does not read or may not have.
func TestFeedOfMail(t *testing.T) {
	terms := config.DefaultFeed()
	terms.Format, terms.MailFrom, terms.TLP = "csv", []string{"Cert@A.example"}, "green" // startNation adds the feed of mails
	terms.Mapping = map[string]string{"source.ip": "source.ip", "time.source": "time.source"}
	b := startNation(t, "CERT B", "b.example", "cert-a", terms)
	b.register("organisation,network,contact\nCity Clinic,198.51.100.0/25,it@clinic.example\n")
	mail := func(subject, rows string) maildoor.Fed {
		raw := strings.ReplaceAll("From: cert@a.example\nTo: cert@b.example\nSubject: "+subject+"\nMessage-ID: <"+subject+"@a.example>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"+
			"--b\n\nAs agreed.\n"+rows+"--b--\n", "\n", "\r\n")
		m, err := mime.Read(bytes.NewReader([]byte(raw)), mime.DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		return maildoor.Fed{From: "cert@a.example", Message: m}
	}
	table := "--b\nContent-Type: text/csv; name=list.csv\n\nsource.ip,time.source\n198.51.100.7,2026-11-20T10:00:00Z\n"
	other := mail("other", table)
	other.From = "cert@c.example"
	strict, careful := mail("strict", table), mail("careful", table)
	strict.TLP, strict.Said, careful.PAP = tlp.Amber, true, tlp.PAPRed
	bound, said := mail("bound", table), mail("said", strings.NewReplacer("time.source\n", "time.source,extra.iep\n", "10:00:00Z", "10:00:00Z,attribution=must-not", ".7,", ".8,").Replace(table))
	bound.IEP, said.IEP = &iep.Policy{Attribution: iep.MustNotAttribute}, &iep.Policy{Attribution: iep.MustNotAttribute}
	for name, f := range map[string]maildoor.Fed{"somebody else": other, "no table": mail("words", ""), "a stricter label": strict, "a stricter PAP": careful, "a policy that its files do not say": bound} {
		if used, err := b.app.feedOfMail(t.Context(), mailActor(), f); used || err != nil {
			t.Errorf("%s: used %t, %v", name, used, err)
		}
	}
	looser := mail("looser", table)
	looser.TLP, looser.Said = tlp.Clear, true
	for range 2 { // a mail is handled again after a crash
		if used, err := b.app.feedOfMail(t.Context(), mailActor(), looser); !used || err != nil {
			t.Fatalf("used %t, %v", used, err)
		}
	}
	if used, err := b.app.feedOfMail(t.Context(), mailActor(), said); !used || err != nil { // each row says it
		t.Errorf("used %t, %v", used, err)
	}
	list, err := b.app.Feeds.List(t.Context(), tester, "", 10)
	if err != nil || len(list) != 2 || list[1].Feed != "mail-of-a" || list[1].Name != "looser@a.example.eml" {
		t.Errorf("%+v, %v", list, err)
	}
}
