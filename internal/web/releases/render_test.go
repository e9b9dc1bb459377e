package releases

import (
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/release/leak"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// Each code of a rule, a fact, an outcome and an audience has words in both languages, and what others wrote is shown as text.
func TestPagesHaveWords(t *testing.T) {
	d := release.Decision{
		ID: "d1", Outcome: release.Second, Rule: "no-agreement", Reason: "<script>why</script>", To: release.Peer, Effective: tlp.AmberStrict, By: "os:ada",
		Item: release.Item{Kind: "incident", ID: "i"}, Profile: "peer",
	}
	var all []release.Decision
	for i, rule := range release.Rules() {
		d.Rule, d.To, d.Outcome = rule, release.Audiences()[i%len(release.Audiences())], release.Outcomes()[i%len(release.Outcomes())]
		all = append(all, d)
	}
	d.Outcome = release.Second
	for i, fact := range release.Facts() {
		d.Steps = append(d.Steps, release.Step{Fact: fact, Holds: i%2 == 0})
	}
	for _, lang := range words.Langs() {
		ctx := words.With(t.Context(), lang)
		for name, page := range map[string]templ.Component{
			"list": listPage(List{Items: all, Waiting: all, Stopped: []release.StoppedCopy{{State: release.StopAsked, To: release.Party}}}), "one": onePage(One{Decision: d, May: true}),
			"item": itemPage(full("report")), "incident": itemPage(full("incident")), "corrected": itemPage(Item{Reached: []release.Reached{{Letter: "x", Copy: release.Copy{Name: "x"}}, {Why: "<script>why</script>", Copy: release.Copy{To: release.Peer}}}}),
			"stopped": stoppedPage(stoppedWith(release.StopFound)), "asked": stoppedPage(stoppedWith(release.StopAsked)), "settled": stoppedPage(stoppedWith(release.StopApproved)),
		} {
			var b strings.Builder
			if err := page.Render(ctx, &b); err != nil {
				t.Fatal(name, err)
			}
			if out := b.String(); strings.Contains(out, ">releases.") || strings.Contains(out, "<script>why") {
				t.Errorf("%s in %s misses a word, or shows markup", name, lang)
			}
		}
	}
}

// full is the page of an item with all that it can show.
func full(kind string) Item {
	may := map[string]bool{moveRelax: true, moveAsk: true, moveCorrect: true, moveReceive: true, moveWish: true}
	return Item{
		Kind: kind, ID: "i", May: may, Label: tlp.Amber, Of: release.Item{Kind: kind, Source: release.ByReporter, Consent: release.WithPolice, Marks: release.Exempt, Terms: release.Terms{Label: tlp.Red}},
		Copies:   []release.Copy{{Name: "<b>", Reached: true}, {To: release.Reporter}},
		Schedule: release.Schedule{Version: 1, Stages: []release.Stage{{At: time.Now(), Label: tlp.Amber}}, Embargo: time.Now(), Review: time.Now(), Word: "<script>why</script>"},
		Wish:     release.Wish{Version: 1, Word: "<script>why</script>"}, Form: ui.Form{Wrong: []ui.Wrong{{Text: "<script>why</script>"}}},
	}
}

// stoppedWith is a copy that names somebody at each sort of place, and holds what cannot be read for each reason.
func stoppedWith(state release.Stop) Stopped {
	s := Stopped{StoppedCopy: release.StoppedCopy{State: state, AskedBy: "os:ada", For: "<script>why</script>", Seconder: "os:bob", To: release.Party}, Ask: state == release.StopFound}
	s.Done = state == release.StopAsked && !s.Ask
	codes := []string{leak.InSubject, leak.InHeader, leak.InText, leak.InLine, leak.InAttachment, leak.InName, leak.InMember, leak.InRow, leak.InPath, leak.InAttribute, leak.InEncoded, leak.InPage}
	for i, code := range codes {
		s.Places = append(s.Places, leak.Leak{
			Place: leak.Place{{Code: code, Number: i, Name: "<script>why"}}, Kind: leak.Kinds()[i%len(leak.Kinds())], Role: leak.Roles()[i%len(leak.Roles())], Name: "x", Found: "<script>why",
		})
	}
	for _, why := range leak.Reasons() {
		s.Places = append(s.Places, leak.Leak{Kind: leak.Unreadable, Name: why})
	}
	return s
}
