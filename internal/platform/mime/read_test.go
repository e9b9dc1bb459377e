package mime

import (
	"encoding/base64"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestReadPlainMail(t *testing.T) {
	m := readText(t, mailOf("References: <a@x> <b@y>\r\nIn-Reply-To: <b@y>\r\nCc: \"B, C\" <bc@Victim.Example>, d@e.example\r\n", "Hello\r\n> quoted\r\nbye\r\n"))
	want := &Message{
		From: []Address{{"Ada", "ada@victim.example"}}, To: []Address{{"", "cert@cert.example"}},
		Cc:      []Address{{"B, C", "bc@victim.example"}, {"", "d@e.example"}},
		Subject: "help", MessageID: "1@victim.example", References: []string{"a@x", "b@y"}, InReplyTo: []string{"b@y"},
		Date: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), Text: "Hello\n> quoted\nbye", Auto: Auto{Kind: Person},
	}
	m.Raw, m.Header, m.root, m.limits = nil, nil, nil, Limits{}
	if d := cmp.Diff(want, m, cmp.AllowUnexported(Message{})); d != "" {
		t.Error(d)
	}
}

func TestHeadersInEveryWriting(t *testing.T) {
	for name, tt := range map[string]struct{ in, subject string }{
		"q":                     {"=?iso-8859-1?Q?Gr=FC=DFe_an_alle?=", "Grüße an alle"},
		"b":                     {"=?UTF-8?B?R3LDvMOfZQ==?=", "Grüße"},
		"character cut in two":  {"=?utf-8?B?R3LD?= =?utf-8?B?vMOfZQ==?=", "Grüße"},
		"two sets":              {"=?utf-8?Q?a?= =?iso-8859-15?Q?=A4?=", "a€"},
		"words between":         {"a =?utf-8?Q?b?= c =?utf-8?Q?d?=", "a b c d"},
		"raw utf-8":             {"Grüße", "Grüße"},
		"raw latin":             {"Gr\xfc\xdfe", "Grüße"},
		"unknown set":           {"=?x-none?Q?abc?=", "abc"},
		"broken base64":         {"=?utf-8?B?R3L?=", "Gr"},
		"broken quoted":         {"=?utf-8?Q?a=zz?=", "a=zz"},
		"no end":                {"=?utf-8?Q?abc", "=?utf-8?Q?abc"},
		"japanese":              {"=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=", "日本"},
		"language (RFC 2231)":   {"=?utf-8*en?Q?abc?=", "abc"},
		"turned writing":        {"=?utf-8?B?4oCuYWJj?=", "abc"},
		"line end within":       {"=?utf-8?Q?a=0D=0ABcc:_x?=", "a Bcc: x"},
		"folded":                {"one\r\n two", "one two"},
		"nul":                   {"a\x00b", "ab"},
		"blanks in a q word":    {"=?utf-8?Q?a b?=", "a b"},
		"eight-bit in a q word": {"=?utf-8?Q?Grüße?=", "Grüße"},
	} {
		t.Run(name, func(t *testing.T) {
			if m := readText(t, "From: a@b.example\r\nSubject: "+tt.in+"\r\n\r\nx"); m.Subject != tt.subject {
				t.Errorf("%q, want %q", m.Subject, tt.subject)
			}
		})
	}
}

