package browser_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/test/browser"
	"github.com/firehall/firehall/test/station"
)

// planted are names that no outsider may read on paper. They stand in every field that takes text.
var planted = []string{"Zelda", "Quickthorn", "zelda@victim.example", "Otherbank", "+32 470 55 66 77", "internal matter"}

const plantedText = "Zelda Quickthorn of Otherbank (zelda@victim.example, +32 470 55 66 77) rang. "

// plant opens an incident that fills several pages, with the names in its reports, title, summary, timeline, notes and files.
func plant(t *testing.T, s *station.Station, label tlp.Label) string {
	t.Helper()
	r, err := s.App.Incidents.Accept(t.Context(), s.Actor, incident.Draft{
		Door: incident.Form, Subject: plantedText, Text: plantedText,
		Reporter: incident.Reporter{Name: "Zelda Quickthorn", Email: "zelda@victim.example", Phone: "+32 470 55 66 77", Organisation: "Otherbank"},
	})
	if err != nil {
		t.Fatal(err)
	}
	i, err := s.App.Incidents.OpenIncident(t.Context(), s.Actor, incident.Opening{
		Title: "A page that steals, says Zelda", Summary: strings.Repeat(plantedText+"The page was fetched and kept.\n\n", 60), TLP: label, Reports: []string{r.ID},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.App.Incidents.AddNote(t.Context(), s.Actor, i.ID, "an internal matter of Zelda"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.App.Incidents.Attach(t.Context(), s.Actor, i.ID, incident.File{Name: "zelda.png", Body: strings.NewReader("a picture")}); err != nil {
		t.Fatal(err)
	}
	if err := s.App.Incidents.Work(t.Context(), s.Actor, i.ID, func(tx *sqldb.Tx, in *incident.Inside) error {
		for _, e := range []incident.Entry{{World: true, Text: plantedText}, {Text: "internal matter: " + plantedText}} {
			if err := s.App.Incidents.Tell(tx, s.Actor, in, e); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return i.ID
}

// paper prints the page as the browser does, and gives its pages as text. With FIREHALL_SHOTS the file is kept there.
func paper(t *testing.T, b *browser.Browser, name string) []string {
	t.Helper()
	sized := true
	pdf, err := chromedp.Call(b.Context(), page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: &sized})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if shots := os.Getenv("FIREHALL_SHOTS"); shots != "" {
		dir = shots
	}
	path := filepath.Join(dir, name+".pdf")
	if err := os.WriteFile(path, pdf.Data, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "pdftotext", "-layout", path, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimRight(string(out), "\f\n"), "\f")
}

// needPrograms skips a test without pdftotext, or fails it where nothing may be missing.
func needPrograms(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("pdftotext"); err != nil {
		if os.Getenv("FIREHALL_TEST_REQUIRE") == "1" {
			t.Fatal("FIREHALL_TEST_REQUIRE=1, and there is no pdftotext (poppler-utils)")
		}
		t.Skip("there is no pdftotext")
	}
}

// TestPrintedReport prints an incident for each audience: each page has its label, and no outsider reads a planted name.
func TestPrintedReport(t *testing.T) {
	needPrograms(t)
	s := station.Open(t, station.Options{Bare: true})
	id := plant(t, s, tlp.Clear)
	b := browser.Open(t, s, browser.Wide, true) // who reads in the dark prints on white paper
	for _, audience := range []string{"team", "constituent", "public"} {
		b.Visit("/incidents/" + id + "/print?for=" + audience)
		pages := paper(t, b, "printed-"+audience)
		if len(pages) < 2 {
			t.Errorf("%s: %d pages: %.200q", audience, len(pages), pages)
		}
		for n, text := range pages {
			if strings.Count(text, "TLP:CLEAR") < 2 {
				t.Errorf("%s: page %d has no label above and below: %q", audience, n+1, text)
			}
			if draft := strings.Contains(text, "DRAFT"); draft == (audience == "team") {
				t.Errorf("%s: page %d: a draft: %t", audience, n+1, draft)
			}
		}
		leaks(t, audience, strings.Join(pages, "\n"))
	}
}

// leaks looks for the planted names: the team reads them, nobody else does.
func leaks(t *testing.T, audience, text string) {
	t.Helper()
	text = strings.ToLower(strings.Join(strings.Fields(text), " "))
	for _, name := range planted {
		if found := strings.Contains(text, strings.ToLower(name)); found != (audience == "team") {
			t.Errorf("%s: %q: %t", audience, name, found)
		}
	}
	if !strings.Contains(text, "the page was fetched and kept.") {
		t.Errorf("%s: nothing of the summary is there: %.500s", audience, text)
	}
	if strings.Contains(text, "markdown") || strings.Contains(text, "search") {
		t.Errorf("%s: what is for the screen is printed", audience)
	}
}
