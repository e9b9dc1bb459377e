package leak

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// packZip makes a ZIP of names and contents by turns.
func packZip(t testing.TB, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		w, err := z.Create(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(parts[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func packGzip(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func packZstd(t testing.TB, text string) []byte {
	t.Helper()
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return z.EncodeAll([]byte(text), nil)
}

func packTar(t testing.TB, name, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: name, Size: int64(len(text)), Mode: 0o600}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(text)); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// packPDF makes a small PDF with one stream of text.
func packPDF(t testing.TB, operators string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	if _, err := z.Write([]byte(operators)); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	return fmt.Appendf(nil, "%%PDF-1.4\n4 0 obj\n<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream\nendobj\n%%%%EOF\n", b.Len(), b.String())
}

func TestPlacesAreSaid(t *testing.T) {
	n := hospital()
	file := func(name string, data []byte) Content { return Content{Files: []File{{Name: name, Data: data}}} }
	deep := packZip(t, "inner.zip", string(packZip(t, "a.csv", "x,y\n1,City Hospital\n")))
	mail := "Subject: x\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString(packZip(t, "list.txt", "line\nCity Hospital")) + "\r\n"
	for name, c := range map[string]struct {
		content Content
		want    string
	}{
		"subject":         {Content{Subject: "About City Hospital"}, `the subject names the victim "City Hospital NV", as "City Hospital"`},
		"header":          {Content{Headers: []Header{{"To", "City Hospital"}}}, `the header To names the victim "City Hospital NV", as "City Hospital"`},
		"line":            {Content{Text: "a\nb\nhit City Hospital NV"}, `line 3 names the victim "City Hospital NV"`},
		"line, decoded":   {Content{Text: "a\n%41%0A\nhit City%20Hospital NV"}, `line 3 names the victim "City Hospital NV"`},
		"line, base64":    {Content{Text: "a\nQ2l0eSBIb3NwaXRhbCBOVg=="}, `line 2, encoded, line 1 names the victim "City Hospital NV"`},
		"line, quoted":    {Content{Text: "a=\nb=3D\nCity Hospital =4E=56"}, `line 3 names the victim "City Hospital NV", as "City Hospital"`},
		"attachment name": {file("City Hospital NV.txt", []byte("x")), `attachment 1, City Hospital NV.txt, the name of the file names the victim "City Hospital NV"`},
		"CSV":             {file("events.csv", []byte("a,source.fqdn\n1,x\n2,\"city-hospital.\nexample\"\n")), `attachment 1, events.csv, row 3, column source.fqdn names the victim "city-hospital.example", as "city-hospital. example"`},
		"CSV, semicolon":  {file("events.csv", []byte("a;b\n1;192.0.2.17\n")), `attachment 1, events.csv, row 2, column b names the victim "192.0.2.17"`},
		"JSON":            {file("b.json", []byte(`{"objects":[{"x":1},{"extensions":{"x-firehall":{"v":"City Hospital\u0020NV"}}}]}`)), `attachment 1, b.json, objects[1].extensions.x-firehall.v names the victim "City Hospital NV"`},
		"JSON, key":       {file("b.json", []byte(`[{"city-hospital.example":1}]`)), `attachment 1, b.json, [0].city-hospital.example names the victim "city-hospital.example"`},
		"JSON, cut":       {file("b.json", []byte("{\"a\":\n\"City Hospital NV\",,")), `attachment 1, b.json, a names the victim "City Hospital NV"`},
		"HTML, text":      {file("a.html", []byte("<html>\n<p>City <b>Hos</b>pital NV</p>")), `attachment 1, a.html, line 2 names the victim "City Hospital NV"`},
		"HTML, attribute": {file("a.html", []byte("<html>\n<a\nhref='https://x.example/City%20Hospital%20NV'>x</a>")), `attachment 1, a.html, line 2, attribute href names the victim "City Hospital NV"`},
		"HTML, comment":   {file("a.html", []byte("<html>\n<!-- City Hospital NV -->")), `attachment 1, a.html, line 2 names the victim "City Hospital NV"`},
		"ZIP":             {file("a.zip", packZip(t, "x.txt", "a\nCity Hospital NV")), `attachment 1, a.zip, x.txt, line 2 names the victim "City Hospital NV"`},
		"ZIP, name":       {file("a.zip", packZip(t, "d/City Hospital NV.txt", "a")), `attachment 1, a.zip, d/City Hospital NV.txt, the name of the file names the victim "City Hospital NV"`},
		"ZIP in a ZIP":    {file("a.zip", deep), `attachment 1, a.zip, inner.zip, a.csv, row 2, column y names the victim "City Hospital NV", as "City Hospital"`},
		"office document": {file("a.docx", packZip(t, "word/document.xml", "<w:p><w:r><w:t>City Hos</w:t></w:r><w:r><w:t>pital NV</w:t></w:r></w:p>")), `attachment 1, a.docx, word/document.xml, line 1 names the victim "City Hospital NV"`},
		"gzip":            {file("a.txt.gz", packGzip(t, "City Hospital NV")), `attachment 1, a.txt.gz, line 1 names the victim "City Hospital NV"`},
		"zstd":            {file("a.csv.zst", packZstd(t, "h\nCity Hospital NV")), `attachment 1, a.csv.zst, row 2, column h names the victim "City Hospital NV"`},
		"tar":             {file("a.tar", packTar(t, "x.txt", "City Hospital NV")), `attachment 1, a.tar, x.txt, line 1 names the victim "City Hospital NV"`},
		"mail":            {file("a.eml", []byte(mail)), `attachment 1, a.eml, line 4, encoded, list.txt, line 2 names the victim "City Hospital NV", as "City Hospital"`},
		"PDF":             {file("a.pdf", packPDF(t, "BT /F1 12 Tf (City) Tj T* [(Hos) -20 (pital) -300 (NV)] TJ ET")), `attachment 1, a.pdf, the text of the document names the victim "City Hospital NV"`},
		"UTF-16":          {file("a.txt", []byte("\xff\xfeC\x00i\x00t\x00y\x00 \x00H\x00o\x00s\x00p\x00i\x00t\x00a\x00l\x00 \x00N\x00V\x00")), `attachment 1, a.txt, line 1 names the victim "City Hospital NV"`},
		"Latin-1":         {file("a.txt", []byte("l'H\xf4pital \xc9toil\xe9")), `attachment 1, a.txt, line 1 names the victim "Hôpital Étoilé"`},
	} {
		got := Check(c.content, n)
		if !slices.ContainsFunc(got, func(l Leak) bool { return strings.HasPrefix(l.String(), c.want) }) {
			t.Errorf("%s:\n%v\nwant\n%s", name, got, c.want)
		}
	}
}

func TestWhatCannotBeLookedInto(t *testing.T) {
	n := hospital()
	locked := packZip(t, "secret.txt", "whatever stands here")
	locked[6] |= 1                                                // the local header
	locked[bytes.Index(locked, []byte("PK\x01\x02"))+8] |= 1      // the directory
	bomb := packZip(t, "zeros", strings.Repeat("\x00 \n", 1<<18)) // unpacks to more than is looked into
	nested := []byte("x")
	for range MaxDepth + 1 {
		nested = packZip(t, "x.zip", string(nested))
	}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"encrypted ZIP":   {locked, Encrypted},
		"age":             {[]byte("age-encryption.org/v1\n-> X25519 "), Encrypted},
		"OpenPGP":         {[]byte("hello\n-----BEGIN PGP MESSAGE-----\n"), Encrypted},
		"encrypted PDF":   {[]byte("%PDF-1.4\n1 0 obj << /Encrypt 2 0 R >>"), Encrypted},
		"picture":         {[]byte("\x89PNG\r\n\x1a\n\x00\x00"), Picture},
		"RAR":             {[]byte("Rar!\x1a\x07\x01\x00"), Binary},
		"7z":              {[]byte("7z\xbc\xaf\x27\x1c\x00"), Binary},
		"some binary":     {[]byte("\x01\x02\x00\x00\x7f"), Binary},
		"a ZIP cut short": {locked[:20], Damaged},
		"a gzip cut":      {packGzip(t, "something long enough")[:20], Damaged},
		"a bomb":          {bomb, TooMuch},
		"too deep":        {nested, TooMuch},
		"PDF with a font": {[]byte("%PDF-1.4\n1 0 obj << /Encoding /Identity-H >>"), Fonts},
		"PDF, picture":    {[]byte("%PDF-1.4\n1 0 obj << /Subtype /Image >>\nstream\nabc\nendstream"), Picture},
	} {
		s := newSearch(n)
		s.most = 1 << 19
		s.content(Content{Files: []File{{Name: "f", Data: c.data}}})
		got := s.found
		if len(got) == 0 || got[0].Kind != Unreadable || !slices.ContainsFunc(got, func(l Leak) bool { return l.Name == c.want }) {
			t.Errorf("%s: %v, want %s", name, got, c.want)
		}
	}
	if got := Check(Content{Files: []File{{Name: "f", Data: locked}}}, NewNames()); got != nil {
		t.Errorf("no names, and yet %v", got)
	}
}

func TestDigestStandsForAll(t *testing.T) {
	c := Content{Subject: "s", Text: "t", Headers: []Header{{"a", "b"}}, Files: []File{{"n", "m", []byte("d")}}}
	seen := map[string]bool{c.Digest(): true}
	for _, d := range []Content{
		{},
		{Subject: "st", Headers: c.Headers, Files: c.Files},
		{Subject: "s", Text: "u", Headers: c.Headers, Files: c.Files},
		{Subject: "s", Text: "t", Files: c.Files},
		{Subject: "s", Text: "t", Headers: c.Headers},
		{Subject: "s", Text: "t", Headers: c.Headers, Files: []File{{"n", "m", []byte("e")}}},
		{Subject: "s", Text: "t", Headers: c.Headers, Files: []File{{"nm", "", []byte("d")}}},
	} {
		if seen[d.Digest()] {
			t.Errorf("%+v has the digest of another", d)
		}
		seen[d.Digest()] = true
	}
}

func TestReportsAreBounded(t *testing.T) {
	n := hospital()
	got := Check(Content{Text: strings.Repeat("City Hospital\n", 10*MaxLeaks)}, n)
	if len(got) != MaxLeaks {
		t.Errorf("%d leaks", len(got))
	}
	if s := Sentences(got, 2); !strings.HasSuffix(s, "; and 98 more") || strings.Count(s, ";") != 2 {
		t.Error(s)
	}
}
