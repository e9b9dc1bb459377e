package sharing_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/platform/sqldb"
	room "github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/hear"
	"github.com/firehall/firehall/test/station"
)

const (
	domain = `{"type":"domain-name","spec_version":"2.1","id":"domain-name--00000000-0000-5000-8000-000000000001","value":"<script>evil</script>.example"}`
	second = `{"type":"domain-name","spec_version":"2.1","id":"domain-name--00000000-0000-5000-8000-000000000002","value":"other.example"}`
)

// upload posts a bundle as the form does.
func upload(t *testing.T, s *station.Station, path, bundle string) *http.Response {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	_ = w.WriteField("label", "green")
	part, err := w.CreateFormFile("file", "bundle.json")
	if err == nil {
		_, err = part.Write([]byte(bundle))
	}
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, &b)
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
	_ = res.Body.Close()
	return res
}

func TestPages(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	if page := s.Get(t, "/sharing"); !strings.Contains(page, "no collection yet") || !strings.Contains(page, "No server of another team") {
		t.Errorf("an empty page that teaches nothing")
	}
	res := s.Post(t, "/sharing/collections", url.Values{"title": {"Our <b>own</b>"}, "alias": {"own"}, "label": {"amber"}, "read": {"1"}})
	at := res.Header.Get("Location")
	if res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(at, "/sharing/collections/") {
		t.Fatalf("%s %s", res.Status, at)
	}
	at, _, _ = strings.Cut(at, "?")
	if res := s.Post(t, "/sharing/collections", url.Values{"title": {""}, "label": {"amber"}}); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("without a title: %s", res.Status)
	}
	if res := upload(t, s, at+"/upload", `{"objects":[`+domain+`,`+second+`,{"type":"x"}]}`); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("upload: %s", res.Status)
	}
	page := s.Get(t, at)
	if !strings.Contains(page, "&lt;script&gt;evil") || strings.Contains(page, "<script>evil") || !strings.Contains(page, "other.example") {
		t.Error("the objects are not shown, or not as text")
	}
	if page := s.Get(t, at+"?q=other.example"); strings.Contains(page, "evil") || !strings.Contains(page, "other.example") {
		t.Error("the search finds something else")
	}
	if page := s.Get(t, "/sharing/objects/domain-name--00000000-0000-5000-8000-000000000002"); !strings.Contains(page, "&#34;value&#34;: &#34;other.example&#34;") {
		t.Error("the object is not shown as it is sent")
	}
	aside := s.Get(t, "/sharing/aside")
	if !strings.Contains(aside, "No STIX object") {
		t.Error("what was set aside is not shown")
	}
	_, rest, _ := strings.Cut(aside, `action="/sharing/aside/`)
	id, _, _ := strings.Cut(rest, "/")
	if res := s.Post(t, "/sharing/aside/"+id+"/dismiss", nil); res.StatusCode != http.StatusSeeOther {
		t.Errorf("dismiss: %s", res.Status)
	}
	takes(t, s)
	if res := s.Post(t, at+"/close", nil); res.StatusCode != http.StatusSeeOther {
		t.Errorf("close: %s", res.Status)
	}
}

// What was set aside since there were too many incidents that day can be taken in; for what was set aside for another reason there is no such button.
func takes(t *testing.T, s *station.Station) {
	t.Helper()
	const incident = "incident--00000000-0000-4000-8000-000000000001"
	err := s.App.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		for n, code := range []string{room.CodeMany, room.CodeForeign} {
			a := room.Aside{Source: "01m80s0000000000000000000a", Origin: hear.OriginIncidents, Object: incident, Code: code, Detail: strings.Repeat("x", n+1)}
			if err := room.PutAside(tx, time.Now(), a); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	page := s.Get(t, "/sharing/aside")
	if !strings.Contains(page, "Too many incidents that day") || strings.Count(page, `/take"`) != 1 {
		t.Errorf("it cannot be taken in: %s", page)
	}
	before, _, _ := strings.Cut(page, `/take"`)
	id := before[strings.LastIndex(before, "/")+1:]
	if res := s.Post(t, "/sharing/aside/"+id+"/take", nil); res.StatusCode != http.StatusNotFound { // its object is not kept
		t.Errorf("take: %s", res.Status)
	}
}

// An object's page leads to the decisions by which it stands where it stands, as long as they are kept.
func TestDecisionsOfAnObject(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true, Fellows: true})
	whole, err := s.App.Sharing.Look(t.Context(), s.Actor, keptAsWas)
	if err != nil || len(whole.In) == 0 || whole.In[0].Decision == "" {
		t.Fatalf("%+v, %v", whole.In, err)
	}
	decision := whole.In[0].Decision
	link := `href="/releases/` + decision + `"`
	holds(t, s.Get(t, "/sharing/objects/"+keptAsWas), link, "decision "+decision)
	s.Get(t, "/releases/"+decision)
	if err := s.App.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`DELETE FROM release_decision WHERE id = $1`, decision)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	page := s.Get(t, "/sharing/objects/"+keptAsWas)
	if holds(t, page, "decision "+decision); strings.Contains(page, link) {
		t.Error("a decision that is forgotten has a link")
	}
}
