package main

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/firehall/firehall/internal/delivery/mail/sink"
)

func TestRecorderWritesOneLineAMessage(t *testing.T) {
	path := t.TempDir() + "/out"
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	record := recorder(f)
	for _, id := range []string{"<1@x>", "<2\n@x>"} {
		if err := record(sink.Message{ID: id, To: []string{"a@x"}, Bytes: []byte("hello")}); err != nil {
			t.Fatal(err)
		}
	}
	_ = f.Close()
	if err := record(sink.Message{}); err == nil {
		t.Error("a message that could not be written down was taken")
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(b), []byte("\n"))
	var got line
	if len(lines) != 2 || json.Unmarshal(lines[0], &got) != nil {
		t.Fatalf("%s", b)
	}
	const hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
	if got.MessageID != "<1@x>" || got.SHA256 != hello || got.Rcpt[0] != "a@x" {
		t.Errorf("%+v", got)
	}
}
