package mail

import (
	"bufio"
	"bytes"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ProtonMail/gopenpgp/v3/crypto"
	"pgregory.net/rapid"
)

func TestOneLine(t *testing.T) {
	tests := []struct {
		name, in string
		limit    int
		want     string
	}{
		{"plain", "Example ISP", 20, "Example ISP"},
		{"line breaks", "a\r\nBcc: b", 20, "a Bcc: b"},
		{"blanks", "  a \t\u00a0 b  ", 20, "a b"},
		{"marks", "a\u202eb\u2066c\u200fd\u061ce", 20, "abcde"},
		{"joiners stay", "नि\u200dम", 20, "नि\u200dम"},
		{"not UTF-8", "a\xffb", 20, "a\uFFFDb"},
		{"cut", "abcdefghijklm", 10, "abcdefghi…"},
		{"cut between letters", strings.Repeat("ä", 11), 10, strings.Repeat("ä", 9) + "…"},
		{"just fits", strings.Repeat("ä", 10), 10, strings.Repeat("ä", 10)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := oneLine(tt.in, tt.limit); got != tt.want {
				t.Errorf("%q", got)
			}
		})
	}
}

func TestUnstructuredComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := oneLine(rapid.String().Draw(t, "s"), 300)
		var b bytes.Buffer
		if err := (header{{"Subject", unstructured(s)}}).writeTo(&b); err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(b.String(), "\r\n") {
			if len(line) > maxLine+8 {
				t.Fatalf("a line of %d characters: %q", len(line), line)
			}
		}
		m, err := mail.ReadMessage(strings.NewReader(b.String() + "\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil || got != s {
			t.Fatalf("%q became %q, %v, by %q", s, got, err, b.String())
		}
	})
}

func TestPhraseComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := oneLine(rapid.String().Draw(t, "s"), 100)
		a, err := mail.ParseAddress(address(s, "a@example.org"))
		if err != nil || a.Name != s || a.Address != "a@example.org" {
			t.Fatalf("%q became %v, %v", s, a, err)
		}
	})
}

func TestParameterComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := fileName(rapid.String().Draw(t, "s"))
		_, params, err := mime.ParseMediaType("attachment" + parameter("filename", s))
		if err != nil || params["filename"] != s || utf8.RuneCountInString(s) > 100 {
			t.Fatalf("%q became %q, %v", s, params["filename"], err)
		}
	})
}

func TestPiecesHaveWholeLetters(t *testing.T) {
	for _, piece := range percentPieces("a"+strings.Repeat("ö", 60)+"👩‍🚒", 50) {
		if s, err := url.PathUnescape(piece); err != nil || !utf8.ValidString(s) || len(piece) > 50 {
			t.Errorf("%q: %v", piece, err)
		}
	}
}

func TestQuotedPrintableComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.OneOf(rapid.SampledFrom([]rune(" \t\n.=Fromé\x00")), rapid.Rune())).Draw(t, "s")
		encoded := quotedPrintable(s)
		for line := range bytes.SplitSeq(encoded, []byte("\r\n")) {
			if len(line) > maxLine || bytes.HasPrefix(line, []byte(".")) || bytes.HasPrefix(line, []byte("From ")) || bytes.HasSuffix(line, []byte(" ")) || bytes.HasSuffix(line, []byte("\t")) {
				t.Fatalf("line %q", line)
			}
		}
		got, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(encoded)))
		if err != nil || strings.ReplaceAll(string(got), "\r\n", "\n") != s {
			t.Fatalf("%q became %q, %v", s, got, err)
		}
	})
}

func TestPlainText(t *testing.T) {
	if got := plainText("a\r\nb\rc\x00d\x1b[31m\xff\te"); got != "a\nb\nc\uFFFDd\uFFFD[31m\uFFFD\te" {
		t.Errorf("%q", got)
	}
}

func TestHeaderWriterRefuses(t *testing.T) {
	for _, value := range []string{"a\rb", "a\nb", "a\x00b", strings.Repeat("x", 1000)} {
		if err := (header{{"Subject", value}}).writeTo(new(bytes.Buffer)); err == nil {
			t.Errorf("%q was written", value[:3])
		}
	}
}

