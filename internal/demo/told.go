package demo

import (
	"encoding/json"
	"fmt"
	"time"
)

// Names of the arrivals that the demonstration's team works on.
const (
	Hospital = "hospital" // an incident is opened of it
	Tip      = "tip"      // anonymous; the team asks back
	Turbine  = "turbine"  // a restricted incident is opened of it
	Bank     = "bank"     // passed on to the bank
	Police   = "police"   // taken
)

// Arrivals are the reports of the demonstration's day in the order in which they come, over all doors, in English and French.
func Arrivals() []Arrival {
	list := append(atOnce(), meanwhile()...)
	for i := range 6 {
		a := Arrival{Name: fmt.Sprintf("sensor-%d", i+1), Door: ByMail, Reporter: "Demo Sensors", Email: "reports@sensors.example", machine: loginAttack(i)}
		if i >= 3 {
			a.After = time.Duration(30*i) * time.Second
		}
		list = append(list, a)
	}
	return list
}

// atOnce are those that are there when somebody looks for the first time.
func atOnce() []Arrival {
	return []Arrival{
		{
			Name: Hospital, Door: ByForm, Happened: "ransomware", When: "since about six this morning, and still going on", Affected: "File servers 192.0.2.10 and 192.0.2.12, the laboratory's computers",
			Impact: "The emergency room works on paper, operations are put off", Help: "How do we stop it from spreading? May we switch everything off?",
			Text:     "Files on our servers are encrypted, and it is spreading right now; patients are waiting. A note on each screen says to write to recover@lockers[.]example and to look at hxxp://lockers[.]example/pay",
			Reporter: "Ada Night", Email: "it@city-hospital.example", Phone: "+1 202 555 0120", Organisation: "City Hospital", Language: "en", Urgent: true, Peers: true,
		},
		{
			Name: Tip, Door: ByForm, Happened: "leak", When: "weeks ago", Impact: "Names, birthdays and diagnoses of some ten thousand people", Language: "en", Anonymous: true,
			Text:  "The company I work for lost a database of patients and tells nobody. I was told to be silent. I can prove it, but must not be found out.",
			Ask:   "Thank you for telling us. Nobody here knows who you are. Which company is it, and do you know where the data can be seen now? Please send no data of patients.",
			Added: "It is a shop of medical goods in Southmark. A friend saw the data on dump-market[.]example. I cannot say more today, but will look here again.",
		},
		{
			Name: Turbine, Door: ByMail, Subject: "TLP:AMBER+STRICT Intruder in the network of our control room", Reporter: "Jon Frost", Email: "soc@kalla-power.example", Language: "en",
			Text: "An intruder has a backdoor on an engineering computer of our control room (192.0.2.121). It fetches orders from update-cdn[.]example.\nThe file has SHA-256 " + implant +
				".\nWe believe that it came with the last maintenance. Please tell as few people as possible.",
		},
		{
			Name: Bank, Door: ByMail, Subject: "Faux site de la banque", Reporter: "Chloé Petit", Email: "chloe.petit@courriel.example", Language: "fr",
			Text: "Bonjour,\n\nun faux courriel de la First Bank renvoie vers hxxps://first-bank-acces[.]example/connexion depuis mardi. La page demande le mot de passe et le code reçu par SMS.\nMa mère y a donné les siens.\n\nMerci de votre aide,\nChloé Petit",
		},
		{
			Name: "complaint", Door: ByMail, Reporter: "Aurora complaints", Email: "feedback@aurora-mobile.example", machine: complaint,
		},
		{
			Name: "traffic", Door: ByMail, Subject: "More visitors for your website", Reporter: "Gil Growth", Email: "gil@growth.example", Language: "en",
			Text: "Dear webmaster,\n\nour SEO services increase your traffic with hundreds of backlinks. Limited offer, buy now!\n\nGil",
		},
	}
}

// implant is the sum of a file that never was.
const implant = "5f3c1b7a9e20d4c8b6a1f0e3d2c49587a6b3c2d1e0f9485736251403f2e1d0c9"

