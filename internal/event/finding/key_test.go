package finding_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event/finding"
)

func TestKeyOf(t *testing.T) {
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")
	service := finding.Asset{Type: "vulnerable-system", Identifier: "open-telnet", Addr: a, Port: 23, Transport: "tcp"}
	bot := finding.Asset{Type: "infected-system", Malware: "mirai", Addr: a, Port: 4711}
	web := finding.Asset{Type: "phishing", URL: "https://a.example/x", FQDN: "a.example", Addr: a, Port: 443}
	hit := finding.Asset{Role: "destination", Type: "ddos", Addr: a, DestAddr: b, DestPort: 80}
	change := func(o finding.Asset, f func(*finding.Asset)) finding.Asset { f(&o); return o }
	tests := []struct {
		name string
		a, b finding.Asset
		same bool
	}{
		{"a service at another port", service, change(service, func(o *finding.Asset) { o.Port = 2323 }), false},
		{"a service by another transport", service, change(service, func(o *finding.Asset) { o.Transport = "udp" }), false},
		{"a service with a name", service, change(service, func(o *finding.Asset) { o.FQDN = "h.example" }), true},
		{"a mapped address", service, change(service, func(o *finding.Asset) { o.Addr = netip.AddrFrom16(a.As16()) }), true},
		{"an infection from another port", bot, change(bot, func(o *finding.Asset) { o.Port = 1 }), true},
		{"another infection", bot, change(bot, func(o *finding.Asset) { o.Malware = "qakbot" }), false},
		{"a page that moved", web, change(web, func(o *finding.Asset) { o.Addr, o.Port = b, 8443 }), true},
		{"another page", web, change(web, func(o *finding.Asset) { o.URL += "y" }), false},
		{"another attacker", hit, change(hit, func(o *finding.Asset) { o.Addr = b }), true},
		{"another target", hit, change(hit, func(o *finding.Asset) { o.DestAddr = a }), false},
		{
			"fields do not run together", change(service, func(o *finding.Asset) { o.Type, o.Identifier = "ab", "c" }),
			change(service, func(o *finding.Asset) { o.Type, o.Identifier = "a", "bc" }), false,
		},
	}
	for _, tt := range tests {
		if same := finding.KeyOf(tt.a) == finding.KeyOf(tt.b); same != tt.same {
			t.Errorf("%s: one finding: %v", tt.name, same)
		}
	}
	if id := finding.KeyOf(web).ID(); !strings.HasPrefix(id, "page~") {
		t.Errorf("a page is called %s", id)
	}
}

func TestParseID(t *testing.T) {
	for _, k := range []finding.Key{keyOf("192.0.2.1"), keyOf("2001:db8::1"), {}} {
		low, high, err := finding.ParseID(k.ID())
		if err != nil || low != k || high != k {
			t.Errorf("%s: got %s to %s, %v", k, low, high, err)
		}
	}
	k := keyOf("192.0.2.1")
	low, high, err := finding.ParseID(k.ID()[:len("192.0.2.1~")+7])
	if err != nil || string(low[:]) > string(k[:]) || string(high[:]) < string(k[:]) || low == high {
		t.Errorf("a beginning: got %s to %s, %v", low, high, err)
	}
	for _, bad := range []string{
		"", "192.0.2.1", "192.0.2.1~", "192.0.2.1~12345", "192.0.2.1~xxxxxx", "here~123456", "fe80::1%eth0~123456", k.ID() + "0",
		strings.Repeat("1", 10_000), "page~123456\r\nBcc: x",
	} {
		if _, _, err := finding.ParseID(bad); !problem.Is(err, problem.Invalid) || len(err.Error()) > 300 {
			t.Errorf("%.40q: got %v", bad, err)
		}
	}
}

// The table of moves leaves no state without a way on, and each state that it names is one.
func TestMoves(t *testing.T) {
	out := map[finding.State]bool{}
	for _, m := range finding.Moves() {
		for _, s := range m.From {
			out[s] = true
		}
		if m.Name == "" || m.By == "" || len(m.From) == 0 {
			t.Errorf("incomplete: %+v", m)
		}
	}
	for _, s := range finding.States() {
		if !out[s] {
			t.Errorf("nothing leads on from %s", s)
		}
	}
}
