package token_test

import (
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/delivery/token"
)

var key = []byte("a key of thirty-two bytes, almost")

func TestRoundTrip(t *testing.T) {
	delivery := id.New()
	address := token.Address(key, delivery, "bounces.example.org")
	local, _, _ := strings.Cut(address, "@")
	if len(local) > 64 || local != strings.ToLower(local) {
		t.Errorf("%q is no local part of at most 64 small characters", local)
	}
	tests := []struct {
		name, address string
		ok            bool
	}{
		{"as made", address, true},
		{"in angle brackets", " <" + address + "> ", true},
		{"case folded", strings.ToUpper(address), true},
		{"at another domain", local + "@mx.example.net", true},
		{"no domain", local, false},
		{"empty domain", local + "@", false},
		{"nothing", "", false},
		{"only brackets", "<>", false},
		{"no token", "bounce@bounces.example.org", false},
		{"no mac", "bounce+" + delivery + "@bounces.example.org", false},
		{"mac cut short", local[:len(local)-1] + "@bounces.example.org", false},
		{"mac too long", local + "a@bounces.example.org", false},
		{"another delivery", strings.Replace(address, delivery, id.New(), 1), false},
		{"another prefix", strings.Replace(address, "bounce+", "bounces+", 1), false},
		{"line break", local[:40] + "\r\n" + local[42:] + "@bounces.example.org", false},
		{"far too long", address + strings.Repeat("x", 1<<20), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := token.Parse(key, tt.address)
			if ok != tt.ok || ok && got != delivery || !ok && got != "" {
				t.Errorf("Parse(%q) = %q, %v", tt.address, got, ok)
			}
		})
	}
}

func TestEachCharacterCounts(t *testing.T) {
	address := token.Address(key, id.New(), "example.org")
	at := strings.IndexByte(address, '@')
	for i := range at {
		changed := []byte(address)
		changed[i] = 'a' + (changed[i]-'a'+1)%26
		if _, ok := token.Parse(key, string(changed)); ok {
			t.Errorf("%s was taken for %s", changed, address)
		}
	}
}

func TestAnotherKey(t *testing.T) {
	address := token.Address(key, id.New(), "example.org")
	if _, ok := token.Parse([]byte("another"), address); ok {
		t.Error("the address was taken with another key")
	}
}

func FuzzParse(f *testing.F) {
	good := token.Address(key, "01jd0000000000000000000000", "example.org")
	f.Add(good)
	f.Add("<" + good + ">")
	f.Add("bounce+@")
	f.Fuzz(func(t *testing.T, address string) {
		delivery, ok := token.Parse(key, address)
		if !ok {
			return
		}
		_, domain, _ := strings.Cut(address, "@")
		if !strings.HasPrefix(strings.ToLower(strings.TrimLeft(strings.TrimSpace(address), "<")), strings.ToLower(token.Address(key, delivery, ""))) {
			t.Errorf("%q gives %s, at %q", address, delivery, domain)
		}
	})
}
