package nearest_test

import (
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/nearest"
)

func TestWord(t *testing.T) {
	known := []string{"retention", "database", "data", "dir", "log", "Größe"}
	tests := []struct {
		name, got, want string
	}{
		{"exact", "data", "data"},
		{"letter missing", "retenton", "retention"},
		{"letters swapped", "retentoin", "retention"},
		{"swapped in a short word", "dri", "dir"},
		{"letter too many", "logg", "log"},
		{"other case", "DATABASE", "database"},
		{"the nearer of two", "dat", "data"},
		{"not ASCII", "grösse", "Größe"},
		{"too far", "feeds", ""},
		{"empty", "", ""},
		{"very long", strings.Repeat("a", 100_000), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := nearest.Word(tt.got, known)
			if got != tt.want || ok != (tt.want != "") {
				t.Errorf("%q: got %q, %v; want %q", tt.got, got, ok, tt.want)
			}
		})
	}
	if w, ok := nearest.Word("x", nil); ok {
		t.Errorf("of no words came %q", w)
	}
}

func TestFirstOfEqualsWins(t *testing.T) {
	if w, _ := nearest.Word("cat", []string{"bat", "hat"}); w != "bat" {
		t.Errorf("got %q", w)
	}
}

func TestHint(t *testing.T) {
	if got := nearest.Hint("lgo", []string{"log"}); got != `, did you mean "log"?` {
		t.Errorf("got %q", got)
	}
	if got := nearest.Hint("feeds", []string{"log"}); got != "" {
		t.Errorf("got %q", got)
	}
}
