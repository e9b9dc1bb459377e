package mime

import (
	"html"
	"net/url"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	xhtml "golang.org/x/net/html"
)

// policy lets words and their order through, and nothing that loads, runs, sends, hides or looks like a part of our own page. Styles, classes
// and ids go: what a style hid can be read.
var policy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "div", "span", "blockquote", "pre", "code", "tt", "ul", "ol", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tfoot",
		"tr", "td", "th", "caption", "b", "i", "u", "s", "strong", "em", "small", "sub", "sup", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "address", "center")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("alt").OnElements("img")
	p.AllowAttrs("colspan", "rowspan").Matching(bluemonday.Integer).OnElements("td", "th")
	p.AllowAttrs("dir").Matching(bluemonday.Direction).Globally()
	p.AllowURLSchemes("http", "https", "mailto", "ftp", "tel")
	p.AllowNoAttrs().OnElements("a", "img")
	p.AddSpaceWhenStrippingTag(true)
	return p
})

// maxTag bounds the nesting of what is let through: programs that show pages have limits too.
const maxTag = 100

// harmless makes a page that can be shown among ours: nothing remote, no forms, no scripts, no styles. A link is its words and, in a code
// element, the place where it really leads; nobody can follow it by a slip. A picture is its alternative text.
func harmless(page string) string {
	z := xhtml.NewTokenizer(strings.NewReader(policy().Sanitize(fit(page))))
	w := &writer{}
	for {
		kind := z.Next()
		if kind == xhtml.ErrorToken {
			w.closeAll()
			return strings.TrimSpace(w.out.String())
		}
		w.token(kind, z.Token())
	}
}

// writer writes tokens, with every element closed that is opened and none that is not.
type writer struct {
	out  strings.Builder
	open []string
	href string
}

func (w *writer) token(kind xhtml.TokenType, t xhtml.Token) {
	switch {
	case kind == xhtml.TextToken:
		w.out.WriteString(html.EscapeString(t.Data))
	case t.Data == "a":
		w.link(kind, t)
	case t.Data == "img":
		if alt := attr(t, "alt"); alt != "" {
			w.out.WriteString("<em>[" + html.EscapeString(line(alt)) + "]</em>")
		}
	case kind == xhtml.SelfClosingTagToken || t.Data == "br" || t.Data == "hr":
		if kind != xhtml.EndTagToken {
			w.out.WriteString("<" + t.Data + ">")
		}
	case kind == xhtml.StartTagToken && len(w.open) < maxTag:
		w.out.WriteString(t.String())
		w.open = append(w.open, t.Data)
	case kind == xhtml.EndTagToken:
		w.close(t.Data)
	}
}

// close closes an element and what was left open within; an end without a beginning is passed over.
func (w *writer) close(name string) {
	for i := len(w.open) - 1; i >= 0; i-- {
		if w.open[i] != name {
			continue
		}
		for len(w.open) > i {
			w.out.WriteString("</" + w.open[len(w.open)-1] + ">")
			w.open = w.open[:len(w.open)-1]
		}
		return
	}
}

func (w *writer) closeAll() {
	w.link(xhtml.EndTagToken, xhtml.Token{})
	for len(w.open) > 0 {
		w.close(w.open[len(w.open)-1])
	}
}

// link writes behind a link's words where it leads.
func (w *writer) link(kind xhtml.TokenType, t xhtml.Token) {
	if w.href != "" {
		w.out.WriteString(" <code>&lt;" + html.EscapeString(w.href) + "&gt;</code>")
	}
	w.href = ""
	if kind == xhtml.StartTagToken {
		w.href = target(attr(t, "href"))
	}
}

// target is where a link leads, as a program would go there: a host's look-alike letters show as xn--, an address is without its disguise.
func target(href string) string {
	href = strings.TrimSpace(strings.Map(func(c rune) rune {
		if c == '\n' || c == '\t' {
			return -1
		}
		return c
	}, href))
	if u, err := url.Parse(href); err == nil && u.Host != "" {
		href = u.String()
	}
	return cutText(line(href), 2000)
}

func attr(t xhtml.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
