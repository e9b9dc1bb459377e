package mime

import (
	"strings"
	"testing"
	"testing/quick"

	xhtml "golang.org/x/net/html"
)

func TestPagesAreHarmless(t *testing.T) {
	for name, tt := range map[string]struct{ in, want string }{
		"script":            {`a<script>alert(1)</script>b`, `ab`},
		"handler":           {`<p onclick="x()">a</p>`, `<p>a</p>`},
		"picture":           {`<img src="https://evil.example/p.gif" alt="logo">`, `<em>[logo]</em>`},
		"pixel":             {`<img src=https://evil.example/p.gif width=1>a`, `a`},
		"link":              {`<a href="https://evil.example/login">https://bank.example</a>`, `https://bank.example <code>&lt;https://evil.example/login&gt;</code>`},
		"link to a script":  {`<a href="javascript:alert(1)">x</a>`, `x`},
		"link without end":  {`<a href="https://e.example/">x`, `x <code>&lt;https://e.example/&gt;</code>`},
		"form":              {`<form action=https://e.example><input name=p><button>go</button></form>`, `go`},
		"hidden by style":   {`<div style="display:none">secret</div>`, `<div>secret</div>`},
		"style sheet":       {`<style>p{background:url(https://e.example)}</style><p>a</p>`, `<p>a</p>`},
		"frame":             {`<iframe src=https://e.example></iframe>a`, `a`},
		"svg":               {`<svg onload=alert(1)><a xlink:href="x">y</a></svg>`, `y`},
		"base and meta":     {`<base href=https://e.example><meta http-equiv=refresh content=0>a`, `a`},
		"end without begin": {`</div></section><p>a`, `<p>a</p>`},
		"crossed":           {`<b><i>a</b></i>`, `<b><i>a</i></b>`},
		"comment":           {`a<!--[if mso]><img src=x><![endif]-->b`, `ab`},
		"entity":            {`&lt;script&gt;`, `&lt;script&gt;`},
		"class and id":      {`<p class=nav id=main>a</p>`, `<p>a</p>`},
		"table background":  {`<table background=https://e.example><tr><td colspan=2>a</td></tr></table>`, `<table><tr><td colspan="2">a</td></tr></table>`},
	} {
		t.Run(name, func(t *testing.T) {
			got := strings.Join(strings.Fields(harmless(tt.in)), " ")
			if got != tt.want {
				t.Errorf("%s\nwant %s", got, tt.want)
			}
		})
	}
}

// mustBeHarmless fails where a page still holds something that acts.
func mustBeHarmless(t *testing.T, page string) {
	t.Helper()
	z := xhtml.NewTokenizer(strings.NewReader(page))
	for z.Next() != xhtml.ErrorToken {
		tok := z.Token()
		if tok.Type == xhtml.TextToken {
			continue
		}
		switch tok.Data {
		case "script", "style", "img", "a", "iframe", "form", "input", "object", "embed", "link", "meta", "base", "svg", "math":
			t.Fatalf("%s is left in %q", tok.Data, page)
		}
		for _, a := range tok.Attr {
			if a.Key != "colspan" && a.Key != "rowspan" && a.Key != "dir" {
				t.Fatalf("attribute %s is left in %q", a.Key, page)
			}
		}
	}
}

func TestAnyPageIsHarmless(t *testing.T) {
	pieces := []string{"<", ">", "a", "script", "/", "=", "\"", "'", "img src=x ", "<a href=http://x>", "</a>", "<!--", "-->", "&lt;", "<style>", " on=1", "\x00", "<svg", "<p>"}
	if err := quick.Check(func(choice []uint8) bool {
		var b strings.Builder
		for _, c := range choice {
			b.WriteString(pieces[int(c)%len(pieces)])
		}
		mustBeHarmless(t, harmless(b.String()))
		return true
	}, nil); err != nil {
		t.Error(err)
	}
}

func TestTextOfPages(t *testing.T) {
	for name, tt := range map[string]struct{ in, want string }{
		"paragraphs":      {"<p>one</p>\n<p>two\nthree</p>", "one\n\ntwo three"},
		"breaks":          {"one<br>two<br/>three", "one\ntwo\nthree"},
		"list":            {"<ul><li>a</li><li>b</li></ul>c", "- a\n- b\n\nc"},
		"quotation":       {"a<blockquote>b<blockquote>c</blockquote></blockquote>d", "a\n\n> b\n\n> > c\n\nd"},
		"link":            {`see <a href="https://x.example/a">here</a>.`, "see here <https://x.example/a>."},
		"link is itself":  {`<a href="https://x.example/">https://x.example</a>`, "https://x.example"},
		"mail link":       {`<a href="mailto:a@b.example">a@b.example</a>`, "a@b.example"},
		"table":           {"<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"},
		"script":          {"a<script>var x='<p>'</script><style>p{}</style>b", "ab"},
		"pre":             {"<pre>a\n  b</pre>c", "a\n  b\n\nc"},
		"entities":        {"a&amp;b&nbsp;c &lt;d&gt;", "a&b c <d>"},
		"inline elements": {"a<b>b</b>c <i>d</i>", "abc d"},
		"picture":         {`<img src=x alt="map">`, "[map]"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := TextOf(tt.in); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestQuotation(t *testing.T) {
	got := Quotation("own\n> one\n>> two\n> > two\nown again")
	want := []Piece{{0, "own\n"}, {1, "one\n"}, {2, "two\ntwo\n"}, {0, "own again"}}
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%d: %+v", i, got[i])
		}
	}
}
