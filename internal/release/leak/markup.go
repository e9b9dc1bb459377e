package leak

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
)

// inline are the elements that part no word, of HTML and of the usual office documents.
var inline = set(`a abbr b bdi bdo big cite code data del dfn em font i ins kbd label mark q s samp small span strong strike sub sup time tt u var wbr
w:r w:t w:rpr w:prooferr w:noproof w:lang w:b w:i w:bookmarkstart w:bookmarkend text:span a:r a:t a:rpr t r rpr tspan`)

// markup looks through HTML or XML: its text without the tags, each attribute and comment, and then all as it stands.
func (s *search) markup(at Place, text string) {
	since := len(s.found)
	s.elements(at, text)
	for _, l := range s.found[since:] {
		if s.mute == nil {
			s.mute = map[string]bool{}
		}
		s.mute[l.key()] = true
	}
	s.plain(at, text)
	s.mute = nil
}

func (s *search) elements(at Place, text string) {
	z := html.NewTokenizer(strings.NewReader(text))
	w := &writer{}
	line := 1
	for !s.full() {
		t := z.Next()
		if t == html.ErrorToken {
			break
		}
		raw := z.Raw()
		breaks := bytes.Count(raw, []byte("\n"))
		switch t {
		case html.TextToken:
			w.lines(raw)
		case html.CommentToken, html.DoctypeToken:
			s.text(at.with(Step{Code: InLine, Number: line}), string(raw), false)
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			if !inline[string(name)] {
				w.WriteByte('\n')
			}
			for more {
				var key, value []byte
				key, value, more = z.TagAttr()
				s.text(at.with(Step{Code: InAttribute, Number: line, Name: excerpt(string(key))}), string(value), false)
			}
		}
		if t != html.TextToken {
			for range breaks {
				w.newline()
			}
		}
		line += breaks
	}
	s.textFrom(at, w.String(), w.origin(), true)
}

// lines writes text as it stands.
func (w *writer) lines(raw []byte) {
	for {
		line, rest, ok := bytes.Cut(raw, []byte("\n"))
		_, _ = w.Write(line)
		if !ok {
			return
		}
		w.WriteByte('\n')
		w.newline()
		raw = rest
	}
}
