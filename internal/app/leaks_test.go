package app

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	maildoor "github.com/firehall/firehall/internal/incident/door/mail"
	"github.com/firehall/firehall/internal/incident/dossier"
	"github.com/firehall/firehall/internal/notification"
	"github.com/firehall/firehall/internal/platform/mime"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release/leak"
)

// planted are the names of one victim and its reporter; the owner of other networks may read none of them.
func planted() leak.Names {
	n := leak.NewNames()
	n.Add(leak.Organisation, "City Hospital")
	n.Add(leak.Domain, "hospital.example")
	n.Add(leak.Address, "192.0.2.0/24")
	n.AddAs(leak.Reporter, leak.Person, "Zelda Quickthorn")
	n.AddAs(leak.Reporter, leak.Mail, "zelda@elsewhere.example")
	n.AddAs(leak.Ours, leak.Text, "planted matter")
	return n
}

// whoMay are the mailboxes that may read of it: the victim's own, the reporter's, the team's.
var whoMay = []string{"security@hospital.example", "zelda@elsewhere.example", "cert@cert.example"}

// Whatever is sent of an incident, by every way that a test can go, no outsider reads whom it happened to: not in a text, a header, or a file.
func TestNoPlantedNameLeaves(t *testing.T) {
	h := newHouse(t)
	box := filepath.Join(t.TempDir(), "mail")
	h.conf.Team.Name, h.conf.Team.Email, h.conf.Mail.Maildir = "CERT", "cert@cert.example", box
	a, _ := h.observe()
	officer := identity.Actor{ID: "ofc", Name: "ofc", Kind: identity.Person, Via: "web", Roles: []identity.Role{identity.DutyOfficer}}
	r, err := a.Incidents.Accept(t.Context(), mailActor(), incident.Draft{
		Door: incident.Mail, Subject: "planted matter", Text: "City Hospital was broken into: 192.0.2.1, www.hospital.example.",
		Reporter: incident.Reporter{Name: "Zelda Quickthorn", Email: "zelda@elsewhere.example", Organisation: "City Hospital"},
	})
	if err != nil {
		t.Fatal(err)
	}
	answer := maildoor.Answer{Report: r}
	answer.To.Address, answer.To.Name = "zelda@elsewhere.example", "Zelda Quickthorn"
	if err := a.answerReport(t.Context(), mailActor(), answer); err != nil {
		t.Fatal(err)
	}
	i, err := a.Incidents.OpenIncident(t.Context(), officer, incident.Opening{Title: "planted matter at City Hospital", TLP: tlp.Green, Reports: []string{r.ID}})
	if err != nil {
		t.Fatal(err)
	}
	host := incident.Party{Name: "Host", Email: "abuse@host.example"}
	write := func(subject, text string) error {
		return a.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
			in, err := a.Incidents.Inside(tx, officer, i.ID)
			if err == nil {
				_, err = a.Incidents.SendIn(tx, officer, in, host, subject, text, []incident.File{{Name: "a.csv", Body: strings.NewReader("ip\n198.51.100.9\n")}})
			}
			return err
		})
	}
	if err := write("A question", "Who uses 198.51.100.9?"); err != nil {
		t.Fatal(err)
	}
	if err := write("A question", "It attacks Zelda Quickthorn"); err == nil {
		t.Error("a letter that names the reporter was sent")
	}
	if _, err := a.Incidents.Reply(t.Context(), officer, r.ID, "", "Thank you, Zelda Quickthorn."); err != nil {
		t.Error(err)
	}
	if _, err := a.ApplyFindings(t.Context(), tester, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Notify.Approve(t.Context(), tester, notification.ApproveOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Notify.Send(t.Context(), tester, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Deliver(t.Context(), tester, nil); err != nil {
		t.Fatal(err)
	}
	outsiders := searchMail(t, box)
	if outsiders["abuse@host.example"] != 1 || outsiders["abuse@northlight.example"] == 0 {
		t.Errorf("mails to outsiders: %v", outsiders)
	}
	doc, err := a.Dossier.Draft(t.Context(), officer, i.ID, dossier.Order{Audience: dossier.Public, Statement: "At City Hospital, 192.0.2.1, all is well, says Zelda Quickthorn."})
	if err != nil || strings.Contains(doc.Statement, "Hospital") || strings.Contains(doc.Statement, "Zelda") {
		t.Errorf("%q, %v", doc.Statement, err)
	}
}

// searchMail looks through each mail, whole, that goes to who may not know, and counts them by mailbox.
func searchMail(t *testing.T, box string) map[string]int {
	t.Helper()
	outsiders := map[string]int{}
	files, err := filepath.Glob(filepath.Join(box, "new", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		m, err := mime.Read(bytes.NewReader(raw), mime.DefaultLimits())
		if err != nil || len(m.To) != 1 {
			t.Fatal(m, err)
		}
		to := m.To[0].Address
		if strings.Contains(strings.Join(whoMay, " "), to) {
			continue
		}
		outsiders[to]++
		for _, l := range leak.Check(leak.Content{Files: []leak.File{{Name: "to-" + to + ".eml", MediaType: "message/rfc822", Data: raw}}}, planted()) {
			if l.Kind != leak.Unreadable {
				t.Errorf("%s", l)
			}
		}
	}
	return outsiders
}
