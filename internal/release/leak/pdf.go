package leak

import (
	"bytes"
	"encoding/ascii85"
	"encoding/hex"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/zlib"
)

// The parts of a PDF that matter here (ISO 32000-1, 7.3.8): what describes a stream stands right before it.
var (
	pdfStream  = regexp.MustCompile(`stream\r?\n`)
	pdfFilters = regexp.MustCompile(`/(FlateDecode|Fl|ASCIIHexDecode|AHx|ASCII85Decode|A85|LZWDecode|LZW|RunLengthDecode|RL|DCTDecode|DCT|JPXDecode|JBIG2Decode|CCITTFaxDecode|CCF|Crypt)\b`)
)

// pdf looks into a PDF as far as its text is written in letters: pictures, fonts that number their glyphs, and encryption are said.
func (s *search) pdf(at Place, data []byte) {
	p := pdfReader{search: s, at: at.with(Step{Code: InPage})}
	if bytes.Contains(data, []byte("/Encrypt")) {
		s.unreadable(at, Encrypted)
	}
	rest := data
	for !s.full() {
		loc := pdfStream.FindIndex(rest)
		if loc == nil {
			break
		}
		p.objects(rest[:loc[0]])
		end := bytes.Index(rest[loc[1]:], []byte("endstream"))
		if end < 0 {
			s.unreadable(at, Damaged)
			rest = rest[loc[1]:]
			break
		}
		p.stream(head(rest[:loc[0]]), rest[loc[1]:loc[1]+end])
		rest = rest[loc[1]+end+len("endstream"):]
	}
	p.objects(rest)
	s.text(p.at, p.text.String(), false)
	if p.numbered {
		s.unreadable(at, Fonts)
	}
	if p.pictures {
		s.unreadable(at, Picture)
	}
	if p.strange {
		s.unreadable(at, Binary)
	}
}

// head is the dictionary before a stream: what stands since its object began.
func head(before []byte) []byte {
	if at := bytes.LastIndex(before, []byte("obj")); at >= 0 {
		return before[at:]
	}
	return before[max(0, len(before)-4096):]
}

type pdfReader struct {
	*search
	at                          Place
	text                        strings.Builder
	numbered, pictures, strange bool
}

// objects looks at what stands outside of streams: titles, links, form fields, and what fonts there are.
func (p *pdfReader) objects(data []byte) {
	if bytes.Contains(data, []byte("/Identity-H")) || bytes.Contains(data, []byte("/Identity-V")) || bytes.Contains(data, []byte("/Type0")) || bytes.Contains(data, []byte("/Type3")) ||
		bytes.Contains(data, []byte("/Differences")) {
		p.numbered = true
	}
	p.strings(data)
}

// stream unpacks a stream and looks at what it is.
func (p *pdfReader) stream(head, data []byte) {
	if bytes.Contains(head, []byte("/Image")) {
		p.pictures = true
		return
	}
	for _, m := range pdfFilters.FindAllSubmatch(head, 8) {
		var ok bool
		if data, ok = p.filter(string(m[1]), data); !ok {
			p.strange = true
			return
		}
	}
	switch {
	case bytes.Contains(head, []byte("/FontFile")), bytes.Contains(head, []byte("/Length1")): // a font itself
	case bytes.Contains(head, []byte("/ObjStm")):
		p.objects(data)
	case bytes.Contains(head, []byte("/EmbeddedFile")):
		p.file(p.at, "", "", data)
	case bytes.Contains(head, []byte("/XRef")):
	default:
		p.strings(data)
		if !binary8(data) {
			p.search.text(p.at, string(data), false)
		}
	}
}

