package overview_test

import (
	"bufio"
	"context"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/test/station"
	"github.com/firehall/firehall/test/station/asking"
)

func TestMain(m *testing.M) { os.Exit(asking.Main(m)) }

// settled asks for the page until nothing on it is being counted any more.
func settled(t *testing.T, s *station.Station) string {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if body := s.Get(t, "/"); !strings.Contains(body, "/overview/now") {
			return body
		}
	}
	t.Fatal("something is being counted for ever")
	return ""
}

// mark calls the owners of the findings essential.
func mark(t *testing.T, s *station.Station) {
	t.Helper()
	list, err := s.App.Register.Matching(t.Context(), s.Actor, constituency.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range list {
		o, err := s.App.Register.Organisation(t.Context(), s.Actor, b.ID)
		if err != nil {
			t.Fatal(err)
		}
		o.Criticality = constituency.Essential
		if _, err := s.App.Register.ChangeOrganisation(t.Context(), s.Actor, o); err != nil {
			t.Fatal(err)
		}
	}
}

func has(t *testing.T, body string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(body, text) {
			t.Errorf("the page does not say %q", text)
		}
	}
}

// TestFirstSteps: an empty installation teaches what comes next, and is calm.
func TestFirstSteps(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	body := settled(t, s)
	has(t, body, "First steps", "/organisations/import", "firehall feed token FEED", "Nothing waits for approval", "No finding stands")
}

// TestOverview: figures are there, and each leads to its list.
func TestOverview(t *testing.T) {
	s := station.Open(t, station.Options{Planned: true})
	mark(t, s)
	body := settled(t, s)
	has(t, body, "New and critical", "Waiting for your word", "/notifications?view=waiting", "/findings?q=state%3Aopen", "/events?q=seen%3Atoday", "I have seen these")
	if strings.Contains(body, "First steps") {
		t.Error("who has begun is still taught the first steps")
	}
}

// TestUnmarked: without critical organisations the page says what to do about it.
func TestUnmarked(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	has(t, settled(t, s), "No organisation is marked as critical")
}

func TestSent(t *testing.T) {
	s := station.Open(t, station.Options{Sent: true})
	has(t, settled(t, s), "/notifications?state=accepted", "sent")
}

// TestStopped: who stopped the sending is the first thing about Firehall itself.
func TestStopped(t *testing.T) {
	s := station.Open(t, station.Options{Stopped: true})
	has(t, settled(t, s), "All sending is stopped by", "/stops")
}

// TestSeen: what a reader has seen is marked as new no more, and changes for nobody else.
func TestSeen(t *testing.T) {
	s := station.Open(t, station.Options{})
	mark(t, s)
	body := settled(t, s)
	if strings.Contains(body, "since you looked") {
		t.Fatal("somebody who never said so has seen something")
	}
	res := s.Post(t, "/overview/seen", url.Values{"at": {"99999999999999"}})
	if res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.Status)
	}
	has(t, settled(t, s), "0 of them since you looked")
	for _, at := range []string{"", "x", "-1", "1"} {
		if res := s.Post(t, "/overview/seen", url.Values{"at": {at}}); res.StatusCode != http.StatusSeeOther {
			t.Errorf("at %q: %s", at, res.Status)
		}
	}
}

// TestHostile: nothing that others wrote becomes a part of the page.
func TestHostile(t *testing.T) {
	s := station.Open(t, station.Options{Hostile: true})
	mark(t, s)
	body := settled(t, s)
	for _, text := range []string{"<script>document", "<img src=x"} {
		if strings.Contains(body, text) {
			t.Errorf("the page holds %q", text)
		}
	}
}

func TestFrench(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Language", "fr")
	res, err := s.Client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var text strings.Builder
	if _, err := bufio.NewReader(res.Body).WriteTo(&text); err != nil {
		t.Fatal(err)
	}
	has(t, text.String(), "Vue d’ensemble")
}

// TestLive: a change comes to who looks at the page, and what is more waits behind the bar.
func TestLive(t *testing.T) {
	s := station.Open(t, station.Options{})
	settled(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var looks atomic.Int64
	s.App.Live.Watch(func(*sqldb.Tx) (map[string]string, error) { looks.Add(1); return nil, nil })
	go func() { _ = s.App.Live.Run(ctx) }()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/overview/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := s.Client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	got := make(chan string, 100)
	go func() {
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				got <- name
			}
		}
	}()
	for looks.Load() < 2 { // at the second look the hub knows how things are
		time.Sleep(time.Millisecond)
	}
	if err := s.App.Delivery.Stop(t.Context(), s.Actor, delivery.All, "a test"); err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{"critical": true}
	for deadline := time.After(2 * time.Minute); len(want) > 0; {
		select {
		case name := <-got:
			delete(want, name)
		case <-deadline:
			t.Fatalf("nothing came for %v", want)
		}
	}
}
