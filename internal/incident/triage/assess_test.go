package triage

import (
	"fmt"
	"strings"
	"testing"
)

func TestAssess(t *testing.T) {
	tr := open(t)
	cases := []struct {
		name  string
		r     Report
		want  string // type, severity, tier, move
		about string // organisations' number
	}{
		{"ransomware at the hospital, in progress", Report{Subject: "Ransomware", Text: "All files are encrypted on 198.51.100.7, it is spreading right now, patients are waiting."}, "system-compromise critical 1 open", "1"},
		{"the same in French", Report{Subject: "Rançongiciel à l'hôpital", Text: "Nos serveurs sont chiffrés (198.51.100.7), des patients attendent, c'est en cours."}, "system-compromise critical 1 open", "1"},
		{"essential entity, not in progress", Report{Subject: "Phishing", Text: "A page imitates portal.city-hospital.example: hxxp://fake-portal[.]com/login"}, "phishing high 2 open", "1"},
		{"police with a deadline", Report{Subject: "Request", Text: "The prosecutor needs the logs of 192.0.2.1 within 48 hours. Police."}, " medium 3 pass", "0"},
		{"police that we know", Report{Subject: "Request", Text: "Please call us about 203.0.113.4", Reporter: Reporter{Email: "desk@police.example", Verified: "dmarc"}}, " medium 3 investigate", "2"},
		{"police that anybody can claim to be", Report{Subject: "Request", Text: "Please ring me concerning 203.0.113.200, it is about the meeting", Reporter: Reporter{Email: "desk@police.example"}}, " medium 4 investigate", "1"},
		{"phishing, other people", Report{Subject: "Hameçonnage", Text: "Un faux site: hxxps://ma-banque[.]fr/acces"}, "phishing medium 4 pass", "0"},
		{"nothing told", Report{Subject: "Help", Text: "Please call me."}, " medium 4 ask", "0"},
		{"test", Report{Subject: "Test", Text: "This is a test, please ignore."}, "test low 4 test", "0"},
		{"somebody sells something", Report{Subject: "SEO services", Text: "Increase your traffic with our backlinks!"}, " medium 4 reject", "0"},
		{"ARF", Report{Subject: "abuse report", Machine: &Machine{Format: "arf", Type: "abuse", Source: "Aurora", SourceIP: "203.0.113.9"}}, "spam low 5 investigate", "1"},
		{"X-ARF", Report{Machine: &Machine{Format: "xarf", Type: "connection/login_attack", Source: "Sensors", SourceIP: "203.0.113.9"}}, "brute-force low 5 investigate", "1"},
		{"a machine's cry changes no order", Report{Text: "patients are dying, ransomware, right now", Machine: &Machine{Format: "xarf", Type: "content/phishing", Source: "x"}}, "phishing medium 5 ask", "0"},
		{"newsletter", Report{Subject: "News", Text: "Our offers", Auto: true, Reporter: Reporter{Email: "news@shop.example"}}, " medium 5 reject", "0"},
		{"somebody says that it is urgent", Report{Text: "Please come.", Answers: Answers{Urgent: true}}, " medium 1 ask", "0"},
		{"the form's choice", Report{Text: "It is as I said.", Answers: Answers{Happened: "ransomware", Affected: "Shop Front"}}, "system-compromise high 4 open", "1"},
		{"a vulnerability", Report{Subject: "CVE-2024-3094 on shop", Text: "203.0.113.77 is unpatched, a proof of concept is public"}, "vulnerable-system medium 4 investigate", "1"},
		{"defaced", Report{Text: "La page d'accueil remplacée, défiguration de http://203.0.113.5/"}, "unauthorised-information-modification high 4 open", "1"},
	}
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.r.ID = fmt.Sprint("case", i)
			a := assess(t, tr, c.r)
			if got := fmt.Sprint(a.Type, " ", a.Severity, " ", a.Tier, " ", a.Move); got != c.want {
				t.Errorf("got %q, want %q; reasons %v", got, c.want, a.Reasons)
			}
			if got := fmt.Sprint(len(a.Concerned)); got != c.about {
				t.Errorf("concerns %+v, want %s", a.Concerned, c.about)
			}
			for _, about := range []string{"class", "severity", "rank", "move"} {
				if codes(a, about) == "" && !(about == "class" && a.Quarantine) {
					t.Errorf("no reason for the %s", about)
				}
			}
		})
	}
}

