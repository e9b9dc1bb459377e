package mail

import (
	"bytes"
	"encoding/base64"
	"mime"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/delivery"
)

// part is a MIME entity: its header and its body as it stands in the message.
type part struct {
	header header
	body   []byte
}

// bytes writes the entity.
func (p part) bytes() ([]byte, error) {
	var b bytes.Buffer
	b.Grow(len(p.body) + 1024)
	if err := p.header.writeTo(&b); err != nil {
		return nil, err
	}
	b.WriteString("\r\n")
	b.Write(p.body)
	return b.Bytes(), nil
}

// content is the message as its reader sees it: the text, and the attachments where there are any. seed makes the boundary.
func content(d delivery.Draft, text, seed string) (part, error) {
	body := textPart(text, d.Language)
	if len(d.Attachments) == 0 {
		return body, nil
	}
	parts := []part{body}
	for _, a := range d.Attachments {
		parts = append(parts, attachmentPart(a))
	}
	return multipart("multipart/mixed", seed, parts...)
}

// multipart puts entities together. The boundary cannot occur in them: "=_" never stands in quoted-printable, nor in base64.
func multipart(mediaType, seed string, parts ...part) (part, error) {
	boundary := "=_" + seed
	var b bytes.Buffer
	for _, p := range parts {
		text, err := p.bytes()
		if err != nil {
			return part{}, err
		}
		b.WriteString("--" + boundary + "\r\n")
		b.Write(text)
		b.WriteString("\r\n")
	}
	b.WriteString("--" + boundary + "--\r\n")
	var h header
	h.add("Content-Type", mediaType+`; boundary="`+boundary+`"`)
	return part{h, b.Bytes()}, nil
}

// textPart encodes the text so that no byte of it changes on the way. Where most of it is not ASCII base64 is the shorter one.
func textPart(text, language string) part {
	var h header
	h.add("Content-Type", "text/plain; charset=utf-8")
	h.add("Content-Disposition", "inline")
	h.add("Content-Language", languageTag(language))
	text = plainText(text)
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	if beyond(text) > len(text)/3 {
		h.add("Content-Transfer-Encoding", "base64")
		return part{h, base64Lines([]byte(strings.ReplaceAll(text, "\n", "\r\n")))}
	}
	h.add("Content-Transfer-Encoding", "quoted-printable")
	return part{h, quotedPrintable(text)}
}

// languageTag passes what can be a BCP 47 tag, and nothing else.
func languageTag(s string) string {
	if len(s) > 35 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" {
		return ""
	}
	return s
}

func attachmentPart(a delivery.Attachment) part {
	name := fileName(a.Name)
	var h header
	h.add("Content-Type", mediaType(a.MediaType)+parameter("name", name))
	h.add("Content-Disposition", "attachment"+parameter("filename", name))
	h.add("Content-Transfer-Encoding", "base64")
	return part{h, base64Lines(a.Data)}
}

// mediaType passes a well-formed type with the parameters that it has. A compound one must not be in base64 (RFC 2046 §5.1, §5.2.1), so it
// becomes plain bytes, and so does what is no type.
func mediaType(s string) string {
	const unknown = "application/octet-stream"
	if len(s) > 200 || !isPrintable(s) {
		return unknown
	}
	kind, params, err := mime.ParseMediaType(s)
	if err != nil || !strings.Contains(kind, "/") || strings.HasPrefix(kind, "multipart/") || strings.HasPrefix(kind, "message/") {
		return unknown
	}
	delete(params, "name")
	if whole := mime.FormatMediaType(kind, params); whole != "" && simple(whole) {
		return whole
	}
	return unknown
}

// fileName makes a name that stays in the folder where it is saved, at most 100 characters long with its ending kept.
func fileName(s string) string {
	s = strings.ReplaceAll(firstBytes(s, 4096), `\`, "/")
	s = oneLine(path.Base(s), 1000)
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`"<>:|?*/`, r) {
			return '_'
		}
		return r
	}, strings.TrimLeft(s, ". "))
	if n := utf8.RuneCountInString(s); n > 100 {
		ending := path.Ext(s)
		if utf8.RuneCountInString(ending) > 10 {
			ending = ""
		}
		s = string([]rune(s)[:100-utf8.RuneCountInString(ending)]) + ending
	}
	if s == "" || s == "_" {
		return "attachment"
	}
	return s
}

// base64Lines encodes in lines of 76 characters.
func base64Lines(data []byte) []byte {
	const raw = maxLine / 4 * 3
	out := make([]byte, 0, base64.StdEncoding.EncodedLen(len(data))+2*(len(data)/raw+1))
	for len(data) > 0 {
		n := min(raw, len(data))
		out = base64.StdEncoding.AppendEncode(out, data[:n])
		out = append(out, '\r', '\n')
		data = data[n:]
	}
	return out
}

// quotedPrintable encodes text with \n line ends (RFC 2045 §6.7). Beyond what must be it encodes what servers and old mail programs are known
// to touch, and what RFC 3156 §3 asks of signed text: a line's last blank, a leading "From " and a leading dot.
func quotedPrintable(text string) []byte {
	const hex = "0123456789ABCDEF"
	out := make([]byte, 0, len(text)+len(text)/20+64)
	start := 0 // of the line in out
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '\n' {
			out = append(out, '\r', '\n')
			start = len(out)
			continue
		}
		plain := c >= ' ' && c <= '~' && c != '=' || c == '\t'
		if (c == ' ' || c == '\t') && (i+1 == len(text) || text[i+1] == '\n') {
			plain = false
		}
		size := 3
		if plain {
			size = 1
		}
		if len(out)-start+size > maxLine-1 { // room for the = of a soft break
			out = append(out, '=', '\r', '\n')
			start = len(out)
		}
		if len(out) == start && (c == '.' || c == 'F' && strings.HasPrefix(text[i:], "From ")) {
			plain = false
		}
		if plain {
			out = append(out, c)
		} else {
			out = append(out, '=', hex[c>>4], hex[c&15])
		}
	}
	return out
}
