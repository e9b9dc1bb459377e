package main

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// letters MAILDIR FILE writes the new messages of a maildir into a file as a mail program shows them: header, and each part decoded below its
// media type. Their number is the file's first line.
func letters(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: letters MAILDIR FILE")
	}
	files, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "new", "*"))
	ts.Check(err)
	var out bytes.Buffer
	out.WriteString(strings.Repeat("I", len(files)) + " letters\n")
	for _, name := range files {
		raw, err := os.ReadFile(name)
		ts.Check(err)
		m, err := mail.ReadMessage(bytes.NewReader(raw))
		ts.Check(err)
		for _, field := range []string{"From", "To", "Subject", "Reply-To", "Auto-Submitted"} {
			out.WriteString(field + ": " + m.Header.Get(field) + "\n")
		}
		ts.Check(open(&out, m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), out.Bytes(), 0o600))
}

// open writes a part, or the parts in it.
func open(out *bytes.Buffer, kind, coding string, body io.Reader) error {
	media, params, err := mime.ParseMediaType(kind)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(media, "multipart/") {
		switch strings.ToLower(coding) {
		case "base64":
			body = base64.NewDecoder(base64.StdEncoding, body)
		case "quoted-printable":
			body = quotedprintable.NewReader(body)
		}
		out.WriteString("\n== " + media + "\n")
		_, err = io.Copy(out, body)
		return err
	}
	for r := multipart.NewReader(body, params["boundary"]); ; {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = open(out, p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p)
		}
		if err != nil {
			return err
		}
	}
}