func TestSeveralConstituentsEachTheirPart(t *testing.T) {
	tr := open(t)
	a := assess(t, tr, Report{ID: "r", Text: "Scans from 203.0.113.9, 203.0.113.10 and AS64500 hit 198.51.100.3; also seen: 8.8.8.8, 10.0.0.1, 192.0.2.1. The Bank was asked."})
	if len(a.Concerned) != 2 {
		t.Fatalf("concerns %+v", a.Concerned)
	}
	parts := map[string]bool{strings.Join(a.Concerned[0].Parts, " "): true, strings.Join(a.Concerned[1].Parts, " "): true}
	if !parts["203.0.113.9 203.0.113.10 AS64500"] || !parts["198.51.100.3"] {
		t.Errorf("parts %+v", a.Concerned)
	}
}

func TestRoles(t *testing.T) {
	tr := open(t)
	a := assess(t, tr, Report{ID: "r", Text: "from 203.0.113.9", Answers: Answers{Affected: "198.51.100.3"}, Reporter: Reporter{Email: "it@bank.example", Verified: "signed"}})
	var got []string
	for _, c := range a.Concerned {
		got = append(got, c.Role+" "+c.Reason.Code)
	}
	if want := "affected concerned.address, named concerned.address, reporter concerned.reporter"; strings.Join(got, ", ") != want {
		t.Errorf("got %s", strings.Join(got, ", "))
	}
}

func TestChildAbuseIsQuarantined(t *testing.T) {
	tr := open(t)
	cases := map[string]Report{
		"X-ARF":        {Machine: &Machine{Format: "xarf", Type: "content/csam", URL: "http://203.0.113.9/x"}},
		"X-ARF, csem":  {Machine: &Machine{Format: "xarf", Type: "content-csem"}},
		"answer":       {Text: "see there", Answers: Answers{Children: true}},
		"English":      {Text: "I found child pornography at http://evil.com/x"},
		"French":       {Text: "J'ai trouvé un site pédopornographique : hxxp://evil[.]com"},
		"other French": {Subject: "Abus sexuels sur mineurs", Text: "une vidéo"},
	}
	for name, r := range cases {
		t.Run(name, func(t *testing.T) {
			r.ID = name
			a := assess(t, tr, r)
			if !a.Quarantine || a.Move != MovePass || a.Type != "violence" || codes(a, "quarantine") == "" {
				t.Errorf("%+v", a)
			}
		})
	}
	if a := assess(t, tr, Report{ID: "no", Text: "The children's hospital got phishing."}); a.Quarantine {
		t.Error("a hospital for children is not quarantined")
	}
}

func TestFold(t *testing.T) {
	cases := map[string]Report{
		"":          {Reporter: Reporter{Email: "a@b.example"}},
		"aurora-x":  {Machine: &Machine{Source: " Aurora\n X "}},
		"b.example": {Auto: true, Reporter: Reporter{Email: "a@b.example"}},
		"unknown":   {Auto: true},
	}
	for want, r := range cases {
		if got := fold(r); got != want {
			t.Errorf("fold %q, want %q", got, want)
		}
	}
}

func TestOrder(t *testing.T) {
	if !(rank(TierLife, Low) < rank(TierEssential, Critical) && rank(TierPeople, Critical) < rank(TierPeople, Low) && rank(TierPeople, Low) < rank(TierMachine, Critical)) {
		t.Error("a tier goes before a severity")
	}
}

func TestAlert(t *testing.T) {
	tr := open(t)
	if !assess(t, tr, Report{ID: "a", Text: "ransomware, patients, right now"}).Alert || assess(t, tr, Report{ID: "b", Text: "phishing"}).Alert {
		t.Error("who is on call is alerted for life at risk alone")
	}
}

func TestPhrasesAreRead(t *testing.T) {
	kinds := map[string]int{}
	for _, p := range phrases() {
		if p.weight < 1 || plainWords(p.shown) != " "+p.shown+" " {
			t.Errorf("%q of %s can never be found", p.shown, p.kind)
		}
		kinds[p.kind]++
	}
	for _, kind := range []string{"now", "life", "police", "deadline", "test", "child", "buy"} {
		if kinds[kind] == 0 {
			t.Errorf("no phrase for %s", kind)
		}
	}
}

func FuzzJudgeWords(f *testing.F) {
	f.Add("Rançongiciel", "ﬁles are ENCRYPTED\xff œuvre")
	f.Fuzz(func(t *testing.T, subject, text string) {
		heard := hear(subject, text)
		if w := plainWords(text); strings.Contains(w, "  ") || w[0] != ' ' {
			t.Fatalf("%q", w)
		}
		classify(Report{Subject: subject, Text: text}, heard, nil)
	})
}