func TestFileNames(t *testing.T) {
	for name, tt := range map[string]struct{ disposition, want string }{
		"plain":               {`filename="a.txt"`, "a.txt"},
		"rfc 2231":            {`filename*=utf-8''Gr%C3%BC%C3%9Fe.txt`, "Grüße.txt"},
		"continued":           {`filename*0="long"; filename*1=" name"; filename*2=".pdf"`, "long name.pdf"},
		"continued, encoded":  {`filename*0*=iso-8859-1''Gr%FC; filename*1="x.pdf"`, "Grüx.pdf"},
		"rfc 2047 in quotes":  {`filename="=?utf-8?Q?Gr=C3=BC=C3=9Fe.txt?="`, "Grüße.txt"},
		"folders":             {`filename="../../etc/passwd"`, "passwd"},
		"windows folders":     {`filename="C:\temp\x.doc"`, "x.doc"},
		"hidden":              {`filename=".bashrc"`, "bashrc"},
		"device":              {`filename="CON.txt"`, "_CON.txt"},
		"turned":              {"filename=\"invoice\u202Efdp.exe\"", "invoicefdp.exe"},
		"stream":              {`filename="a.txt:evil"`, "a.txt_evil"},
		"trailing dots":       {`filename="a.exe. . ."`, "a.exe"},
		"semicolon in quotes": {`filename="a;b.txt"`, "a;b.txt"},
		"long":                {`filename="` + strings.Repeat("x", 5000) + `.pdf"`, strings.Repeat("x", 116) + ".pdf"},
		"none":                {``, "part-1.bin"},
		"only dots":           {`filename="..."`, "part-1.bin"},
		"nothing but a slash": {`filename="/"`, "part-1.bin"},
	} {
		t.Run(name, func(t *testing.T) {
			m := readText(t, mailOf("Content-Type: application/x-thing\r\nContent-Disposition: attachment; "+tt.disposition+"\r\n", "x"))
			if len(m.Parts) != 1 || m.Parts[0].Name != tt.want {
				t.Errorf("%+v, want %q", m.Parts, tt.want)
			}
		})
	}
}

func TestTextIsChosen(t *testing.T) {
	alternative := "Content-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\nContent-Type: text/plain\r\n\r\n%s\r\n--c\r\nContent-Type: text/html\r\n\r\n<p>rich <b>text</b></p>\r\n--c--\r\n"
	for name, tt := range map[string]struct{ fields, body, text, html string }{
		"plain of two":             {inMixed, mixed(fmt.Sprintf(alternative, "plain")), "plain", "<p>rich <b>text</b></p>"},
		"plain is empty":           {inMixed, mixed(fmt.Sprintf(alternative, " ")), "rich text", "<p>rich <b>text</b></p>"},
		"html alone":               {"Content-Type: text/html\r\n", "<p>one</p><blockquote>two<br>three</blockquote>", "one\n\n> two\n> three", "<p>one</p><blockquote>two<br>three</blockquote>"},
		"latin":                    {"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n", "Gr=FC=DFe=\r\n an alle", "Grüße an alle", ""},
		"set in the page":          {"Content-Type: text/html\r\n", "<meta charset=iso-8859-2><p>\xb1</p>", "ą", "<p>ą</p>"},
		"flowed":                   {"Content-Type: text/plain; format=flowed\r\n", "one \r\ntwo\r\n> a \r\n> b\r\n-- \r\nme\r\n", "one two\n> a b\n-- \nme", ""},
		"no boundary":              {"Content-Type: multipart/mixed\r\n", "--b\r\n\r\nhello\r\n--b--\r\n", "hello", ""},
		"boundary never comes":     {inMixed, "only words\r\n", "only words", ""},
		"no end":                   {inMixed, "--b\r\n\r\nhello\r\n", "hello", ""},
		"two texts":                {inMixed, mixed("\r\none", "\r\ntwo"), "one\n\ntwo", ""},
		"type is none":             {"Content-Type: text\r\n", "hello", "hello", ""},
		"unknown set":              {"Content-Type: text/plain; charset=x-none\r\n", "hello", "hello", ""},
		"unknown encoding":         {"Content-Transfer-Encoding: x-odd\r\n", "hello", "hello", ""},
		"nul and escape":           {"", "a\x00b\x1b[31mc", "ab[31mc", ""},
		"base64 with junk":         {"Content-Transfer-Encoding: base64\r\n", "aGVs\r\n!!bG8=\r\n-- list footer", "hello", ""},
		"utf-16":                   {"Content-Type: text/plain; charset=utf-16\r\nContent-Transfer-Encoding: base64\r\n", base64.StdEncoding.EncodeToString([]byte("\xff\xfeh\x00i\x00")), "hi", ""},
		"boundary with blanks":     {"Content-Type: multipart/mixed; boundary=\"b\"\r\n", "--b  \r\n\r\nhello\r\n--b-- \r\n", "hello", ""},
		"boundary begins another":  {inMixed, "--b\r\n\r\nhello\r\n--bc\r\nrest\r\n--b--\r\n", "hello\n--bc\nrest", ""},
		"mbox":                     {"", "", "", ""},
		"boundary in quotes, long": {"Content-Type: multipart/mixed;\r\n\tboundary=\"=_a/b:c\"\r\n", "--=_a/b:c\r\n\r\nhello\r\n--=_a/b:c--\r\n", "hello", ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := readText(t, mailOf(tt.fields, tt.body))
			if !strings.HasPrefix(m.Text, tt.text) || tt.text == "" && m.Text != "" || m.HTML != tt.html {
				t.Errorf("%q\n%q", m.Text, m.HTML)
			}
		})
	}
}

