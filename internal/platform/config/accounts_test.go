package config_test

import (
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/platform/config"
)

func TestSingleSignOn(t *testing.T) {
	tests := []struct{ name, text, says string }{
		{"none", "", ""},
		{"whole", "oidc_issuer = 'https://id.example/realms/x'\noidc_client_id = 'firehall'\noidc_roles = { 'soc leads' = 'manager' }", ""},
		{"no name", "oidc_issuer = 'https://id.example'", "accounts.oidc_client_id"},
		{"plain http", "oidc_issuer = 'http://id.example'\noidc_client_id = 'x'", "must begin with https"},
		{"plain http inside", "oidc_issuer = 'http://10.0.0.1'\noidc_client_id = 'x'\noidc_internal = true", ""},
		{"no address", "oidc_issuer = 'id.example'\noidc_client_id = 'x'", "this is no address"},
		{"a question", "oidc_issuer = 'https://id.example?x=y'\noidc_client_id = 'x'", "nothing behind its path"},
	}
	for _, tt := range tests {
		_, err := config.Parse("test.toml", []byte("[accounts]\n"+tt.text), nil)
		if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
