package releases

import (
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/release"
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
			"list": listPage(List{Items: all, Waiting: all}), "one": onePage(One{Decision: d, May: true}),
			"item": itemPage(Item{Copies: []release.Copy{{Name: "<b>", Reached: true}}}),
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
