package findings_test

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/test/station"
)

// listed asks the desk for findings, as the page does.
func listed(t *testing.T, s *station.Station, text string) []desk.FindingView {
	t.Helper()
	p, err := s.App.Desk.ListFindings(t.Context(), s.Actor, desk.FindingQuery{Text: text, ByAddress: true, Request: page.Request{Limit: page.MaxLimit}})
	if err != nil {
		t.Fatal(err)
	}
	return p.Items
}

// get asks for a page whatever its status.
func get(t *testing.T, s *station.Station, path string, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := s.Client.Do(req)
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

func contains(t *testing.T, body string, texts ...string) {
	t.Helper()
	for _, x := range texts {
		if !strings.Contains(body, x) {
			t.Errorf("the page does not say %q", x)
		}
	}
}

func TestListIsFilteredSortedPagedAndCounted(t *testing.T) {
	s := station.Open(t, station.Options{})
	all := listed(t, s, "")
	if len(all) < 60 {
		t.Fatalf("%d findings in the station", len(all))
	}
	body := s.Get(t, "/findings")
	contains(t, body, "Findings", "CSV", "data-id=", "rel=\"next\"")
	if n := strings.Count(body, "data-id="); n != 50 {
		t.Errorf("%d rows", n)
	}
	next := regexp.MustCompile(`href="([^"]*after=[^"]*)"`).FindStringSubmatch(body)
	if next == nil {
		t.Fatal("no next page")
	}
	second := s.Get(t, strings.ReplaceAll(next[1], "&amp;", "&"))
	if first := regexp.MustCompile(`data-id="([^"]+)"`).FindStringSubmatch(body); strings.Contains(second, first[1]) {
		t.Error("the second page repeats the first")
	}
	byAddress := s.Get(t, "/findings?sort=address")
	contains(t, byAddress, `data-id="`+all[0].ID+`"`)
	narrow := all[0]
	one := s.Get(t, "/findings?"+url.Values{"q": {`class:` + narrow.Class + ` state:open`}}.Encode())
	if strings.Contains(one, `rel="next"`) && len(listed(t, s, "class:"+narrow.Class)) < 50 {
		t.Error("the filter does not narrow")
	}
}

func TestListTeachesWhenThereIsNothing(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	contains(t, s.Get(t, "/findings"), "No findings yet", "/feeds")
	contains(t, s.Get(t, "/findings?q=state:muted"), "No finding fits this filter")
}

func TestWrongQueryIsShownAgain(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	for _, q := range []string{"nme:x", "(", `state:"`, strings.Repeat("a ", 3000), "ip:999.1.1.1", "\x00"} {
		status, body := get(t, s, "/findings?"+url.Values{"q": {q}}.Encode())
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, `role="alert"`) {
			t.Errorf("%.20q: %d", q, status)
		}
	}
	if status, _ := get(t, s, "/findings?after=nonsense"); status != http.StatusUnprocessableEntity {
		t.Errorf("a cursor that is none: %d", status)
	}
}

func TestFacetsLead(t *testing.T) {
	s := station.Open(t, station.Options{})
	body := s.Get(t, "/findings/facets?q=state:open")
	contains(t, body, "Whose", "Feed", "/findings?q=state%3Aopen+class%3A")
	status, part := get(t, s, "/findings/facets?q=state:open", "HX-Request", "true")
	if status != http.StatusOK || strings.Contains(part, "<html") {
		t.Errorf("the part is a page: %d", status)
	}
	for _, href := range regexp.MustCompile(`href="(/findings\?[^"]+)"`).FindAllStringSubmatch(part, -1) {
		if status, body := get(t, s, strings.ReplaceAll(href[1], "&amp;", "&")); status != http.StatusOK || !strings.Contains(body, "data-id=") {
			t.Errorf("%s leads to %d", href[1], status)
		}
	}
}

func TestCompletion(t *testing.T) {
	s := station.Open(t, station.Options{})
	tests := []struct{ q, at, want, not string }{
		{"", "0", `data-insert="class:"`, ""},
		{"sta", "3", `data-insert="state:"`, `data-insert="class:"`},
		{"state:no", "8", `data-insert="notified "`, `data-insert="open "`},
		{"-state:mu", "9", `data-insert="muted "`, ""},
		{"state:open,fi", "13", `data-from="11"`, ""},
		{`org:`, "4", "data-insert=", ""},
		{"class:botnet", "12", "", "data-insert=\"open"},
		{"nothing:x", "9", "", "data-insert"},
		{strings.Repeat("x", 5000), "1", "", "data-insert"},
	}
	for _, tt := range tests {
		body := s.Get(t, "/findings/complete?"+url.Values{"q": {tt.q}, "at": {tt.at}}.Encode())
		if tt.want != "" && !strings.Contains(body, tt.want) || tt.not != "" && strings.Contains(body, tt.not) {
			t.Errorf("%.20q: got %.300s", tt.q, body)
		}
	}
}

func TestExport(t *testing.T) {
	s := station.Open(t, station.Options{Hostile: true})
	want := listed(t, s, "")
	var views []desk.FindingView
	if err := json.Unmarshal([]byte(s.Get(t, "/findings/export?format=json")), &views); err != nil || len(views) != len(want) {
		t.Errorf("%d of %d as JSON, %v", len(views), len(want), err)
	}
	rows, err := csv.NewReader(strings.NewReader(s.Get(t, "/findings/export?format=csv"))).ReadAll()
	if err != nil || len(rows) != len(want)+1 {
		t.Errorf("%d of %d as CSV, %v", len(rows)-1, len(want), err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@") {
				t.Errorf("a cell is a formula: %q", cell)
			}
		}
	}
	if body := s.Get(t, "/findings/export?format=json&q=state:muted"); strings.TrimSpace(body) != "[]" {
		t.Errorf("nothing as JSON: %.100s", body)
	}
	for path, want := range map[string]int{"/findings/export?format=xml": 422, "/findings/export?q=nme:x": 422} {
		if status, _ := get(t, s, path); status != want {
			t.Errorf("%s: %d", path, status)
		}
	}
}

func TestStrangersAreLedToTheLogin(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	s.Client = s.Stranger(t)
	for _, path := range []string{"/findings", "/findings/export", "/findings/192.0.2.1~aaaaaa", "/findings/new"} {
		if status, _ := get(t, s, path); status != http.StatusSeeOther {
			t.Errorf("%s: %d", path, status)
		}
	}
	if res := s.Post(t, "/findings/move", url.Values{"action": {"muted"}}); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("a move: %s", res.Status)
	}
}

// TestPresetsCanBeAsked follows each ready filter.
func TestPresetsCanBeAsked(t *testing.T) {
	s := station.Open(t, station.Options{Sent: true})
	body := s.Get(t, "/findings")
	presets := body[strings.Index(body, `class="presets"`):strings.Index(body, `class="facet"`)]
	links := regexp.MustCompile(`href="(/findings\?[^"]+)"`).FindAllStringSubmatch(presets, -1)
	if len(links) < 6 {
		t.Fatalf("%d ready filters", len(links))
	}
	for _, l := range links {
		if status, _ := get(t, s, strings.ReplaceAll(l[1], "&amp;", "&")); status != http.StatusOK {
			t.Errorf("%s: %d", l[1], status)
		}
	}
}
