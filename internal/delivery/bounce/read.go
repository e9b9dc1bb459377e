package bounce

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // legacy character sets
	"golang.org/x/net/html"

	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/platform/mime"
)

// cameTo are the header fields that tell where a message came to: first those that our own mail server writes, then the sender's. Return-Path is
// whom it came from, and what the message that was brought back says is not looked at.
var cameTo = []string{"Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "Original-Recipient", "To"}

// read gives the reports of one message.
func read(raw []byte) []Report {
	e, err := message.ReadWithOptions(bytes.NewReader(raw), &message.ReadOptions{MaxHeaderBytes: maxHeader})
	if err != nil && !tolerable(err) {
		return []Report{{Kind: Unreadable, Text: line("this is no mail: " + err.Error())}}
	}
	base := Report{To: recipients(e.Header), MessageID: line(e.Header.Get("Message-Id"))}
	f := &finder{}
	f.walk(e, 0)
	if len(f.found) > 0 {
		return f.reports(base)
	}
	base.Kind = Answer
	if f.receipt || automatic(e.Header) {
		base.Kind = Automatic
	}
	base.Text = f.words(e.Header)
	return []Report{base}
}

// tolerable tells whether the rest of an entity can be read although its character set or encoding is unknown.
func tolerable(err error) bool {
	return message.IsUnknownCharset(err) || message.IsUnknownEncoding(err)
}

func recipients(h message.Header) []string {
	var out []string
	for _, name := range cameTo {
		for _, value := range h.Values(name) {
			for _, a := range addressesIn(value) {
				if len(out) < maxTo && !slices.Contains(out, a) {
					out = append(out, a)
				}
			}
		}
	}
	return out
}

// automatic tells what no person wrote (RFC 3834 §5, and what was usual before it).
func automatic(h message.Header) bool {
	if v, _, _ := strings.Cut(h.Get("Auto-Submitted"), ";"); v != "" && !strings.EqualFold(strings.TrimSpace(v), "no") {
		return true
	}
	for _, name := range []string{"X-Autoreply", "X-Autorespond", "X-Failed-Recipients"} {
		if h.Has(name) {
			return true
		}
	}
	if from := strings.ToLower(h.Get("From")); strings.Contains(from, "mailer-daemon") || strings.Contains(from, "postmaster@") {
		return true
	}
	return strings.TrimSpace(h.Get("Return-Path")) == "<>"
}

// finder walks a message's parts and keeps what matters.
type finder struct {
	parts   int
	found   []mime.Group // a group for each recipient
	mta     string
	plain   string // the first text
	html    string // the first page
	receipt bool   // a notification of another sort
}

func (f *finder) walk(e *message.Entity, depth int) {
	if f.parts++; f.parts > maxParts || depth > maxDepth {
		return
	}
	mr := e.MultipartReader()
	if mr == nil {
		f.leaf(e)
		return
	}
	for {
		p, err := mr.NextPart()
		if err != nil && !tolerable(err) || p == nil {
			return // the end, or where the message was cut
		}
		f.walk(p, depth+1)
	}
}

func (f *finder) leaf(e *message.Entity) {
	kind, _, err := e.Header.ContentType()
	if err != nil || kind == "" {
		kind = "text/plain"
	}
	switch kind {
	case "message/delivery-status", "message/global-delivery-status": // RFC 3464 §2.1, RFC 6533 §4
		f.status(body(e, maxMessage))
	case "message/disposition-notification", "message/global-disposition-notification":
		f.receipt = true
	case "text/plain":
		if f.plain == "" {
			f.plain = string(body(e, 8*maxText))
		}
	case "text/html":
		if f.html == "" {
			f.html = string(body(e, 64*maxText))
		}
	}
}

// body reads a part as far as it goes: what is cut off or wrongly encoded ends there.
func body(e *message.Entity, most int64) []byte {
	b, _ := io.ReadAll(io.LimitReader(e.Body, most))
	return b
}

// words are the subject and the first lines of what a person has to read.
func (f *finder) words(h message.Header) string {
	text := f.plain
	if strings.TrimSpace(text) == "" {
		text = textOf(f.html)
	}
	subject, err := h.Text("Subject")
	if err != nil {
		subject = h.Get("Subject")
	}
	lines := []string{line(subject)}
	for l := range strings.Lines(text) {
		if l = line(l); l != "" {
			lines = append(lines, l)
		}
		if len(lines) > maxLines {
			break
		}
	}
	text = strings.TrimSpace(strings.Join(lines, "\n"))
	if r := []rune(text); len(r) > maxText {
		text = string(r[:maxText]) + "…"
	}
	return text
}

// textOf takes the words out of a page.
func textOf(page string) string {
	var b strings.Builder
	z, skip := html.NewTokenizer(strings.NewReader(page)), false
	for {
		switch token := z.Next(); token {
		case html.ErrorToken:
			return b.String()
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			switch string(name) {
			case "script", "style":
				skip = token == html.StartTagToken
			case "p", "br", "div", "tr", "li", "h1", "h2", "h3":
				b.WriteByte('\n')
			}
		case html.TextToken:
			if !skip {
				b.Write(z.Text())
			}
		}
	}
}

// line makes one line, fit to be shown, of a stranger's words.
func line(s string) string { return render.Clean(strings.Join(strings.Fields(s), " "), maxValue) }
