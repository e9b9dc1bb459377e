package format

import "testing"

func TestAppendHash(t *testing.T) {
	for in, want := range map[string]string{
		"0A:1B:ff":   "0a1bff",
		"0A1BFF":     "0a1bff",
		"0a1bff":     "0a1bff",
		"":           "",
		"0A":         "0a",
		"0A:1":       "0A:1",
		"0A:":        "0A:",
		"0A1B:FF":    "0A1B:FF",
		"0A:1BFF":    "0A:1BFF",
		"abc":        "abc",
		"not a hash": "not a hash",
		"\xff\xfe":   "\xff\xfe",
		":::":        ":::",
	} {
		if got := string(AppendHash([]byte("x"), []byte(in))); got != "x"+want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
