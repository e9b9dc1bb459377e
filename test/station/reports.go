package station

import (
	"fmt"
	"strings"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/incident"
)

// reports takes in what people and machines report on a day, and opens an incident of one. They are assessed.
func (f *filler) reports() {
	for i, d := range drafts() {
		d.Key = fmt.Sprint("station-", i)
		f.must(second(f.app.Incidents.Accept(f.Context(), person, d)))
	}
	f.must(second(f.app.AssessReports(f.Context())))
	found, err := f.app.Incidents.Reports(f.Context(), person, incident.Filter{Query: "ransomware servers"})
	f.must(err)
	if len(found.Items) == 0 {
		f.Fatal("no report of ransomware is found")
	}
	first := found.Items[0]
	opened, err := f.app.Incidents.OpenIncident(f.Context(), f.by, incident.Opening{
		Title: "Ransomware at City Hospital", Summary: "Two servers are encrypted; the emergency room works on paper.", Class: first.Class,
		Severity: first.Severity, TLP: tlp.Amber, Reports: []string{first.ID},
	})
	f.must(err)
	f.must(second(f.app.Incidents.Investigate(f.Context(), f.by, incident.InvestigationDraft{
		Incident: opened.ID, Party: incident.Party{Name: "Net One", Email: "abuse@net-one.example"}, Subject: "203.0.113.20", Text: "Who uses this address?",
	})))
	f.must(second(f.app.Incidents.OpenCampaign(f.Context(), f.by, incident.CampaignText{Name: "Blue Heron", Text: "Ransomware by the same hand."})))
	f.must(second(f.app.Incidents.AddNote(f.Context(), f.by, opened.ID, "The hospital's administrator will ring at two.")))
	f.must(second(f.app.Incidents.AddNote(f.Context(), f.by, first.ID, "Rang back: it is true.")))
}

// drafts are twenty reports of people, and some of machines.
func drafts() (out []incident.Draft) {
	add := func(subject, text, name, mail string, verified incident.Verified) {
		out = append(out, incident.Draft{
			Door: incident.Mail, Subject: subject, Text: text, TLP: tlp.Amber,
			Reporter: incident.Reporter{Name: name, Email: mail, Verified: verified},
		})
	}
	add("Ransomware on two servers", "All files on 203.0.113.20 are encrypted, it is spreading right now, patients are waiting.\nThe note says: write to recover@lockers[.]example", "Ada Night", "it@city-hospital.example", incident.DMARC)
	add("Re: ransomware", "We see the same at the dental clinic: hxxp://lockers[.]example/pay and recover@lockers[.]example.", "Bo Tooth", "bo@dental.example", incident.Unverified)
	add("Hameçonnage au nom de la banque", "Bonjour, un faux courriel de la banque renvoie vers hxxps://ma-banque-acces[.]fr/connexion depuis mardi.", "Chloé Petit", "chloe@mail.example", incident.Unverified)
	add("Account was hacked", "My account was hacked, somebody writes to my customers. Please help me, I do not know what to do.", "Dan Shop", "dan@shopfront.example", incident.Unverified)
	add("CVE-2024-3094 on your portal", "192.0.2.55 runs an unpatched server, proof of concept attached.", "Eve Finder", "eve@finder.example", incident.Signed)
	add("This is a test", "This is a test, please ignore.", "Fay", "fay@cert.example", incident.DMARC)
	add("SEO services", "Increase your traffic with our backlinks!", "Gil", "gil@buy.example", incident.Unverified)
	for i := range 13 {
		add(fmt.Sprintf("Strange mail number %d", i+1), fmt.Sprintf("I got a strange mail that asks for my password: hxxp://fake%d[.]example/login, sent from 198.51.100.%d", i+1, i+30), fmt.Sprint("Reader ", i+1), fmt.Sprintf("reader%d@mail.example", i+1), incident.Unverified)
	}
	out = append(out, incident.Draft{
		Door: incident.Form, Subject: "", Text: "My employer hides a data leak of 10,000 patients.", Anonymous: true, TLP: tlp.Red,
		Answers: incident.Answers{Happened: "leak", Impact: "Names and diagnoses"},
	}, incident.Draft{
		Door: incident.Form, Subject: "Phishing", Text: "A page imitates ours.", Confidential: true, TLP: tlp.Amber,
		Reporter: incident.Reporter{Name: "Hal", Email: "hal@first-bank.example"},
		Files:    []incident.File{{Name: "screen.png", MediaType: "image/png", Body: strings.NewReader("not really a picture")}},
	})
	for i := range 5 {
		out = append(out, incident.Draft{
			Door: incident.Mail, Subject: "abuse report", Text: "Login attempts were seen.", TLP: tlp.Green, Reporter: incident.Reporter{Email: "reports@sensors.example", Verified: incident.DMARC},
			Machine: &incident.Machine{Format: "xarf", Type: "connection/login_attack", Source: "Demo Sensors", SourceIP: fmt.Sprintf("192.0.2.%d", i+60)},
		})
	}
	return append(out, incident.Draft{
		Door: incident.Mail, Subject: "X-ARF", Text: "Content was reported.", TLP: tlp.Red, Reporter: incident.Reporter{Email: "reports@hotline.example", Verified: incident.DMARC},
		Machine: &incident.Machine{Format: "xarf", Type: "content/csam", Source: "Hotline", SourceIP: "192.0.2.77", URL: "http://192.0.2.77/x"},
	})
}

// hostileReports takes in reports whose fields try to break the pages.
func (f *filler) hostileReports() {
	for i, text := range Hostile {
		d := incident.Draft{
			Door: incident.API, Key: fmt.Sprint("hostile-", i), Subject: text, Text: text + "\n" + strings.Repeat(text+" ", 20) + " 192.0.2.1", TLP: tlp.Amber,
			Reporter: incident.Reporter{Name: text, Email: "a@b.example", Phone: "1", Organisation: text}, Answers: incident.Answers{Affected: text, Help: text, When: text},
			Machine: nil, Files: []incident.File{{Name: text, MediaType: text, Body: strings.NewReader(text)}},
		}
		r, err := f.app.Incidents.Accept(f.Context(), person, d)
		f.must(err)
		f.must(second(f.app.Incidents.AddNote(f.Context(), person, r.ID, text)))
		f.must(second(f.app.Incidents.OpenIncident(f.Context(), person, incident.Opening{Title: text, Summary: text, TLP: tlp.Amber, Reports: []string{r.ID}})))
	}
	f.must(second(f.app.AssessReports(f.Context())))
}
