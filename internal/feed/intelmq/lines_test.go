package intelmq

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestLines(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"one object", `{"a":1}`, `{"a":1}`},
		{"lines", "{\"a\":1}\n{\"a\":2}\n", "{\"a\":1}\n{\"a\":2}\n"},
		{"a broken line among lines", "{\"a\":1\n{\"a\":2}\n", "{\"a\":1\n{\"a\":2}\n"},
		{"an array", "[{\"a\":1}, {\"a\":[1,2]}]", "{\"a\":1}\n{\"a\":[1,2]}\n"},
		{"an array over lines", "\ufeff[\n {\"a\":1},\n {\"b\":\n  \"x, [y]\"}\n]\n", "{\"a\":1}\n{\"b\":  \"x, [y]\"}\n"},
		{"an object over lines", "{\n  \"a\": \"\\\"}\",\n  \"b\": {}\n}\n", "{  \"a\": \"\\\"}\",  \"b\": {}}\n"},
		{"objects over lines", "{\n\"a\":1\n}\n{\n\"a\":2\n}", "{\"a\":1}\n{\"a\":2}\n"},
		{"no objects", "[1, \"x\", null]", "1\n\"x\"\nnull\n"},
		{"an empty array", "[]", ""},
		{"broken off", "[{\"a\":1},{\"b\":", "{\"a\":1}\n{\"b\":\n"},
		{"too many brackets", "[{\"a\":1}}]]{}", "{\"a\":1}\n}\n]\n{}\n"},
		{"no JSON", "a,b\n1,2\n", "a,b\n1,2\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(tt.in), iotest.OneByteReader(strings.NewReader(tt.in))} {
				if got, err := io.ReadAll(Lines(r)); err != nil || string(got) != tt.want {
					t.Errorf("got %q, %v, want %q", got, err, tt.want)
				}
			}
		})
	}
}

func TestLinesKeepTheError(t *testing.T) {
	in := io.MultiReader(strings.NewReader("[{\"a\":1},"), iotest.ErrReader(io.ErrUnexpectedEOF))
	if _, err := io.ReadAll(Lines(in)); err != io.ErrUnexpectedEOF { //nolint:errorlint // as it is
		t.Errorf("got %v", err)
	}
}

// An array of JSON values comes out as these values, one a line.
func FuzzLines(f *testing.F) {
	f.Add([]byte(`[{"a":"]\""},{"b":[{}]}]`))
	f.Add([]byte("{\n\"a\":{\"b\":\n1}}"))
	f.Fuzz(func(t *testing.T, in []byte) {
		out, err := io.ReadAll(Lines(bytes.NewReader(in)))
		if err != nil {
			t.Fatal(err)
		}
		var list []json.RawMessage
		if json.Unmarshal(in, &list) != nil {
			return
		}
		lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
		if len(list) == 0 && len(out) == 0 {
			return
		}
		if len(lines) != len(list) {
			t.Fatalf("%d values, %d lines: %q", len(list), len(lines), out)
		}
		for i := range lines {
			if !json.Valid(lines[i]) {
				t.Fatalf("line %q", lines[i])
			}
		}
	})
}
