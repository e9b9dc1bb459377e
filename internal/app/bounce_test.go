package app

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/delivery/bounce"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// tell sends a message to a mailbox through everything that a message goes through, and returns its bytes as they left.
func (h *house) tell(a *App, address string) (id string, raw []byte) {
	h.Helper()
	to := h.contact(a, address)
	id = h.enqueue(a, to)
	if t, err := a.Deliver(h.Context(), tester, nil); err != nil || t.Sent != 1 {
		h.Fatalf("%+v, %v", t, err)
	}
	files, err := filepath.Glob(filepath.Join(h.conf.Mail.Maildir, "new", "*"))
	if err != nil || len(files) != 1 {
		h.Fatalf("%v, %v", files, err)
	}
	if raw, err = os.ReadFile(files[0]); err != nil {
		h.Fatal(err)
	}
	return id, raw
}

func (h *house) contact(a *App, address string) release.Recipient {
	h.Helper()
	o, err := a.Register.AddOrganisation(h.Context(), tester, constituency.Organisation{Name: "An ISP", Kind: constituency.Constituent})
	if err != nil {
		h.Fatal(err)
	}
	c, err := a.Register.AddContact(h.Context(), tester, constituency.Contact{Organisation: o.ID, Address: address})
	if err != nil {
		h.Fatal(err)
	}
	return release.Recipient{Contact: c, Organisation: o, Chain: release.ChainOwn}
}

func (h *house) enqueue(a *App, to release.Recipient) string {
	h.Helper()
	terms := release.Terms{Feed: "desk", Label: tlp.Amber, Receivers: []string{"constituent"}}
	item := release.Item{Kind: "findings", ID: to.Organisation.ID + "/desk", Version: "1", Owner: to.Organisation.ID, Terms: terms, Count: 1}
	p, d, err := a.Release.For(h.Context(), tester, item, to)
	if err != nil || !d.Allowed {
		h.Fatalf("%+v, %v", d, err)
	}
	draft := delivery.Draft{ID: id.New(), To: to.Contact, ToName: "An ISP", Subject: "Seen", Generic: "A message", Text: "Look.\n", Label: tlp.Amber, Date: today, Payload: []byte(`{}`)}
	ready, err := a.Delivery.Compose(h.Context(), p, draft)
	if err != nil {
		h.Fatal(err)
	}
	if err := a.DB.Write(h.Context(), func(tx *sqldb.Tx) error { return a.Delivery.Enqueue(tx, p, ready) }); err != nil {
		h.Fatal(err)
	}
	return draft.ID
}

// TestABounceComesBackToWhereItsMessageWasSentFrom goes all the way round: a message leaves, and its return path brings the bounce home.
func TestABounceComesBackToWhereItsMessageWasSentFrom(t *testing.T) {
	h := newHouse(t)
	h.conf.Team.Name, h.conf.Team.Email = "CERT Example", "cert@cert.example"
	h.conf.Mail.Maildir = filepath.Join(t.TempDir(), "maildir")
	a, _ := h.open()
	sent, raw := h.tell(a, "abuse@isp.example")
	d, _, err := a.Delivery.Get(t.Context(), tester, sent)
	if err != nil || d.ReturnPath == "" {
		t.Fatalf("%+v, %v", d, err)
	}
	report := "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nAction: failed\nStatus: 5.1.1\n" +
		"Final-Recipient: rfc822; abuse@isp.example\n\n--b\nContent-Type: message/rfc822\n\n" + string(raw) + "\n--b--\n"
	forged, err := a.TakeBounces(t.Context(), tester, strings.NewReader("To: cert@cert.example\n"+report))
	if err != nil || forged.Unused != 1 {
		t.Errorf("what did not come to the return path: %+v, %v", forged, err)
	}
	for _, want := range []bounce.Did{bounce.Bounced, bounce.Known} {
		out, err := a.TakeBounces(t.Context(), tester, strings.NewReader("Delivered-To: "+d.ReturnPath+"\n"+report))
		if err != nil || len(out.Results) != 1 || out.Results[0].Did != want || out.Results[0].Delivery != sent {
			t.Errorf("%+v, %v", out, err)
		}
	}
	d, _, err = a.Delivery.Get(t.Context(), tester, sent)
	if err != nil || d.State != delivery.Bounced {
		t.Errorf("%+v, %v", d, err)
	}
	tasks, err := a.Queue.List(t.Context(), tester, false, 10)
	if err != nil || len(tasks) != 1 || tasks[0].Kind != "bounce" || tasks[0].Contact != d.Contact {
		t.Errorf("%+v, %v", tasks, err)
	}
	contacts, err := a.Register.ContactsAt(t.Context(), tester, "abuse@isp.example")
	if err != nil || contacts[0].Health != constituency.Bad {
		t.Errorf("%+v, %v", contacts, err)
	}
}

func TestPublicKeys(t *testing.T) {
	h := newHouse(t)
	a, stop := h.open()
	if k, err := a.PublicKeys(tester); err != nil || k.PGP != nil || k.DKIM != nil || k.NoPGP == "" || k.NoDKIM == "" {
		t.Errorf("without an address: %+v, %v", k, err)
	}
	if _, err := a.PublicKeys(identity.Actor{}); !problem.Is(err, problem.Forbidden) {
		t.Errorf("nobody may ask: %v", err)
	}
	stop()
	h.conf.Team.Name, h.conf.Team.Email = "CERT Example", "cert@cert.example"
	a, stop = h.open()
	first, err := a.PublicKeys(tester)
	if err != nil || first.PGP.Other != "" || first.DKIM.Name != "firehall._domainkey.cert.example" || !strings.HasPrefix(first.DKIM.Zone, `"v=DKIM1;`) {
		t.Fatalf("%+v, %v", first, err)
	}
	stop()
	h.conf.Mail.From, h.conf.Mail.DKIMDomain = "desk@other.example", "OFF"
	a, _ = h.open()
	k, err := a.PublicKeys(tester)
	if err != nil || k.PGP.Fingerprint != first.PGP.Fingerprint || !strings.Contains(k.PGP.Other, "desk@other.example") || k.DKIM != nil || !strings.Contains(k.NoDKIM, "relay") {
		t.Errorf("another address: %+v, %v", k, err)
	}
	if text, _ := json.Marshal(k); bytes.Contains(text, []byte("PRIVATE")) {
		t.Error("a private key is shown")
	}
}

func TestWebhookSecrets(t *testing.T) {
	h := newHouse(t)
	a, _ := h.open()
	const hook = "https://hook.isp.example/firehall"
	to := h.contact(a, hook)
	list, err := a.WebhookSecrets(t.Context(), tester, hook)
	if err != nil || len(list) != 1 || list[0].Contact != to.Contact.ID || list[0].Organisation != "An ISP" {
		t.Fatalf("%+v, %v", list, err)
	}
	if raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(list[0].Secret, "whsec_")); err != nil || len(raw) != 32 {
		t.Errorf("%s: %v", list[0].Secret, err)
	}
	tests := []struct {
		actor   identity.Actor
		address string
		want    problem.Kind
	}{
		{identity.Actor{}, hook, problem.Forbidden},
		{tester, "abuse@isp.example", problem.Invalid},
		{tester, "nonsense", problem.Invalid},
		{tester, "https://other.example/", problem.NotFound},
	}
	for _, tt := range tests {
		if _, err := a.WebhookSecrets(context.Background(), tt.actor, tt.address); !problem.Is(err, tt.want) {
			t.Errorf("%s: %v", tt.address, err)
		}
	}
}
