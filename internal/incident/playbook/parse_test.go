package playbook

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/rsit"
)

// text makes a playbook of steps, each a line of YAML, with a text for each id named.
func text(steps string, ids ...string) string {
	out := "---\nid: own\nversion: 3\ntitle: {en: Own, fr: À nous}\nclasses: [fraud]\nsteps:\n" + steps + "---\n"
	for _, id := range ids {
		out += "## " + id + "\nDo *it*.\n"
	}
	return out
}

func TestParse(t *testing.T) {
	b, err := Parse([]byte(text("  - {id: a, title: First, role: liaison, due: 30m}\n  - {id: q, title: 'Really?', ask: true, due: 2h after a, needs: [a]}\n  - {id: c, title: x, when: {q: yes}, optional: true}\n", "a", "q", "c")))
	if err != nil {
		t.Fatal(err)
	}
	if b.ID != "own" || b.Version != 3 || b.Title != (Words{"Own", "À nous"}) || len(b.Classes) != 1 || b.Classes[0] != rsit.Fraud || len(b.Steps) != 3 || len(b.Digest) != 64 {
		t.Errorf("%+v", b)
	}
	a, q, c := b.Steps[0], b.Steps[1], b.Steps[2]
	if a.Due != (Due{In: 30 * time.Minute}) || a.Role != "liaison" || a.Title.FR != "First" || a.Text.EN != "Do *it*." {
		t.Errorf("a: %+v", a)
	}
	if q.Due != (Due{2 * time.Hour, "a"}) || !q.Ask || len(q.Needs) != 1 {
		t.Errorf("q: %+v", q)
	}
	if len(c.When) != 1 || c.When[0] != (Condition{"q", Yes}) || !c.Optional {
		t.Errorf("c: %+v", c)
	}
}

func TestTextsOfTwoLanguages(t *testing.T) {
	b, err := Parse([]byte(text("  - {id: a, title: x}\n") + "## a en\nDo.\n```\n## no heading\n```\n## a fr\nFaire.\n"))
	if err != nil || b.Steps[0].Text != (Words{"Do.\n```\n## no heading\n```", "Faire."}) {
		t.Errorf("%v, %+v", err, b.Steps)
	}
}

func TestRefused(t *testing.T) {
	a := "  - {id: a, title: x}\n"
	tests := []struct{ name, text, line, says string }{
		{"nothing", "", "line 1:", "begins with a line ---"},
		{"no front part", "# Ransomware", "line 1:", "begins with a line ---"},
		{"an empty front part", "---\n\n---\n", "line 1:", "empty"},
		{"no YAML", "---\nid: [\n---\n", "line 2:", "no YAML"},
		{"nothing of what is needed", "---\nversion: 1\n---\n", "line 2:", "id is missing"},
		{"a version that is none", strings.Replace(text(a, "a"), "version: 3", "version: x", 1), "line 3:", "whole number"},
		{"a key that is not known", strings.Replace(text(a, "a"), "version", "verzion", 1), "line 3:", `no key "verzion"`},
		{"a key twice", strings.Replace(text(a, "a"), "version: 3", "id: own", 1), "line 3:", "twice"},
		{"a class that is none", strings.Replace(text(a, "a"), "fraud", "frawd", 1), "line 5:", "no class"},
		{"a role that is none", text("  - {id: a, title: x, role: king}\n", "a"), "line 7:", "no role"},
		{"a due time that is none", text("  - {id: a, title: x, due: soon}\n", "a"), "line 7:", "30m"},
		{"two steps of one name", text(a+a, "a"), "line 8:", "two steps"},
		{"a step that is not there", text("  - {id: a, title: x, needs: [b]}\n", "a"), "line 7:", `names a step "b"`},
		{"a due time after a step that is not there", text("  - {id: a, title: x, due: 1h after b}\n", "a"), "line 7:", `names a step "b"`},
		{"an answer to what is no question", text(a+"  - {id: b, title: x, when: {a: yes}}\n", "a", "b"), "line 8:", "no question"},
		{"a step that waits for itself", text("  - {id: a, title: x, needs: [a]}\n", "a"), "line 7:", "a → a"},
		{"a loop", text("  - {id: a, title: x, needs: [c]}\n  - {id: b, title: x, needs: [a]}\n  - {id: c, title: x, due: 1h after b}\n", "a", "b", "c"), "line 7:", "a → c → b → a"},
		{"a step without text", text(a), "line 7:", "has no text"},
		{"a text for no step", text(a, "a", "b"), "line 11:", `no step "b"`},
		{"two texts", text(a, "a", "a"), "line 11:", "second text"},
		{"text before the first heading", text(a) + "Hello\n## a\nx\n", "line 9:", "before the first heading"},
		{"an anchor", strings.Replace(text(a, "a"), "id: own", "id: &x own", 1), "line 2:", "anchors"},
		{"an alias", strings.Replace(text(a, "a"), "id: own", "id: *x", 1), "line 2:", "anchors"},
		{"brackets in brackets", "---\nid: " + strings.Repeat("[", 5000) + "\n---\n", "line 2:", "deep"},
		{"dashes in dashes", "---\n" + strings.Repeat("- ", 5000) + "\n---\n", "line 2:", "list"},
		{"too many steps", text(strings.Repeat(a, MaxSteps+1), "a"), "line 7:", "may have"},
		{"no UTF-8", "---\nid: \xff\n---\n", "line 1:", "UTF-8"},
		{"too large", strings.Repeat("x", MaxSource+1), "line 1:", "KiB"},
		{"a front part that is too large", "---\n" + strings.Repeat("# x\n", maxFront) + "---\n", "line 1:", "KiB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse([]byte(tt.text))
			if !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), tt.line) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %s ... %s", err, tt.line, tt.says)
			}
		})
	}
}

