package browser_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/test/browser"
	"github.com/firehall/firehall/test/station"
)

const rowCount = `document.querySelectorAll("table[data-rows] tbody tr").length`

// TestTwentyReportsByKeys works through twenty reports without a mouse: after each move the keys are on the row that took its place.
func TestTwentyReportsByKeys(t *testing.T) {
	t.Parallel()
	s := station.Open(t, station.Options{Reports: true})
	b := browser.Open(t, s, browser.Wide, false)
	b.Visit("/")
	b.Do(chromedp.Evaluate[chromedp.Void](blur))
	b.Together("gr")
	b.Until(browser.Stands + ` && location.pathname === "/reports"`)
	left := browser.Ask(b, chromedp.Evaluate[int](rowCount))
	b.Keys("jj")
	moves := []string{"a", "t\t\r", "rnothing in it\t\t\r", "o\t\t\r"}
	for i := range 20 {
		keys := moves[i%len(moves)]
		b.Keys(keys[:1])
		if len(keys) > 1 {
			b.Until(`document.querySelector("dialog[open]")`)
			b.Keys(keys[1:])
		}
		left--
		b.Until(browser.Stands + ` && location.pathname === "/reports" && ` + rowCount + ` === ` + strconv.Itoa(left))
		b.Until(`document.activeElement.matches("tr.here")`)
	}
	b.Shot("triage-after")
	b.Keys("\r")
	b.Until(`location.pathname.match(/^\/reports\/[0-9a-z]{26}$/) && document.readyState === "complete"`)
	b.Axe()
	b.NoErrors()
	for query, least := range map[string]int{"state:open": 10, "state:rejected": 5, "is:test": 5, "is:mine": 5} {
		found, err := s.App.Incidents.Reports(t.Context(), s.Actor, incident.Filter{Query: query})
		if err != nil || len(found.Items) < least {
			t.Errorf("%s finds %d reports, want %d: %v", query, len(found.Items), least, err)
		}
	}
}

// TestAskByKeys goes from the queue to a question by a key, sees what leaves, sends it and is back in the queue.
func TestAskByKeys(t *testing.T) {
	t.Parallel()
	s := station.Open(t, station.Options{Reports: true})
	b := browser.Open(t, s, browser.Wide, false)
	b.Visit("/reports?q=hacked")
	b.Do(chromedp.Evaluate[chromedp.Void](blur))
	b.Keys("jb")
	b.Until(browser.Stands + ` && location.pathname.endsWith("/do/ask")`)
	b.Do(chromedp.Focus(chromedp.CSS(`textarea[name=text]`)))
	b.Keys("Since when?\t\r")
	b.Until(browser.Stands + ` && document.querySelector("button[value=send]") === document.activeElement`)
	b.Shot("triage-preview")
	b.Keys("\r")
	b.Until(`location.pathname === "/reports" && document.readyState === "complete"`)
	b.NoErrors()
}

// TestPicturesOfTriage makes the guide's pictures.
func TestPicturesOfTriage(t *testing.T) {
	t.Parallel()
	s := station.Open(t, station.Options{Reports: true})
	hit, err := s.App.Incidents.Reports(t.Context(), s.Actor, incident.Filter{Query: "ransomware servers"})
	if err != nil || len(hit.Items) == 0 {
		t.Fatal("no report", err)
	}
	for name, size := range map[string]browser.Size{"wide": browser.Wide, "narrow": browser.Narrow} {
		b := browser.Open(t, s, size, false)
		for page, path := range map[string]string{"queue": "/reports", "report": "/reports/" + hit.Items[0].ID, "incidents": "/incidents"} {
			b.Visit(path)
			b.NoOverflow()
			b.Axe()
			b.Shot(fmt.Sprintf("triage-%s-%s", page, name))
			if name == "wide" && page != "incidents" {
				b.Picture(map[string]string{"queue": "reports", "report": "report"}[page], 900)
			}
		}
		b.NoErrors()
	}
}
