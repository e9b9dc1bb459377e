package events_test

import (
	"encoding/csv"
	"encoding/json"
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

func page(pairs ...string) string { return path("/events", pairs...) }

func path(to string, pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return to + "?" + v.Encode()
}

func has(t *testing.T, body string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(body, text) {
			t.Errorf("the page does not say %q", text)
		}
	}
}

func TestList(t *testing.T) {
	s := station.Open(t, station.Options{})
	body := s.Get(t, "/events")
	has(t, body, "/events/histogram", "/events/breakdown", "/events/export?format=csv", "/events/one?q=", "/lookup?q=", "/events?q=classification.type%3A")
	body = s.Get(t, page("q", "class:scanner", "cols", "time,source.ip,extra.tag"))
	has(t, body, `value="class:scanner"`)
	if strings.Contains(s.Get(t, page("q", "class:no-such-class")), "/events/one?q=") {
		t.Error("nothing fits, and something is shown")
	}
}

// TestOne opens an event from the list.
func TestOne(t *testing.T) {
	s := station.Open(t, station.Options{})
	body := s.Get(t, "/events")
	link := regexp.MustCompile(`/events/one\?q=[^"]+`).FindString(body)
	if link == "" {
		t.Fatal("no event can be opened")
	}
	one := s.Get(t, strings.ReplaceAll(link, "&amp;", "&"))
	has(t, one, "What was seen", "Where it came from", "classification.type", "feed.name")
	for path, want := range map[string]int{"/events/one": http.StatusUnprocessableEntity, "/events/one?q=intake:none": http.StatusNotFound, "/events/one?q=colour:x": http.StatusUnprocessableEntity} {
		if status, _ := get(t, s, path); status != want && status != http.StatusBadRequest {
			t.Errorf("%s: %d", path, status)
		}
	}
}

// TestFaults: what cannot be read is marked where it goes wrong, and the page stays.
func TestFaults(t *testing.T) {
	s := station.Open(t, station.Options{})
	for name, q := range map[string]string{
		"a name": "colour:red", "a parenthesis": "(class:spam", "a quote": `class:"spam`, "script": "<script>alert(1)</script>:x (",
		"control": "class:a\x07b", "no text": "class:\xff", "long": strings.Repeat("a", 5000), "deep": strings.Repeat("(", 100) + "a", "many": "port:" + strings.Repeat("1,", 500) + "1",
	} {
		status, body := get(t, s, page("q", q))
		if status != http.StatusUnprocessableEntity || strings.Contains(body, "<script>alert") || !strings.Contains(body, `name="q"`) {
			t.Errorf("%s: %d", name, status)
		}
	}
	for _, q := range []string{"<script>alert(1)</script>:x", "=cmd|' /C calc'!A0:x", "\u202e:x"} {
		if _, body := get(t, s, page("q", q)); strings.Contains(body, "<script>alert") {
			t.Errorf("%q is in the page as it is", q)
		}
	}
	for _, part := range []string{"/events/histogram", "/events/breakdown"} {
		if status, body := get(t, s, path(part, "q", "colour:red")); status != http.StatusOK || !strings.Contains(body, "cannot be read") {
			t.Errorf("%s: %d", part, status)
		}
	}
	if res, err := s.Client.Get(s.URL + page("q", strings.Repeat("a", 10<<20))); err == nil {
		_ = res.Body.Close()
		if res.StatusCode < 400 || res.StatusCode >= 500 {
			t.Errorf("ten megabytes: %s", res.Status)
		}
	}
	if status, _ := get(t, s, page("after", "nonsense")); status != http.StatusUnprocessableEntity {
		t.Errorf("a cursor of nowhere: %d", status)
	}
}

func TestParts(t *testing.T) {
	s := station.Open(t, station.Options{})
	has(t, s.Get(t, "/events/histogram"), "events-histogram", " events")
	has(t, s.Get(t, path("/events/breakdown", "by", "class")), "only", "/events?q=class%3A")
	has(t, s.Get(t, path("/events/breakdown", "by", "org")), "q=org%3A")
	has(t, s.Get(t, path("/events/breakdown", "by", "extra.tag")), "Count it", "/events/long")
	has(t, s.Get(t, path("/events/complete", "q", "cla", "at", "3")), "class:")
	has(t, s.Get(t, "/events/help"), "source.ip", "Examples")
}

