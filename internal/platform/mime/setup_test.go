package mime

import (
	"slices"
	"strings"
	"testing"
)

// mailOf is a mail with a usual header, these fields more, and a body.
func mailOf(fields, body string) string {
	return "From: Ada <ada@victim.example>\r\nTo: cert@cert.example\r\nSubject: help\r\nMessage-ID: <1@victim.example>\r\nDate: Sun, 22 Nov 2026 10:00:00 +0100\r\nMIME-Version: 1.0\r\n" + fields + "\r\n" + body
}

// mixed is a body of parts, each with a header of its own.
func mixed(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("--b\r\n" + p + "\r\n")
	}
	return b.String() + "--b--\r\n"
}

const inMixed = "Content-Type: multipart/mixed; boundary=b\r\n"

func readText(t testing.TB, raw string) *Message {
	t.Helper()
	m, err := Read(strings.NewReader(raw), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func codes(m *Message) (out []FaultCode) {
	for _, f := range m.Faults {
		if !slices.Contains(out, f.Code) {
			out = append(out, f.Code)
		}
	}
	return out
}
