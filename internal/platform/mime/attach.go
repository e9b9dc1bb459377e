package mime

import (
	"bytes"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// attach adds a part to the attachments.
func (b *builder) attach(e *entity) {
	part := b.part(e, b.decodeBody(e))
	b.look(e, part)
	b.message.Parts = append(b.message.Parts, *part)
}

func (b *builder) part(e *entity, body []byte) *Part {
	part := &Part{
		Path: e.path, MediaType: cutText(line(e.kind), 200), Size: int64(len(body)), SHA256: sum(body), Body: body,
		ContentID: cutText(line(strings.Trim(e.header.Get("Content-Id"), "<> ")), 200),
		Sniffed:   sniff(body),
	}
	part.Name = safeName(e.name, b.limits.Name)
	if part.Name == "" {
		part.Name = "part-" + or1(e.path) + extension(part)
	}
	part.Suspect = suspicions(e.name, part)
	return part
}

func or1(path string) string {
	if path == "" {
		return "1"
	}
	return path
}

// attachUU adds a file that stood in a text.
func (b *builder) attachUU(e *entity, f uuFile) {
	if !f.clean {
		b.fault(EncodingBad, e.path, f.name)
	}
	c := e.as("application/octet-stream")
	c.name = f.name
	b.message.Parts = append(b.message.Parts, *b.part(c, f.body))
}

// look takes out of an attachment what the mail as a whole is: a mail within, a report for machines.
func (b *builder) look(e *entity, part *Part) {
	switch e.kind {
	case "message/rfc822", "message/global":
		if b.limits.Depth-e.depth() <= 1 || b.parts >= b.limits.Parts {
			b.fault(TooDeep, e.path, "")
			return
		}
		part.Nested = b.nested(part.Body, e)
	case "application/json", "application/xarf+json", "application/octet-stream", "text/plain":
		if bytes.Contains(part.Body[:min(len(part.Body), maxReport)], []byte(`"xarf_version"`)) && (e.kind != "text/plain" || strings.HasSuffix(strings.ToLower(part.Name), ".json")) {
			if b.xarf != nil {
				b.fault(ReportBroken, e.path, "there are several X-ARF documents: the first is read")
				return
			}
			b.xarf = part.Body
		}
	}
}

// nested reads a mail within the mail. Its parts count with the others.
func (b *builder) nested(raw []byte, e *entity) *Message {
	inner := &parser{limits: b.limits, parts: b.parts, faults: nil}
	inner.limits.Depth = b.limits.Depth - e.depth() - 1
	m := inner.message(inner.entity(raw, "", 0))
	b.parts = inner.parts
	for _, f := range m.Faults {
		if f.Code == TooDeep || f.Code == TooManyParts { // what this mail costs; the others are told of the mail within
			b.fault(f.Code, or1(e.path)+"/"+f.Where, f.What)
		}
	}
	return m
}

// safeName makes a file name that is only that: no folder, nothing that hides what it is, nothing that a system takes for something else.
func safeName(name string, most int) string {
	name = line(strings.ReplaceAll(name, `\`, "/"))
	if name = path.Base("/" + name); name == "/" {
		return ""
	}
	name = strings.Map(func(c rune) rune {
		if strings.ContainsRune(`/:*?"<>|`, c) || c == utf8.RuneError {
			return '_'
		}
		return c
	}, name)
	name = strings.TrimRight(strings.TrimLeft(name, ". "), ". ")
	if stem, _, _ := strings.Cut(strings.ToLower(name), "."); slices.Contains(devices, stem) {
		name = "_" + name
	}
	return shorten(name, most)
}

// devices are names that Windows takes for something else than a file.
var devices = []string{
	"con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9",
	"lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
}

// shorten keeps the extension, which says what a file is.
func shorten(name string, most int) string {
	r := []rune(name)
	if len(r) <= most {
		return name
	}
	ext := []rune(path.Ext(name))
	if len(ext) > 10 || len(ext) >= most {
		ext = nil
	}
	return string(r[:most-len(ext)]) + string(ext)
}

// extension is that of a part without a name.
func extension(p *Part) string {
	kind := p.MediaType
	if kind == "message/rfc822" {
		return ".eml"
	}
	if list, _ := mime.ExtensionsByType(kind); len(list) > 0 {
		return slices.Min(list)
	}
	return ".bin"
}

// magic are beginnings of files that the standard's sniffing does not know, or calls text.
var magic = []struct{ head, kind string }{
	{"MZ", "application/vnd.microsoft.portable-executable"},
	{"\x7fELF", "application/x-elf"},
	{"\xcf\xfa\xed\xfe", "application/x-mach-binary"},
	{"\xca\xfe\xba\xbe", "application/java-vm"},
	{"L\x00\x00\x00\x01\x14\x02\x00", "application/x-ms-shortcut"},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"},
	{"{\\rtf", "application/rtf"},
	{"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"},
	{"#!", "text/x-script"},
	{"ITSF", "application/vnd.ms-htmlhelp"},
	{"-----BEGIN PGP", "application/pgp"},
}

func sniff(body []byte) string {
	for _, m := range magic {
		if bytes.HasPrefix(body, []byte(m.head)) {
			return m.kind
		}
	}
	kind, _, _ := strings.Cut(http.DetectContentType(body), ";")
	return kind
}
