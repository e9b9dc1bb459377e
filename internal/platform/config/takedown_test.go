package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/platform/config"
)

func TestTakedown(t *testing.T) {
	c, err := config.Parse("f.toml", []byte(`
[takedown]
chases = 0
chase_after = "2d"
[takedown_exits.phone]
proxy = "socks5://127.0.0.1:9050"
[takedown_providers.bighost]
url = "https://abuse.bighost.example/api"
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Takedown.Chases != 0 || c.Takedown.ChaseAfter != 48*time.Hour || c.Takedown.CleanChecks != 3 || !c.Takedown.Direct ||
		c.TakedownExits["phone"].Proxy == "" || c.TakedownProviders["bighost"].TokenHeader != "Authorization" {
		t.Errorf("%+v", c)
	}
}

func TestTakedownComplaints(t *testing.T) {
	tests := []struct{ name, text, says string }{
		{"no proxy", "[takedown_exits.x]\nproxy = 'ftp://x:1'", "takedown_exits.x.proxy"},
		{"a name that is taken", "[takedown_exits.direct]\nuser_agent = 'x'", "takedown_exits.direct"},
		{"no referrer", "[takedown_exits.x]\nreferrer = 'x'", "takedown_exits.x.referrer"},
		{"a provider without an address", "[takedown_providers.x]\nurl = 'x'", "takedown_providers.x.url"},
		{"a provider by http", "[takedown_providers.x]\nurl = 'http://x.example/'", "must begin with https"},
		{"too often", "[takedown]\ncheck_every = '1s'", "takedown.check_every"},
		{"no resolver", "[takedown]\nresolver = 'dns.example'", "takedown.resolver"},
		{"no checks", "[takedown]\nclean_checks = 0", "takedown.clean_checks"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := config.Parse("f.toml", []byte(tt.text), nil)
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v", err)
			}
		})
	}
}
