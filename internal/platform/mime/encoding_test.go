package mime

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime/quotedprintable"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestBase64(t *testing.T) {
	for name, tt := range map[string]struct {
		in, out string
		clean   bool
	}{
		"plain":                {"aGVsbG8=", "hello", true},
		"lines":                {"aGVs\r\nbG8=\r\n", "hello", true},
		"no padding":           {"aGVsbG8", "hello", false},
		"one letter too many":  {"aGVsb", "hel", false},
		"junk between":         {"aG!Vs\x00bG8=", "hello", false},
		"padding in between":   {"aGVsbG8=aGVsbG8=", "hellohello", true},
		"nothing":              {"", "", true},
		"only padding":         {"====", "", true},
		"only junk":            {"!!!", "", false},
		"blanks":               {" a G V s b G 8 = ", "hello", true},
		"padding of one byte":  {"aA==", "h", true},
		"padding after a full": {"aGVs=", "hel", true},
		"url alphabet":         {"-_-_", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			got, clean := decodeBase64([]byte(tt.in))
			if string(got) != tt.out || clean != tt.clean {
				t.Errorf("%q %t, want %q %t", got, clean, tt.out, tt.clean)
			}
		})
	}
}

func TestQuotedPrintable(t *testing.T) {
	for name, tt := range map[string]struct {
		in, out string
		clean   bool
	}{
		"plain":                {"hello", "hello", true},
		"byte":                 {"=41=62", "Ab", true},
		"small digits":         {"=c3=a4", "ä", true},
		"soft break":           {"a=\r\nb", "ab", true},
		"soft break, LF":       {"a=\nb", "ab", true},
		"blanks behind":        {"a= \t\r\nb", "ab", true},
		"at the end":           {"a=", "a", true},
		"no digits":            {"a=XY", "a=XY", false},
		"half a byte":          {"a=4", "a=4", false},
		"equals sign":          {"1 = 2", "1 = 2", false},
		"link as it stands":    {"http://x/?a=b", "http://x/?a=b", false},
		"eight-bit":            {"ä", "ä", true},
		"two signs":            {"==41", "=A", false},
		"hard break":           {"a\r\nb", "a\r\nb", true},
		"break without a sign": {"a\rb", "a\rb", true},
	} {
		t.Run(name, func(t *testing.T) {
			got, clean := decodeQuoted([]byte(tt.in), false)
			if string(got) != tt.out || clean != tt.clean {
				t.Errorf("%q %t, want %q %t", got, clean, tt.out, tt.clean)
			}
		})
	}
}

// What a program encodes well is read as it was.
func TestEncodingsGoBothWays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")
		if got, clean := decodeBase64([]byte(base64.StdEncoding.EncodeToString(want))); !bytes.Equal(got, want) || !clean {
			t.Fatalf("base64: %x, %t", got, clean)
		}
		var b bytes.Buffer
		w := quotedprintable.NewWriter(&b)
		w.Binary = true
		_, _ = w.Write(want)
		_ = w.Close()
		if got, clean := decodeQuoted(b.Bytes(), false); !bytes.Equal(got, want) || !clean {
			t.Fatalf("quoted-printable: %x, %t", got, clean)
		}
		files, rest := findUU([]byte(uuencode("a file", want)+"behind\n"), 5)
		if len(files) != 1 || !bytes.Equal(files[0].body, want) || !files[0].clean || files[0].name != "a file" || string(rest) != "behind\n" {
			t.Fatalf("uuencode: %+v %q", files, rest)
		}
	})
}

// uuencode writes a file as uuencode(1) does.
func uuencode(name string, b []byte) string {
	var out strings.Builder
	fmt.Fprintf(&out, "begin 644 %s\n", name)
	letter := func(v byte) byte {
		if v &= 63; v > 0 {
			return v + ' '
		}
		return '`'
	}
	for len(b) > 0 {
		n := min(45, len(b))
		line := append(bytes.Clone(b[:n]), 0, 0)
		out.WriteByte(letter(byte(n)))
		for i := 0; i < n; i += 3 {
			for _, v := range []byte{line[i] >> 2, line[i]<<4 | line[i+1]>>4, line[i+1]<<2 | line[i+2]>>6, line[i+2]} {
				out.WriteByte(letter(v))
			}
		}
		out.WriteByte('\n')
		b = b[n:]
	}
	out.WriteString("`\nend\n")
	return out.String()
}

func TestWordsThatLookLikeUuencode(t *testing.T) {
	for _, text := range []string{
		"begin 644 the story\nOnce upon a time\nend\n",
		"begin work on it\n",
		"begin 999 x\n#86)C\nend\n",
		"begin 644\n",
	} {
		if files, rest := findUU([]byte(text), 5); len(files) != 0 || string(rest) != text {
			t.Errorf("%q: %+v, %q", text, files, rest)
		}
	}
	many := strings.Repeat("begin 644 x\n#86)C\nend\n", 60)
	if files, _ := findUU([]byte(many), 50); len(files) != 50 {
		t.Errorf("%d files", len(files))
	}
}

func TestParameters(t *testing.T) {
	for name, tt := range map[string]struct {
		in, value string
		params    map[string]string
	}{
		"plain":               {`text/plain; charset=utf-8`, "text/plain", map[string]string{"charset": "utf-8"}},
		"large letters":       {`Text/PLAIN; CharSet="UTF-8"`, "text/plain", map[string]string{"charset": "UTF-8"}},
		"nothing":             {``, "", map[string]string{}},
		"only semicolons":     {`a/b;;;`, "a/b", map[string]string{}},
		"no value":            {`a/b; charset`, "a/b", map[string]string{}},
		"no name":             {`a/b; =x`, "a/b", map[string]string{}},
		"first counts":        {`a/b; x=1; x=2`, "a/b", map[string]string{"x": "1"}},
		"quote never ends":    {`a/b; x="1; y=2`, "a/b", map[string]string{"x": "1; y=2"}},
		"escaped quote":       {`a/b; x="a\"b;c"`, "a/b", map[string]string{"x": `a"b;c`}},
		"sections":            {`a/b; x*0=a; x*1=b; x*2=c`, "a/b", map[string]string{"x": "abc"}},
		"sections, disorder":  {`a/b; x*1=b; x*0=a`, "a/b", map[string]string{"x": "ab"}},
		"encoded":             {`a/b; x*=iso-8859-1'de'%E4%zz`, "a/b", map[string]string{"x": "ä%zz"}},
		"encoded before none": {`a/b; x=plain; x*=utf-8''%C3%A4`, "a/b", map[string]string{"x": "ä"}},
		"no charset":          {`a/b; x*=%C3%A4`, "a/b", map[string]string{"x": "ä"}},
		"bad number":          {`a/b; x*q=1; y=2`, "a/b", map[string]string{"x*q": "1", "y": "2"}},
		"huge number":         {`a/b; x*99999=1`, "a/b", map[string]string{"x*99999": "1"}},
	} {
		t.Run(name, func(t *testing.T) {
			value, params := typed(tt.in)
			if value != tt.value || fmt.Sprint(params) != fmt.Sprint(tt.params) {
				t.Errorf("%q %q, want %q %q", value, params, tt.value, tt.params)
			}
		})
	}
}
