package leak

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// FuzzCheck feeds files of any kind: whatever they are, there is an answer, and a name that stands in a text is found.
func FuzzCheck(f *testing.F) {
	f.Add("a.csv", []byte("x;y\n1;City Hospital\n"))
	f.Add("a.json", []byte(`{"a":["City Hospital",{"b":1}]}`))
	f.Add("a.html", []byte("<p a='x'>City&nbsp;Hospital<!-- x"))
	f.Add("a.zip", packZip(f, "x.txt", "City Hospital"))
	f.Add("a.gz", packGzip(f, "x"))
	f.Add("a.zst", packZstd(f, "x"))
	f.Add("a.tar", packTar(f, "x", "y"))
	f.Add("a.pdf", packPDF(f, "BT (x) Tj [(a) -300 (b)] TJ ET"))
	f.Add("a.txt", []byte("=?utf-8?B?Q2l0eQ==?= %u0041 \\u{41} xn--a &#x41; =\r\n 192[.]0.2.1 ::1"))
	f.Add("a.txt", []byte("\xff\xfeC\x00i\x00"))
	n := hospital()
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		for _, l := range Check(Content{Subject: name, Text: string(data), Files: []File{{Name: name, Data: data}}}, n) {
			if l.String() == "" || !utf8.ValidString(l.Found) {
				t.Errorf("%+v", l)
			}
		}
		n.Find(string(data))
	})
}

// FuzzNames adds any name: what is not skipped is found, as it is and encoded.
func FuzzNames(f *testing.F) {
	f.Add("organisation", "City Hospital NV")
	f.Add("person", "Dr. Zelda van Quickthorn-Ölström")
	f.Add("domain", "hôpital.example")
	f.Add("mail", "a.b@c.example")
	f.Add("address", "2001:db8::1")
	f.Add("phone", "+32 470 55 66 77")
	f.Add("text", "ßß 東京電力")
	f.Fuzz(func(t *testing.T, kind, value string) {
		n := NewNames()
		n.Add(Kind(kind), value)
		n.Find(value)
		if !utf8.ValidString(value) || len(n.Skipped()) > 0 || n.Len() == 0 || kind != "organisation" && kind != "address" || strings.ContainsAny(value, "()%&\\=[]") || torn(value) {
			return
		}
		if common[strings.ToLower(strings.TrimFunc(value, func(r rune) bool { return !unicode.IsLetter(r) }))] { // which counts only where it begins with a capital
			return
		}
		ways := map[string]string{"as it is": value, "encoded": "x " + url.PathEscape(value) + " y"}
		if !strings.ContainsFunc(value, unicode.IsControl) { // which are no part of a text, so that it would be two
			ways["base64"] = base64.StdEncoding.EncodeToString([]byte("about: " + value + " today"))
		}
		for how, text := range ways {
			if len(Check(Content{Text: text}, n)) == 0 {
				t.Errorf("%s %q is not found %s: %q", kind, value, how, text)
			}
		}
	})
}

// torn tells of a text with more between two letters than may stand between the words of a name.
func torn(text string) bool {
	f, gap := newFolder(), 0
	for _, r := range text {
		if gap += utf8.RuneLen(r); f.skeleton(string(r)) != "" {
			gap = 0
		}
		if gap > maxGap {
			return true
		}
	}
	return false
}
