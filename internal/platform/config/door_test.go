package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/platform/config"
)

func TestDoors(t *testing.T) {
	tests := []struct {
		name, text, wrong string // wrong: what the message says; empty: it is right
	}{
		{"fetched", "[feeds.a]\nurl = 'https://e.org/x.csv'\nevery = '1h'\nuser = 'u'\npassword = 'p'", ""},
		{"of our own", "[feeds.a]\nurl = 'http://10.0.0.1/x'\ninternal = true", ""},
		{"plain", "[feeds.a]\nurl = 'http://e.org/x'", "must begin with https"},
		{"no address", "[feeds.a]\nurl = 'example'", "no address such as"},
		{"password in the address", "[feeds.a]\nurl = 'https://u:S3cret@e.org/x'", "write user and password beside it"},
		{"too often", "[feeds.a]\nurl = 'https://e.org/'\nevery = '1s'", "at least 1m"},
		{"both ways", "[feeds.a]\nurl = 'https://e.org/'\napi = 'shadowserver'\napi_key = 'k'\napi_secret = 's'", "either url or api"},
		{"token and password", "[feeds.a]\ntoken = 't'\npassword = 'p'", "either a token"},
		{"header that is none", "[feeds.a]\ntoken_header = 'X: y'", "no name of a header"},
		{"service", "[feeds.a]\napi = 'shadowserver'\napi_key = 'k'\napi_secret = 's'\napi_types = ['scan_telnet']", ""},
		{"service without a key", "[feeds.a]\napi = 'shadowserver'", "needs api_key"},
		{"service nobody knows", "[feeds.a]\napi = 'shadowserve'", "shadowserver"},
		{"service for ever", "[feeds.a]\napi = 'shadowserver'\napi_key = 'k'\napi_secret = 's'\napi_days = 900", "between 1 and 90"},
		{"push", "[push]\nmax_size = '1MiB'\nconcurrent = 2\nmin_rate = '1KiB'\nexpiry = '1h'", ""},
		{"push without room", "[push]\nconcurrent = 0", "at least 1"},
		{"push forgotten at once", "[push]\nexpiry = '1s'", "at least 1m"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := config.Parse("t.toml", []byte(tt.text), nil)
			if tt.wrong == "" && err != nil || tt.wrong != "" && (err == nil || !strings.Contains(err.Error(), tt.wrong)) {
				t.Errorf("got %v, want %q", err, tt.wrong)
			}
			if err != nil && strings.Contains(err.Error(), "S3cret") {
				t.Errorf("the message tells a secret: %v", err)
			}
		})
	}
}

func TestDoorsByDefault(t *testing.T) {
	c := config.Default()
	if f := config.DefaultFeed(); f.URL != "" || f.API != "" || f.APIDays != 7 || f.MaxFetch != 4<<30 || f.Internal {
		t.Errorf("got %+v", f)
	}
	if c.Push.Concurrent != 8 || c.Push.MaxSize != 8<<30 || c.Push.Expiry != 24*time.Hour {
		t.Errorf("got %+v", c.Push)
	}
}
