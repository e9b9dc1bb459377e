package letters

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
)

// Both languages have the same texts with the same places, and none that nothing fills.
func TestTexts(t *testing.T) {
	place := regexp.MustCompile(`\{[^}]*\}`)
	for _, name := range Names() {
		var first []string
		for _, language := range Languages() {
			subject, text, err := Text(language, name)
			if err != nil || subject == "" || strings.Contains(subject, "\n") || len(text) < 100 {
				t.Errorf("%s/%s: %q, %v", language, name, subject, err)
			}
			places := place.FindAllString(subject+text, -1)
			if slices.Sort(places); first == nil {
				first = places
			}
			if !slices.Equal(first, places) {
				t.Errorf("%s/%s has the places %v, not %v", language, name, places, first)
			}
			values := map[string]string{"ref": "a", "party": "b", "tlp": "c", "me": "d", "team": "e"}
			if left := place.FindString(Fill(subject+text, values)); left != "" {
				t.Errorf("%s/%s: nothing fills %s", language, name, left)
			}
		}
	}
	for _, name := range []string{"", "none", "../en/ask", "ask\x00"} {
		if _, _, err := Text("en", name); !problem.Is(err, problem.NotFound) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestFillLooksOnce(t *testing.T) {
	got := Fill("Dear {party}, {me} {x}", map[string]string{"party": "{me}", "me": "Ada"})
	if got != "Dear {me}, Ada {x}" {
		t.Error(got)
	}
}
