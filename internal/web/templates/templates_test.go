package templates_test

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/firehall/firehall/test/station"
	"github.com/firehall/firehall/test/station/asking"
)

func TestMain(m *testing.M) { os.Exit(asking.Main(m)) }

func body(t *testing.T, res *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

const letter = "/templates/en/message.txt.tmpl"

// inForce is the text in the editor.
func inForce(t *testing.T, s *station.Station) string {
	t.Helper()
	page := s.Get(t, letter)
	m := regexp.MustCompile(`(?s)<textarea[^>]*name="text"[^>]*>\n?(.*?)</textarea>`).FindStringSubmatch(page)
	if m == nil {
		t.Fatal("there is no editor")
	}
	return strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(m[1])
}

func TestATextIsTriedKeptAndActivated(t *testing.T) {
	s := station.Open(t, station.Options{Planned: true})
	if page := s.Get(t, "/templates"); !strings.Contains(page, letter) || !strings.Contains(page, "Built in") {
		t.Fatal("the texts are not listed")
	}
	text := strings.Replace(inForce(t, s), "{{define \"subject\"}}", "{{define \"subject\"}}HELLO <b> ", 1)
	org := regexp.MustCompile(`<option value="([^"]+)"`).FindStringSubmatch(s.Get(t, letter))
	if org == nil || !strings.Contains(text, "HELLO") {
		t.Fatal("nobody's findings can be tried on")
	}
	tried := body(t, s.Post(t, letter, url.Values{"text": {text}, "action": {"try"}, "organisation": {org[1]}}))
	if !strings.Contains(tried, "HELLO &lt;b&gt;") || strings.Contains(tried, "HELLO <b>") {
		t.Fatalf("it was not tried: %.2000s", tried)
	}
	res := s.Post(t, letter, url.Values{"text": {text}, "action": {"save"}, "note": {"<i>greets</i>"}})
	version := res.Header.Get("Location")
	if res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(version, "/templates/versions/") {
		t.Fatalf("%s to %q", res.Status, version)
	}
	if page := s.Get(t, version); !strings.Contains(page, "HELLO") || strings.Contains(page, "<i>greets") {
		t.Error("the difference is not shown, or the note is not text")
	}
	if strings.Contains(inForce(t, s), "HELLO") {
		t.Error("it is in use before it was activated")
	}
	if res := s.Post(t, version, nil); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("activate: %s", res.Status)
	}
	if !strings.Contains(inForce(t, s), "HELLO") {
		t.Error("it is not in use")
	}
	if res := s.Post(t, letter+"/off", nil); res.StatusCode != http.StatusSeeOther || strings.Contains(inForce(t, s), "HELLO") {
		t.Error("the built-in text did not come back")
	}
}

func TestATextThatCannotBeUsed(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	bad := url.Values{"text": {"{{.Nonsense"}, "action": {"save"}}
	version := s.Post(t, letter, bad).Header.Get("Location")
	if page := s.Get(t, version); !strings.Contains(page, "This text cannot be used") || strings.Contains(page, `id="activate"`) {
		t.Error("the page does not say that it cannot be used, or offers it")
	}
	if res := s.Post(t, version, nil); res.StatusCode < 400 {
		t.Errorf("it was activated: %s", res.Status)
	}
	huge := url.Values{"text": {strings.Repeat("x", 2<<20)}, "action": {"save"}}
	if res := s.Post(t, letter, huge); res.StatusCode < 400 {
		t.Errorf("a huge text: %s", res.Status)
	}
	if res, err := s.Client.Get(s.URL + "/templates/tlh/message.txt.tmpl"); err != nil || res.StatusCode != http.StatusNotFound {
		t.Errorf("a language that is not there: %s, %v", res.Status, err)
	}
}
