package browser_test

import (
	"net/http"
	"testing"

	"github.com/firehall/firehall/test/browser"
	"github.com/firehall/firehall/test/station"
)

// TestOrderedErasing watches an erasing that was ordered: the page turns by itself when its job has ended, and the list of orders leads to it.
func TestOrderedErasing(t *testing.T) {
	t.Parallel()
	s := station.Open(t, station.Options{Bare: true, Fellows: true})
	res := s.Post(t, "/sharing/erase", nil)
	at := res.Header.Get("Location")
	if res.StatusCode != http.StatusSeeOther || at == "" {
		t.Fatalf("%s %s", res.Status, at)
	}
	wide, narrow := browser.Open(t, s, browser.Wide, false), browser.Open(t, s, browser.Narrow, true)
	for _, b := range []*browser.Browser{wide, narrow} {
		b.Visit(at)
		b.Until(`document.querySelector("#order").textContent.includes("Waits to begin")`)
		b.Axe()
		b.NoOverflow()
	}
	s.Work(t)
	for _, b := range []*browser.Browser{wide, narrow} {
		b.Until(`document.querySelector("#order").textContent.includes("1 thing was erased; 1 stayed.") && !document.querySelector("#order").dataset.stream`)
		b.Shot("order-turned-" + shotName(b, wide))
		for _, path := range []string{at, "/sharing/erase"} {
			b.Visit(path)
			b.Axe()
			b.NoOverflow()
		}
		b.Until(`document.querySelector('#orders a[href="` + at + `"]') !== null`)
		b.Shot("orders-" + shotName(b, wide))
		b.NoErrors()
	}
}

func shotName(b, wide *browser.Browser) string {
	if b == wide {
		return "wide"
	}
	return "narrow"
}