// Whatever a sender builds, it is read within the limits, and what is wrong is told.
func TestHostileMails(t *testing.T) {
	deep := "x"
	for i := range 1000 {
		deep = fmt.Sprintf("Content-Type: multipart/mixed; boundary=n%d\r\n\r\n--n%d\r\n%s\r\n--n%d--\r\n", i, i, deep, i)
	}
	within := "Subject: innermost\r\n\r\nx"
	for range 1000 {
		within = "Content-Type: message/rfc822\r\n\r\n" + within
	}
	for name, tt := range map[string]struct {
		in   string
		want FaultCode
	}{
		"nothing":                 {"", NoFrom},
		"no header":               {"just words\r\nmore\r\n", HeaderMissing},
		"1,000 deep":              {"From: a@b.example\r\n" + deep, TooDeep},
		"1,000 mails in mails":    {"From: a@b.example\r\n" + within, TooDeep},
		"100,000 parts":           {mailOf(inMixed, strings.Repeat("--b\r\n\r\nx\r\n", 100_000)), TooManyParts},
		"100,000 fields":          {strings.Repeat("X: y\r\n", 100_000) + "\r\n", HeaderTooBig},
		"header without end":      {"From: a@b.example\r\nX: " + strings.Repeat("x", 4<<20), HeaderTooBig},
		"line that is no field":   {"From: a@b.example\r\nwhat is this\r\nTo: x@y.example\r\n\r\nx", HeaderBroken},
		"eight-bit header":        {"From: a@b.example\r\nSubject: \xff\xfe\r\n\r\nx", HeaderJunk},
		"two senders":             {"From: a@b.example\r\nFrom: c@d.example\r\n\r\nx", SeveralFrom},
		"two addresses":           {"From: a@b.example, c@d.example\r\n\r\nx", SeveralFrom},
		"no sender":               {"Subject: x\r\n\r\nx", NoFrom},
		"sender that is none":     {"From: nobody\r\n\r\nx", AddressBroken},
		"10,000 recipients":       {"From: a@b.example\r\nTo: " + strings.Repeat("x@y.example, ", 10_000) + "z@y.example\r\n\r\nx", TooManyNames},
		"date that is none":       {"From: a@b.example\r\nDate: yesterday\r\n\r\nx", DateBroken},
		"date of another age":     {"From: a@b.example\r\nDate: Sun, 22 Nov 9999 10:00:00 +0000\r\n\r\nx", DateBroken},
		"no boundary":             {mailOf("Content-Type: multipart/mixed\r\n", "x"), NoBoundary},
		"no end":                  {mailOf(inMixed, "--b\r\n\r\nhello"), NoEnd},
		"base64":                  {mailOf("Content-Transfer-Encoding: base64\r\n", "a"), EncodingBad},
		"quoted-printable":        {mailOf("Content-Transfer-Encoding: quoted-printable\r\n", "=ZZ"), EncodingBad},
		"uuencode":                {mailOf("Content-Transfer-Encoding: x-uuencode\r\n", "begin 644 x\r\n#86)C\r\n"), EncodingBad},
		"encoding":                {mailOf("Content-Transfer-Encoding: x-odd\r\n", "x"), EncodingOdd},
		"character set":           {mailOf("Content-Type: text/plain; charset=x-none\r\n", "x"), CharsetOdd},
		"not in the set":          {mailOf("Content-Type: text/plain; charset=utf-8\r\n", "\xff"), CharsetOdd},
		"endless text":            {mailOf("", strings.Repeat("word ", 1<<20)), TextTooLong},
		"million tags":            {mailOf("Content-Type: text/html\r\n", strings.Repeat("<div>", 1<<20)), TextTooLong},
		"broken X-ARF":            {mailOf("Content-Type: application/json\r\n", `{"xarf_version": 4`), ReportBroken},
		"feedback without a type": {mailOf("Content-Type: message/feedback-report\r\n", "Version: 1\r\n"), ReportBroken},
	} {
		t.Run(name, func(t *testing.T) {
			begin := worked(t)
			m := readText(t, tt.in)
			found := false
			for _, f := range m.Faults {
				found = found || f.Code == tt.want
			}
			if !found || len(m.Faults) > 100 || len(m.Parts) > 500 || len(m.Text) > 2<<20 {
				t.Errorf("%d faults %v, %d parts, %d text", len(m.Faults), codes(m), len(m.Parts), len(m.Text))
			}
			if d := worked(t) - begin; d > 20*time.Second {
				t.Errorf("it took %v", d)
			}
		})
	}
}

