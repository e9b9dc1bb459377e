// Package opened reads messages back as they were sent: headers, text, attachments.
//
// Nothing is made up. What is encrypted for its recipient stays closed, and what cannot be read says so and can be had whole. Names and texts
// are the message's own and may be hostile.
package opened

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Message is a message that was sent.
type Message struct {
	Headers   []Header // in their order, as they stand, unfolded
	Parts     []Part   // what is not a container, in their order
	Signed    bool
	Encrypted bool
	SMIME     bool   // signed or encrypted by S/MIME, not by OpenPGP
	Fault     string // why not all of it could be read; "" if it could
}

// Header is one field of the head.
type Header struct{ Name, Value string }

// Part is a piece of content.
type Part struct {
	Type string // text/plain
	Name string // of a file, safe to be one; "" if it is none
	Data []byte // decoded
	Shut bool   // encrypted: Data is what a machine reads
}

// Text tells that a part is the text that people read first.
func (p Part) Text() bool { return !p.Shut && p.Name == "" && strings.HasPrefix(p.Type, "text/plain") }

// Limits of what is taken apart. Our own messages are far below.
const (
	mostHeaders = 200
	mostParts   = 100
	deepest     = 8
)

// Mail reads the bytes of a mail.
func Mail(raw []byte) Message {
	var m Message
	m.Headers = headers(raw)
	in, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		m.Fault = "its head cannot be read: " + err.Error()
		return m
	}
	body, err := io.ReadAll(in.Body)
	if err == nil {
		err = m.entity(textproto.MIMEHeader(in.Header), body, 0)
	}
	if err != nil {
		m.Fault = err.Error()
	}
	return m
}

// Webhook reads the bytes that were posted to a webhook: JSON, set out so that people can read it.
func Webhook(raw []byte) Message {
	m := Message{Headers: []Header{{"Content-Type", "application/json"}}}
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		m.Fault = "it is no JSON: " + err.Error()
		b.Reset()
		b.Write(raw)
	}
	m.Parts = []Part{{Type: "text/plain", Data: b.Bytes()}}
	return m
}

// headers reads the fields of the head in their order, and words that were encoded as people read them.
func headers(raw []byte) (out []Header) {
	head, _, _ := bytes.Cut(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), []byte("\n\n"))
	decode := mime.WordDecoder{CharsetReader: func(string, io.Reader) (io.Reader, error) { return nil, fmt.Errorf("unknown") }}
	for line := range strings.Lines(string(head)) {
		line = strings.TrimRight(line, "\n")
		if len(line) > 0 && (line[0] == ' ' || line[0] == '\t') && len(out) > 0 {
			out[len(out)-1].Value += " " + strings.TrimSpace(line)
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || len(out) == mostHeaders {
			continue
		}
		out = append(out, Header{name, strings.TrimSpace(value)})
	}
	for i := range out {
		if plain, err := decode.DecodeHeader(out[i].Value); err == nil {
			out[i].Value = plain
		}
		out[i].Value = strings.ToValidUTF8(out[i].Value, "?")
	}
	return out
}

// entity takes a MIME entity apart.
func (m *Message) entity(h textproto.MIMEHeader, body []byte, depth int) error {
	if depth > deepest || len(m.Parts) >= mostParts {
		return fmt.Errorf("it has more parts than are taken apart")
	}
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		kind = "text/plain"
	}
	if strings.HasPrefix(kind, "multipart/") {
		m.Signed = m.Signed || kind == "multipart/signed"
		m.Encrypted = m.Encrypted || kind == "multipart/encrypted"
		return m.parts(multipart.NewReader(bytes.NewReader(body), params["boundary"]), kind, depth)
	}
	m.smime(kind, params["smime-type"])
	data, err := decoded(h.Get("Content-Transfer-Encoding"), body)
	p := Part{Type: kind, Name: fileName(h, params, kind), Data: data, Shut: m.Encrypted}
	m.Parts = append(m.Parts, p)
	return err
}

// smime notes what a part of S/MIME tells of the message (RFC 8551 §3.2.2).
func (m *Message) smime(kind, way string) {
	switch kind {
	case "application/pkcs7-signature":
		m.SMIME = true
	case "application/pkcs7-mime":
		m.SMIME, m.Encrypted = true, m.Encrypted || way != "signed-data"
	}
}

func (m *Message) parts(r *multipart.Reader, kind string, depth int) error {
	for {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("a part of %s cannot be read: %w", kind, err)
		}
		body, err := io.ReadAll(p)
		if err == nil {
			err = m.entity(p.Header, body, depth+1)
		}
		if err != nil {
			return err
		}
	}
}

// decoded undoes a transfer encoding.
func decoded(encoding string, body []byte) ([]byte, error) {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		return io.ReadAll(base64.NewDecoder(base64.StdEncoding, bytes.NewReader(body)))
	case "quoted-printable":
		return io.ReadAll(quotedprintable.NewReader(bytes.NewReader(body)))
	}
	return body, nil
}

// fileName is the name of a file as it is safe to be one; a part that is no file and not text is named for its type.
func fileName(h textproto.MIMEHeader, params map[string]string, kind string) string {
	_, at, _ := mime.ParseMediaType(h.Get("Content-Disposition"))
	name := at["filename"]
	if name == "" {
		name = params["name"]
	}
	if name == "" && strings.HasPrefix(kind, "text/plain") {
		return ""
	}
	if name = SafeName(name); name == "" {
		name = "part" + strings.ReplaceAll(path.Ext("."+path.Base(kind)), "+", "-")
	}
	return name
}

// longestName is how long a file's name may be, in characters.
const longestName = 100

// SafeName makes a name of a file harmless: no folders, nothing invisible, nothing that turns text round, no hidden files.
func SafeName(name string) string {
	name = strings.ToValidUTF8(name, "")
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.C, r) || strings.ContainsRune(`"<>|:*?;%`, r) || unicode.Is(unicode.Z, r) && r != ' ' {
			return -1
		}
		return r
	}, name)
	name = strings.Trim(name, ". ")
	if utf8.RuneCountInString(name) > longestName {
		r := []rune(name)
		name = string(r[len(r)-longestName:]) // the ending tells what it is
	}
	return name
}
