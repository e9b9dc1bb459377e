package browser_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/firehall/firehall/test/browser"
)

// TestIncidentToTheEnd handles an incident as a person does, by the pages: a report becomes an incident, a provider is asked and answers, the page that
// steals is taken down (asked for, chased, asked of another, seen to be gone by three clean checks), and it is closed with what was learned. Each message
// that left is shown as it was sent.
func TestIncidentToTheEnd(t *testing.T) {
	t.Parallel()
	c := newScene(t)
	incident := c.reported()
	c.asks(incident)
	measure := c.takesDown(incident)
	c.learns(incident)
	c.closes(incident)
	c.showsAllMessages(incident, measure)
	c.tells(incident)
}

// reported lets a report come in by mail, and makes an incident of it.
func (c *scene) reported() (incident string) {
	c.mailIn("From: Ada Night <ada@bank.example>", "To: cert@cert.example", "Subject: A page imitates our bank", "Message-ID: <1@bank.example>", "",
		"Since this morning "+strings.Replace(fakePage, "http", "hxxp", 1)+" asks our customers for their PIN.")
	c.see("/reports", "A page imitates our bank")
	report := browser.Ask(c.Browser, chromedp.Evaluate[string](`document.querySelector("table[data-rows] a[href^='/reports/']").getAttribute("href")`))
	c.see(report, "asks our customers for their PIN", "Ada Night")
	c.done(`form:has([name=action][value=take])`, nil)
	c.Visit(report + "/do/open")
	c.done(`main form`, map[string]string{"title": "A page that steals PINs"})
	c.Visit(report)
	incident = c.link("/incidents/", "")
	c.see(incident, "A page that steals PINs", "A page imitates our bank")
	c.done(`form[action$="/edit"]`, map[string]string{"severity": "high", "class": "fraud", "pap": "PAP:GREEN", "summary": "It stands at a hoster abroad."})
	c.says("It stands at a hoster abroad.", "PAP:GREEN")
	return incident
}

// asks asks a provider, and hears from it by mail.
func (c *scene) asks(incident string) {
	c.Visit(incident + "/dialogues/new")
	c.fill(`form[action$="/dialogues"]`, "", map[string]string{
		"to": "Net One <abuse@net-one.example>", "subject": "Who uses 192.0.43.10?", "text": "Who has rented this address since Monday?",
	})
	c.says("Nothing has been sent yet", "abuse@net-one.example", "Who has rented this address since Monday?")
	c.look("letter")
	c.fill(`form[action$="/dialogues"]`, `button[value=send]`, nil)
	c.kept()
	c.deliver()
	asked := c.mailTo("abuse@net-one.example")
	if !strings.Contains(asked.Text, "Who has rented this address since Monday?") {
		c.Errorf("the mail says %q", asked.Text)
	}
	c.mailIn("From: Net One <abuse@net-one.example>", "To: cert@cert.example", "Subject: Re: "+asked.Subject, "Message-ID: <2@net-one.example>",
		"In-Reply-To: <"+asked.MessageID+">", "References: <"+asked.MessageID+">", "", "A customer of Bighost: ask hosting@bighost.example.")
	c.Visit(incident + "/dialogues")
	talk := c.link("/investigations/", "V-")
	c.see(talk, "Who has rented this address since Monday?", "A customer of Bighost: ask hosting@bighost.example.")
	c.look("dialogue")
}

// takesDown has the page taken down.
func (c *scene) takesDown(incident string) (measure string) {
	c.Visit(incident + "/countermeasures")
	c.done(`form[action$="/countermeasures"]`, map[string]string{"kind": "takedown", "asset": "url", "abuse": "phishing", "value": fakePage, "marker": fakeMarker})
	measure = browser.Ask(c.Browser, chromedp.Evaluate[string](`location.pathname`))
	c.says("hxxp://192[.]0[.]43[.]10/login")
	c.fill(`#ask`, "", map[string]string{"name": "Bighost", "role": "hoster", "email": "hosting@bighost.example"})
	c.says("before anybody is asked") // first the checklist
	c.done(`form[action$="/checklist"]`, map[string]string{
		"origin": "malicious", "no_evidence": "the bank keeps screenshots", "police": "none", "police_asked": "cyber desk", "requester": "called back",
	})
	c.done(`#ask`, map[string]string{"name": "Bighost", "role": "hoster", "email": "hosting@bighost.example"})
	c.says("Asked")
	c.later(5 * time.Hour)
	c.see(measure, "There") // it was looked, and it is still there
	c.later(3 * 24 * time.Hour)
	c.see(measure, "Chased", "It still seems to be there.")
	c.fill(`#ask`, "", map[string]string{"name": "Bighost", "role": "cdn", "email": "", "provider": "bighost"})
	c.kept()
	c.later(5 * time.Minute)
	c.see(measure, "Escalated", "bighost", "BH-2041")
	if texts := c.heard(); len(texts) != 1 || !strings.Contains(texts[0], "hxxp://192[.]0[.]43[.]10/login") {
		c.Errorf("the abuse API was asked %q", texts)
	}
	c.gone(measure)
	return measure
}

