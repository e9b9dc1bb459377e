// Package markdown turns what people write in Markdown (CommonMark, with tables) into HTML that does no harm.
//
// The text may be hostile, though a colleague wrote it: they paste. HTML in it is left out, nothing is loaded from elsewhere (no pictures, no
// styles), links lead to the web and to mailboxes alone, and headings begin beneath those of the page.
package markdown

import (
	"bytes"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"github.com/firehall/firehall/internal/core/problem"
)

// MaxText bounds a text, in bytes. The rest of a longer one is left out, and the HTML ends with an ellipsis.
const MaxText = 256 << 10

// maxNesting bounds how deep quotes and lists lie in each other: what is deeper nobody reads, and it makes HTML that browsers are slow with.
const maxNesting = 32

// converter reads Markdown; without the option for raw HTML it leaves HTML out.
var converter = sync.OnceValue(func() goldmark.Markdown {
	return goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough))
})

// policy says what may stand in the HTML. It is the second wall: the converter already writes nothing else.
var policy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "del",
		"table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto", "tel")
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(true)
	p.RequireNoReferrerOnLinks(true)
	p.RequireNoFollowOnLinks(true)
	return p
})

// HTML gives the text as HTML. It never fails: a text that cannot be read is given as it is, escaped.
func HTML(text string) string {
	cut := false
	if len(text) > MaxText {
		text, cut = strings.ToValidUTF8(text[:MaxText], ""), true
	}
	var b bytes.Buffer
	if err := convert(flatten(text), &b); err != nil {
		return "<pre>" + bluemonday.StrictPolicy().Sanitize(text) + "</pre>"
	}
	out := policy().Sanitize(lower.Replace(b.String()))
	if cut {
		out += "<p>…</p>"
	}
	return out
}

func convert(text string, b *bytes.Buffer) error {
	return problem.Wrap(problem.Invalid, converter().Convert([]byte(text), b), "read the Markdown")
}

// lower makes the headings of a text lie beneath those of the page.
var lower = strings.NewReplacer("<h1>", "<h3>", "</h1>", "</h3>", "<h2>", "<h3>", "</h2>", "</h3>")

// flatten takes away what nests a line deeper than anybody reads.
func flatten(text string) string {
	if !strings.Contains(text, strings.Repeat(">", maxNesting)) && !strings.Contains(text, strings.Repeat("> ", maxNesting)) &&
		!strings.Contains(text, strings.Repeat("- ", maxNesting)) && !strings.Contains(text, strings.Repeat("* ", maxNesting)) {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if marks := strings.TrimLeft(line, "> -*+\t"); len(line)-len(marks) > 2*maxNesting {
			lines[i] = marks
		}
	}
	return strings.Join(lines, "\n")
}
