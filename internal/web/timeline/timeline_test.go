package timeline

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

func TestSays(t *testing.T) {
	en, fr := context.Background(), words.With(context.Background(), words.French)
	names := Names{People: map[string]string{"a1": "Ada"}, Stage: func(law, stage, lang string) string {
		return map[string]string{"NIS2 final en": "final report", "NIS2 final fr": "rapport final"}[law+" "+stage+" "+lang]
	}}
	brussels, err := time.LoadLocation("Europe/Brussels")
	if err != nil {
		t.Fatal(err)
	}
	en, fr = ui.With(en, ui.View{Zone: brussels}), ui.With(fr, ui.View{Zone: brussels})
	entry := func(code string, args ...string) *incident.Entry {
		e := &incident.Entry{Code: code, Args: map[string]string{}}
		for i := 0; i+1 < len(args); i += 2 {
			e.Args[args[i]] = args[i+1]
		}
		return e
	}
	for name, tt := range map[string]struct {
		ctx  context.Context
		e    *incident.Entry
		want string
	}{
		"written":                {en, &incident.Entry{Text: "They came in."}, "They came in."},
		"a report":               {en, entry("report.linked", "ref", "R-1"), "linked report R-1"},
		"in French":              {fr, entry("report.linked", "ref", "R-1"), "a rattaché le signalement R-1"},
		"from before":            {en, entry("report.linked"), "linked a report"},
		"an account":             {en, entry("member.added", "account", "a1"), "let Ada see the incident"},
		"an unknown account":     {en, entry("member.added", "account", "a2"), "let a2 see the incident"},
		"a severity":             {en, entry("incident.severity", "to", "high"), "set the severity to high"},
		"a place in an argument": {en, entry("lesson.well", "what", "{ref} {what}"), "noted what went well: {ref} {what}"},
		"a time and a stage":     {en, entry("clock.overdue", "law", "NIS2", "stage", "final", "time", "2026-10-25T00:30:00Z"), "overdue under NIS2: final report, since 2026-10-25 02:30 CEST"},
		"the same in French":     {fr, entry("clock.overdue", "law", "NIS2", "stage", "final", "time", "2026-10-25T01:30:00Z"), "en retard selon NIS2\u00a0: rapport final, depuis 2026-10-25 02:30 CET"},
		"an unknown stage":       {en, entry("clock.withdrawn", "law", "Own", "stage", "first"), "withdrew the record of a submission under Own: first"},
		"a playbook":             {fr, entry("task.upgraded", "title", "Ransomware / Rançongiciel", "version", "2"), "a continué avec la version 2 du plan «\u00a0Rançongiciel\u00a0»"},
		"a task":                 {en, entry("task.done", "title", "Ask A / B"), "did: “Ask A / B”"},
		"an anchor":              {en, entry("clock.anchor", "anchor", "aware", "time", "x"), "stated when: they became aware, x"},
		"no such code":           {en, entry("x.y", "b", "2", "a", "1"), "x.y 1 2"},
	} {
		if got := names.Says(tt.ctx, tt.e); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// told are the codes with which the rooms tell the timeline, or the beginnings of those that they put together.
func told(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	code := regexp.MustCompile(`(?:\bEntry\{[^}]*?\bCode:\s*|\btold\w*\([^"\n]*|\.tell\([^"\n]*)"([a-z]+\.[a-z.-]*)"`)
	err := filepath.WalkDir("../../incident", func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := os.ReadFile(name)
		for _, m := range code.FindAllStringSubmatch(string(text), -1) {
			out[m[1]] = name
		}
		return err
	})
	if err != nil || len(out) < 15 {
		t.Fatalf("%d codes, %v", len(out), err)
	}
	return out
}

// Each code that a room tells the timeline has words in each language; of those that are put together, some.
func TestEachCodeHasWords(t *testing.T) {
	all, err := os.ReadFile("../words/en/timeline.toml")
	if err != nil {
		t.Fatal(err)
	}
	for code, where := range told(t) {
		if strings.HasSuffix(code, ".") || strings.HasSuffix(code, "-") {
			if !strings.Contains(string(all), `"timeline.`+code) {
				t.Errorf("%s: no text begins with timeline.%s", where, code)
			}
			continue
		}
		if !words.Has("timeline." + code) {
			t.Errorf("%s: there is no text timeline.%s in words/en and words/fr", where, code)
		}
	}
}

func TestHarmless(t *testing.T) {
	for _, s := range []string{"=1", "+1", "-1", "@x", "\tx", "＝1"} {
		if got := harmless(s); !strings.HasPrefix(got, "'") {
			t.Errorf("%q", got)
		}
	}
	if harmless("x=1") != "x=1" || harmless("") != "" || stamp(time.Time{}) != "" {
		t.Error("what is harmless was changed")
	}
}