// meanwhile are those that come while somebody looks.
func meanwhile() []Arrival {
	return []Arrival{
		{
			Name: "clinic", After: 30 * time.Second, Door: ByPhone, Subject: "Fernhill Clinic has it, too", Happened: "ransomware", When: "noticed ten minutes ago",
			Affected: "One computer at the reception, 192.0.2.35", Impact: "Appointments cannot be seen", Help: "Somebody who rings back",
			Text:     "Ms Tooth says that the screen shows a note with recover@lockers[.]example; files are encrypted. She has pulled the cable.",
			Reporter: "Bo Tooth", Phone: "+1 202 555 0166", Organisation: "Fernhill Clinic", Language: "en",
		},
		{
			Name: Police, After: 60 * time.Second, Door: ByMail, Subject: "Request to keep records, answer by tomorrow", Reporter: "Inspector P. Hale", Email: "hale@police.gov.example", Language: "en",
			Text: "The police of Kalla investigate a fraud under court order 44/26. We ask you to find out who used 198.51.100.30 on the evening of the 20th, and to have the records kept.\nThe deadline is tomorrow at noon; after that the provider erases them.",
		},
		{
			Name: "peer", After: 90 * time.Second, Door: ByMail, Subject: "TLP:GREEN Command server in your country", Reporter: "CERT Bouvet", Email: peerMail, Language: "en", signed: true,
			Text: "Dear colleagues,\n\n203.0.113.70 is a command and control server of a botnet whose victims are with us: forty machines ask it for orders each hour.\nCould you have it looked at? We gladly share what we recorded.\n\nCERT Bouvet, on duty",
		},
		{
			Name: "twin", After: 2 * time.Minute, Door: ByMail, Subject: "Strange program on a heating controller", Reporter: "Per Warm", Email: "operations@harbour-heat.example", Language: "en",
			Text: "A computer of our control room fetches orders from update-cdn[.]example. We found a backdoor, a file with SHA-256 " + implant + ", on 192.0.2.130. It came with the last maintenance, we believe.",
		},
		{
			Name: "compte", After: 150 * time.Second, Door: ByForm, Happened: "account", When: "hier soir", Affected: "Ma messagerie et mon agenda", Impact: "On écrit à mes clients en mon nom",
			Help: "Comment reprendre mon compte ?", Text: "Mon compte a été piraté : quelqu'un écrit à mes clients et leur demande de payer sur un autre compte. Je ne voudrais pas que cela se sache.",
			Reporter: "Dan Boutique", Email: "dan@boutique.example", Language: "fr", Confidential: true,
		},
		{
			Name: "finder", After: 3 * time.Minute, Door: ByMail, Subject: "Unpatched portal of the Tax Office", Reporter: "Eve Finder", Email: "eve@finder.example", Language: "en",
			Text: "192.0.2.55 and 203.0.113.34 run an unpatched server with the vulnerability CVE-2026-0001. A proof of concept exists; I have shown it to nobody else and plan to publish in 90 days.",
		},
		{
			Name: "absent", After: 200 * time.Second, Door: ByMail, Reporter: "Fay Holiday", Email: "fay@shopfront.example", machine: absent,
		},
		{
			Name: "essai", After: 4 * time.Minute, Door: ByMail, Subject: "Essai", Reporter: "Hugo Curieux", Email: "hugo@courriel.example", Language: "fr", Text: "Ceci est un test, à ignorer.",
		},
	}
}

// loginAttack makes an X-ARF mail about guessed passwords.
func loginAttack(i int) func(now time.Time) (subject, media, body string) {
	return func(now time.Time) (subject, media, body string) {
		at := now.Add(-time.Duration(i+1) * time.Minute).UTC().Format(time.RFC3339)
		desk := map[string]string{"org": "Demo Sensors", "contact": "reports@sensors.example", "domain": "sensors.example"}
		text, err := json.MarshalIndent(map[string]any{
			"xarf_version": "4.2.0", "report_id": fmt.Sprintf("00000000-0000-4000-8000-%012d", i+1), "timestamp": at, "reporter": desk, "sender": desk,
			"source_identifier": fmt.Sprintf("192.0.2.%d", 61+3*i), "source_port": 50_000 + i, "category": "connection", "type": "login_attack",
			"evidence_source": "honeypot", "destination_port": 22, "protocol": "tcp", "first_seen": at,
		}, "", "  ")
		if err != nil {
			return "", "", ""
		}
		return "Abuse report: login attack", `multipart/mixed; boundary="part"`,
			"--part\nContent-Type: text/plain\n\nLogin attempts were seen; the attachment is for your programs.\n\n--part\nContent-Type: application/json; name=xarf.json\n\n" + string(text) + "\n\n--part--\n"
	}
}

// complaint makes an ARF mail (RFC 5965): a reader pressed "this is spam".
func complaint(now time.Time) (subject, media, body string) {
	at := now.Add(-3 * time.Hour).UTC().Format(time.RFC1123Z)
	return "FW: You have won", `multipart/report; report-type=feedback-report; boundary="part"`,
		"--part\nContent-Type: text/plain\n\nThis is an e-mail abuse report about a message from 192.0.2.90.\n\n" +
			"--part\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: DemoComplaints/1.0\nVersion: 1\nArrival-Date: " + at + "\nSource-IP: 192.0.2.90\nReported-Domain: uni-kalla.example\n\n" +
			"--part\nContent-Type: message/rfc822\n\nFrom: winner@n7.uni-kalla.example\nTo: reader@aurora-mobile.example\nDate: " + at + "\nSubject: You have won\n\nSend us your account number.\n\n--part--\n"
}

// absent makes the answer of a program to a mail of ours.
func absent(time.Time) (subject, media, body string) {
	return "Out of office: your message", "text/plain; charset=utf-8\nAuto-Submitted: auto-replied", "Out of office until Monday.\n"
}
