package lookup_test

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/test/station"
	"github.com/firehall/firehall/test/station/asking"
)

func TestMain(m *testing.M) { os.Exit(asking.Main(m)) }

func ask(q string) string { return "/lookup?" + url.Values{"q": {q}}.Encode() }

// get gives a page whatever its status.
func get(t *testing.T, s *station.Station, path string) (int, string) {
	t.Helper()
	res, err := s.Client.Get(s.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// TestAsset walks from an address of a finding to all that is known of it.
func TestAsset(t *testing.T) {
	s := station.Open(t, station.Options{Sent: true})
	some, err := s.App.Desk.ListFindings(t.Context(), s.Actor, desk.FindingQuery{Text: "has:ip has:org state:notified", ByAddress: true})
	if err != nil || len(some.Items) == 0 {
		t.Fatal(len(some.Items), err)
	}
	f := some.Items[0]
	body := s.Get(t, ask(f.Address))
	for _, want := range []string{f.Organisation, "Who is told, and why", "this is whose it is", "/findings/" + f.ID, "/notifications/", "Beside it in", "/lookup/events?q="} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func TestKinds(t *testing.T) {
	s := station.Open(t, station.Options{})
	tests := []struct{ name, q, want string }{
		{"an address made harmless", "192.0.2[.]10", "192.0.2.10"},
		{"a network", "192.0.2.0/24", "Owners of parts of it"},
		{"IPv6", "2001:db8::1", "2001:db8::1"},
		{"an AS", "as64500", "AS64500"},
		{"a name", "www.example.org", "www.example.org"},
		{"a URL made harmless", "hxxps://login[.]example[.]org/a?b=c", "https://login.example.org/a?b=c"},
		{"a hash", strings.Repeat("AB", 32), strings.Repeat("ab", 32)},
		{"a mail address", "abuse@example.org", "mail address"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, body := get(t, s, ask(tt.q))
			if status != http.StatusOK || !strings.Contains(body, strings.ReplaceAll(tt.want, "&", "&amp;")) {
				t.Errorf("got %d without %q", status, tt.want)
			}
		})
	}
}

// TestWrong: what cannot be understood is answered kindly, keeps its words and runs nothing.
func TestWrong(t *testing.T) {
	s := station.Open(t, station.Options{})
	for name, q := range map[string]string{
		"words": "what is this", "script": "<script>alert(1)</script>", "formula": "=cmd()|'/C calc'!A0", "right to left": "\u202egpj.exe", "control signs": "a\x00b\x07", "no text": "\xff\xfe",
		"long": strings.Repeat("1", 9000), "nearly an address": "192.0.2.300", "nearly a network": "192.0.2.0/99", "percent": "%00%ff", "colon": "a:b:c",
	} {
		status, body := get(t, s, ask(q))
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, "These are understood") {
			t.Errorf("%s: %d", name, status)
		}
		if strings.Contains(body, "<script>alert") {
			t.Errorf("%s: the script is in the page", name)
		}
	}
	if _, body := get(t, s, ask("what is this")); !strings.Contains(body, "what is this") {
		t.Error("what was typed is lost")
	}
	if res, err := s.Client.Get(s.URL + ask(strings.Repeat("a", 10<<20))); err == nil {
		_ = res.Body.Close()
		if res.StatusCode < 400 || res.StatusCode >= 500 {
			t.Errorf("ten megabytes: %s", res.Status)
		}
	}
}

// TestOrganisation: the name of an organisation, or a part of one, is found.
func TestOrganisation(t *testing.T) {
	s := station.Open(t, station.Options{})
	names, err := s.App.Register.Names(t.Context(), s.Actor)
	if err != nil {
		t.Fatal(err)
	}
	for id, name := range names {
		if status, body := get(t, s, ask(name)); status != http.StatusOK || !strings.Contains(body, "/organisations/"+id) {
			t.Errorf("%s: %d", name, status)
		}
		break
	}
}

func TestEmptyAndHostile(t *testing.T) {
	s := station.Open(t, station.Options{Hostile: true})
	if body := s.Get(t, "/lookup"); !strings.Contains(body, "For example") {
		t.Error("without a question there are no examples")
	}
	some, err := s.App.Desk.ListFindings(t.Context(), s.Actor, desk.FindingQuery{Text: "feed:hostile"})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range some.Items {
		_, body := get(t, s, ask(f.What()))
		if strings.Contains(body, "<script>document") || strings.Contains(body, "<img src=x") || strings.Contains(body, `href="javascript:`) {
			t.Errorf("%q is in the page as it is", f.What())
		}
	}
}

// TestNobody: who is not in sees nothing.
func TestNobody(t *testing.T) {
	s := station.Open(t, station.Options{})
	for _, path := range []string{"/lookup?q=192.0.2.1", "/lookup/events?q=ip:192.0.2.1", "/", "/overview/now", "/overview/live", "/events", "/events/export?format=csv"} {
		res, err := s.Stranger(t).Get(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if res.StatusCode == http.StatusOK || strings.Contains(string(body), "192.0.2.1:") {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
}
