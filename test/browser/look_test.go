package browser_test

import (
	"net/url"
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

// lookings are the pages for looking, and what must have come before they are judged.
func lookings(address string) []struct{ name, path, until string } {
	return []struct{ name, path, until string }{
		{"overview", "/", `!document.querySelector("[hx-get='/overview/now']")`},
		{"events", "/events", `document.querySelector("#events-breakdown table, #events-breakdown .note, #events-breakdown p:not([role=status])")`},
		{"lookup", "/lookup?" + url.Values{"q": {address}}.Encode(), `!document.querySelector("#lookup-events p[role=status]")`},
	}
}

// TestLooking looks at the pages for looking as they are, with what was sent, while empty, and with hostile data.
func TestLooking(t *testing.T) {
	for _, station := range []struct {
		name string
		o    station.Options
		q    string
	}{{"", station.Options{Sent: true}, "has:ip has:org state:notified"}, {"-empty", station.Options{Bare: true}, ""}, {"-hostile", station.Options{Hostile: true}, "feed:hostile has:ip"}} {
		t.Run("with"+station.name, func(t *testing.T) { looking(t, station.name, station.o, station.q) })
	}
}

func looking(t *testing.T, name string, o station.Options, q string) {
	s := station.Open(t, o)
	essential(t, s)
	for _, window := range []struct {
		name string
		size browser.Size
		dark bool
	}{{"", browser.Wide, false}, {"-narrow-dark", browser.Narrow, true}} {
		b := browser.Open(t, s, window.size, window.dark)
		b.Do(chromedp.EmulateViewport(int64(window.size), 2600))
		for _, l := range lookings(known(t, s, q)) {
			b.Visit(l.path)
			b.Until(l.until)
			b.Visit(l.path) // what was being counted is there
			b.Until(l.until)
			b.Axe()
			b.NoOverflow()
			b.NoErrors()
			b.Shot(l.name + name + window.name)
		}
	}
}
