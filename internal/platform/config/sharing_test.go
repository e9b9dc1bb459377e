package config

import (
	"strings"
	"testing"
)

func TestSharing(t *testing.T) {
	const whole = "[taxii.peer]\nurl = \"https://taxii.example/api/\"\ncollection = \"c\"\ninto = \"ours\"\n"
	tests := []struct{ name, text, wrong string }{
		{"whole", whole, ""},
		{"a name", strings.Replace(whole, "peer", "\"Peer X\"", 1), "small letters"},
		{"no url", strings.Replace(whole, "https", "http", 1), "taxii.peer.url"},
		{"inside", strings.Replace(whole, "https", "http", 1) + "internal = true\n", ""},
		{"no collection", strings.Replace(whole, "collection = \"c\"\n", "", 1), "taxii.peer.collection"},
		{"red", whole + "label = \"red\"\n", "taxii.peer.label"},
		{"too often", whole + "every = \"1s\"\n", "taxii.peer.every"},
		{"a certificate", "[sharing.clients]\ncert-nl = \"" + strings.Repeat("3A:", 31) + "3A\"\n", ""},
		{"no certificate", "[sharing.clients]\ncert-nl = \"3A\"\n", "fingerprint"},
	}
	for _, tt := range tests {
		_, err := Parse("x.toml", []byte(tt.text), nil)
		if (err == nil) != (tt.wrong == "") || err != nil && !strings.Contains(err.Error(), tt.wrong) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
