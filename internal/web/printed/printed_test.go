package printed_test

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/test/station"
)

func TestMain(m *testing.M) { os.Exit(station.Main(m)) }

// post sends a form, and gives the status, where it leads, and the page.
func post(t *testing.T, s *station.Station, path string, v url.Values) (status int, to, page string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, strings.NewReader(v.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", s.URL)
	res, err := s.Client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header.Get("Location"), string(text)
}

func contains(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, x := range texts {
		if !strings.Contains(page, x) {
			t.Errorf("the page does not say %q", x)
		}
	}
}

// planted is an incident in whose fields a reporter is named, and markup stands.
func planted(t *testing.T, s *station.Station, label tlp.Label) string {
	t.Helper()
	const text = "Zelda Quickthorn (zelda@victim.example) rang. <script>document.title='broken'</script> | # [x](javascript:alert(1))"
	r, err := s.App.Incidents.Accept(t.Context(), s.Actor, incident.Draft{
		Door: incident.Form, Subject: text, Text: text, Reporter: incident.Reporter{Name: "Zelda Quickthorn", Email: "zelda@victim.example"},
	})
	if err != nil {
		t.Fatal(err)
	}
	i, err := s.App.Incidents.OpenIncident(t.Context(), s.Actor, incident.Opening{Title: text, Summary: text + "\n# No heading\n", TLP: label, Reports: []string{r.ID}})
	if err != nil {
		t.Fatal(err)
	}
	return i.ID
}

func TestForEachAudience(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	id := planted(t, s, tlp.Clear)
	contains(t, s.Get(t, "/incidents/"+id+"/print"), "Zelda Quickthorn", "TLP:CLEAR", "All that the team knows")
	for _, audience := range []string{"constituent", "public"} {
		page := s.Get(t, "/incidents/"+id+"/print?for="+audience)
		contains(t, page, "DRAFT", "entry left out", "[…]")
		_, doc, _ := strings.Cut(page, `<article class="doc"`)
		file := s.Get(t, "/incidents/"+id+"/print/markdown?for="+audience)
		for _, text := range []string{doc, file} {
			if strings.Contains(text, "Zelda") || strings.Contains(text, "Quickthorn") || strings.Contains(text, "victim.example") || strings.Contains(doc, "<script") {
				t.Errorf("%s: a name or markup left: %s", audience, text)
			}
		}
	}
}

func TestMarkdownIsNotFooled(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	file := s.Get(t, "/incidents/"+planted(t, s, tlp.Amber)+"/print/markdown")
	contains(t, file, "**TLP:AMBER**", "> # No heading", "&lt;script&gt;", `\| \# \[x\]`, "- State: Open")
	if strings.Contains(file, "\n# No heading") {
		t.Error("a text passes for a heading")
	}
}

func TestCustodyIsPrinted(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	id := planted(t, s, tlp.Amber)
	item, err := s.App.Incidents.AddEvidence(t.Context(), s.Actor, id, incident.File{Name: "disk|one <b>.img", Body: strings.NewReader("a disk")}, incident.Intake{Reason: "the court asks"})
	if err != nil {
		t.Fatal(err)
	}
	contains(t, s.Get(t, "/incidents/"+id+"/print"), "Chain of custody", "<h4>disk_one _b_.img</h4>", "the court asks", "took it in", item.Head, item.SHA256)
	contains(t, s.Get(t, "/incidents/"+id+"/print/markdown"), "## Chain of custody", "### disk\\_one \\_b\\_.img", "| the court asks | "+item.Head+" |")
	for _, audience := range []string{"constituent", "public"} {
		for _, path := range []string{"/print?for=", "/print/markdown?for="} {
			if text := s.Get(t, "/incidents/"+id+path+audience); strings.Contains(text, item.Head) || strings.Contains(text, "the court asks") {
				t.Errorf("%s is told who had the file", audience)
			}
		}
	}
}

func TestHandOut(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	id := planted(t, s, tlp.Amber)
	form := url.Values{"for": {"public"}, "reason": {"the press asks"}}
	status, _, page := post(t, s, "/incidents/"+id+"/print", form)
	if contains(t, page, "write a text for it", "the press asks"); status != http.StatusUnprocessableEntity {
		t.Errorf("with nothing to say: %d", status)
	}
	form.Set("statement", "A page was **taken down**, said zelda@victim.example.")
	status, to, _ := post(t, s, "/incidents/"+id+"/print", form)
	if status != http.StatusSeeOther || !strings.Contains(to, "handout=") {
		t.Fatalf("%d %s", status, to)
	}
	page = s.Get(t, to)
	contains(t, page, "<strong>taken down</strong>", "as it was handed out", "TLP:CLEAR")
	if _, doc, _ := strings.Cut(page, `<article class="doc"`); strings.Contains(doc, "DRAFT") || strings.Contains(doc, "victim.example") {
		t.Error("what was handed out is a draft, or tells an address")
	}
	contains(t, s.Get(t, "/incidents/"+id+"/timeline"), "handed a report out to the public")
}

func TestWhatIsNotThere(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	id := planted(t, s, tlp.Clear)
	for path, want := range map[string]int{
		"/incidents/nosuch/print": http.StatusNotFound, "/incidents/nosuch/print/markdown": http.StatusNotFound, "/incidents/" + id + "/print?handout=x": http.StatusNotFound,
		"/incidents/" + id + "/print?for=press": http.StatusUnprocessableEntity, "/incidents/" + id + "/print?for=constituent&org=x": http.StatusNotFound,
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		res, err := s.Client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != want && (want != http.StatusUnprocessableEntity || res.StatusCode != http.StatusBadRequest) {
			t.Errorf("%s answers %d", path, res.StatusCode)
		}
	}
}
