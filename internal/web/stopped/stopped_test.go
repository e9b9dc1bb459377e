package stopped

import (
	"errors"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/release/leak"
	"github.com/firehall/firehall/internal/web/words"
)

// What stopped a letter is said in the language of who wrote it, each state and each outcome.
func TestWhatStoppedItIsSaidInTheReadersLanguage(t *testing.T) {
	n := leak.NewNames()
	n.Add(leak.Organisation, "City Hospital")
	places := leak.Check(leak.Content{Subject: "City Hospital", Text: "\ncity-hospital", Files: []leak.File{{Name: "x.png", MediaType: "image/png", Data: []byte("\x89PNG\r\n\x1a\n\x00")}}}, n)
	fr, en := words.With(t.Context(), words.French), words.With(t.Context(), words.English)
	for _, state := range release.Stops() {
		err := problem.New(problem.Conflict, "nothing left: %w", &release.Leaking{ID: "01abc", State: state, Places: places})
		for _, want := range []string{"l’objet", "la victime, une organisation « City Hospital »", "ligne 2", "« city-hospital »", "pièce jointe 1, x.png", "Rien n’est parti"} {
			if got := Words(fr, err); !strings.Contains(got, want) || strings.Contains(got, "stopped.") {
				t.Errorf("%s lacks %q: %s", state, want, got)
			}
		}
		if got := Words(en, err); !strings.Contains(got, "the subject") || strings.Contains(got, "stopped.") {
			t.Errorf("%s: %s", state, got)
		}
	}
	for _, outcome := range release.Outcomes() {
		err := problem.New(problem.Conflict, "%w", &release.NotAllowed{Decision: release.Decision{Rule: "no-consent", Outcome: outcome, Reason: "Who reported it did not agree."}})
		if got := Words(fr, err); !strings.HasPrefix(got, "L’auteur du signalement n’a pas consenti. ") || strings.Contains(got, "stopped.") {
			t.Errorf("%s: %s", outcome, got)
		}
		if got := Words(en, err); !strings.Contains(got, "Who reported it did not agree.") {
			t.Error(got)
		}
	}
	let := release.Decision{Rule: "own-network", Outcome: release.Allowed, Reason: "It is about their own network."}
	if got := Reason(fr, let); !strings.HasSuffix(got, "Cela peut partir.") || Reason(en, let) != let.Reason {
		t.Errorf("what goes: %s", got)
	}
	if Words(fr, errors.New("x")) != "x" || Words(fr, nil) != "" {
		t.Error("other errors say themselves")
	}
	many := Words(fr, &release.Leaking{Places: append(append(places, places...), places...)})
	if !strings.Contains(many, "et 4 autres") || !strings.Contains(many, "laissez le fichier de côté") {
		t.Error(many)
	}
}
