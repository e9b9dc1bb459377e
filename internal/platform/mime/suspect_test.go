package mime

import (
	"slices"
	"strings"
	"testing"
)

func TestSuspicions(t *testing.T) {
	for name, tt := range map[string]struct {
		claimed, kind, body string
		want                []Suspicion
	}{
		"picture":             {"a.png", "image/png", "\x89PNG\r\n\x1a\n", nil},
		"text":                {"a.txt", "text/plain", "hello", nil},
		"program by its name": {"a.EXE", "application/octet-stream", "x", []Suspicion{Executable}},
		"program by content":  {"a.bin", "application/octet-stream", "MZ\x90", []Suspicion{Executable}},
		"program as picture":  {"a.png", "image/png", "MZ\x90", []Suspicion{Executable, TypeDiffers}},
		"ELF":                 {"a", "application/octet-stream", "\x7fELF\x02", []Suspicion{Executable}},
		"script":              {"a", "text/plain", "#!/bin/sh\n", []Suspicion{Executable, TypeDiffers}},
		"shortcut":            {"a.pdf.lnk", "application/octet-stream", "L\x00\x00\x00\x01\x14\x02\x00", []Suspicion{Executable, DoubleExtension}},
		"page as attachment":  {"invoice.html", "text/html", "<html>", []Suspicion{Executable}},
		"page as document":    {"invoice.pdf", "application/pdf", "<html>", []Suspicion{TypeDiffers}},
		"two endings":         {"a.pdf.exe", "application/octet-stream", "x", []Suspicion{Executable, DoubleExtension}},
		"two honest endings":  {"a.tar.gz", "application/gzip", "\x1f\x8b\x08", nil},
		"macros by name":      {"a.docm", "application/octet-stream", "PK\x03\x04\x00\x00\x00\x00", []Suspicion{Macro}},
		"macros by content":   {"a.docx", "application/octet-stream", "PK\x03\x04\x00\x00\x00\x00 word/vbaProject.bin", []Suspicion{Macro}},
		"archive with a lock": {"a.zip", "application/zip", "PK\x03\x04\x14\x00\x09\x00", []Suspicion{Locked}},
		"turned name":         {"a\u202efdp.exe", "application/octet-stream", "x", []Suspicion{Executable, NameHides}},
		"far to the right":    {"a.pdf          .exe", "application/octet-stream", "x", []Suspicion{Executable, DoubleExtension, NameHides}},
		"archive as text":     {"a.txt", "text/plain", "PK\x03\x04\x00\x00\x00\x00", []Suspicion{TypeDiffers}},
	} {
		t.Run(name, func(t *testing.T) {
			m := readText(t, mailOf("Content-Type: "+tt.kind+"\r\nContent-Disposition: attachment; filename=\""+tt.claimed+"\"\r\n", tt.body))
			if len(m.Parts) != 1 || !slices.Equal(m.Parts[0].Suspect, tt.want) {
				t.Errorf("%+v, want %v", m.Parts, tt.want)
			}
		})
	}
}

func TestGroups(t *testing.T) {
	got := Groups([]byte("A: 1\r\nb : 2\r\n  more\r\nno field\r\nA: again\r\n\r\n\r\nC: 3\n\nD:\n"))
	want := []Group{{"a": "1", "b": "2 more"}, {"c": "3"}, {"d": ""}}
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i, g := range want {
		for k, v := range g {
			if got[i][k] != v {
				t.Errorf("%d %s: %q", i, k, got[i][k])
			}
		}
	}
	many := Groups([]byte(strings.Repeat("A: b\n\n", 10_000)))
	wide := Groups([]byte("A: b\n" + strings.Repeat(" and more\n", 10_000)))
	if len(many) != maxGroups || len(wide[0]["a"]) > maxGroupValue+20 {
		t.Errorf("%d groups, %d bytes", len(many), len(wide[0]["a"]))
	}
}

func TestTyped(t *testing.T) {
	g := Group{"a": "rfc822; x@y.example", "b": "x@y.example", "c": " ", "d": "smtp; 550 5.1.1; no", "e": "with blank; x"}
	for name, want := range map[string]string{"a": " x@y.example", "b": "x@y.example", "c": "", "d": " 550 5.1.1; no", "e": "with blank; x", "none": ""} {
		if got := g.Typed(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := g.Typed("none", "c", "b"); got != "x@y.example" {
		t.Errorf("the first that says anything: %q", got)
	}
}

func TestLimitsThatAreNotToldAreTheUsual(t *testing.T) {
	if got, want := (Limits{}).whole(), DefaultLimits(); got != want {
		t.Errorf("%+v", got)
	}
	l := Limits{Size: 10, Parts: -1, Depth: 3}.whole()
	if l.Size != 10 || l.Depth != 3 || l.Parts != DefaultLimits().Parts {
		t.Errorf("%+v", l)
	}
}

// A mail has the same digest by whatever way it comes, and another one has another.
func TestDigest(t *testing.T) {
	mail := mailOf("", "hello\r\n")
	same := []string{"Received: by x\r\n" + mail, mail + "\r\n", strings.ReplaceAll(mail, "\r\n", "\n"), strings.Replace(mail, "MIME-Version", "X-Other", 1)}
	other := []string{
		strings.Replace(mail, "hello", "hallo", 1), strings.Replace(mail, "<1@", "<2@", 1), strings.Replace(mail, "help", "halp", 1),
		strings.Replace(mail, "ada@", "eve@", 1), "From: x@y.example\r\n" + mail,
	}
	want := readText(t, mail).Digest()
	for _, s := range same {
		if readText(t, s).Digest() != want {
			t.Errorf("%q is another", s)
		}
	}
	for _, s := range other {
		if readText(t, s).Digest() == want {
			t.Errorf("%q is the same", s)
		}
	}
}