func TestFileNames(t *testing.T) {
	tests := map[string]string{
		"events.csv": "events.csv", "../../etc/passwd": "passwd", `C:\x\y.csv`: "y.csv", "": "attachment", "/": "attachment", "..": "attachment",
		".bashrc": "bashrc", `a"b<c>:d.csv`: "a_b_c__d.csv", "a\r\nb.csv": "a b.csv", strings.Repeat("x", 300) + ".csv": strings.Repeat("x", 96) + ".csv",
		"a." + strings.Repeat("y", 300): "a." + strings.Repeat("y", 98), "été.csv": "été.csv",
	}
	for in, want := range tests {
		if got := fileName(in); got != want {
			t.Errorf("%q became %q, not %q", in, got, want)
		}
	}
}

func TestMediaTypes(t *testing.T) {
	const unknown = "application/octet-stream"
	tests := map[string]string{
		"text/csv; charset=utf-8": "text/csv; charset=utf-8", "application/json": "application/json", "TEXT/CSV": "text/csv", "": unknown, "csv": unknown,
		"message/rfc822": unknown, "multipart/mixed; boundary=x": unknown, "text/csv\r\nBcc: x": unknown, "text/csv; name=evil.exe": "text/csv",
		"text/plain; x=" + strings.Repeat("y", 300): unknown, "text/é": unknown,
	}
	for in, want := range tests {
		if got := mediaType(in); got != want {
			t.Errorf("%q became %q, not %q", in, got, want)
		}
	}
}

func TestMessageIDs(t *testing.T) {
	many := make([]string, 50)
	for i := range many {
		many[i] = "<" + strings.Repeat("a", i+1) + "@x>"
	}
	got := strings.Fields(messageIDs(many...))
	if len(got) != 20 || got[0] != many[0] || got[19] != many[49] {
		t.Errorf("%v", got)
	}
	for _, bad := range []string{"", "<>", "a@b", "<a>", "<a@b", "<a b@c>", "<a@b>\r\nBcc: x", "<a@b@c>", "<é@b>", "<" + strings.Repeat("a", 300) + "@b>"} {
		if got := messageIDs(bad); got != "" {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestStatus(t *testing.T) {
	for _, good := range []string{"5.1.1", "5.7.509", "5.0.0"} {
		if !isStatus(good, 5) {
			t.Errorf("%s is none", good)
		}
	}
	for _, bad := range []string{"", "5", "5.1", "4.1.1", "5.1.x", "5.1.1.1", "5.1.-1", "5.1.1000", "5.+1.1", "5..1"} {
		if isStatus(bad, 5) {
			t.Errorf("%s is one", bad)
		}
	}
}

func TestOwnName(t *testing.T) {
	for in, want := range map[string]string{"Fire.Example.org": "fire.example.org", "a b": "[127.0.0.1]", "x\r\nMAIL": "[127.0.0.1]"} {
		if got := ownName(in); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
}

func TestThisMachine(t *testing.T) {
	for host, want := range map[string]bool{"127.0.0.1": true, "127.9.9.9": true, "::1": true, "::ffff:127.0.0.1": true, "localhost": true, "localhost.example.org": false, "192.0.2.1": false, "": false} {
		if thisMachine(host) != want {
			t.Errorf("%q: not %v", host, want)
		}
	}
}

func TestParsedKeysAreBounded(t *testing.T) {
	p := &postbox{keys: map[[32]byte]*crypto.Key{}}
	for i := range 2*maxKeys + 10 {
		if p.parse(strconv.Itoa(i)) != nil {
			t.Fatal("a number is no key")
		}
	}
	if len(p.keys) > maxKeys {
		t.Errorf("%d keys are remembered", len(p.keys))
	}
}

func FuzzReply(f *testing.F) {
	f.Add([]byte("250-mx.example.org\r\n250-SIZE 10240000\r\n250 AUTH PLAIN LOGIN\r\n"))
	f.Add([]byte("550-5.1.1 no\r\n550 5.1.1 such user\r\n"))
	f.Add([]byte("220"))
	f.Add([]byte("250\n"))
	f.Add([]byte("250-\xff\x00\x1b[2J\n250 \n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		c := &conn{in: bufio.NewReaderSize(bytes.NewReader(in), maxReplyLine)}
		r, err := c.readUntilDeadline()
		if err != nil {
			return
		}
		if r.code < 200 || r.code > 599 || len(r.lines) == 0 || strings.ContainsAny(r.String(), "\r\n\x00\x1b") || !utf8.ValidString(r.text) {
			t.Errorf("%+v", r)
		}
		if r.status != "" && !isStatus(r.status, r.phase()) {
			t.Errorf("status %q of %d", r.status, r.code)
		}
	})
}
