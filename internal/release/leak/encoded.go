package leak

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"unicode/utf8"
)

// The shortest encoded stretches that are looked into: they hold nine bytes, or eight.
const (
	shortest64 = 12
	shortest16 = 16
)

// The shortest stretch of letters in decoded bytes that are no text, and the shortest name that counts there: by chance, anything shorter stands somewhere.
const (
	shortestRun   = 8
	shortestFaint = 6
)

// in64 are the characters of base64, of both alphabets.
var in64 = func() (t [256]bool) {
	for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_" {
		t[c] = true
	}
	return t
}()

// encoded looks into what is encoded in base64, or in hexadecimal digits, somewhere in a text.
func (s *search) encoded(at Place, text string, from *origin, lines bool) {
	line, done := 1, 0
	for i := 0; i < len(text) && !s.full(); {
		if !in64[text[i]] {
			i++
			continue
		}
		end := i
		for end < len(text) && in64[text[end]] {
			end++
		}
		if end-i < shortest64 {
			i = end
			continue
		}
		stretch, stop := wrapped(text, i, end)
		place := at
		if lines {
			line += strings.Count(text[done:i], "\n")
			done = i
			place = at.with(Step{Code: InEncoded, Number: from.line(line, i)})
		}
		s.stretch(place, stretch)
		i = stop
	}
}

// wrapped is a stretch of base64 with the lines after it, if it is wrapped.
func wrapped(text string, start, end int) (stretch string, stop int) {
	from := strings.LastIndexByte(text[:start], '\n') + 1
	if end-from < 40 || strings.Trim(text[from:start], " \t>\"'") != "" {
		return text[start:end], end
	}
	var out strings.Builder
	out.WriteString(text[start:end])
	for {
		next := end
		for next < len(text) && (text[next] == '\r' || text[next] == '\n') {
			next++
		}
		stop := next
		for stop < len(text) && in64[text[stop]] {
			stop++
		}
		if next == end || next-end > 2 || stop == next {
			return out.String(), end
		}
		out.WriteString(text[next:stop])
		end = stop
	}
}

// stretch decodes one, from its beginning and from each place where another part of a path may begin.
func (s *search) stretch(at Place, text string) {
	if len(text) >= shortest16 && strings.Trim(text, "0123456789abcdefABCDEF") == "" {
		out, err := hex.DecodeString(text[:len(text)&^1])
		switch {
		case err != nil || isDigest(out) && !textual(out):
		case worth(out):
			s.inner(at, out)
		default:
			s.faint(at, out)
		}
	}
	for tries := 0; tries < 4 && len(text) >= shortest64; tries++ {
		out := decode64(text)
		if worth(out) {
			s.inner(at, out)
			return
		}
		s.faint(at, out)
		cut := strings.IndexAny(text, "/-_")
		if cut < 0 {
			return
		}
		text = text[cut+1:]
	}
}

var standard = strings.NewReplacer("-", "+", "_", "/")

func decode64(text string) []byte {
	text = standard.Replace(text)
	if len(text)%4 == 1 {
		text = text[:len(text)-1]
	}
	out, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return out
}

// worth tells of bytes that are a text, or a file that can be looked into or has to be told of: most words decode to something, and mean nothing by it.
func worth(b []byte) bool {
	if len(b) < 6 {
		return false
	}
	if kindOf("", "", b) != fileBinary && kindOf("", "", b) != fileText {
		return true
	}
	return textual(b)
}

// isDigest tells of bytes that are as long as a digest: MD5, SHA-1, and SHA-2 of each length. A list of hashes would else be stopped by what one of them
// happens to begin with.
func isDigest(b []byte) bool { return slices.Contains([]int{16, 20, 28, 32, 48, 64}, len(b)) }

// textual tells of bytes that are a text.
func textual(b []byte) bool {
	head := b[:min(len(b), 256)]
	if wide16(head) {
		return true
	}
	good, all := 0, 0
	for len(head) > 0 {
		r, n := utf8.DecodeRune(head)
		if r == utf8.RuneError && n == 1 && len(head) < utf8.UTFMax {
			break // cut
		}
		all += n
		if legible(r, n) {
			good += n
		}
		head = head[n:]
	}
	return good*10 >= all*9
}

// legible tells of a character of n bytes that stands in texts.
func legible(r rune, n int) bool {
	return r >= ' ' && r < 0x7f || r == '\n' || r == '\r' || r == '\t' || r > 0xa0 && n > 1
}

// faint looks into decoded bytes that are no text, but may hold some: a record with a name in it.
func (s *search) faint(at Place, data []byte) {
	text := runs(data)
	if text == "" || !s.room(at, len(text)) {
		return
	}
	for _, p := range apart(s.made.find(text, s.folder, maxHits), text) {
		if !p.allowed && p.End-p.Start >= shortestFaint && !s.full() {
			s.leak(Leak{Place: at, Kind: p.Kind, Role: p.Role, Name: p.Name, Found: excerpt(text[p.Start:p.End])})
		}
	}
}

// runs gives the stretches of letters that stand in bytes, a line each.
func runs(b []byte) string {
	var out strings.Builder
	begin := 0
	for end := 0; end <= len(b); {
		r, n := utf8.DecodeRune(b[end:]) // of nothing, what is not legible and 0
		if n > 0 && legible(r, n) {
			end += n
			continue
		}
		if end-begin >= shortestRun {
			out.Write(b[begin:end])
			out.WriteByte('\n')
		}
		end += max(n, 1)
		begin = end
	}
	return out.String()
}

// wide16 tells of UTF-16: every second byte of it is mostly nought.
func wide16(b []byte) bool {
	if len(b) < 4 {
		return false
	}
	if bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff")) {
		return true
	}
	even, odd := 0, 0
	b = b[:min(len(b), 512)&^1]
	for i := 0; i+1 < len(b); i += 2 {
		if b[i] == 0 {
			even++
		}
		if b[i+1] == 0 {
			odd++
		}
	}
	half := len(b) / 2
	return odd*10 >= half*6 && even*10 < half || even*10 >= half*6 && odd*10 < half
}

// inner looks into decoded bytes as into a file without a name.
func (s *search) inner(at Place, data []byte) {
	if !s.room(at, len(data)) {
		return
	}
	s.file(at, "", "", data)
}
