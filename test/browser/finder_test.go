package browser_test

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/test/browser"
	"github.com/firehall/firehall/test/station"
)

// TestFinderWithoutScripts looks for teams on a telephone without scripts: by country, address, number and name, and where there is none.
func TestFinderWithoutScripts(t *testing.T) {
	t.Parallel()
	s := station.Open(t, station.Options{Bare: true})
	teams := "name,country,email,networks,public\nCERT North,FI,cert@north.example,country:FI AS64500 198.51.100.0/24 north.example,name mail patch\n"
	if _, err := s.App.Teams.Import(t.Context(), s.Actor, strings.NewReader(teams), team.ImportOptions{Name: "teams.csv", Approve: true}); err != nil {
		t.Fatal(err)
	}
	north, err := s.App.Teams.Named(t.Context(), s.Actor, "CERT North")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.App.Teams.Approve(t.Context(), s.Actor, north.Organisation.ID, nil, true); err != nil { // one of its networks is in our country
		t.Fatal(err)
	}
	register := "organisation,kind,country,contact\nSwedish Police,authority,SE,cyber@police.example\n"
	if _, err := s.App.Register.Import(t.Context(), s.Actor, strings.NewReader(register), constituency.ImportOptions{Name: "register.csv"}); err != nil {
		t.Fatal(err)
	}
	for _, look := range []struct {
		size    browser.Size
		scripts bool
	}{{browser.Narrow, false}, {browser.Wide, true}} {
		r := &reporter{t, browser.Open(t, s, look.size, false), look.scripts}
		if !look.scripts {
			if _, err := chromedp.Call(r.Context(), emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
				t.Fatal(err)
			}
		}
		for question, want := range map[string]string{
			"finland": "cert@north.example", "198.51.100.9": "It answers for 198.51.100.0/24", "as64500": "CERT North", "www.north.example": "CERT North",
			"north": "It has this name", "SE": "cyber@police.example", "<script>": "no team with such a name",
		} {
			r.Do(chromedp.Navigate(s.URL+"/teams"), chromedp.WaitReady(chromedp.CSS("#q")))
			r.answer("#answer", write("q", question))
			if got := r.says("main"); !strings.Contains(got, want) {
				t.Errorf("%s: %q is not in %q", question, want, got)
			}
		}
		r.look()
	}
}