// worked is the time of processors that this process has had: on a busy machine the clock says nothing about a function.
func worked(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestTooLargeIsCut(t *testing.T) {
	m, err := Read(strings.NewReader(mailOf("", strings.Repeat("x", 1000))), Limits{Size: 300})
	if err != nil || len(m.Raw) != 300 || codes(m)[0] != TooLarge {
		t.Errorf("%d, %v, %v", len(m.Raw), codes(m), err)
	}
}

func TestAttachments(t *testing.T) {
	exe := base64.StdEncoding.EncodeToString([]byte("MZ\x90\x00rest"))
	m := readText(t, mailOf(inMixed, mixed(
		"Content-Type: text/plain\r\n\r\nlook\r\n\r\nbegin 644 notes.txt\r\n#86)C\r\n`\r\nend\r\nbye",
		"Content-Type: application/pdf; name=\"bill.pdf.exe\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"+exe,
		"Content-Type: message/rfc822\r\n\r\nFrom: x@y.example\r\nSubject: inner\r\n\r\ninside",
		"Content-Type: application/zip; name=l.zip\r\n\r\nPK\x03\x04\x14\x00\x01\x00",
		"Content-Type: text/csv; name=a.csv\r\n\r\n1;2",
	)))
	type seen struct {
		Name, Type, Sniffed, Body string
		Suspect                   []Suspicion
	}
	var got []seen
	for _, p := range m.Parts {
		got = append(got, seen{p.Name, p.MediaType, p.Sniffed, string(p.Body), p.Suspect})
	}
	want := []seen{
		{"notes.txt", "application/octet-stream", "text/plain", "abc", nil},
		{"bill.pdf.exe", "application/pdf", "application/vnd.microsoft.portable-executable", "MZ\x90\x00rest", []Suspicion{Executable, DoubleExtension, TypeDiffers}},
		{"part-3.eml", "message/rfc822", "text/plain", "From: x@y.example\r\nSubject: inner\r\n\r\ninside", nil},
		{"l.zip", "application/zip", "application/zip", "PK\x03\x04\x14\x00\x01\x00", []Suspicion{Locked}},
		{"a.csv", "text/csv", "text/plain", "1;2", nil},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if n := m.Parts[2].Nested; n == nil || n.Subject != "inner" || n.Text != "inside" {
		t.Errorf("nested: %+v", n)
	}
	if m.Text != "look\n\nbye" || len(m.Parts[0].SHA256) != 64 || m.Parts[0].Size != 3 {
		t.Errorf("%q %+v", m.Text, m.Parts[0])
	}
}
