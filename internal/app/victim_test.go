package app

import (
	"archive/tar"
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/countermeasure"
	"github.com/firehall/firehall/internal/incident/dossier"
	"github.com/firehall/firehall/internal/incident/observable"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/notification"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/web/printed"
	"github.com/firehall/firehall/internal/web/timeline"
)

// victims is what of one victim, and of who reported it, stands in every field that there is, and in no output to anybody outside.
// The last is what of the team's own: a take-down that nobody was asked for yet.
var victims = []string{"city hospital", "city-hospital", "hospital.example", "192.0.2.1", "203.0.113.77", "zelda", "quickthorn", "470 55 66 77", "not-asked-yet"}

const ofVictim = "City Hospital (www.hospital.example, 192.0.2.1, 203.0.113.77) says Zelda Quickthorn, zelda@elsewhere.example, +32 470 55 66 77."

// outputs gathers what leaves, whole, by the sender.
type outputs struct {
	*shared
	h        *house
	incident incident.Incident
	got      map[string][]byte
}

// A field marked victim appears in no output to an outsider, attachments and mail headers included, whoever sends it. internal/house/victim_test.go says which
// sender is which of these. Not here: what goes to the victim, to who reported, and to the team; what the law wants told whole (clocks); the pager and
// look-ups, which hold no field of an incident and have tests of their own.
func TestNoVictimInAnyOutput(t *testing.T) {
	o := plantVictim(t)
	o.letters()
	o.takedown()
	o.notifications()
	o.documents()
	o.evidence()
	o.shares()
	o.outsider()
	o.messages()
	for _, sender := range []string{
		"letter", "letter to several", "forward", "take-down", "abuse API", "notification", "webhook", "constituent document", "authority document", "public document",
		"evidence", "STIX draft", "TAXII objects", "TAXII manifest", "TAXII collections", "blocklist", "API", "public pages",
	} {
		raw := o.got[sender]
		if len(raw) == 0 {
			t.Errorf("%s: nothing was sent, so nothing was looked at", sender)
		}
		text := strings.ToLower(unfold(raw))
		for _, name := range victims {
			if at := strings.Index(text, name); at >= 0 {
				t.Errorf("%s tells %q: …%s…", sender, name, text[max(0, at-80):min(len(text), at+80)])
			}
		}
	}
}

// plantVictim opens an installation with an incident that has the victim in every field.
func plantVictim(t *testing.T) *outputs {
	h := newHouse(t)
	h.conf.Team.Name, h.conf.Team.Email, h.conf.Mail.Maildir = "CERT", "cert@cert.example", t.TempDir()
	h.conf.TakedownProviders = map[string]config.TakedownProvider{"bighost": {URL: "https://abuse.bighost.example/api"}}
	a, ids := h.observe()
	o := &outputs{shared: shareIn(t, a), h: h, got: map[string][]byte{}}
	o.agree()
	o.openVictim(ids["City Hospital"])
	_, err := a.Register.AddContact(t.Context(), tester, constituency.Contact{
		Organisation: ids["Northlight"], Channel: constituency.Webhook, Address: "https://soc.northlight.example/hook", Purpose: constituency.Abuse,
	})
	o.must(err)
	return o
}

func (o *outputs) report() incident.Report {
	o.Helper()
	r, err := o.a.Incidents.Accept(o.Context(), handler, incident.Draft{
		Door: incident.Form, Subject: ofVictim, Text: ofVictim, Answers: incident.Answers{Peers: true, Police: true, Provider: true, Affected: ofVictim, Impact: ofVictim},
		Reporter: incident.Reporter{Name: "Zelda Quickthorn", Email: "zelda@elsewhere.example", Phone: "+32 470 55 66 77", Organisation: "City Hospital"},
		Files:    []incident.File{{Name: "city-hospital.txt", MediaType: "text/plain", Body: strings.NewReader(ofVictim)}},
	})
	o.must(err)
	return r
}