// A bomb of references would be huge once written out: it is refused by its first mark, in no time.
func TestBombIsRefused(t *testing.T) {
	var b strings.Builder
	b.WriteString("---\na0: &a0 [x]\n")
	for i := range 20 {
		fmt.Fprintf(&b, "a%d: &a%d [%s*a%d]\n", i+1, i+1, strings.Repeat(fmt.Sprintf("*a%d, ", i), 9), i)
	}
	b.WriteString("---\n")
	if _, err := Parse([]byte(b.String())); !problem.Is(err, problem.Invalid) {
		t.Errorf("%v", err)
	}
}

// What comes with the program can be read, is in both languages, and has between 8 and 15 steps.
func TestShipped(t *testing.T) {
	shelf, err := NewShelf(nil)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{"ransomware": true, "phishing": true, "ddos": true, "account": true, "data-leak": true, "defacement": true}
	for _, b := range shelf.Books() {
		delete(want, b.ID)
		if len(b.Steps) < 8 || len(b.Steps) > 15 || !b.Shipped || len(b.Classes) == 0 {
			t.Errorf("%s: %d steps for %v", b.ID, len(b.Steps), b.Classes)
		}
		for _, w := range []Words{b.Title, b.About} {
			if w.EN == "" || w.FR == "" {
				t.Errorf("%s: not in both languages", b.ID)
			}
		}
		for _, s := range b.Steps {
			if s.Title.EN == "" || s.Title.FR == "" || len(s.Text.EN) < 60 || len(s.Text.FR) < 60 || s.Text.EN == s.Text.FR || s.Role == "" || s.Due.In == 0 {
				t.Errorf("%s: step %s is not whole", b.ID, s.ID)
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
}

func TestShelfOfTheTeam(t *testing.T) {
	good := text("  - {id: a, title: x}\n", "a")
	own := fstest.MapFS{"own.md": {Data: []byte(good)}, "notes.txt": {Data: []byte("x")}, "ddos.md": {Data: []byte(strings.Replace(good, "id: own", "id: ddos", 1))}}
	shelf, err := NewShelf(own)
	if err != nil {
		t.Fatal(err)
	}
	if b, ok := shelf.Book("ddos"); !ok || b.Shipped || b.Version != 3 {
		t.Errorf("the team's own does not take the place of the shipped one: %+v", b)
	}
	if _, ok := shelf.Book("own"); !ok || len(shelf.Books()) != 7 {
		t.Errorf("%d playbooks", len(shelf.Books()))
	}
	own["bad.md"], own["twice.md"] = &fstest.MapFile{Data: []byte("x")}, own["own.md"]
	if _, err := NewShelf(own); !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), "bad.md: line 1:") || !strings.Contains(err.Error(), "twice.md: line 1:") {
		t.Errorf("%v", err)
	}
}

func TestSuggest(t *testing.T) {
	shelf, err := NewShelf(nil)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		class      rsit.Class
		title, why string
		want       string
	}{
		{rsit.Fraud, "", "class", "phishing"}, {rsit.Availability, "Booter against the bank", "word", "ddos"}, {"", "RANSOM note at City Hospital", "word", "ransomware"}, {rsit.Test, "x", "", ""},
	}
	for _, tt := range tests {
		got := shelf.Suggest(tt.class, tt.title)
		if tt.want == "" && len(got) > 0 || tt.want != "" && (len(got) == 0 || got[0].Book.ID != tt.want || got[0].Why != tt.why || got[0].Word == "") {
			t.Errorf("%s %q: %+v", tt.class, tt.title, got)
		}
	}
}

func TestDiff(t *testing.T) {
	parse := func(s string) *Book {
		b, err := Parse([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return &b
	}
	from := parse(text("  - {id: a, title: x}\n  - {id: b, title: x}\n", "a", "b"))
	to := parse(text("  - {id: a, title: y, due: 1h}\n  - {id: c, title: x}\n", "a", "c"))
	if got := fmt.Sprint(Diff(from, to)); got != "[{changed a {y y} [title due]} {added c {x x} []} {removed b {x x} []}]" {
		t.Error(got)
	}
	if got := Diff(from, from); len(got) > 0 {
		t.Error(got)
	}
}

func TestApplying(t *testing.T) {
	b, err := Parse([]byte(text("  - {id: a, title: x, ask: true}\n  - {id: b, title: x, ask: true, when: {a: yes}}\n  - {id: c, title: x, when: {b: no}}\n", "a", "b", "c")))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		answers map[string]Answer
		want    string
	}{
		{nil, "map[a:true b:false c:false]"},
		{map[string]Answer{"a": Yes}, "map[a:true b:true c:false]"},
		{map[string]Answer{"a": Yes, "b": No}, "map[a:true b:true c:true]"},
		{map[string]Answer{"a": No, "b": No}, "map[a:true b:false c:false]"},
	} {
		if got := fmt.Sprint(b.applying(tt.answers)); got != tt.want {
			t.Errorf("%v: %s", tt.answers, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(text("  - {id: a, title: x, due: 30m, needs: [b]}\n  - {id: b, title: x, ask: true}\n", "a", "b"))
	f.Add("---\nid: [\n---\n## a")
	f.Add("---\n- - - - a\n? b\n: &c *c\n---\n")
	f.Fuzz(func(t *testing.T, text string) {
		b, err := Parse([]byte(text))
		switch {
		case err != nil && (!problem.Is(err, problem.Invalid) || !strings.HasPrefix(err.Error(), "line ")):
			t.Errorf("%q: %v", text, err)
		case err == nil && (b.ID == "" || len(b.Steps) == 0 || len(b.Steps) > MaxSteps):
			t.Errorf("%q gives %+v", text, b)
		}
	})
}
