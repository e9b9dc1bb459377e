package browser_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/firehall/firehall/test/browser"
	"github.com/firehall/firehall/test/station"
)

// reporter is somebody who reports.
type reporter struct {
	*testing.T
	*browser.Browser
	scripts bool // axe needs them
}

// look judges a page.
func (r *reporter) look() {
	r.Helper()
	r.NoOverflow()
	if r.scripts {
		r.Axe()
	}
}

// answer fills in a page of the form, looks at it, and goes on to the next, which asks for what stands at next.
func (r *reporter) answer(next string, fill ...chromedp.Action[chromedp.Void]) {
	r.Helper()
	r.look()
	r.Do(fill...)
	r.Do(script(`document.querySelector(".rp-button").click()`))
	r.Until(`document.readyState === "complete" && document.querySelector(` + strconv.Quote(next) + `)`)
}

// says is what an element says, asked for in a way that needs none of the page's scripts.
func (r *reporter) says(selector string) string {
	r.Helper()
	return browser.Ask(r.Browser, chromedp.Evaluate[string](`document.querySelector(`+strconv.Quote(selector)+`)?.innerText ?? ""`))
}

func choose(id string) chromedp.Action[chromedp.Void] {
	return script(`document.querySelector("label[for=` + id + `]").click()`)
}

func write(id, text string) chromedp.Action[chromedp.Void] {
	return script(`document.querySelector("#` + id + `").value = ` + strconv.Quote(text))
}

// script does what a hand would, from outside the page: its own scripts stay off.
func script(text string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](text)
}

// TestAnonymousVictim reports anonymously on a telephone without scripts, gets a code, and later reads the officer's answer by it.
func TestAnonymousVictim(t *testing.T) {
	t.Parallel()
	s := station.Open(t, station.Options{Bare: true})
	r := &reporter{t, browser.Open(t, s, browser.Narrow, false), false}
	if _, err := chromedp.Call(r.Context(), emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	r.Do(chromedp.Navigate(s.URL + "/report"))
	r.Do(chromedp.WaitReady(chromedp.CSS("#main")))
	if strings.Contains(r.says("body"), "Findings") {
		t.Error("who is logged in sees what is inside")
	}
	r.answer("#urgent-no", choose("who-anonymous"))
	r.answer("#kind-ransomware", choose("urgent-no"))
	r.answer("#text", choose("kind-ransomware"))
	r.answer(`.rp-error`) // nothing written
	r.answer("#when", write("text", "Every file ends in .locked, and a note asks for money."))
	r.Do(chromedp.Evaluate[chromedp.Void](`history.back()`)) // as the browser's own button does
	r.Until(`document.readyState === "complete" && document.querySelector("#text")`)
	r.Do(chromedp.Evaluate[chromedp.Void](`history.forward()`))
	r.Until(`document.readyState === "complete" && document.querySelector("#when")`)
	r.answer("#affected", write("when", "since Monday"))
	r.Do(script(`document.querySelector("button[value=fr]").click()`))
	r.Until(`document.readyState === "complete" && document.documentElement.lang === "fr"`)
	r.Do(script(`document.querySelector("button[value=en]").click()`))
	r.Until(`document.readyState === "complete" && document.documentElement.lang === "en"`)
	r.answer("#impact", write("affected", "198.51.100.20"))
	r.answer("#help", write("impact", "We cannot send bills."))
	r.answer("#police-yes")
	r.answer("#privilege", choose("police-no"), choose("peers-yes"))
	r.answer("#files")
	if text := r.says("main"); !strings.Contains(text, "since Monday") || !strings.Contains(text, "ends in .locked") {
		t.Errorf("the last page: %s", text)
	}
	r.Shot("report-check")
	r.answer(".rp-code")
	r.look()
	r.Shot("report-code")
	code, ref := r.says(".rp-code"), r.says(".rp-ref")

	if _, err := s.App.Incidents.Reply(t.Context(), s.Actor, ref, "First steps", "Leave the machines on, and pull their network cables."); err != nil {
		t.Fatal(err)
	}
	r.Visit("/report/mailbox")
	r.answer(".rp-wrongs", write("code", "7K2Q X9AB CDEF GHJK MNPQ RSTV"))
	r.Visit("/report/mailbox")
	r.Until(`!document.querySelector(".rp-wrongs")`)
	r.answer(".rp-talk", write("code", strings.ToLower(code)))
	if text := r.says(".rp-out"); !strings.Contains(text, "pull their network cables") {
		t.Errorf("the mailbox: %s", text)
	}
	r.answer(".rp-done", write("text", "Done. What now?"))
	if text := r.says(".rp-talk"); !strings.Contains(text, "Done. What now?") {
		t.Errorf("the mailbox: %s", text)
	}
	r.look()
	r.Shot("report-mailbox")
	r.Do(script(`document.querySelector("button[value=leave]").click()`))
	r.Until(`document.querySelector("#code")`)
}

// TestReportPages has every page of the form judged by axe; with -update it writes the pictures of the guide.
func TestReportPages(t *testing.T) {
	t.Parallel()
	s := station.Open(t, station.Options{Bare: true})
	r := &reporter{t, browser.Open(t, s, browser.Wide, false), true}
	r.Visit("/report")
	r.Picture("report-start", 1150)
	r.answer("#urgent-no", choose("who-anonymous"))
	r.answer("#kind-ransomware", choose("urgent-no"))
	r.answer("#text", choose("kind-ransomware"))
	r.Picture("report-question", 620)
	r.answer("#when", write("text", "Every file ends in .locked, and a note asks for money."))
	for _, next := range []string{"#affected", "#impact", "#help", "#police-yes"} {
		r.answer(next)
	}
	r.answer("#privilege", choose("police-no"), choose("peers-yes"))
	r.answer("#files")
	r.answer(".rp-code")
	r.look()
	r.Picture("report-code", 900)
	r.NoErrors()
}
