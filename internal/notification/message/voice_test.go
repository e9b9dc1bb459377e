package message

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"text/template"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
)

const frame = `{{define "subject"}}s{{end}}{{define "generic"}}g{{end}}{{define "part"}}p{{end}}`

// own makes a folder of own texts from names and contents.
func own(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestOwnTextsGoFirst(t *testing.T) {
	dir := own(t, map[string]string{
		"fr/message.txt.tmpl": frame + "Bonjour {{.Organisation}}\n{{range .Sections}}{{.Title}} {{.Why}}\n{{end}}",
		"fr/advice.toml":      "[identifier.open-telnet]\none = \"a\"\nmany = \"telnets\"\nlike = \"login\"\nwhy = \"parce que\"\n",
	})
	r := renderer(t, Options{Dir: dir})
	l := letter(telnet())
	l.Language = "fr"
	if got := rendered(t, r, l); got.Text != "Bonjour Lakeside Broadband\nTelnets parce que\n" || !strings.HasSuffix(got.Subject, "] s") {
		t.Errorf("got %q, %q", got.Subject, got.Text)
	}
	l.Language = "en"
	if got := rendered(t, r, l); !strings.Contains(got.Text, "How to check") {
		t.Error("English changed too")
	}
}

func TestANewLanguage(t *testing.T) {
	dir := t.TempDir()
	wrote, err := WriteTemplates(dir)
	if err != nil || len(wrote) != 4 {
		t.Fatalf("%v, %v", wrote, err)
	}
	if err := os.Rename(filepath.Join(dir, "fr"), filepath.Join(dir, "fi")); err != nil {
		t.Fatal(err)
	}
	r := renderer(t, Options{Dir: dir, Default: "fi"})
	if got := rendered(t, r, letter(telnet())); !strings.Contains(got.Text, "Comment vérifier") {
		t.Error("the default is not the new language")
	}
	if err := os.WriteFile(filepath.Join(dir, "en", adviceFile), []byte("# mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if wrote, err = WriteTemplates(dir); err != nil || len(wrote) != 2 {
		t.Errorf("the second time it wrote %v, %v", wrote, err)
	}
	if raw, _ := os.ReadFile(filepath.Join(dir, "en", adviceFile)); string(raw) != "# mine" {
		t.Error("a file of the team's was overwritten")
	}
}

func TestBrokenOwnTextsAreRefused(t *testing.T) {
	loop := `{{define "a"}}{{template "b" .}}{{end}}{{define "b"}}{{template "a" .}}{{end}}{{template "a" .}}`
	tests := []struct{ name, file, text, want string }{
		{"syntax", "en/message.txt.tmpl", frame + "\n{{if}}", "en/message.txt.tmpl:2"},
		{"unknown field", "en/message.txt.tmpl", frame + "\n\n{{.Nothing}}", "en/message.txt.tmpl:3"},
		{"field of a row that is not there", "en/message.txt.tmpl", frame + "\n{{range .Sections}}{{range .Rows}}{{.Addr}}{{end}}{{end}}", "en/message.txt.tmpl:2"},
		{"no subject", "en/message.txt.tmpl", "hello", `{{define "subject"}} is missing`},
		{"unknown function", "en/message.txt.tmpl", frame + "\n{{env}}", "en/message.txt.tmpl:2"},
		{"counts up", "en/message.txt.tmpl", frame + "\n{{range 1000000000}}x{{end}}", "en/message.txt.tmpl:2"},
		{"counts up by a length", "en/message.txt.tmpl", frame + "\n{{$n := len .Sections}}{{range $n}}x{{end}}", "range goes over a field"},
		{"counts up by the dot", "en/message.txt.tmpl", frame + "\n{{with len .Sections}}{{range .}}x{{end}}{{end}}", "range goes over a field"},
		{"formats", "en/message.txt.tmpl", frame + "\n{{printf \"%999999d\" 1}}", "printf is not for letters"},
		{"doubles", "en/message.txt.tmpl", frame + "\n{{$x := \"a\"}}{{range .Sections}}{{$x = join $.Kinds $x}}{{end}}", "gets its value once"},
		{"includes itself", "en/message.txt.tmpl", frame + loop, "includes itself"},
		{"includes nothing", "en/message.txt.tmpl", frame + `{{template "x"}}`, "x"},
		{"half a language", "de/message.txt.tmpl", frame, "de/advice.toml cannot be read"},
		{"other half", "de/advice.toml", "", "[type.spam] is missing"},
		{"no language", "my texts/advice.toml", "", "not named for a language"},
		{"too large", "en/advice.toml", strings.Repeat("#\n", maxFile), "are the most"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{tt.file: tt.text}
			if tt.file == "de/advice.toml" {
				files["de/message.txt.tmpl"] = frame
			}
			_, err := New(Options{Dir: own(t, files)})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
	if _, err := New(Options{Dir: filepath.Join(t.TempDir(), "none")}); problem.KindOf(err) != problem.Invalid {
		t.Errorf("a folder that is not there: %v", err)
	}
	if _, err := New(Options{Default: "de"}); problem.KindOf(err) != problem.Invalid {
		t.Errorf("a default without texts: %v", err)
	}
}

func TestTheLimitOfTheText(t *testing.T) {
	r := renderer(t, Options{MaxText: 8 << 10})
	_, err := r.Render(t.Context(), letter(infections(60), telnet(), phish(), flooded()))
	if problem.KindOf(err) != problem.Invalid || !strings.Contains(err.Error(), "8192 bytes") {
		t.Errorf("got %v", err)
	}
}

// TestATemplateThatHangs is given up at its deadline, and not tried again.
func TestATemplateThatHangs(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	v := &voice{name: "xx"}
	v.letter = template.Must(template.New("xx").Funcs(template.FuncMap{"hang": func() string { <-release; return "" }}).Parse("{{hang}}"))
	for range 2 {
		start := time.Now()
		_, err := v.run(t.Context(), "xx", &view{}, 100, 20*time.Millisecond)
		if err == nil || !strings.Contains(err.Error(), "no longer used") || time.Since(start) > 2*time.Minute {
			t.Errorf("got %v", err)
		}
	}
}

// TestATemplateThatIsSlow ends at its next word after the deadline, and may try again: the machine may have been asleep.
func TestATemplateThatIsSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pause := 50 * time.Millisecond
		v := &voice{name: "xx"}
		v.letter = template.Must(template.New("xx").Funcs(template.FuncMap{"sleep": func() string { time.Sleep(pause); return "x" }}).Parse("{{sleep}}."))
		if _, err := v.run(t.Context(), "xx", &view{}, 100, 40*time.Millisecond); problem.KindOf(err) != problem.Unavailable {
			t.Errorf("got %v", err)
		}
		pause = 0
		if got, err := v.run(t.Context(), "xx", &view{}, 100, 10*time.Second); got != "x." || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

func TestWhoNoLongerWaits(t *testing.T) {
	r := renderer(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Render(ctx, letter(telnet())); problem.KindOf(err) != problem.Unavailable {
		t.Errorf("got %v", err)
	}
	rendered(t, r, letter(telnet())) // the voice is not spoilt by it
}
