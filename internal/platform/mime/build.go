package mime

import (
	"html"
	"strings"
)

// block is a piece of what a person reads: plain text, the same as a page, or both.
type block struct{ plain, page string }

// builder turns the tree of a mail's parts into what is read and what is attached.
type builder struct {
	*parser
	message *Message
	xarf    []byte // the first X-ARF document
	arf     *entity
	status  []*entity
	receipt bool
}

// collect walks the tree and returns what is to be read.
func (b *builder) collect(e *entity) []block {
	switch {
	case e.kind == "multipart/encrypted":
		b.attachAll(e) // Opener reads it; to us it is bytes
		return nil
	case len(e.children) > 0:
		return b.choose(e)
	case strings.HasPrefix(e.kind, "multipart/") && !b.deepEnough(e):
		return b.leaf(e.as("text/plain")) // announced as parts, but there are none: its text is all there is
	}
	return b.leaf(e)
}

func (b *builder) deepEnough(e *entity) bool { return e.depth() >= b.limits.Depth }

func (e *entity) as(kind string) *entity {
	c := *e
	c.kind = kind
	return &c
}

// choose takes the parts of a multipart: of alternatives one text and one page, of others all.
func (b *builder) choose(e *entity) []block {
	var all []block
	for i, c := range e.children {
		if e.kind == "multipart/signed" && i > 0 { // what stands behind the signed part is not signed
			b.attachAll(c)
			continue
		}
		all = append(all, b.collect(c)...)
	}
	if e.kind != "multipart/alternative" {
		return all
	}
	var one block
	for _, x := range all {
		if strings.TrimSpace(one.plain) == "" {
			one.plain = x.plain
		}
		if x.page != "" {
			one.page = x.page
		}
	}
	return []block{one}
}

func (b *builder) attachAll(e *entity) {
	for _, c := range e.children {
		b.attachAll(c)
	}
	if len(e.children) == 0 {
		b.attach(e)
	}
}

// leaf reads a part that is no multipart.
func (b *builder) leaf(e *entity) []block {
	switch e.kind {
	case "text/plain", "text/html":
		if e.attached || e.name != "" {
			b.attach(e)
			return nil
		}
		return b.read(e)
	case "message/delivery-status", "message/global-delivery-status": // RFC 3464 §2.1, RFC 6533 §4
		b.status = append(b.status, e)
	case "message/disposition-notification", "message/global-disposition-notification":
		b.receipt = true
	case "message/feedback-report":
		b.feedback(e)
	case "application/pgp-encrypted": // only says what the other part is (RFC 3156 §4)
	default:
		b.attach(e)
	}
	return nil
}

// read makes a block of a text, and attachments of files that stand in it.
func (b *builder) read(e *entity) []block {
	raw := b.decodeBody(e)
	set := e.params["charset"]
	if set == "" && e.kind == "text/html" {
		set = htmlCharset(raw)
	}
	if e.kind == "text/plain" {
		var files []uuFile
		files, raw = findUU(raw, 50)
		for _, f := range files {
			b.attachUU(e, f)
		}
	}
	if len(raw) > b.limits.Text {
		raw = raw[:b.limits.Text]
		b.fault(TextTooLong, e.path, "")
	}
	text, ok := decodeText(raw, set)
	if !ok {
		b.fault(CharsetOdd, e.path, set)
	}
	if e.kind == "text/html" {
		return []block{{page: text}}
	}
	if e.params["format"] == "flowed" {
		return []block{{plain: unflow(fit(text), e.params["delsp"] == "yes")}}
	}
	return []block{{plain: fit(text)}}
}

// unflow joins the lines of format=flowed (RFC 3676): one that ends in a blank goes on in the next of the same depth of quotation.
func unflow(text string, delSp bool) string {
	var out strings.Builder
	open, depth := false, 0
	for l := range strings.Lines(text) {
		l = strings.TrimSuffix(l, "\n")
		rest := strings.TrimLeft(l, ">")
		d := len(l) - len(rest)
		rest = strings.TrimPrefix(rest, " ")
		if !open || d != depth {
			if out.Len() > 0 {
				out.WriteByte('\n')
			}
			out.WriteString(strings.Repeat(">", d))
			if d > 0 {
				out.WriteByte(' ')
			}
		}
		open, depth = strings.HasSuffix(rest, " ") && rest != "-- ", d
		if open && delSp {
			rest = rest[:len(rest)-1]
		}
		out.WriteString(rest)
	}
	return out.String() + "\n"
}

// show makes the text and the page of the blocks. The page is left out if there is none in the mail.
func (p *parser) show(blocks []block) (text, page string) {
	var texts, pages []string
	found := false
	for _, x := range blocks {
		plain := x.plain
		if strings.TrimSpace(plain) == "" && x.page != "" {
			plain = TextOf(x.page)
		}
		if plain = strings.Trim(plain, "\n"); plain != "" {
			texts = append(texts, plain)
		}
		if x.page != "" {
			found = true
			pages = append(pages, harmless(x.page))
		} else if plain != "" {
			pages = append(pages, "<pre>"+html.EscapeString(plain)+"</pre>")
		}
	}
	text = strings.Join(texts, "\n\n")
	if len(text) > p.limits.Text {
		text = cutText(text, p.limits.Text)
		p.fault(TextTooLong, "", "")
	}
	if !found {
		return text, ""
	}
	return text, strings.Join(pages, "\n<hr>\n")
}

// finish reads the reports for machines, for which all parts must be known.
func (b *builder) finish() {
	m := b.message
	b.takeStatus()
	if b.arf != nil {
		m.Feedback = b.readARF()
	}
	if b.xarf != nil { // it says more than a feedback report beside it
		b.takeXARF()
	}
	if b.receipt && m.Auto.Kind == "" {
		m.Auto = Auto{Receipt, "message/disposition-notification"}
	}
}
