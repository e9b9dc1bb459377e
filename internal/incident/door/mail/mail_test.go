package mail

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/mime"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

func TestMailBecomesAReport(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		big := strings.Repeat("0123456789abcdef\r\n", 150_000) // more than two pieces
		mail := letter("Content-Type: multipart/mixed; boundary=b\r\nReferences: <a@x> <b@y>\r\nIn-Reply-To: <c@z>\r\n",
			"--b\r\n\r\nHelp us.\r\n--b\r\nContent-Type: text/csv; name=list.csv\r\n\r\n"+big+"\r\n--b--\r\n")
		got := k.one(mail)
		want := incident.Draft{
			Door: incident.Mail, Subject: "we were hacked", Text: "Help us.", Reporter: incident.Reporter{Name: "Ada", Email: "ada@victim.example"},
			TLP: tlp.Amber, Thread: incident.Thread{MessageID: "1@victim.example", References: []string{"a@x", "b@y", "c@z"}},
		}
		if d := cmp.Diff(want, got, cmpopts.IgnoreFields(incident.Draft{}, "Key", "Raw", "Files")); d != "" {
			t.Error(d)
		}
		if k.raws[0] != mail || k.files["list.csv"] != big || got.Key == "" {
			t.Errorf("the whole has %d bytes of %d, the file %d of %d", len(k.raws[0]), len(mail), len(k.files["list.csv"]), len(big))
		}
		if err := k.db.Read(t.Context(), func(tx *sqldb.Tx) error {
			var left int
			if err := tx.QueryRow(`SELECT count(*) FROM mail_in_part`).Scan(&left); err != nil {
				return err
			}
			if left > 0 {
				t.Errorf("%d pieces are left", left)
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
	})
}

// Nothing of a mail that waits can be read in the database.
func TestWhatWaitsIsSealed(t *testing.T) {
	k := onSQLite(t)
	k.take(letter("", "planted secret"))
	err := k.db.Read(t.Context(), func(tx *sqldb.Tx) error {
		return tx.Each(`SELECT head FROM mail_in UNION ALL SELECT bytes FROM mail_in_part`, nil, func(scan func(...any) error) error {
			var b []byte
			if err := scan(&b); err != nil {
				return err
			}
			for _, mark := range []string{"secret", "victim", "192.0.2.1"} {
				if strings.Contains(string(b), mark) {
					t.Errorf("%q can be read", mark)
				}
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	other := New(Options{DB: k.db, Key: [32]byte{2}, Clock: k.o.Clock})
	var name string
	if err := k.db.Read(t.Context(), func(tx *sqldb.Tx) error { return tx.QueryRow(`SELECT id FROM mail_in`).Scan(&name) }); err != nil {
		t.Fatal(err)
	}
	if _, _, err := other.load(t.Context(), name); !problem.Is(err, problem.Internal) {
		t.Errorf("with another key: %v", err)
	}
}

func TestSameMailHasTheSameKey(t *testing.T) {
	k := onSQLite(t)
	mail := letter("", "x\r\n")
	k.take(mail, "Received: from elsewhere\r\nReturn-Path: <x@y.example>\r\n"+mail, strings.ReplaceAll(mail, "\r\n", "\n"), strings.Replace(mail, "x\r\n", "y\r\n", 1))
	k.work()
	keys := map[string]int{}
	for _, d := range k.drafts {
		keys[d.Key]++
	}
	if len(k.drafts) != 4 || len(keys) != 2 {
		t.Errorf("%d drafts, keys %v", len(k.drafts), keys)
	}
}

func TestManyAtATime(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		var group sync.WaitGroup
		for n := range 150 {
			group.Go(func() {
				err := k.Take(context.Background(), identity.System("mail"), Arrival{Via: "smtp", Raw: []byte(letter("", fmt.Sprint(n)))})
				if err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if n := k.waits(t.Context()); n != 150 {
			t.Errorf("%d wait", n)
		}
	})
}

func TestTakeRefuses(t *testing.T) {
	k := onSQLite(t)
	if err := k.Take(t.Context(), identity.Actor{}, Arrival{Raw: []byte("x")}); !problem.Is(err, problem.Forbidden) {
		t.Errorf("nobody: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_ = k.Take(ctx, identity.System("mail"), Arrival{Raw: []byte("x")})
	if err := k.db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := k.Take(context.Background(), identity.System("mail"), Arrival{Raw: []byte("x")}); !problem.Is(err, problem.Unavailable) {
		t.Errorf("without a database: %v", err)
	}
}

func TestDrafts(t *testing.T) {
	arf := "Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n"
	for name, tt := range map[string]struct {
		mail  string
		check func(d incident.Draft) bool
	}{
		"nothing": {"", func(d incident.Draft) bool { return d.Raw != nil && slices.Contains(d.Trust.Faults, "no-from") }},
		"two senders": {"From: a@b.example\r\nFrom: c@d.example\r\n\r\nx", func(d incident.Draft) bool {
			return d.Reporter.Email == "" && d.Reporter.Name != "" && d.Reporter.Verified == ""
		}},
		"odd address": {"From: \"a b\"@c.example\r\n\r\nx", func(d incident.Draft) bool { return d.Reporter.Email == "" }},
		"tag":         {strings.Replace(letter("", "x"), "we were hacked", "Re: [CERT R-7K2QX9] x", 1), func(d incident.Draft) bool { return d.Thread.Tag == "R-7K2QX9" }},
		"tag alone":   {strings.Replace(letter("", "x"), "we were hacked", "[v-7k2qx9]", 1), func(d incident.Draft) bool { return d.Thread.Tag == "V-7K2QX9" }},
		"no tag":      {strings.Replace(letter("", "x"), "we were hacked", "R-7K2QX9", 1), func(d incident.Draft) bool { return d.Thread.Tag == "" }},
		"label":       {strings.Replace(letter("", "x"), "we were hacked", "[TLP:AMBER+STRICT] x", 1), func(d incident.Draft) bool { return d.TLP == tlp.AmberStrict }},
		"a policy": {letter("", "Hello,\r\n> IEP: encrypt_in_transit=must\r\nAFFECTED PARTY NOTIFICATIONS: MUST NOT\r\n\r\nIEP: permitted_actions=none; tlp=amber\r\n"), func(d incident.Draft) bool {
			return d.Answers.IEP != nil && *d.Answers.IEP == (iep.Policy{NoNotify: true, Actions: iep.NoAction, TLP: tlp.Amber})
		}},
		"no policy":    {letter("", "Attribution: Ada\r\n"), func(d incident.Draft) bool { return d.Answers.IEP == nil }},
		"red":          {strings.Replace(letter("", "x"), "we were hacked", "tlp: red", 1), func(d incident.Draft) bool { return d.TLP == tlp.Red }},
		"white":        {strings.Replace(letter("", "x"), "we were hacked", "TLP:WHITE", 1), func(d incident.Draft) bool { return d.TLP == tlp.Clear }},
		"vacation":     {letter("Auto-Submitted: auto-replied\r\n", "x"), func(d incident.Draft) bool { return d.Trust.Auto && d.Machine != nil && d.Machine.Format == "auto" }},
		"list":         {letter("List-Id: <l.example>\r\n", "x"), func(d incident.Draft) bool { return d.Trust.Auto && d.Machine == nil }},
		"long subject": {strings.Replace(letter("", "x"), "we were hacked", strings.Repeat("ä", 900), 1), func(d incident.Draft) bool { return len(d.Subject) <= incident.MaxSubject && d.Subject != "" }},
		"long text": {letter("", strings.Repeat("wörter ", 100_000)), func(d incident.Draft) bool {
			return len(d.Text) <= incident.MaxText && slices.Contains(d.Trust.Faults, "text-too-long")
		}},
		"200 files": {letter("Content-Type: multipart/mixed; boundary=b\r\n", strings.Repeat("--b\r\nContent-Type: a/b\r\n\r\nx\r\n", 200)), func(d incident.Draft) bool { return len(d.Files) == incident.MaxFiles }},
		"encrypted": {letter("Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b\r\n", "--b\r\n\r\n--b\r\n\r\n--b--"), func(d incident.Draft) bool {
			return d.Text == "" && d.Trust.Encrypted && slices.Contains(d.Trust.Faults, "no-keys")
		}},
		"feedback": {letter(arf, "--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nSource-IP: 192.0.2.9\r\n--b--"), func(d incident.Draft) bool {
			return d.Machine.Format == "arf" && d.Machine.SourceIP == "192.0.2.9" && d.Machine.Source == "ada@victim.example"
		}},
		"X-ARF": {letter("Content-Type: application/json\r\n", `{"xarf_version":"4.0","category":"content","type":"phishing","source_identifier":"192.0.2.9","url":"http://p.example/"}`), func(d incident.Draft) bool {
			return d.Machine.Type == "content/phishing" && d.Machine.URL == "http://p.example/" && !d.Answers.Children
		}},
		"dangerous file": {letter("Content-Type: a/b; name=x.pdf.exe\r\n", "MZ"), func(d incident.Draft) bool { return slices.Contains(d.Trust.Faults, "double-extension") }},
		"abuse of children": {
			letter("Content-Type: multipart/mixed; boundary=b\r\n", "--b\r\n\r\ndescription\r\n--b\r\nContent-Type: image/png; name=evidence.png\r\n\r\nx\r\n--b\r\nContent-Type: application/json\r\n\r\n"+
				`{"xarf_version":"4.0","category":"content","type":"csam","source_identifier":"192.0.2.9","url":"http://p.example/"}`+"\r\n--b--"),
			func(d incident.Draft) bool {
				return d.Answers.Children && len(d.Files) == 0 && !strings.Contains(d.Text, "description") && strings.Contains(d.Text, "http://p.example/")
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := mime.Read(strings.NewReader(tt.mail), mime.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if err := (&mime.Opener{}).Open(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			if d := draft(m, Arrival{Raw: []byte(tt.mail)}); !tt.check(d) || len(d.Reporter.Name) > incident.MaxField || d.Key == "" {
				t.Errorf("%+v", d)
			}
		})
	}
}

func TestWhatCannotBeHandledBecomesAReportAllTheSame(t *testing.T) {
	k := onSQLite(t)
	k.refuse = func(d incident.Draft) error {
		if d.Subject == "we were hacked" {
			return problem.New(problem.Invalid, "it says nothing")
		}
		return nil
	}
	d := k.one(letter("", "x"))
	if !strings.Contains(d.Text, "it says nothing") || !strings.Contains(k.raws[0], "we were hacked") || !slices.Contains(d.Trust.Faults, "unprocessed") {
		t.Errorf("%+v", d)
	}
}

func TestFaultsThatPassAreTriedAgain(t *testing.T) {
	k := onSQLite(t)
	tries := 0
	k.refuse = func(incident.Draft) error {
		if tries++; tries < 3 {
			return errors.New("the disk is full")
		}
		return nil
	}
	if d := k.one(letter("", "x")); d.Subject != "we were hacked" || tries != 3 {
		t.Errorf("%d tries, %+v", tries, d)
	}
}

func TestBouncesGoToWhoSentFirst(t *testing.T) {
	k := onSQLite(t)
	k.takeTo("bounce+good.x@cert.example", letter("", "it came back"))
	k.takeTo("bounce+good.y@cert.example", letter("", "useless"))
	k.takeTo("cert@cert.example", letter("To: bounce+good.z@cert.example\r\n", "forged"))
	k.work()
	slices.Sort(k.bounces) // mails of one millisecond are read in any order
	if len(k.bounces) != 2 || !strings.HasPrefix(k.bounces[0], "Delivered-To: bounce+good.x@cert.example\r\n") {
		t.Errorf("%q", k.bounces)
	}
	if len(k.drafts) != 2 { // what the room of bounces could not use, and what never was one
		t.Errorf("%d reports", len(k.drafts))
	}
}

func TestWhoWritesToBothIsHeardByBoth(t *testing.T) {
	k := onSQLite(t)
	a := Arrival{Via: "smtp", Raw: []byte(letter("", "x")), Recipients: []string{"bounce+good.x@cert.example", "cert@cert.example"}}
	if err := k.Take(t.Context(), system, a); err != nil {
		t.Fatal(err)
	}
	k.work()
	if len(k.bounces) != 1 || len(k.drafts) != 1 {
		t.Errorf("%d bounces, %d reports", len(k.bounces), len(k.drafts))
	}
}

// A mailbox does not tell the envelope: the header does.
func TestBouncesThatWereFetched(t *testing.T) {
	k := onSQLite(t)
	for _, mail := range []string{
		"Delivered-To: <bounce+good.x@cert.example>\r\n" + letter("", "it came back"), letter("X-Original-To: bounce+good.y@cert.example\r\n", "this too"),
		letter("Cc: bounce+good.z@cert.example\r\n", "no"), letter("", "Delivered-To: bounce+good.w@cert.example"),
	} {
		if err := k.Take(t.Context(), system, Arrival{Via: "imap", Raw: []byte(mail)}); err != nil {
			t.Fatal(err)
		}
	}
	k.work()
	if len(k.bounces) != 2 || len(k.drafts) != 2 {
		t.Errorf("%d bounces, %d reports", len(k.bounces), len(k.drafts))
	}
}

func TestAddressesThatAreOurs(t *testing.T) {
	k := onSQLite(t)
	for address, want := range map[string]bool{
		"cert@cert.example": true, "CERT@Cert.Example": true, "<cert@cert.example>": true, "cert+x@cert.example": true, "bounce+good@x": true,
		"other@cert.example": false, "cert@other.example": false, "cert": false, "": false, "bounce+bad@x": false, "xcert@cert.example": false,
	} {
		if k.Takes(address) != want {
			t.Errorf("%q: %t", address, !want)
		}
	}
}

func TestWaitingIsTold(t *testing.T) {
	k := onSQLite(t)
	before := time.Now().Add(-time.Second)
	k.take(letter("", "x"))
	if w, err := k.Waiting(t.Context()); err != nil || w.Mails != 1 || w.Oldest.Before(before) {
		t.Errorf("%+v %v", w, err)
	}
}
