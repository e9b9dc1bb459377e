package obligation

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
)

const head = "id = \"own\"\nname = \"Own\"\nsource = \"Order 1\"\nstatus = \"in force\"\n"

const track = "[[track]]\nid = \"incident\"\nname = \"Incident\"\n"

func stageText(lines ...string) string {
	return "[[track.stage]]\nid = \"notice\"\nname = \"Notice\"\n" + strings.Join(lines, "\n") + "\n"
}

// What is wrong in a law's file is told with its line.
func TestWrongLaws(t *testing.T) {
	good := stageText(`from = "aware"`, `within = "2 hours"`)
	for _, c := range []struct{ name, text, want string }{
		{"no TOML", "id = ", "own.toml:1: "},
		{"unknown key", head + "colour = \"red\"\n" + track + good, `own.toml:5: no law has "colour"`},
		{"unknown key of a stage", head + track + good + "whithin = \"1 hour\"\n", `own.toml:13: no law has "track.stage.whithin"`},
		{"no time", head + track + stageText(`from = "aware"`, `within = "a while"`), `own.toml:12: `},
		{"no anchor", head + track + stageText(`from = "noon"`, `within = "2 hours"`), `own.toml:11: `},
		{"nothing", "", "needs an id"},
		{"bad id", strings.Replace(head, "own", "Our Own", 1) + track + good, "own.toml:1: the law needs an id"},
		{"no name", strings.Replace(head, `"Own"`, `""`, 1) + track + good, "needs a name"},
		{"no source", strings.Replace(head, "Order 1", "", 1) + track + good, "needs a source"},
		{"bad status", strings.Replace(head, "in force", "soon", 1) + track + good, "own.toml:4: the status"},
		{"bad link", head + "link = \"javascript:1\"\n" + track + good, "own.toml:5: the link"},
		{"bad zone", head + "zone = \"Mars\"\n" + track + good, "own.toml:5: the zone"},
		{"ends before it begins", head + "valid_from = 2026-02-01\nvalid_until = 2026-01-01\n" + track + good, "own.toml:6: law own ends before"},
		{"no track", head, "needs a [[track]]"},
		{"no stage", head + track, "needs a [[track.stage]]"},
		{"no from", head + track + stageText(`within = "2 hours"`), "own.toml:9: stage notice of law own needs from"},
		{"no within", head + track + stageText(`from = "aware"`), "needs from (an anchor) and within"},
		{"half at_most", head + track + good + `at_most = { from = "aware" }`, "own.toml:13: at_most"},
		{"bad side", head + track + good + `by = "them"`, "own.toml:13: stage notice"},
		{"bad move", head + track + good + `moves = { to = "never" }`, "own.toml:13: stage notice"},
		{"no such fact", head + track + good + `when = "raining"`, `own.toml:13: stage notice of law own asks for the fact "raining"`},
		{"no such stage", head + track + stageText(`from = "submitted:other"`, `within = "1 hour"`), "own.toml:11: stage notice of law own waits for"},
		{"waits for itself", head + track + stageText(`from = "submitted:notice"`, `within = "1 hour"`), "waits for itself"},
		{"a ring", head + track + stageText(`from = "submitted:b"`, `within = "1 hour"`) + "[[track.stage]]\nid = \"b\"\nname = \"B\"\nfrom = \"submitted:notice\"\nwithin = \"1 hour\"\n", "waits for itself"},
		{"twice", head + track + good + good, `has the stage "notice" twice`},
		{"a track twice", head + track + good + track + good, `has the track "incident" twice`},
		{"too large", strings.Repeat("#", maxFile+1), "more than 256 KiB"},
		{"too many words", strings.Replace(head, `"Own"`, `"`+strings.Repeat("x", 600)+`"`, 1) + track + good, "more than 500 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("own.toml", []byte(c.text))
			if !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func TestOwnLaws(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := track + stageText(`from = "aware"`, `within = "2 hours"`)
	old := file("old.toml", head+"valid_until = 2026-06-30\n"+good)
	young := file("new.toml", head+"valid_from = 2026-07-01\n"+strings.Replace(good, "2 hours", "1 hour", 1))
	laws, err := Load([]string{old, young, file("gdpr.toml", strings.Replace(head, "own", "gdpr", 1)+good)})
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]int{"2020-01-01T00:00:00Z": 2, "2026-06-30T23:00:00Z": 2, "2026-07-01T00:00:00Z": 1, "2030-01-01T00:00:00Z": 1} {
		l, err := laws.Find("own", at(t, day))
		if err != nil || l.Tracks[0].Stages[0].Within.N != want || !l.Own {
			t.Errorf("on %s it is %+v, %v", day, l, err)
		}
	}
	if l, _ := laws.Find("own", at(t, "2026-07-01T00:00:00Z")); !l.Binds(at(t, "2026-07-01T00:00:00Z")) || l.Binds(at(t, "2026-06-30T23:00:00Z")) {
		t.Error("it binds on other days")
	}
	if l, _ := laws.Find("gdpr", time.Now()); l.Name != "Own" {
		t.Errorf("the team's own does not go before: %+v", l)
	}
	if _, _, err := laws.Duty("cra", time.Now()); !problem.Is(err, problem.NotFound) || !strings.Contains(err.Error(), "cra/vulnerability") {
		t.Error(err)
	}
	if _, err := Load([]string{old, file("other.toml", head+good)}); !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), "same days") {
		t.Error(err)
	}
	for _, missing := range []string{filepath.Join(dir, "none.toml"), dir} {
		if _, err := Load([]string{missing}); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", missing, err)
		}
	}
}

// A period that a law lets move ends with the next working day, or at its noon, and not on a holiday.
func TestMoves(t *testing.T) {
	zone, _ := time.LoadLocation(rome)
	for _, c := range []struct{ name, due, to, want string }{
		{"a Friday stays", "2026-10-23T10:00:00+02:00", ToEnd, "2026-10-23T10:00:00+02:00"},
		{"a Saturday to the end of Monday, over the change", "2026-10-24T10:00:00+02:00", ToEnd, "2026-10-27T00:00:00+01:00"},
		{"a Sunday to the noon of Monday", "2026-10-25T02:30:00+02:00", ToNoon, "2026-10-26T12:00:00+01:00"},
		{"over a holiday", "2026-12-26T10:00:00+01:00", ToEnd, "2026-12-30T00:00:00+01:00"},
	} {
		got, _ := Move{To: c.to}.apply(at(t, c.due), zone, []string{"2026-12-28"})
		if want := at(t, c.want); c.name == "over a holiday" && !got.Equal(at(t, "2026-12-30T00:00:00+01:00")) || c.name != "over a holiday" && !got.Equal(want) {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}

func TestSpans(t *testing.T) {
	for text, want := range map[string]string{"24h": "24 hours", "1 month": "1 month", "14days": "14 days", "0 hours": "0 hours", "30 minutes": "30 minutes"} {
		if s, err := ParseSpan(text); err != nil || s.String() != want {
			t.Errorf("%s: %s, %v", text, s, err)
		}
	}
	for _, wrong := range []string{"", "h", "-1 hours", "1", "1 year", "99999 days", "1.5 hours"} {
		if _, err := ParseSpan(wrong); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(head + track + stageText(`from = "aware"`, `within = "2 hours"`)))
	f.Add([]byte("[[track]]\n[[track.stage]]\nmet = [\"submitted:x\"]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := Parse("x", text)
		if err != nil && !problem.Is(err, problem.Invalid) {
			t.Fatal(err)
		}
		if err == nil {
			everywhere(l, time.Unix(1e9, 0), time.UTC, nil)
		}
	})
}