// gone lets the page go: it counts as gone when three checks over a day, each by another exit, found nothing.
func (c *scene) gone(measure string) {
	c.there.Store(false)
	for _, pause := range []time.Duration{4, 12} {
		c.later(pause * time.Hour)
		c.see(measure, "Escalated", "Not there")
	}
	before := c.looks.Load()
	c.later(12 * time.Hour)
	c.see(measure, "Gone", "office", "phone", "search", "3 clean checks from 3 exits")
	if n := c.looks.Load() - before; n != 1 {
		c.Errorf("the last time it was looked %d times", n)
	}
	c.look("countermeasure")
	c.Picture("countermeasure", 760)
}

// learns writes down what was learned, and what is to be done about it.
func (c *scene) learns(incident string) {
	c.Visit(incident + "/lessons")
	c.done(`form[action$="/lessons"]`, map[string]string{"kind": "cause", "text": "The bank's old domain ran out, and somebody took it.", "grounds": "Net One's answer."})
	c.done(`form[action$="/actions"]`, map[string]string{"text": "Watch the domains of banks that run out.", "due": "2026-12-24"})
	c.says("The bank's old domain ran out", "Watch the domains of banks that run out.")
	c.look("lessons")
}

// closes resolves the incident, and what hangs on it with it.
func (c *scene) closes(incident string) {
	c.Visit(incident)
	c.look("overview")
	c.done(`form:has([name=action][value=resolve])`, map[string]string{"reason": "The page is gone, and the bank knows why."})
	c.see(incident, "Resolved")
	report := c.link("/reports/", "")
	c.see(report, "Resolved")
	c.see("/lessons", "Watch the domains of banks that run out.") // it is still to be done
}

// showsAllMessages holds that each mail that left stands on a page of its own, word for word, and what the abuse API was given on the countermeasure's.
func (c *scene) showsAllMessages(incident, measure string) {
	c.Visit(incident + "/dialogues")
	shown := map[string]bool{}
	for _, page := range c.links(`main a[href*="/messages/"]`) {
		c.Visit(page)
		text := c.Text("main")
		for id, m := range c.mailed() {
			if strings.Contains(text, "Message-ID: <"+id+">") {
				shown[id] = true
				c.says(append(lines(m.Text), m.Subject, m.To[0].Address)...)
			}
		}
	}
	c.look("message")
	for id, m := range c.mailed() {
		if !shown[id] {
			c.Errorf("no page shows the mail %q to %s", m.Subject, m.To)
		}
	}
	if len(shown) != 3 {
		c.Errorf("%d mails are shown: who uses it, take it down, and the reminder are three", len(shown))
	}
	c.Visit(measure)
	for _, text := range c.heard() {
		c.says(lines(text)...)
	}
}

// lines are those of a text that say something, their spaces made one. What everybody reads on the way tells nothing: then the text begins with the
// subject, and the number of the dialogue before it.
func lines(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "[V-") {
			_, line, _ = strings.Cut(line, "] ")
		}
		out = append(out, strings.Join(strings.Fields(line), " "))
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

// tells looks at what the timeline and the printed report say of it all.
func (c *scene) tells(incident string) {
	c.see(incident+"/timeline", "opened the incident", "Net One wrote", "asked Bighost", "chased Bighost", "the abuse API of Bighost took", "is gone", "named a cause", "resolved the incident")
	c.look("timeline")
	c.see(incident+"/print", "The bank's old domain ran out", "A page imitates our bank")
	c.look("print")
}
