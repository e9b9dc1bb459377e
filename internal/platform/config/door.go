package config

import (
	"net/url"
	"strings"
	"time"
)

// services are the words that `api` takes.
var services = []string{"", "shadowserver"}

func (b *binder) push(p Push) {
	b.between("push.max_size", p.MaxSize, 1<<10, 1<<45)
	b.atLeast("push.concurrent", int64(p.Concurrent), 1)
	b.between("push.min_rate", p.MinRate, 1, 1<<40)
	b.atLeast("push.uploads", int64(p.Uploads), 1)
	if p.Expiry < time.Minute {
		b.complain("push.expiry", "must be at least 1m")
	}
}

// fetching checks the keys that say how a feed is fetched.
func (b *binder) fetching(key string, f Feed) {
	if f.Every != 0 && f.Every < time.Minute {
		b.complain(key+".every", "must be at least 1m, or 0s for as often as it comes")
	}
	b.between(key+".max_fetch", f.MaxFetch, 1<<10, 1<<45)
	if f.URL != "" {
		b.address(key+".url", f.URL, f.Internal)
		if f.API != "" {
			b.complain(key+".api", "give either url or api: a feed comes from one of them")
		}
	}
	if f.Token != "" && f.Password != "" {
		b.complain(key+".token", "give either a token or user and password")
	}
	if strings.ContainsAny(f.TokenHeader, " :\r\n\t") || f.TokenHeader == "" {
		b.complain(key+".token_header", "%q is no name of a header", f.TokenHeader)
	}
}

// address checks an address that is asked by HTTP. The message names no path: it may hold a secret.
func (b *binder) address(key, text string, internal bool) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "":
		b.complain(key, "this is no address such as \"https://example.org/list.csv\"")
	case u.User != nil:
		b.complain(key, "a name or password in the address is not used: write user and password beside it")
	case u.Scheme != "https" && (u.Scheme != "http" || !internal):
		b.complain(key, "must begin with https; http is for a source of your own (internal = true)")
	}
}

// service checks the keys of a reports service.
func (b *binder) service(key string, f Feed) {
	b.oneOf(key+".api", f.API, services)
	if f.API == "" {
		return
	}
	b.address(key+".api_url", f.APIURL, f.Internal)
	if f.APIDownload != "" {
		b.address(key+".api_download", f.APIDownload, f.Internal)
	}
	if f.APIKey == "" || f.APISecret == "" {
		b.complain(key+".api_key", "api needs api_key and api_secret (or api_secret_file): the service gave you both")
	}
	if f.APIDays < 1 || f.APIDays > 90 {
		b.complain(key+".api_days", "must be between 1 and 90")
	}
}
