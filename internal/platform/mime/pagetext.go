package mime

import (
	"strings"

	xhtml "golang.org/x/net/html"
)

// maxQuote bounds the depth of quotation that is shown.
const maxQuote = 10

// TextOf takes the words out of a page: paragraphs stay apart, what is quoted begins with ">", a link's target stands behind its words.
func TextOf(page string) string {
	z := xhtml.NewTokenizer(strings.NewReader(page))
	w := &wordWriter{fresh: true}
	for {
		kind := z.Next()
		if kind == xhtml.ErrorToken {
			w.endLink()
			return strings.TrimRight(fit(w.out.String()), "\n ")
		}
		t := z.Token()
		switch kind {
		case xhtml.TextToken:
			w.text(t.Data)
		case xhtml.StartTagToken, xhtml.SelfClosingTagToken:
			w.start(t)
		case xhtml.EndTagToken:
			w.end(t.Data)
		}
	}
}

// wordWriter writes words line by line.
type wordWriter struct {
	out    strings.Builder
	fresh  bool   // nothing stands in the line yet
	breaks int    // line ends before the next word
	space  bool   // a blank before the next word
	quote  int    // depth
	pre    bool   // blanks count
	mute   string // the element whose content is no text
	href   string
	linked strings.Builder // the words of the link
}

func (w *wordWriter) start(t xhtml.Token) {
	if w.mute != "" {
		return
	}
	switch t.Data {
	case "script", "style", "title", "template":
		w.mute = t.Data
	case "br":
		w.breaks++
	case "p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "pre", "blockquote":
		w.paragraph()
		w.pre = w.pre || t.Data == "pre"
		if t.Data == "blockquote" {
			w.quote++
		}
	case "div", "tr", "dt", "dd", "section", "article", "header", "footer", "hr":
		w.newLine()
	case "li":
		w.newLine()
		w.word("-")
		w.space = true
	case "td", "th":
		w.space = true
	case "img":
		if alt := line(attr(t, "alt")); alt != "" {
			w.text("[" + alt + "]")
		}
	case "a":
		w.endLink()
		w.href = target(attr(t, "href"))
	}
}

func (w *wordWriter) end(name string) {
	if w.mute != "" {
		if w.mute == name {
			w.mute = ""
		}
		return
	}
	switch name {
	case "p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol":
		w.paragraph()
	case "pre":
		w.pre = false
		w.paragraph()
	case "blockquote":
		w.paragraph()
		w.quote = max(0, w.quote-1)
	case "div", "tr", "li":
		w.newLine()
	case "a":
		w.endLink()
	}
}

func (w *wordWriter) newLine() {
	if !w.fresh {
		w.breaks = max(w.breaks, 1)
	}
}

func (w *wordWriter) paragraph() {
	if !w.fresh {
		w.breaks = max(w.breaks, 2)
	}
}

// text writes words; outside of pre any blanks are one.
func (w *wordWriter) text(s string) {
	if w.mute != "" {
		return
	}
	if w.pre {
		for i, l := range strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
			if i > 0 {
				w.breaks++
			}
			if l != "" {
				w.word(l)
			}
		}
		return
	}
	w.space = w.space || s != "" && strings.TrimLeft(s, " \t\r\n\f") != s
	for i, f := range strings.Fields(s) {
		w.space = w.space || i > 0
		w.word(f)
	}
	w.space = w.space || s != "" && strings.TrimRight(s, " \t\r\n\f") != s
}

func (w *wordWriter) word(s string) {
	if w.breaks > 0 && w.out.Len() > 0 {
		w.out.WriteString(strings.Repeat("\n", min(w.breaks, 2)))
		w.fresh = true
	}
	if w.fresh && w.quote > 0 {
		w.out.WriteString(strings.Repeat("> ", min(w.quote, maxQuote)))
	}
	if w.space && !w.fresh {
		w.out.WriteByte(' ')
	}
	w.out.WriteString(s)
	if w.href != "" && w.linked.Len() < 4000 {
		w.linked.WriteString(s)
	}
	w.fresh, w.space, w.breaks = false, false, 0
}

// endLink writes where a link leads, unless its words say so.
func (w *wordWriter) endLink() {
	href := w.href
	w.href = ""
	words := strings.TrimSuffix(w.linked.String(), "/")
	w.linked.Reset()
	if href == "" || strings.HasPrefix(href, "#") || words == strings.TrimSuffix(href, "/") || "mailto:"+words == href {
		return
	}
	w.space = true
	w.word("<" + href + ">")
}

// Piece is a stretch of a text that is quoted equally deep.
type Piece struct {
	Depth int    // 0 for the sender's own words
	Text  string // without the marks
}

// Quotation cuts a text where the depth of its quotation changes, so that a page can show a sender's own words first.
func Quotation(text string) (out []Piece) {
	for l := range strings.Lines(text) {
		depth, rest := 0, l
		for strings.HasPrefix(rest, ">") {
			depth++
			rest = strings.TrimPrefix(rest[1:], " ")
		}
		if n := len(out); n > 0 && out[n-1].Depth == depth {
			out[n-1].Text += rest
			continue
		}
		if len(out) == 1000 { // somebody plays: the rest is one piece
			out[999].Text += rest
			continue
		}
		out = append(out, Piece{depth, rest})
	}
	return out
}
