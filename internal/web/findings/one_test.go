package findings_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/firehall/firehall/test/station"
)

func TestOneFindingTellsAll(t *testing.T) {
	s := station.Open(t, station.Options{Sent: true})
	f := listed(t, s, "state:notified")[0]
	path := "/findings/" + url.PathEscape(f.ID)
	body := s.Get(t, path+"?events=1")
	contains(t, body, f.What(), "Owner told", f.Organisation, "Whom it concerns", "/notifications/", "What happened", "Its events", "classification.type", "Acknowledge", "Confirm fixed")
	if strings.Contains(body, `value="open"`) {
		t.Error("a finding whose owner was told cannot be opened again, and the page offers it")
	}
	contains(t, s.Get(t, "/findings/-/events/"+url.PathEscape(f.ID)), "feed.name")
	status, _ := get(t, s, "/findings/"+url.PathEscape(f.ID[:strings.Index(f.ID, "~")+7]))
	if status != http.StatusSeeOther {
		t.Errorf("the beginning of an id: %d", status)
	}
	for path, want := range map[string]int{"/findings/192.0.2.250~abcdef": 404, "/findings/nonsense": 422, "/findings/%3Cscript%3E": 422} {
		if status, _ := get(t, s, path); status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
	}
}

func TestOneFindingIsMovedAndMovedBack(t *testing.T) {
	s := station.Open(t, station.Options{})
	f := listed(t, s, "state:open has:org")[0]
	path := "/findings/" + url.PathEscape(f.ID)
	if res := s.Post(t, path+"/move", url.Values{"action": {"fixed"}, "reason": {"patched on Monday"}}); res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.Status)
	}
	contains(t, s.Get(t, path), "patched on Monday", "Confirmed as fixed", "Open again", "1 finding confirmed as fixed.")
	if res := s.Post(t, path+"/move", url.Values{"action": {"open"}}); res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.Status)
	}
	contains(t, s.Get(t, path), "Opened again")
}

// TestHostileTextIsText looks at findings whose every text tries to break out.
func TestHostileTextIsText(t *testing.T) {
	s := station.Open(t, station.Options{Hostile: true})
	for _, f := range listed(t, s, "feed:hostile") {
		body := s.Get(t, "/findings/"+url.PathEscape(f.ID)+"?events=1")
		for _, bad := range []string{"<script>alert", "<img src=x", "javascript:alert(1)\"", "onerror=alert(1)>"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s: %q stands in the page as markup", f.ID, bad)
			}
		}
	}
	body := s.Get(t, "/findings?q=feed:hostile")
	if strings.Contains(body, "<script>alert") || strings.Contains(body, `href="javascript:`) {
		t.Error("markup of a stranger stands in the list")
	}
}

func TestPaletteFindsFindings(t *testing.T) {
	s := station.Open(t, station.Options{})
	f := listed(t, s, "state:open")[0]
	for _, q := range []string{f.ID, f.ID[:len(f.ID)-4], f.Address} {
		if q != "" {
			contains(t, s.Get(t, "/palette?"+url.Values{"q": {q}}.Encode()), "/findings/"+url.PathEscape(f.ID))
		}
	}
}

func TestInFrench(t *testing.T) {
	s := station.Open(t, station.Options{})
	f := listed(t, s, "state:open")[0]
	_, body := get(t, s, "/findings/"+url.PathEscape(f.ID), "Accept-Language", "fr")
	contains(t, body, "Qui est concerné", "Ouvert")
	if strings.Contains(body, "findings.") {
		at := strings.Index(body, "findings.")
		t.Errorf("a key stands in the page: %.80s", body[at:])
	}
}