// filter takes one layer off; false if it is not read here.
func (p *pdfReader) filter(name string, data []byte) ([]byte, bool) {
	var r io.Reader
	switch name {
	case "FlateDecode", "Fl":
		z, err := zlib.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, false
		}
		r = z
	case "ASCII85Decode", "A85":
		data, _, _ = bytes.Cut(bytes.TrimPrefix(bytes.TrimSpace(data), []byte("<~")), []byte("~>"))
		r = ascii85.NewDecoder(bytes.NewReader(data))
	case "ASCIIHexDecode", "AHx":
		data, _, _ = bytes.Cut(data, []byte(">"))
		out, err := hex.DecodeString(strings.Join(strings.Fields(string(data)), ""))
		return out, err == nil
	default:
		return nil, false
	}
	left := max(p.most-p.unpacked, 0)
	out, err := io.ReadAll(io.LimitReader(r, int64(left)+1))
	p.unpacked += len(out)
	if len(out) > left {
		p.unreadable(p.at, TooMuch)
	}
	return out, err == nil || len(out) > 0 // many writers end a stream wrongly
}

// strings takes the text from the operators and values of a PDF: what stands in brackets, and in hexadecimal digits. Within TJ, a wide step to the left
// is a blank; every other operator ends a line.
func (p *pdfReader) strings(data []byte) {
	array := false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; c {
		case '(':
			out, n := literal(data[i:])
			p.write(out)
			i += n - 1
		case '<':
			if i+1 < len(data) && data[i+1] == '<' {
				i++
				continue
			}
			end := bytes.IndexByte(data[i:], '>')
			if end < 0 {
				return
			}
			if out, err := hex.DecodeString(even(strings.Join(strings.Fields(string(data[i+1:i+end])), ""))); err == nil {
				p.write(out)
			}
			i += end
		case '[':
			array = true
		case ']':
			array = false
		case '-':
			if array && step(data[i+1:]) {
				p.text.WriteByte(' ')
			}
		default:
			if !array && (c == 'T' || c == '\'' || c == '"' || c == '/') && p.text.Len() > 0 {
				p.text.WriteByte('\n')
			}
		}
	}
	p.text.WriteByte('\n')
}

// write writes a string: in UTF-16 if it says so, else byte by byte.
func (p *pdfReader) write(b []byte) {
	if bytes.HasPrefix(b, []byte("\xfe\xff")) {
		p.text.WriteString(decoded(b))
		return
	}
	if utf8.Valid(b) {
		p.text.Write(b)
		return
	}
	for _, c := range b {
		p.text.WriteRune(rune(c))
	}
}

// step tells of a number that is wide enough for a blank, in thousandths of a letter's size.
func step(b []byte) bool {
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			break
		}
		n = min(n*10+int(c-'0'), 10_000)
	}
	return n >= 180
}

func even(s string) string {
	if len(s)%2 == 1 {
		return s + "0"
	}
	return s
}

// literal reads a string in brackets (ISO 32000-1, 7.3.4.2), and how many bytes it took.
func literal(b []byte) (out []byte, n int) {
	open := 0
	for n = 0; n < len(b); n++ {
		switch c := b[n]; c {
		case '(':
			if open++; open > 1 {
				out = append(out, c)
			}
		case ')':
			if open--; open == 0 {
				return out, n + 1
			}
			out = append(out, c)
		case '\\':
			c, more := escaped(b[n+1:])
			n += more
			if c >= 0 {
				out = append(out, byte(c))
			}
		default:
			out = append(out, c)
		}
	}
	return out, n
}

// escaped reads what follows a backslash; -1 is nothing.
func escaped(b []byte) (c, n int) {
	if len(b) == 0 {
		return -1, 0
	}
	switch b[0] {
	case 'n', 'r', 't', 'b', 'f':
		return ' ', 1
	case '\n':
		return -1, 1
	case '\r':
		if len(b) > 1 && b[1] == '\n' {
			return -1, 2
		}
		return -1, 1
	}
	if b[0] < '0' || b[0] > '7' {
		return int(b[0]), 1
	}
	for n < 3 && n < len(b) && b[n] >= '0' && b[n] <= '7' {
		c = c*8 + int(b[n]-'0')
		n++
	}
	return c & 0xff, n
}
