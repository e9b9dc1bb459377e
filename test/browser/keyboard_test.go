package browser_test

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/firehall/firehall/test/browser"
	"github.com/firehall/firehall/test/station"
)

const blur = `document.activeElement.blur()`

// TestKeysOnPages moves by keys alone from the overview to a finding, selects and asks, and comes back where it was.
func TestKeysOnPages(t *testing.T) {
	t.Parallel()
	s := station.Open(t, station.Options{Sent: true})
	b := browser.Open(t, s, browser.Wide, false)
	ask := func(expression string) string {
		t.Helper()
		return browser.Ask(b, chromedp.Evaluate[string](expression))
	}
	b.Visit("/")
	b.Do(chromedp.Evaluate[chromedp.Void](blur))
	b.Together("gf")
	b.Until(browser.Stands + ` && location.pathname === "/findings"`)
	b.Keys("/")
	if got := ask(`document.activeElement.name`); got != "q" {
		t.Errorf("/ leads to %q", got)
	}
	b.Keys("\u001b")
	b.Keys("jjkx")
	if got := ask(`String([...document.querySelectorAll("table[data-rows] tbody tr")].findIndex(r => r.querySelector("input:checked")))`); got != "0" {
		t.Errorf("j j k x selected row %s", got)
	}
	if got := ask(`getComputedStyle(document.querySelector("tr.here")).boxShadow`); got == "none" {
		t.Error("nobody sees where the keys are")
	}
	trap(t, b, ".bulk button[aria-haspopup=dialog]")
	b.Do(chromedp.Evaluate[chromedp.Void](`(document.querySelector("tr.here").focus(), 0)`))
	b.Keys("\r")
	b.Until(browser.Stands + ` && location.pathname.startsWith("/findings/")`)
	b.Do(chromedp.Evaluate[chromedp.Void](blur))
	trap(t, b, "main button[aria-haspopup=dialog]")
	b.Do(chromedp.Evaluate[chromedp.Void](blur))
	b.Keys("?")
	b.Do(chromedp.WaitVisible(chromedp.CSS(`#keys[open]`)))
	b.Keys("\u001b")
	b.Do(chromedp.WaitNotVisible(chromedp.CSS(`#keys`)), chromedp.Evaluate[chromedp.Void](`document.dispatchEvent(new KeyboardEvent("keydown", {key: "k", ctrlKey: true}))`))
	b.Do(chromedp.WaitVisible(chromedp.CSS(`.hit`)), chromedp.SendKeys(chromedp.CSS(`#palette input`), "city hosp"))
	b.Until(`document.querySelector(".hit[href^='/organisations/']")?.dataset.q === "city hosp" && document.querySelectorAll(".hit").length < 4`)
	b.Keys("\r")
	b.Until(browser.Stands + ` && location.pathname.startsWith("/organisations/")`)
	seen(t, b)
	b.NoErrors()
}

// trap opens a dialog by a button's key, holds that Tab never leaves it, and that Escape gives the focus back to the button.
func trap(t *testing.T, b *browser.Browser, button string) {
	t.Helper()
	b.Do(chromedp.Focus(chromedp.CSS(button)))
	b.Keys("\r")
	b.Until(`document.querySelector("dialog[open]")`)
	for range 12 {
		b.Keys("\t")
		if ok := browser.Ask(b, chromedp.Evaluate[bool](`document.activeElement === document.body || !!document.activeElement.closest("dialog[open]")`)); !ok {
			t.Fatalf("Tab leaves the dialog of %s", button)
		}
	}
	b.Keys("\u001b")
	b.Until(`!document.querySelector("dialog[open]")`)
	if ok := browser.Ask(b, chromedp.Evaluate[bool](`document.activeElement.matches(`+"`"+button+"`"+`)`)); !ok {
		t.Errorf("after the dialog the focus is not on %s", button)
	}
}

// seen goes by Tab through what there is, and holds that the focus can be seen.
func seen(t *testing.T, b *browser.Browser) {
	t.Helper()
	b.Do(chromedp.Evaluate[chromedp.Void](blur))
	for range 25 {
		b.Keys("\t")
		blind := browser.Ask(b, chromedp.Evaluate[string](`(() => {
			const e = document.activeElement, s = getComputedStyle(e), around = e.closest(".filter-box, .palette form");
			if (e === document.body || s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0 || around && getComputedStyle(around).outlineStyle !== "none") return "";
			return e.outerHTML.slice(0, 200);
		})()`))
		if blind != "" {
			t.Errorf("the focus cannot be seen on %s", blind)
		}
	}
}

// TestWithoutScripts logs in, finds a finding and moves it in a browser that runs no scripts.
func TestWithoutScripts(t *testing.T) {
	t.Parallel()
	s := station.Open(t, station.Options{})
	b := browser.Open(t, s, browser.Wide, false)
	off := emulation.SetScriptExecutionDisabledParams{Value: true}
	if _, err := chromedp.Call(b.Context(), emulation.SetScriptExecutionDisabled, off); err != nil {
		t.Fatal(err)
	}
	b.Do(chromedp.Navigate(s.URL + "/settings"))
	b.Until(browser.Stands)
	b.Do(chromedp.Click(chromedp.CSS(`form[action="/logout"] button`)))
	b.Until(browser.Stands + ` && !document.querySelector(".side")`)
	b.Do(chromedp.Navigate(s.Link(t).String()))
	b.Until(browser.Stands)
	b.Do(chromedp.Click(chromedp.CSS(`form[action="/login"] button`)))
	b.Until(browser.Stands + ` && !!document.querySelector(".side nav")`)
	b.Do(chromedp.Click(chromedp.CSS(`.side nav a[href="/findings"]`)))
	b.Until(browser.Stands + ` && location.pathname === "/findings"`)
	b.Do(chromedp.SendKeys(chromedp.CSS(`#filter-q`), `org:"City Hospital" state:open`), chromedp.Click(chromedp.CSS(`.filter button`)))
	b.Until(browser.Stands + ` && location.search.includes("City")`)
	b.Do(chromedp.Click(chromedp.CSS(`table[data-rows] .row-link`)))
	b.Until(browser.Stands + ` && location.pathname.startsWith("/findings/")`)
	b.Do(chromedp.Click(chromedp.CSS(`main button[commandfor*="acknowledged"]`)), chromedp.WaitVisible(chromedp.CSS(`dialog[open] [name=reason]`)))
	b.Do(chromedp.SendKeys(chromedp.CSS(`dialog[open] [name=reason]`), "the owner called"), chromedp.Click(chromedp.CSS(`dialog[open] button[type=submit]`)))
	b.Until(`document.readyState === "complete" && document.querySelector("main .state")?.textContent === "Acknowledged"`)
	b.NoErrors()
}
