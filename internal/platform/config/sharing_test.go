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
		{"two certificates", "[sharing.clients]\ncert-nl = \"" + strings.Repeat("3A:", 31) + "3A " + strings.Repeat("3b", 32) + "\"\n", ""},
		{"one certificate of two accounts", "[sharing.clients]\na = \"" + strings.Repeat("3a", 32) + "\"\nb = \"" + strings.Repeat("3A", 32) + "\"\n", "that of a already"},
		{"no certificate at all", "[sharing.clients]\na = \" \"\n", "fingerprint"},
		{"a certificate to show", whole + "tls_cert = \"c.pem\"\ntls_key = \"c.key\"\n", ""},
		{"a certificate without its key", whole + "tls_cert = \"c.pem\"\n", "taxii.peer.tls_cert"},
		{"a key without its certificate", whole + "tls_key = \"c.key\"\n", "taxii.peer.tls_cert"},
		{"certificates without TLS", strings.Replace(whole, "https", "http", 1) + "internal = true\ntls_ca = \"ca.pem\"\n", "say nothing by plain http"},
		{"a time for a type", "[sharing.keep_types]\nobserved-data = \"90d\"\n", ""},
		{"a time for no type", "[sharing.keep_types]\n\"Observed Data\" = \"90d\"\n", "sharing.keep_types"},
		{"no reports at all", "[sharing]\nreports_per_day = 0\n", "sharing.reports_per_day"},
		{"no certificate", "[sharing.clients]\ncert-nl = \"3A\"\n", "fingerprint"},
	}
	for _, tt := range tests {
		_, err := Parse("x.toml", []byte(tt.text), nil)
		if (err == nil) != (tt.wrong == "") || err != nil && !strings.Contains(err.Error(), tt.wrong) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// Into which feed a team's observations come is said once, and what comes is STIX.
func TestFeedsOfPeers(t *testing.T) {
	feed := func(name, rest string) string {
		return "[feeds." + name + "]\npeer = \"01m80s0000000000000000000a\"\n" + rest
	}
	tests := []struct{ name, text, wrong string }{
		{"STIX", feed("north", "format = \"stix\"\n"), ""},
		{"by its name", feed("stix", ""), ""},
		{"another form", feed("north", "format = \"csv\"\n"), "feeds.north.peer: what a fellow team tells by objects is STIX"},
		{"no form", feed("north", ""), "feeds.north.peer"},
		{"mails with STIX", feed("north", "format = \"stix-mail\"\n"), "feeds.north.peer"},
		{"the name of STIX, and another form", feed("stix", "format = \"csv\"\n"), "feeds.stix.peer"},
		{"two feeds of one team", feed("a", "format = \"stix\"\n") + feed("b", "format = \"stix\"\n"), "feeds.b.peer: is that of feeds.a too"},
		{"two teams", feed("a", "format = \"stix\"\n") + strings.Replace(feed("b", "format = \"stix\"\n"), "0a\"", "0b\"", 1), ""},
		{"feeds of nobody", "[feeds.a]\nformat = \"csv\"\n[feeds.b]\nformat = \"csv\"\n", ""},
	}
	for _, tt := range tests {
		_, err := Parse("x.toml", []byte(tt.text), nil)
		if (err == nil) != (tt.wrong == "") || err != nil && !strings.Contains(err.Error(), tt.wrong) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
