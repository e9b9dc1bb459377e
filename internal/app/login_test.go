package app

import (
	"testing"

	"github.com/firehall/firehall/internal/platform/config"
)

func TestBaseURL(t *testing.T) {
	tests := []struct {
		name string
		conf config.Serve
		want string
	}{
		{"an address", config.Serve{Listen: "127.0.0.1:8080"}, "http://127.0.0.1:8080"},
		{"a port", config.Serve{Listen: ":8080"}, "http://127.0.0.1:8080"},
		{"all of IPv6", config.Serve{Listen: "[::]:8080"}, "http://127.0.0.1:8080"},
		{"TLS", config.Serve{Listen: "127.0.0.1:8443", TLSCert: "c", TLSKey: "k"}, "https://127.0.0.1:8443"},
		{"a proxy", config.Serve{Listen: "127.0.0.1:8080", PublicURL: "https://fire.example/"}, "https://fire.example"},
	}
	for _, tt := range tests {
		if got := BaseURL(tt.conf); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
