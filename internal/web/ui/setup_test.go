package ui

import (
	"context"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"github.com/firehall/firehall/internal/web/words"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// hostile breaks out of text, of attributes in either quotes, and of scripts, where it is not escaped.
const hostile = `</textarea></script><script>alert(1)</script>"'><img src=x onerror=alert(1)> javascript:alert(1) {{7*7}}`

// at is a page's context: noon, in a zone two hours ahead.
func at(t testing.TB, path string) context.Context {
	u, err := url.Parse(path)
	if err != nil {
		t.Fatal(err)
	}
	return With(t.Context(), View{Now: noon, Zone: time.FixedZone("EET", 7200), URL: u})
}

// show renders a part, and holds it to what every part must keep.
func show(t *testing.T, ctx context.Context, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(ctx, &b); err != nil {
		t.Fatal(err)
	}
	strict(t, b.String())
	return b.String()
}

var handler = regexp.MustCompile(`^on[a-z]+$`)

// strict fails the test on what the content policy forbids, on an element that a text brought in, and on a link that runs a script.
func strict(t *testing.T, text string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Data == "script" || n.Data == "style" || n.Data == "img" {
			t.Errorf("a <%s> came in: %s", n.Data, text)
		}
		for _, a := range n.Attr {
			value := strings.TrimSpace(strings.ToLower(a.Val))
			if a.Key == "style" || handler.MatchString(a.Key) || (a.Key == "href" || a.Key == "action" || a.Key == "formaction") && strings.HasPrefix(value, "javascript:") {
				t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
			}
		}
	}
}

// plain is what a part says without its elements.
func plain(text string) string {
	root, _ := html.Parse(strings.NewReader(text))
	var b strings.Builder
	for n := range root.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// both calls f in each language.
func both(t *testing.T, path string, f func(t *testing.T, ctx context.Context)) {
	for _, lang := range words.Langs() {
		t.Run(string(lang), func(t *testing.T) { f(t, words.With(at(t, path), lang)) })
	}
}
