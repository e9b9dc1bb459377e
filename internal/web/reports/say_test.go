package reports

import (
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/web/words"
)

func TestReasonsAreSaid(t *testing.T) {
	ctx := words.With(t.Context(), words.French)
	got := reason(ctx, triage.Reason{Code: "similar.indicator", Args: []string{"url", "http://evil.example/", "3"}})
	if want := "Les deux nomment http://evil.example/ (dans 3 autres signalements)."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := reason(ctx, triage.Reason{Code: "unknown.code", Args: []string{"x"}}); got != "unknown.code x" {
		t.Errorf("a code without words is said %q", got)
	}
}

func TestPiecesHoldTheWholeText(t *testing.T) {
	text := "Look at hxxp://evil[.]com/a\nand 8.8.8.8, é \u200b end"
	var whole strings.Builder
	values := 0
	for _, p := range pieces(text, false) {
		whole.WriteString(p.text)
		if p.value != "" {
			values++
		}
	}
	if whole.String() != text || values != 2 {
		t.Errorf("%d indicators in %q", values, whole.String())
	}
	if got := pieces(text, true); len(got) != 1 || got[0].value != "" {
		t.Error("what is quarantined leads nowhere")
	}
}

func TestEveryMoveOfAPersonIsShown(t *testing.T) {
	for _, m := range incident.Moves() {
		if _, ok := infoOf(m.Name); m.By == incident.Person && !ok {
			t.Errorf("no button makes the move %s", m.Name)
		}
	}
	keys := map[string]incident.MoveName{}
	for _, m := range moves {
		if m.key != "" && keys[m.key] != "" {
			t.Errorf("%s means %s and %s", m.key, m.name, keys[m.key])
		}
		keys[m.key] = m.name
	}
}

func TestMovedURL(t *testing.T) {
	moved := incident.Moved{Moved: []string{"a", "b"}}
	cases := []struct {
		back string
		move incident.MoveName
		want string
	}{
		{queue, incident.Reject, "/reports?did=reject&moved=a+b"},
		{"door:mail", incident.Test, "/reports?q=door%3Amail&did=test&moved=a+b"},
		{queue, incident.Link, "/reports?did=link&moved=a+b&of=i"},
		{queue, incident.OpenOne, "/reports"},
	}
	for _, c := range cases {
		if got := movedURL(c.back, c.move, "i", moved); got != c.want {
			t.Errorf("after %s: %s, want %s", c.move, got, c.want)
		}
	}
}
