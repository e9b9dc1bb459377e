package markdown

import (
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestHTML(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"a paragraph", "a *b* **c** `d`", "<p>a <em>b</em> <strong>c</strong> <code>d</code></p>\n"},
		{"headings lie beneath the page's", "# a\n\n## b", "<h3>a</h3>\n<h3>b</h3>\n"},
		{"a list", "- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"},
		{"a link", "[a](https://example.org/)", `<p><a href="https://example.org/" rel="nofollow noreferrer">a</a></p>` + "\n"},
		{"a link within", "[a](/incidents)", `<p><a href="/incidents" rel="nofollow noreferrer">a</a></p>` + "\n"},
		{"a script as link", "[a](javascript:alert(1))", "<p>a</p>\n"},
		{"data as link", "[a](data:text/html,x)", "<p>a</p>\n"},
		{"a picture is not loaded", "![a](https://evil.example/x.png)", "<p></p>\n"},
		{"HTML is left out", "a<script>alert(1)</script>b", "<p>aalert(1)b</p>\n"},
		{"code is not run", "`<script>`", "<p><code>&lt;script&gt;</code></p>\n"},
		{"an address is no link", "see https://evil.example/", "<p>see https://evil.example/</p>\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := HTML(tt.text); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// What is meant to keep the reader busy is done soon, and is bounded.
func TestBombs(t *testing.T) {
	for _, text := range []string{
		strings.Repeat(">", 100_000), strings.Repeat("> ", 100_000), strings.Repeat("[", 100_000), strings.Repeat("*a ", 100_000), strings.Repeat("`", 100_000),
		strings.Repeat("- ", 100_000), strings.Repeat("a|", 50_000) + "\n" + strings.Repeat("-|", 50_000), strings.Repeat("x", 2*MaxText),
	} {
		began := worked(t)
		got := HTML(text)
		if took := worked(t) - began; took > 20*time.Second || len(got) > 30*MaxText {
			t.Errorf("%.10q took %s and gives %d bytes", text, took, len(got))
		}
	}
}

// worked is the time of processors that this process has had: on a busy machine the clock says nothing about a function.
func worked(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func FuzzHTML(f *testing.F) {
	f.Add("# a\n<b onclick=x>[a](javascript:x) ![x](y)")
	f.Add("a | b\n--|--\n1 | 2")
	f.Fuzz(func(t *testing.T, text string) {
		got := strings.ToLower(HTML(text))
		for _, bad := range []string{"<script", "<img", "<style", "<iframe", `href="javascript:`, "<svg"} {
			if strings.Contains(got, bad) {
				t.Errorf("%q gives %q", text, got)
			}
		}
	})
}
