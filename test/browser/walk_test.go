package browser_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/test/browser"
	"github.com/firehall/firehall/test/station"
)

// stroll is somebody who was never here: they click what they see, and each click is counted and may be pictured.
type stroll struct {
	*testing.T
	*browser.Browser
	clicks int
}

// click clicks on what is in sight, waits until the page stands that it leads to, and pictures it.
func (s *stroll) click(selector, until string) {
	s.Helper()
	s.clicks++
	s.Do(chromedp.Click(chromedp.CSS(selector)))
	s.Until(browser.Stands + ` && ` + until)
	s.Until(browser.Settled)
	s.Picture(fmt.Sprintf("walk-%d", s.clicks), 800)
	s.NoErrors()
}

// says fails the test unless a part of the page says all of this.
func (s *stroll) says(selector string, texts ...string) {
	s.Helper()
	got := strings.ToLower(s.Text(selector))
	for _, text := range texts {
		if !strings.Contains(got, strings.ToLower(text)) {
			s.Errorf("click %d: %s does not say %q but %q", s.clicks, selector, text, got)
		}
	}
}

// TestFirstWalk walks the walk of docs/guide/first-walk.md: in five clicks somebody new knows who is told about an address, and why, and has
// the message itself before their eyes. The second click has the answer.
func TestFirstWalk(t *testing.T) {
	t.Parallel()
	st := station.Open(t, station.Options{Sent: true})
	essential(t, st)
	address := known(t, st, `has:ip org:"City Hospital" state:notified`)
	s := &stroll{T: t, Browser: browser.Open(t, st, browser.Wide, false)}
	s.Visit("/")
	s.Picture("walk-0", 800)

	s.click(`.side nav a[href="/lookup"]`, `location.pathname === "/lookup"`)
	s.Do(chromedp.SendKeys(chromedp.CSS(`#field-q`), address))
	s.click(`main form[action="/lookup"] button`, `location.search.includes("q=")`)
	s.says("main", "Who is told, and why", "City Hospital", "security@city-hospital.example", "192.0.2.0/27")
	if first := browser.Ask(s.Browser, chromedp.Evaluate[float64](`document.querySelector(".chain").getBoundingClientRect().top`)); first > 800 {
		t.Errorf("who is told and why begins %.0f pixels down: nobody sees it without scrolling", first)
	}

	s.click(`#lookup-findings tr:has(.tone-info) .row-link`, `location.pathname.startsWith("/findings/")`)
	s.says("main", "Owner told", "City Hospital")
	s.click(`main a[href^="/notifications/"]`, `location.pathname.startsWith("/notifications/")`)
	s.says("main", "security@city-hospital.example")
	s.click(`main a[href^="/organisations/"]`, `location.pathname.startsWith("/organisations/")`)
	s.says("main", "City Hospital", "security@city-hospital.example")
	if s.clicks > 5 {
		t.Errorf("the walk takes %d clicks", s.clicks)
	}
}

// pictured is a picture of the guide.
type pictured struct {
	name, path string
	height     int64
}

// TestPicturesOfIncidents writes the pictures of an incident that was worked on for a day.
func TestPicturesOfIncidents(t *testing.T) {
	if !browser.Picturing() {
		t.Skip("pictures are written with -update")
	}
	st := station.Open(t, station.Options{Reports: true, Handled: true})
	found, err := st.App.Incidents.Incidents(t.Context(), st.Actor, incident.Filter{Query: "hospital"})
	if err != nil || len(found.Items) != 1 {
		t.Fatalf("%+v, %v", found.Items, err)
	}
	at := "/incidents/" + found.Items[0].ID
	b := browser.Open(t, st, browser.Wide, false)
	for _, p := range []pictured{
		{"incident", at, 1100},
		{"timeline", at + "/timeline", 1100},
		{"dialogues", at + "/dialogues", 600},
		{"all-dialogues", "/investigations", 600},
		{"tasks", at + "/tasks", 1000},
		{"clocks", at + "/clocks", 900},
		{"observables", at + "/observables", 900},
		{"evidence", at + "/evidence", 700},
		{"lessons", at + "/lessons", 900},
		{"printed", at + "/print", 1200},
	} {
		b.Visit(p.path)
		b.Picture(p.name, p.height)
	}
	busy(t, st)
	b.Login()
	b.Visit("/figures")
	b.Picture("figures", 1000)
}

// busy lets weeks pass, in which reports come and most are dealt with.
func busy(t *testing.T, st *station.Station) {
	t.Helper()
	rooms := st.App.Incidents
	do := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for week := range 9 {
		st.Clock.Advance(6 * 24 * time.Hour)
		var ids []string
		for range 4 + week*5%7 {
			r, err := rooms.Accept(t.Context(), identity.System("form"), incident.Draft{Door: incident.Form, Subject: "A strange mail", Text: "It asks for a password."})
			do(err)
			ids = append(ids, r.ID)
		}
		st.Clock.Advance(time.Duration(week%4+1) * time.Hour)
		_, err := rooms.Move(t.Context(), st.Actor, ids, incident.Take, "")
		do(err)
		i, err := rooms.OpenIncident(t.Context(), st.Actor, incident.Opening{Title: "A campaign of mails", Class: "fraud", Reports: ids[:1+week%2]})
		do(err)
		st.Clock.Advance(19 * time.Hour)
		_, err = rooms.Move(t.Context(), st.Actor, ids[3:], incident.Resolve, "told what to do")
		do(err)
		if week%3 > 0 {
			_, err = rooms.MoveIncident(t.Context(), st.Actor, i.ID, incident.Resolve, "the pages are gone")
			do(err)
		}
	}
}

// TestPictures writes the pictures of the guide.
func TestPictures(t *testing.T) {
	if !browser.Picturing() {
		t.Skip("pictures are written with -update")
	}
	st := station.Open(t, station.Options{Sent: true, Reports: true, Handled: true})
	essential(t, st)
	w := explore(t, st)
	b := browser.Open(t, st, browser.Wide, false)
	for _, p := range []pictured{
		{"overview", "/", 900},
		{"events", "/events", 900},
		{"lookup", "/lookup?q=" + known(t, st, `has:ip org:"City Hospital" state:notified`), 800},
		{"findings", "/findings", 800},
		{"finding", w.found["GET /findings/{id}"], 900},
		{"organisations", "/organisations", 800},
		{"organisation", w.found["GET /organisations/{id}"], 900},
		{"notifications", "/notifications", 800},
		{"feeds", "/feeds", 600},
		{"templates", "/templates", 600},
		{"jobs", "/jobs", 500},
		{"stops", "/stops", 700},
	} {
		b.Visit(p.path)
		b.Picture(p.name, p.height)
	}
	b.Visit("/findings")
	b.Do(chromedp.Evaluate[chromedp.Void](`document.dispatchEvent(new KeyboardEvent("keydown", {key: "k", ctrlKey: true}))`), chromedp.WaitVisible(chromedp.CSS(`.hit`)),
		chromedp.SendKeys(chromedp.CSS(`#palette input`), "city"), chromedp.Poll[chromedp.Void](`document.querySelector(".hit[href^='/organisations/']")`))
	b.Picture("palette", 600)
}
