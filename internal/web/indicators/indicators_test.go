package indicators_test

import (
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/firehall/firehall/test/station"
)

func TestMain(m *testing.M) { os.Exit(station.Main(m)) }

// An indicator is added, shown with why it means what it does, said to be wrong, and taken back.
func TestPages(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	if page := s.Get(t, "/indicators"); !strings.Contains(page, "no indicator like that") {
		t.Error("an empty page that teaches nothing")
	}
	res := s.Post(t, "/sharing/collections", url.Values{"title": {"Own"}, "alias": {"own"}, "label": {"amber"}})
	if res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.Status)
	}
	draft := url.Values{"value": {"no value"}, "collection": {"own"}, "label": {"green"}, "pap": {"PAP:GREEN"}, "name": {"<b>bad</b>"}}
	if res := s.Post(t, "/indicators", draft); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("what is no value: %s", res.Status)
	}
	draft.Set("value", "hxxp://evil[.]test/x")
	res = s.Post(t, "/indicators", draft)
	at, _, _ := strings.Cut(res.Header.Get("Location"), "?")
	if res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(at, "/indicators/indicator--") {
		t.Fatalf("%s %s", res.Status, at)
	}
	page := s.Get(t, at)
	if !strings.Contains(page, "http://evil.test/x") || !strings.Contains(page, "Its strength is 50 of 100, and halves in 14 days") || strings.Contains(page, "<b>bad") {
		t.Error("the page does not say what it means, or shows more than text")
	}
	if res := s.Post(t, at+"/sightings", url.Values{"says": {"false"}, "note": {"ours"}}); res.StatusCode != http.StatusSeeOther {
		t.Errorf("%s", res.Status)
	}
	page = s.Get(t, at)
	if !strings.Contains(page, "false positive, and 0 saw it") {
		t.Error("it is not disputed")
	}
	if list := s.Get(t, "/indicators?state=disputed&kind=url"); !strings.Contains(list, "evil.test") {
		t.Error("the filter does not find it")
	}
	if list := s.Get(t, "/indicators?state=fresh"); strings.Contains(list, "evil.test") {
		t.Error("the filter finds what it should not")
	}
	_, rest, _ := strings.Cut(page, `action="`+at+`/sightings/`)
	id, _, _ := strings.Cut(rest, "/")
	if res := s.Post(t, at+"/sightings/"+id+"/withdraw", nil); res.StatusCode != http.StatusSeeOther {
		t.Errorf("withdraw: %s", res.Status)
	}
	if res := s.Post(t, at+"/retract", nil); res.StatusCode != http.StatusSeeOther {
		t.Errorf("retract: %s", res.Status)
	}
	if page := s.Get(t, at); !strings.Contains(page, "Its source took it back") {
		t.Error("it was not taken back")
	}
}
