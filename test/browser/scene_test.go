package browser_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/mime"
	"github.com/firehall/firehall/test/browser"
	"github.com/firehall/firehall/test/station"
)

// scene is somebody who handles an incident in a browser, with the world around.
type scene struct {
	*testing.T
	*browser.Browser
	*world
	s *station.Station
}

func newScene(t *testing.T) *scene {
	t.Helper()
	w := newWorld(t)
	s := station.OpenWith(t, station.Options{Bare: true}, w.wire)
	return &scene{t, browser.Open(t, s, browser.Wide, false), w, s}
}

// see opens a page, which has to say all of this.
func (c *scene) see(path string, texts ...string) {
	c.Helper()
	c.Visit(path)
	c.says(texts...)
	c.NoErrors()
}

func (c *scene) says(texts ...string) {
	c.Helper()
	page := strings.Join(strings.Fields(browser.Ask(c.Browser, chromedp.Evaluate[string](`document.querySelector("main").textContent`))), " ")
	for _, text := range texts {
		if !strings.Contains(page, text) {
			c.Errorf("%s does not say %q: %.3000s", browser.Ask(c.Browser, chromedp.Location()), text, page)
		}
	}
}

// look judges the page: nothing sticks out of a telephone, and nobody is kept from reading it.
func (c *scene) look(shot string) {
	c.Helper()
	c.NoOverflow()
	c.Axe()
	c.Shot("incident-" + shot)
}

// link is where the first link leads whose address begins so, and that says this.
func (c *scene) link(begins, says string) string {
	c.Helper()
	return browser.Ask(c.Browser, chromedp.Evaluate[string](fmt.Sprintf(
		`[...document.querySelectorAll("main a")].find(a => a.getAttribute("href").startsWith(%q) && a.textContent.includes(%q))?.getAttribute("href") ?? ""`, begins, says)))
}

// links are where all links lead whose address matches.
func (c *scene) links(selector string) []string {
	c.Helper()
	return browser.Ask(c.Browser, chromedp.Evaluate[[]string](fmt.Sprintf(`[...new Set([...document.querySelectorAll(%q)].map(a => a.getAttribute("href")))]`, selector)))
}

// press is what a hand does with a form: what it chooses and writes, and the button at the end; "" is the form's own.
const press = `((form, button, fields) => {
	const f = document.querySelector(form);
	for (const [name, value] of Object.entries(fields)) {
		const all = [...f.querySelectorAll("[name='" + name + "']")];
		if (!all.length) throw new Error("the form has no " + name);
		for (const e of all) {
			if (e.type === "radio" || e.type === "checkbox") e.checked = e.value === value;
			else e.value = value;
			if (e.tagName === "SELECT" && e.value !== value) throw new Error("there is no choice " + value + " of " + name);
		}
	}
	window.before = true;
	f.requestSubmit(button ? f.querySelector(button) : undefined);
})(%s, %s, %s)`

// fill fills in a form, presses a button of it, and waits until the next page stands.
func (c *scene) fill(form, button string, fields map[string]string) {
	c.Helper()
	var parts [3]string
	for i, v := range []any{form, button, fields} {
		b, err := json.Marshal(v)
		if err != nil {
			c.Fatal(err)
		}
		parts[i] = string(b)
	}
	if fields == nil {
		parts[2] = "{}"
	}
	c.Do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(press, parts[0], parts[1], parts[2])))
	c.Until(`!window.before && document.readyState === "complete"`)
	c.Until(browser.Settled)
}

// done is fill where something is kept: the next page has to say that it is.
func (c *scene) done(form string, fields map[string]string) {
	c.Helper()
	c.fill(form, "", fields)
	c.kept()
}

func (c *scene) kept() {
	c.Helper()
	if !browser.Ask(c.Browser, chromedp.Evaluate[bool](`!!document.querySelector(".toast")`)) {
		c.Fatalf("nothing was kept at %s: %.2000s", browser.Ask(c.Browser, chromedp.Location()), c.Text("main"))
	}
}

// later lets time pass, in which what is due is done; whoever was logged in logs in again.
func (c *scene) later(d time.Duration) {
	c.Helper()
	c.s.Clock.Advance(d)
	if _, err := c.s.App.Countermeasures.Run(c.T.Context(), identity.System("countermeasure")); err != nil {
		c.Fatal(err)
	}
	c.deliver()
	c.Login()
}

// deliver sends the mail that waits.
func (c *scene) deliver() {
	c.Helper()
	if _, err := c.s.App.Deliver(c.T.Context(), c.s.Actor, nil); err != nil {
		c.Fatal(err)
	}
}

// mailed are the mails that went out so far.
func (c *scene) mailed() map[string]*mime.Message {
	c.Helper()
	return outbox(c.T, filepath.Join(c.s.Dir, "mail"))
}

// mailTo is the one mail that went to an address.
func (c *scene) mailTo(address string) *mime.Message {
	c.Helper()
	for _, m := range c.mailed() {
		if len(m.To) == 1 && m.To[0].Address == address {
			return m
		}
	}
	c.Fatalf("nothing was mailed to %s", address)
	return nil
}

// mailIn takes in a mail.
func (c *scene) mailIn(lines ...string) {
	c.Helper()
	if err := c.s.App.MailIn(c.T.Context(), []byte(strings.Join(lines, "\r\n")+"\r\n")); err != nil {
		c.Fatal(err)
	}
	if err := c.s.App.SettleReports(c.T.Context()); err != nil {
		c.Fatal(err)
	}
}