// TestLong asks a long question, finds it again, and cancels one.
func TestLong(t *testing.T) {
	s := station.Open(t, station.Options{})
	res := s.Post(t, "/events/long", url.Values{"by": {"extra.tag"}})
	to := res.Header.Get("Location")
	if res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, "/events/long/") {
		t.Fatal(res.Status, to)
	}
	has(t, s.Get(t, to), "A long question")
	at, _, _ := strings.Cut(to, "?")
	if res := s.Post(t, at+"/cancel", url.Values{}); res.StatusCode >= 500 {
		t.Error(res.Status)
	}
	if status, _ := get(t, s, "/events/long/nothing"); status != http.StatusNotFound {
		t.Errorf("none such: %d", status)
	}
}

func TestSavedQueries(t *testing.T) {
	s := station.Open(t, station.Options{})
	hostile := `<script>alert(1)</script>`
	if res := s.Post(t, "/events/saved", url.Values{"q": {"class:spam"}, "name": {hostile}, "shared": {"1"}}); res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.Status)
	}
	body := s.Get(t, "/events")
	has(t, body, "&lt;script&gt;", "/events?q=class%3Aspam")
	if strings.Contains(body, hostile) {
		t.Error("the name is in the page as it is")
	}
	forget := regexp.MustCompile(`/events/saved/[0-9a-z]+/forget`).FindString(body)
	if res := s.Post(t, forget, url.Values{}); res.StatusCode != http.StatusSeeOther {
		t.Error(res.Status)
	}
	if strings.Contains(s.Get(t, "/events"), forget) {
		t.Error("what was forgotten is there")
	}
	for _, v := range []url.Values{{"q": {"class:spam"}}, {"q": {"colour:x"}, "name": {"x"}}} {
		if res := s.Post(t, "/events/saved", v); res.StatusCode < 400 || res.StatusCode >= 500 {
			t.Errorf("%v: %s", v, res.Status)
		}
	}
}

// TestExport: all formats hold the same events, and no cell is a formula.
func TestExport(t *testing.T) {
	s := station.Open(t, station.Options{Hostile: true})
	var list []map[string]any
	if err := json.Unmarshal([]byte(s.Get(t, "/events/export?format=json")), &list); err != nil || len(list) == 0 {
		t.Fatal(len(list), err)
	}
	lines := strings.Split(strings.TrimSpace(s.Get(t, "/events/export?format=ndjson")), "\n")
	if len(lines) != len(list) {
		t.Errorf("%d lines, %d events", len(lines), len(list))
	}
	for _, l := range lines {
		if !json.Valid([]byte(l)) {
			t.Fatalf("no JSON: %.200s", l)
		}
	}
	rows, err := csv.NewReader(strings.NewReader(s.Get(t, "/events/export?format=csv&all=1"))).ReadAll()
	if err != nil || len(rows) != len(list)+1 {
		t.Fatal(len(rows), err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsRune("=@\t\r", rune(cell[0])) {
				t.Errorf("a formula: %q", cell)
			}
		}
	}
	for path, want := range map[string]int{"/events/export?format=exe": 422, "/events/export": 422, "/events/export?format=csv&q=colour:x": 422} {
		if status, _ := get(t, s, path); status != want && status != 400 {
			t.Errorf("%s: %d", path, status)
		}
	}
}

func TestHostile(t *testing.T) {
	s := station.Open(t, station.Options{Hostile: true})
	for _, body := range []string{s.Get(t, "/events?q=feed:hostile"), s.Get(t, path("/events/breakdown", "q", "feed:hostile", "by", "hostname")), s.Get(t, path("/events/histogram", "q", "feed:hostile"))} {
		for _, text := range []string{"<script>document", "<img src=x", `href="javascript:`} {
			if strings.Contains(body, text) {
				t.Errorf("the page holds %q", text)
			}
		}
	}
	body := s.Get(t, "/events?q=feed:hostile")
	for _, link := range regexp.MustCompile(`/events/one\?q=[^"]+`).FindAllString(body, 20) {
		if status, one := get(t, s, strings.ReplaceAll(link, "&amp;", "&")); status != http.StatusOK || strings.Contains(one, "<script>document") {
			t.Errorf("%s: %d", link, status)
		}
	}
}

func TestNoEvents(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	has(t, s.Get(t, "/events"), "There are no events yet")
	has(t, s.Get(t, "/events?q=class:spam"), "No event fits")
	if got := strings.TrimSpace(s.Get(t, "/events/export?format=json")); got != "[]" {
		t.Errorf("got %q", got)
	}
}
