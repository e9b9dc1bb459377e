package constituency_test

import (
	"testing"

	"github.com/firehall/firehall/internal/constituency"
)

func TestRefang(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"an address", "192.0.2[.]4", "192.0.2.4"},
		{"a URL", "hxxps://www[.]example[.]org/a", "https://www.example.org/a"},
		{"shouted", " <HXXP://evil(dot)example> ", "http://evil.example"},
		{"as it is", "https://example.org", "https://example.org"},
		{"mail", "abuse[at]example.org", "abuse@example.org"},
		{"nothing", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := constituency.Refang(tt.text); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
