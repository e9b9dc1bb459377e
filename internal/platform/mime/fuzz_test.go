package mime

import (
	"bytes"
	"context"
	"encoding/base64"
	"strings"
	"testing"
	"unicode/utf8"
)

// sound fails where a message breaks a promise of Read.
func sound(t *testing.T, m *Message) {
	t.Helper()
	for _, s := range []string{m.Text, m.HTML, m.Subject, m.MessageID} {
		if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
			t.Fatalf("no text: %q", s)
		}
	}
	if strings.ContainsAny(m.Subject, "\r\n") || len(m.Parts) > 600 || len(m.Faults) > 100 || len(m.Text) > 2<<20 {
		t.Fatalf("beyond the limits: %q, %d parts, %d faults", m.Subject, len(m.Parts), len(m.Faults))
	}
	mustBeHarmless(t, m.HTML)
	for _, p := range m.Parts {
		if p.Name == "" || strings.ContainsAny(p.Name, "/\\\x00\r\n") || !utf8.ValidString(p.Name) || p.Name[0] == '.' || int64(len(p.Body)) != p.Size {
			t.Fatalf("part %+v", p)
		}
		if p.Nested != nil {
			sound(t, p.Nested)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{
		mailOf("", "x"), mailOf(inMixed, mixed("\r\na", "Content-Type: text/html\r\n\r\n<a href=x>y")), "From x\r\n\r\n", ": \r\n", "\x00",
		mailOf(inMixed, mixed("Content-Type: message/rfc822\r\n\r\n"+mailOf("", "x"))), mailOf("Content-Type: text/plain; charset=utf-7; format=flowed\r\n", "a \r\n> b"),
		mailOf("Content-Disposition: attachment; filename*0*=utf-8''%e2; filename*1*=%82%ac\r\nContent-Type: x/y\r\n", "begin 644 x\r\n#86)C\r\nend\r\n"),
		mailOf("Content-Type: multipart/mixed\r\n", "--x\r\n\r\ny\r\n--x--"), "Subject: =?utf-8?B?4oKs?= =?x?Q?=?=\r\n\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := Read(bytes.NewReader(raw), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		sound(t, m)
		Quotation(m.Text)
	})
}

func FuzzOpenPGP(f *testing.F) {
	p, o := everybody(), opener(f)
	f.Add([]byte(encryptTo(f, p.team, p.ada, innerText)))
	f.Add([]byte(detached(f, p.ada, innerText)))
	f.Add([]byte(beginSigned + "\r\nHash: SHA256\r\n\r\nx\r\n-----BEGIN PGP SIGNATURE-----\r\n\r\nAA\r\n" + endSigned))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, raw := range []string{pgpMIME(string(b)), mailOf("", string(b)), signedMail("application/pgp-signature", innerText, "", string(b))} {
			m, _ := Read(strings.NewReader(raw), Limits{})
			if err := o.Open(context.Background(), m); err != nil {
				t.Fatal(err)
			}
			sound(t, m)
		}
	})
}

func FuzzSMIME(f *testing.F) {
	p, o := everybody(), opener(f)
	f.Add(cmsEncrypted(f, p.teamID, innerText))
	f.Add(cmsSigned(f, p.adaID, innerText, false))
	f.Add(cmsSigned(f, p.adaID, innerText, true))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, _ := Read(strings.NewReader(smimeMail(b)), Limits{})
		if err := o.Open(context.Background(), m); err != nil {
			t.Fatal(err)
		}
		sound(t, m)
		if m.Crypto.Encrypted && !m.Crypto.Integrity && m.HTML != "" {
			t.Fatalf("a page without integrity: %+v", m.Crypto)
		}
		m, _ = Read(strings.NewReader(signedMail("application/pkcs7-signature", innerText, "Content-Transfer-Encoding: base64\r\n", base64.StdEncoding.EncodeToString(b))), Limits{})
		if err := o.Open(context.Background(), m); err != nil {
			t.Fatal(err)
		}
		sound(t, m)
	})
}

func FuzzFeedback(f *testing.F) {
	f.Add([]byte("Feedback-Type: abuse\r\nSource-IP: 192.0.2.1\r\n"), []byte(`{"xarf_version":"4.0.0","category":"content","type":"csam","url":"http://x"}`))
	f.Add([]byte("Reporting-MTA: dns; x\r\n\r\nAction: failed\r\n"), []byte(`{"xarf_version":"4","a":[{"b":1},"c"]}`))
	f.Fuzz(func(t *testing.T, report, doc []byte) {
		m, err := Read(strings.NewReader(mailOf(inMixed, mixed("Content-Type: message/feedback-report\r\n\r\n"+string(report), "Content-Type: application/json\r\n\r\n"+string(doc),
			"Content-Type: message/delivery-status\r\n\r\n"+string(report)))), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		sound(t, m)
		if m.Feedback == nil {
			return
		}
		for k, v := range m.Feedback.Fields {
			if !utf8.ValidString(k+v) || strings.ContainsAny(k+v, "\x00\r\n") {
				t.Fatalf("%q: %q", k, v)
			}
		}
	})
}
