package browser_test

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/firehall/firehall/test/browser"
	"github.com/firehall/firehall/test/station"
)

// reporter is somebody with a telephone whose browser runs no scripts.
type reporter struct {
	*testing.T
	*browser.Browser
	url string
}

// answer fills in a page of the form, looks at it, and goes on to the next, which asks for what stands at next.
func (r *reporter) answer(next string, fill ...chromedp.Action[chromedp.Void]) {
	r.Helper()
	r.NoOverflow()
	r.Axe()
	r.Do(fill...)
	r.Do(chromedp.Click(chromedp.CSS(`.rp-button`)), chromedp.WaitReady(chromedp.CSS(next)))
}

func choose(id string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.CSS(`label[for="` + id + `"]`))
}

func write(id, text string) chromedp.Action[chromedp.Void] {
	return chromedp.SendKeys(chromedp.CSS("#"+id), text)
}

// TestAnonymousVictim reports anonymously on a telephone without scripts, gets a code, and later reads the officer's answer by it.
func TestAnonymousVictim(t *testing.T) {
	t.Parallel()
	s := station.Open(t, station.Options{Bare: true})
	r := &reporter{t, browser.Open(t, s, browser.Narrow, false), s.URL}
	if _, err := chromedp.Call(r.Context(), emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	r.Do(chromedp.Navigate(s.URL + "/report"))
	r.Do(chromedp.WaitReady(chromedp.CSS("#main")))
	if strings.Contains(r.Text("body"), "Findings") {
		t.Error("who is logged in sees what is inside")
	}
	r.answer("#urgent-no", choose("who-anonymous"))
	r.answer("#kind-ransomware", choose("urgent-no"))
	r.answer("#text", choose("kind-ransomware"))
	r.answer(`.rp-error`) // nothing written
	r.answer("#when", write("text", "Every file ends in .locked, and a note asks for money."))
	r.Do(chromedp.NavigateBack(), chromedp.WaitReady(chromedp.CSS("#text"))) // the browser's own button
	r.Do(chromedp.NavigateForward(), chromedp.WaitReady(chromedp.CSS("#when")))
	r.answer("#affected", write("when", "since Monday"))
	r.Do(chromedp.Click(chromedp.CSS(`button[value=fr]`)))
	r.Until(`document.documentElement.lang === "fr"`)
	r.Do(chromedp.Click(chromedp.CSS(`button[value=en]`)))
	r.Until(`document.documentElement.lang === "en"`)
	r.answer("#impact", write("affected", "198.51.100.20"))
	r.answer("#help", write("impact", "We cannot send bills."))
	r.answer("#police-yes")
	r.answer("#privilege", choose("police-no"), choose("peers-yes"))
	r.answer("#files")
	if text := r.Text("main"); !strings.Contains(text, "since Monday") || !strings.Contains(text, "ends in .locked") {
		t.Errorf("the last page: %s", text)
	}
	r.Shot("report-check")
	r.answer(".rp-code")
	r.NoOverflow()
	r.Axe()
	r.Shot("report-code")
	code, ref := r.Text(".rp-code"), r.Text(".rp-ref")

	if _, err := s.App.Incidents.Reply(t.Context(), s.Actor, ref, "First steps", "Leave the machines on, and pull their network cables."); err != nil {
		t.Fatal(err)
	}
	r.Visit("/report/mailbox")
	r.answer(".rp-wrongs", write("code", "7K2Q X9AB CDEF GHJK MNPQ RSTV"))
	r.Do(chromedp.Clear(chromedp.CSS("#code")))
	r.answer(".rp-talk", write("code", strings.ToLower(code)))
	if text := r.Text(".rp-out"); !strings.Contains(text, "pull their network cables") {
		t.Errorf("the mailbox: %s", text)
	}
	r.answer(".rp-done", write("text", "Done. What now?"))
	if text := r.Text(".rp-talk"); !strings.Contains(text, "Done. What now?") {
		t.Errorf("the mailbox: %s", text)
	}
	r.Axe()
	r.Shot("report-mailbox")
	r.Do(chromedp.Click(chromedp.CSS(`button[value=leave]`)), chromedp.WaitReady(chromedp.CSS("#code")))
	r.NoErrors()
}

// TestReportPictures writes the pictures of the guide.
func TestReportPictures(t *testing.T) {
	if !browser.Picturing() {
		t.Skip("pictures are written with -update")
	}
	s := station.Open(t, station.Options{Bare: true})
	r := &reporter{t, browser.Open(t, s, browser.Wide, false), s.URL}
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
	r.Picture("report-code", 900)
}
