package organisations_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/test/station"
)

// listed asks the desk for organisations, as the page does.
func listed(t *testing.T, s *station.Station, f constituency.Filter) []desk.OrganisationView {
	t.Helper()
	p, err := s.App.Desk.Organisations(t.Context(), s.Actor, desk.OrganisationQuery{Filter: f, Sort: "-findings", Request: page.Request{Limit: page.MaxLimit}})
	if err != nil {
		t.Fatal(err)
	}
	return p.Items
}

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

func contains(t *testing.T, body string, texts ...string) {
	t.Helper()
	for _, x := range texts {
		if !strings.Contains(body, x) {
			t.Errorf("the page does not say %q", x)
		}
	}
}

func TestListIsNarrowedAndSorted(t *testing.T) {
	s := station.Open(t, station.Options{})
	most := listed(t, s, constituency.Filter{})[0]
	body := s.Get(t, "/organisations?sort=-findings")
	contains(t, body, most.Name, "/organisations/"+most.ID, "Constituent", "Import", "CSV")
	if first := strings.Index(body, `data-id="`); !strings.HasPrefix(body[first:], `data-id="`+most.ID) {
		t.Error("the most findings do not come first")
	}
	contains(t, s.Get(t, "/organisations?q="+url.QueryEscape(most.Name)), most.Name)
	contains(t, s.Get(t, "/organisations?q=nobody+is+called+so"), "No organisation fits")
	if body := s.Get(t, "/organisations?kind=provider"); strings.Contains(body, most.Name) == (most.Kind != "provider") {
		t.Error("the kind does not narrow")
	}
	for _, bad := range []string{"kind=colour", "sort=colour", "after=x", "criticality=x", "trouble=x", "q=%ff", "country=zzz"} {
		if status, body := get(t, s, "/organisations?"+bad); status != http.StatusUnprocessableEntity || !strings.Contains(body, `role="alert"`) {
			t.Errorf("%s: %d", bad, status)
		}
	}
}

func TestEmptyRegisterTeaches(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	contains(t, s.Get(t, "/organisations"), "The register is empty", "/organisations/import")
	contains(t, s.Get(t, "/organisations/check"), "All is well")
}

func TestListAndRegisterAreExported(t *testing.T) {
	s := station.Open(t, station.Options{Hostile: true})
	all := listed(t, s, constituency.Filter{})
	var views []desk.OrganisationView
	if err := json.Unmarshal([]byte(s.Get(t, "/organisations/export?format=json")), &views); err != nil || len(views) != len(all) {
		t.Errorf("%d of %d, %v", len(views), len(all), err)
	}
	rows, err := csv.NewReader(strings.NewReader(s.Get(t, "/organisations/export?format=csv"))).ReadAll()
	if err != nil || len(rows) != len(all)+1 {
		t.Errorf("%d of %d, %v", len(rows)-1, len(all), err)
	}
	for _, row := range rows {
		if strings.ContainsAny(row[1][:1], "=+-@") {
			t.Errorf("a name is a formula: %q", row[1])
		}
	}
	contains(t, s.Get(t, "/organisations/register?format=yaml"), "organisations:", all[0].Name)
	for _, path := range []string{"/organisations/export?format=xml", "/organisations/register?format=xml"} {
		if status, _ := get(t, s, path); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", path, status)
		}
	}
}

func TestOneOrganisationTellsAll(t *testing.T) {
	s := station.Open(t, station.Options{Sent: true})
	for _, o := range listed(t, s, constituency.Filter{})[:5] {
		path := "/organisations/" + o.ID
		contains(t, s.Get(t, path+"?history=1"), o.Name, "Networks", "Contacts", "What stands", "What was sent", "Who else may be told", "/findings/", "Added")
		contains(t, s.Get(t, "/organisations/history/"+o.ID), "organisation")
	}
	if status, _ := get(t, s, "/organisations/nobody"); status != http.StatusNotFound {
		t.Errorf("none: %d", status)
	}
}

func TestHostileNamesAreText(t *testing.T) {
	s := station.Open(t, station.Options{Hostile: true})
	paths := []string{"/organisations", "/organisations/check", "/palette?q=script"}
	for _, o := range listed(t, s, constituency.Filter{Text: "hostile.example"}) {
		paths = append(paths, "/organisations/"+o.ID+"?history=1")
	}
	if len(paths) < 5 {
		t.Fatalf("%d pages", len(paths))
	}
	for _, path := range paths {
		body := s.Get(t, path)
		for _, bad := range []string{"<script>document", "<img src=x", `href="javascript:`} {
			if strings.Contains(body, bad) {
				t.Errorf("%s: %q stands in the page as markup", path, bad)
			}
		}
	}
}

func TestCheckLeads(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	upload(t, s, "r.csv", "organisation,network\nCity Hospital,192.0.2.0/24\nOther,192.0.2.0/24\n", true)
	body := s.Get(t, "/organisations/check")
	contains(t, body, "Nobody can be told", "Claims collide", "/organisations/"+listed(t, s, constituency.Filter{Text: "City"})[0].ID)
	narrow := s.Get(t, "/organisations/check?code=overlap")
	if strings.Contains(narrow, "add one") {
		t.Error("the code does not narrow")
	}
}

func TestPaletteFindsOrganisations(t *testing.T) {
	s := station.Open(t, station.Options{})
	o := listed(t, s, constituency.Filter{})[0]
	contains(t, s.Get(t, "/palette?"+url.Values{"q": {strings.ToUpper(o.Name[:5])}}.Encode()), "/organisations/"+o.ID)
}

// upload posts a file, and applies it if asked; it returns the page of the upload.
func upload(t *testing.T, s *station.Station, name, text string, apply bool) string {
	t.Helper()
	status, at, body := send(t, s, "file", name, text)
	if status != http.StatusSeeOther {
		t.Fatalf("%d %.1000s", status, body)
	}
	if apply {
		if res := s.Post(t, at+"/apply", url.Values{}); res.StatusCode != http.StatusSeeOther {
			t.Fatal(res.Status)
		}
	}
	return at
}

// send posts the form of an import.
func send(t *testing.T, s *station.Station, field, name, text string) (int, string, string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	_ = w.WriteField("format", "")
	if field == "file" {
		part, _ := w.CreateFormFile("file", name)
		_, _ = io.WriteString(part, text)
	} else {
		_ = w.WriteField(field, text)
	}
	_ = w.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/organisations/import", &b)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	req.Header.Set("Origin", s.URL)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	res, err := s.Client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header.Get("Location"), string(body)
}
