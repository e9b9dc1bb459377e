package opened

import (
	"strings"
	"testing"
)

const signed = "From: CERT <cert@example.org>\r\nSubject: =?utf-8?q?=5BTLP:GREEN=5D_machines_infect=C3=A9es?=\r\nX-Long: one\r\n two\r\n" +
	"Content-Type: multipart/signed; boundary=\"=_a\"; protocol=\"application/pgp-signature\"\r\nMIME-Version: 1.0\r\n\r\n" +
	"--=_a\r\nContent-Type: multipart/mixed; boundary=\"=_b\"\r\n\r\n" +
	"--=_b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nH=C3=A9llo\r\n" +
	"--=_b\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename=\"../../evil\u202e.csv\"\r\nContent-Transfer-Encoding: base64\r\n\r\nYSxiCg==\r\n" +
	"--=_b--\r\n--=_a\r\nContent-Type: application/pgp-signature\r\n\r\n-----BEGIN PGP SIGNATURE-----\r\n--=_a--\r\n"

func TestMail(t *testing.T) {
	m := Mail([]byte(signed))
	if m.Fault != "" || !m.Signed || m.Encrypted || len(m.Parts) != 3 {
		t.Fatalf("%+v", m)
	}
	if !m.Parts[0].Text() || string(m.Parts[0].Data) != "Héllo" {
		t.Errorf("the text: %+v", m.Parts[0])
	}
	if p := m.Parts[1]; p.Name != "evil.csv" || string(p.Data) != "a,b\n" || p.Text() {
		t.Errorf("the attachment: %+v", p)
	}
	if m.Parts[2].Name != "part.pgp-signature" {
		t.Errorf("the signature is named %q", m.Parts[2].Name)
	}
	if m.Headers[1].Value != "[TLP:GREEN] machines infectées" || m.Headers[2].Value != "one two" {
		t.Errorf("headers: %q", m.Headers)
	}
}

func TestEncryptedStaysShut(t *testing.T) {
	m := Mail([]byte("From: a@example.org\r\nContent-Type: multipart/encrypted; boundary=x\r\n\r\n--x\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n" +
		"--x\r\nContent-Type: application/octet-stream; name=\"encrypted.asc\"\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n--x--\r\n"))
	if !m.Encrypted || len(m.Parts) != 2 || !m.Parts[1].Shut || m.Parts[1].Text() {
		t.Errorf("%+v", m)
	}
}

func TestSMIME(t *testing.T) {
	m := Mail([]byte("From: a@example.org\r\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data; name=\"smime.p7m\"\r\n" +
		"Content-Disposition: attachment; filename=\"smime.p7m\"\r\nContent-Transfer-Encoding: base64\r\n\r\nMIIB\r\n"))
	if !m.Encrypted || !m.SMIME || m.Fault != "" || len(m.Parts) != 1 || !m.Parts[0].Shut || m.Parts[0].Name != "smime.p7m" {
		t.Errorf("encrypted: %+v", m)
	}
	m = Mail([]byte("From: a@example.org\r\nContent-Type: multipart/signed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nhello\r\n" +
		"--x\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\nContent-Transfer-Encoding: base64\r\n\r\nMIIB\r\n--x--\r\n"))
	if m.Encrypted || !m.Signed || !m.SMIME || len(m.Parts) != 2 || m.Parts[1].Shut || !m.Parts[0].Text() {
		t.Errorf("signed: %+v", m)
	}
}

func TestDamaged(t *testing.T) {
	tests := map[string]string{
		"no head":          "no head at all",
		"a part cut off":   "A: b\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nhello",
		"bad base64":       "A: b\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!",
		"deeper than ever": "Content-Type: multipart/mixed; boundary=x\r\n\r\n" + strings.Repeat("--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n", 50),
	}
	for name, raw := range tests {
		t.Run(name, func(t *testing.T) {
			if m := Mail([]byte(raw)); m.Fault == "" {
				t.Errorf("nothing wrong was found: %+v", m)
			}
		})
	}
}

func TestWebhook(t *testing.T) {
	if m := Webhook([]byte(`{"a":["<b>"]}`)); m.Fault != "" || !strings.Contains(string(m.Parts[0].Data), "\"<b>\"\n") {
		t.Errorf("%+v", m)
	}
	if m := Webhook([]byte(`{`)); m.Fault == "" || string(m.Parts[0].Data) != "{" {
		t.Errorf("%+v", m)
	}
}

func TestSafeName(t *testing.T) {
	for name, want := range map[string]string{
		"report.csv": "report.csv", `C:\temp\x.txt`: "x.txt", "../../etc/passwd": "passwd", "\u202egnp.exe": "gnp.exe", "..": "", ".hidden": "hidden",
		"a\r\nb\".csv": "ab.csv", strings.Repeat("x", 300) + ".csv": strings.Repeat("x", 96) + ".csv", "\xff\xfe": "", "a\u2028b": "ab",
	} {
		if got := SafeName(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func FuzzMail(f *testing.F) {
	f.Add([]byte(signed))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, p := range Mail(raw).Parts {
			if strings.ContainsAny(p.Name, "/\\\r\n\"") {
				t.Errorf("a name that is no name: %q", p.Name)
			}
		}
	})
}
