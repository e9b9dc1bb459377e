package browser_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/test/browser"
	"github.com/firehall/firehall/test/station"
)

// essential calls every organisation of a station essential, so that there is something critical to show.
func essential(t *testing.T, s *station.Station) {
	t.Helper()
	list, err := s.App.Register.Matching(t.Context(), s.Actor, constituency.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range list {
		o, err := s.App.Register.Organisation(t.Context(), s.Actor, b.ID)
		if err == nil {
			o.Criticality = constituency.Essential
			_, err = s.App.Register.ChangeOrganisation(t.Context(), s.Actor, o)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// known is an address of which something is known.
func known(t *testing.T, s *station.Station, q string) string {
	t.Helper()
	some, err := s.App.Desk.ListFindings(t.Context(), s.Actor, desk.FindingQuery{Text: q, ByAddress: true})
	if err != nil || len(some.Items) == 0 {
		return "192.0.2.10"
	}
	return some.Items[0].Address
}

// TestOverviewCountsOn looks at the overview of a station whose figures were never counted: parts come in by themselves, and nothing else does.
func TestOverviewCountsOn(t *testing.T) {
	t.Parallel()
	s := station.Open(t, station.Options{Sent: true})
	b := browser.Open(t, s, browser.Wide, false)
	b.Visit("/")
	b.Until(`performance.getEntriesByType("resource").some(e => e.name.endsWith("/overview/live")) || document.querySelector("[data-stream]")`)
	b.Do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("[data-stream]").forEach(e => e.dataset.event ||= "open")`))
	for _, id := range []string{"approvals", "sent", "today", "standing"} {
		if text := b.Text("#overview-" + id); text == "undefined" || text == "" {
			t.Errorf("the part %s says %q", id, text)
		}
	}
	if text := b.Text("main"); strings.Contains(text, "undefined") {
		t.Errorf("the overview says %q", text)
	}
	b.NoErrors()
}

// TestStreamsOwnEvents holds that what browsers tell about a stream itself, "open" and "error", is never taken for a part of a page.
func TestStreamsOwnEvents(t *testing.T) {
	t.Parallel()
	s := station.Open(t, station.Options{Bare: true})
	exhibit(t, s)
	b := browser.Open(t, s, browser.Wide, false)
	b.Visit("/gallery")
	b.Do(chromedp.Evaluate[chromedp.Void](`(() => {
		const part = document.createElement("div");
		part.id = "part"; part.dataset.stream = "/gallery/stream?own"; part.dataset.event = "open"; part.textContent = "as it was";
		document.querySelector("main").append(part);
		document.dispatchEvent(new CustomEvent("htmx:after:swap"));
	})()`), chromedp.WaitVisible(chromedp.CSS(`.fresh a`)))
	if got := b.Text("#part"); got != "as it was" {
		t.Errorf("the part says %q", got)
	}
	b.NoErrors()
}
