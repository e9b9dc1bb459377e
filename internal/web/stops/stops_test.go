package stops_test

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/firehall/firehall/test/station"
	"github.com/firehall/firehall/test/station/asking"
)

func TestMain(m *testing.M) { os.Exit(asking.Main(m)) }

func TestStopAndResume(t *testing.T) {
	s := station.Open(t, station.Options{Sent: true})
	for _, scope := range []string{"all", "feed:shadowserver", "channel:mail"} {
		res := s.Post(t, "/stops", url.Values{"scope": {scope}, "reason": {"<script>why</script>\u202e=cmd()"}})
		if res.StatusCode != http.StatusSeeOther {
			t.Fatalf("%s: %s", scope, res.Status)
		}
		page := s.Get(t, "/stops")
		if !strings.Contains(page, "Stopped: ") || !strings.Contains(page, "&lt;script&gt;why") || strings.Contains(page, "<script>why") {
			t.Errorf("%s: the order is not shown, or not as text", scope)
		}
		if banner := s.Get(t, "/findings"); !strings.Contains(banner, "&lt;script&gt;why") {
			t.Errorf("%s: other pages do not say so", scope)
		}
		if res := s.Post(t, "/stops/resume", url.Values{"scope": {scope}}); res.StatusCode != http.StatusSeeOther {
			t.Errorf("resume %s: %s", scope, res.Status)
		}
	}
	if page := s.Get(t, "/stops"); !strings.Contains(page, "batch of 2026-11-20") {
		t.Error("the batches are not offered")
	}
}

func TestAReasonIsAskedFor(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	tests := map[string]url.Values{
		"Say why":           {"scope": {"all"}, "reason": {" "}},
		"Choose what is to": {"scope": {"nonsense:x"}, "reason": {"typed & kept"}},
	}
	for want, v := range tests {
		res := s.Post(t, "/stops", v)
		page, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(string(page), want) {
			t.Errorf("%s: %s", want, res.Status)
		}
	}
	if orders, err := s.App.Delivery.Stops(t.Context(), s.Actor); err != nil || len(orders) != 0 {
		t.Errorf("%v, %v", orders, err)
	}
}