func (o *outputs) openVictim(organisation string) {
	o.Helper()
	r := o.report()
	o.must(o.a.DB.Write(o.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`INSERT INTO report_concern (organisation, report, role) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, organisation, r.ID, triage.RoleAffected)
		return err
	}))
	i, err := o.a.Incidents.OpenIncident(o.Context(), handler, incident.Opening{Title: "At City Hospital", Summary: ofVictim, TLP: tlp.Green, Reports: []string{r.ID}})
	o.must(err)
	_, err = o.a.Observables.Add(o.Context(), handler, i.ID, []observable.Draft{
		{Kind: "ip", Value: "192.0.2.1", Role: observable.Victim, Note: ofVictim},
		{Kind: "ip", Value: "203.0.113.77", Role: observable.Victim},
		{Kind: "url", Value: "http://www.hospital.example/", Role: observable.Victim},
		{Kind: "domain", Value: "evil.example", Role: observable.Infrastructure, Detection: true, Note: ofVictim},
	})
	o.must(err)
	_, err = o.a.Incidents.AddNote(o.Context(), handler, i.ID, ofVictim)
	o.must(err)
	o.must(o.a.Incidents.Work(o.Context(), handler, i.ID, func(tx *sqldb.Tx, in *incident.Inside) error {
		return o.a.Incidents.Tell(tx, handler, in, incident.Entry{World: true, Text: ofVictim})
	}))
	o.incident = i
}

var host = incident.Party{Name: "Host", Email: "abuse@host.example"}

// letters writes to a party, to several, and to another team.
func (o *outputs) letters() {
	o.Helper()
	o.must(o.a.DB.Write(o.Context(), func(tx *sqldb.Tx) error {
		in, err := o.a.Incidents.Inside(tx, handler, o.incident.ID)
		if err == nil {
			_, err = o.a.Incidents.SendIn(tx, handler, in, host, "A question", "Who uses 198.51.100.9?", []incident.File{{Name: "a.csv", Body: strings.NewReader("ip\n198.51.100.9\n")}})
		}
		return err
	}))
	_, err := o.a.Incidents.WriteToAll(o.Context(), handler, o.incident.ID, incident.Outgoing{
		Parties: []incident.Party{{Name: "One", Email: "one@one.example"}, {Name: "Two", Email: "two@two.example"}}, Subject: "A question", Text: "Dear {party}, who uses 198.51.100.9?",
	})
	o.must(err)
	_, err = o.a.Incidents.Refer(o.Context(), handler, o.report().ID, incident.ReferralDraft{
		To: incident.Party{Name: "Peer", Email: "cert@peer.example"}, Text: "Please take it over.", Reason: "theirs", Due: o.a.Clock.Now().Add(time.Hour),
	})
	o.must(err)
}

// takedown asks a hoster by mail, and by its abuse API.
func (o *outputs) takedown() {
	o.Helper()
	_, err := o.a.Countermeasures.Open(o.Context(), handler, o.incident.ID, countermeasure.Plan{
		Asset: &countermeasure.Asset{Kind: countermeasure.URL, Value: "http://not-asked-yet.example/"}, Abuse: new(countermeasure.Phishing),
	})
	o.must(err)
	for _, p := range []countermeasure.Party{{Party: incident.Party{Name: "Hoster", Email: "abuse@hoster.example"}, Role: countermeasure.Hoster}, {Role: countermeasure.Hoster, Provider: "bighost"}} {
		c, err := o.a.Countermeasures.Open(o.Context(), handler, o.incident.ID, countermeasure.Plan{
			Asset: &countermeasure.Asset{Kind: countermeasure.URL, Value: "http://evil.example/login", Marker: "Your bank"}, Abuse: new(countermeasure.Phishing),
			Checklist: &countermeasure.Checklist{
				Origin: countermeasure.Malicious, NoEvidence: "a picture in the report of City Hospital", Police: countermeasure.NoObjection, PoliceAsked: "cyber desk", Requester: "Zelda Quickthorn, called back",
			},
		})
		o.must(err)
		c, err = o.a.Countermeasures.Move(o.Context(), handler, c.ID, countermeasure.Moving{Move: countermeasure.MoveAsk, Party: &p})
		o.must(err)
		if p.Provider != "" {
			o.got["abuse API"], err = json.Marshal(c.Messages)
			o.must(err)
		}
	}
}

func (o *outputs) notifications() {
	o.Helper()
	_, err := o.a.ApplyFindings(o.Context(), tester, nil)
	o.must(err)
	_, err = o.a.Notify.Approve(o.Context(), tester, notification.ApproveOptions{})
	o.must(err)
	_, err = o.a.Notify.Send(o.Context(), tester, nil)
	o.must(err)
}

// documents hands the report of the incident out to each audience.
func (o *outputs) documents() {
	o.Helper()
	for _, order := range []dossier.Order{
		{Audience: dossier.Constituent, Organisation: o.org}, {Audience: dossier.Authority, To: "Federal Police"}, {Audience: dossier.Public, Statement: ofVictim},
	} {
		out, err := o.a.Dossier.HandOut(o.Context(), handler, o.incident.ID, order, "they asked")
		o.must(err)
		doc, err := o.a.Dossier.HandedOut(o.Context(), handler, o.incident.ID, out.ID)
		o.must(err)
		raw, err := json.Marshal(doc)
		o.must(err)
		o.got[string(order.Audience)+" document"] = append(raw, printed.Markdown(o.Context(), doc, timeline.Names{}, true)...)
	}
	held, err := o.a.Release.Holders(o.Context(), handler, incident.IncidentItem, o.incident.ID)
	o.must(err)
	by := map[string]release.Copy{}
	for _, c := range held {
		if c.Via == "hand" {
			by[c.Name] = c
		}
	}
	if len(by) != 3 || by["CERT-NL"].Address != "cert@cert-nl.example" || by["Federal Police"].Address != "" || !by["Federal Police"].Reached {
		o.Errorf("who holds it: %+v", by)
	}
}

// evidence gives a file out with its chain; one that names the victim stays, whoever gets it but the team.
func (o *outputs) evidence() {
	o.Helper()
	give := func(name, body string, to incident.Handing) (raw []byte, err error) {
		item, err := o.a.Incidents.Attach(o.Context(), handler, o.incident.ID, incident.File{Name: name, MediaType: "text/plain", Body: strings.NewReader(body)})
		o.must(err)
		_, write, err := o.a.Incidents.ExportEvidence(o.Context(), handler, item.ID, to)
		if err != nil {
			return nil, err
		}
		var out bytes.Buffer
		o.must(write(&out))
		return out.Bytes(), nil
	}
	lab := incident.Handing{To: "Lab", Reason: "to look at it"}
	raw, err := give("log.txt", "198.51.100.9 came by", lab)
	o.must(err)
	o.got["evidence"] = raw
	raw, err = give("disk.bin", "\x00\x01\x02 whatever", lab) // it cannot be looked into, and that is on record
	o.must(err)
	o.got["evidence"] = append(o.got["evidence"], raw...)
	for name, c := range map[string]struct{ file, body, reason, want string }{
		"in the file": {"log.txt", "a\n192.0.2.1 came by", "x", `attachment 1, log.txt, line 2 names the victim "192.0.2.1"`},
		"in the name": {"city-hospital.bin", "\x00", "x", `the name of the file names the victim "City Hospital"`},
		"in why":      {"log.bin", "\x00", "for Zelda Quickthorn", `names the reporter "Zelda Quickthorn"`},
	} {
		_, err := give(c.file, c.body, incident.Handing{To: "Lab", Reason: c.reason})
		if stop, ok := release.Leaks(err); !ok || stop.ID == "" || !strings.Contains(err.Error(), c.want) {
			o.Errorf("evidence, %s: %v", name, err)
		}
		if _, err := give(c.file, c.body, incident.Handing{For: release.Self, Reason: c.reason}); err != nil {
			o.Errorf("evidence for the team, %s: %v", name, err)
		}
	}
}

// shares puts the incident into a collection of a fellow team, who reads it in every way.
func (o *outputs) shares() {
	o.Helper()
	d, err := o.a.Give.Draft(o.Context(), handler, o.incident.Ref, "community")
	o.must(err)
	for _, one := range d.Objects {
		o.got["STIX draft"] = append(o.got["STIX draft"], one.Raw...)
	}
	_, err = o.a.Give.Put(o.Context(), handler, o.incident.ID, "community", d.Stamp)
	o.must(err)
	const root = "/taxii2/firehall/collections/"
	for name, path := range map[string]string{"TAXII objects": root + "community/objects/?match[version]=all", "TAXII manifest": root + "community/manifest/", "TAXII collections": root} {
		o.got[name] = o.ask("GET", path, "").Body.Bytes()
	}
}

// outsider asks as a fellow team for all that the API and the pages could give.
func (o *outputs) outsider() {
	o.Helper()
	var err error
	o.http, err = o.a.Handler()
	o.must(err)
	o.got["blocklist"] = append([]byte("list\n"), o.ask("GET", "/blocklists/community/domain.txt", "").Body.Bytes()...)
	for _, path := range []string{
		"incidents", "incidents/{}", "incidents/{}/print", "incidents/{}/observables", "incidents/{}/timeline", "incidents/{}/evidence", "incidents/{}/handouts", "reports", "observables",
		"findings", "events?q=ip:192.0.2.1", "organisations", "audit", "releases", "lookup?q=192.0.2.1", "collections", "teams",
	} {
		r := httptest.NewRequest("GET", "http://localhost/api/v1/"+strings.ReplaceAll(path, "{}", o.incident.ID), nil)
		r.Header.Set("Authorization", "Bearer "+o.token)
		o.got["API"] = append(o.got["API"], o.served(r)...)
	}
	for _, path := range []string{"/", "/report", "/mailbox", "/teams?q=192.0.2.1", "/teams?q=hospital.example", "/.well-known/security.txt", "/rfc2350", "/incidents/" + o.incident.ID} {
		body := o.served(httptest.NewRequest("GET", "http://localhost"+path, nil))
		_, asked, _ := strings.Cut(path, "?q=") // a page shows what it was asked
		o.got["public pages"] = append(o.got["public pages"], bytes.ReplaceAll(body, []byte(cmp.Or(asked, "-")), nil)...)
	}
}

func (o *outputs) served(r *http.Request) []byte {
	w := httptest.NewRecorder()
	o.http.ServeHTTP(w, r)
	return append(w.Body.Bytes(), '\n')
}

// messages reads all that is on its way, byte for byte: mails with their headers, and what webhooks get.
func (o *outputs) messages() {
	o.Helper()
	senders := map[string]string{
		"abuse@host.example": "letter", "one@one.example": "letter to several", "two@two.example": "letter to several", "cert@peer.example": "forward", "abuse@hoster.example": "take-down",
		"abuse@northlight.example": "notification", "https://soc.northlight.example/hook": "webhook",
	}
	to := map[string]string{}
	o.must(o.a.DB.Read(o.Context(), func(tx *sqldb.Tx) error {
		return tx.Each(`SELECT id, address FROM delivery ORDER BY id`, nil, func(scan func(...any) error) error {
			var id, address string
			err := scan(&id, &address)
			to[id] = address
			return err
		})
	}))
	for id, address := range to {
		if sender := senders[address]; sender != "" {
			raw, err := o.a.Delivery.Bytes(o.Context(), identity.System("test"), id)
			o.must(err)
			o.got[sender] = append(append(o.got[sender], raw...), '\n')
			o.got[sender] = append(o.got[sender], decoded(raw)...)
		} else if !strings.Contains(strings.Join(append(whoMay, "cert@cert-nl.example"), " "), address) {
			o.Errorf("a message to %s: say here which sender that is", address)
		}
	}
}

// decoded is a mail as people read it: each header, and each part without its encoding. It is not the leak check's own reader.
func decoded(raw []byte) (out []byte) {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return raw
	}
	words := mime.WordDecoder{}
	for name, values := range m.Header {
		for _, v := range values {
			text, err := words.DecodeHeader(v)
			if err != nil {
				text = v
			}
			out = append(out, name+": "+text+"\n"...)
		}
	}
	return append(out, part(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body)...)
}

func part(media, encoding string, r io.Reader) (out []byte) {
	kind, params, _ := mime.ParseMediaType(media)
	if strings.HasPrefix(kind, "multipart/") {
		for parts := multipart.NewReader(r, params["boundary"]); ; {
			p, err := parts.NextRawPart()
			if err != nil {
				return out
			}
			out = append(out, p.FileName()+"\n"...)
			out = append(out, part(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p)...)
		}
	}
	switch strings.ToLower(encoding) {
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, r)
	case "quoted-printable":
		r = quotedprintable.NewReader(r)
	}
	out, _ = io.ReadAll(r)
	if kind == "message/rfc822" {
		return decoded(out)
	}
	return append(out, '\n')
}

// unfold adds to an output what is packed in it.
func unfold(raw []byte) string {
	out := string(raw)
	for t := tar.NewReader(bytes.NewReader(raw)); ; {
		head, err := t.Next()
		if err != nil {
			return out
		}
		body, _ := io.ReadAll(t)
		out += head.Name + "\n" + string(body) + "\n"
	}
}
