package config

import (
	"regexp"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/tlp"
)

// Sharing is the section [sharing].
type Sharing struct {
	Clients map[string]string `key:"clients" doc:"Certificates that let a client of TAXII in: the account's login, and the SHA-256 fingerprint of the certificate in hexadecimal digits (openssl x509 -fingerprint -sha256). Only where this server itself speaks TLS." example:"cert-nl=3A:7F:..."`
}

// TAXII is a section [taxii.NAME].
type TAXII struct {
	URL          string        `key:"url" default:"" doc:"The API root of the server that is asked, such as https://taxii.example.org/taxii2/api/. Empty: it is not asked."`
	Collection   string        `key:"collection" default:"" doc:"The id of the collection there."`
	Into         string        `key:"into" default:"" doc:"The id or alias of your own collection, which decides who may read what comes."`
	Organisation string        `key:"organisation" default:"" doc:"The id, in the register, of the organisation whose server it is. What comes is theirs, and they rule its label."`
	Label        string        `key:"label" default:"amber" doc:"The label of objects that carry none: clear, green, amber or amber+strict."`
	User         string        `key:"user" default:"" doc:"The name to log in with. Empty: the password is a token, sent as Bearer."`
	Password     string        `key:"password" default:"" secret:"true" doc:"The password, or the token."`
	Types        []string      `key:"types" doc:"Types of objects that are asked for. None named: all."`
	Every        time.Duration `key:"every" default:"15m" doc:"How often it is asked."`
	MaxFetch     Size          `key:"max_fetch" default:"64MiB" doc:"A larger page is refused."`
	Internal     bool          `key:"internal" default:"false" doc:"Whether url may be on this machine or in a private network, and plain http. Only for a server of your own."`
}

var fingerprint = regexp.MustCompile(`^[0-9a-f]{64}$`)

// sharing checks what single values cannot tell.
func (b *binder) sharing(c *Config) {
	for login, print := range c.Sharing.Clients {
		if !fingerprint.MatchString(strings.ToLower(strings.ReplaceAll(print, ":", ""))) {
			b.complain("sharing.clients."+login, "this is no SHA-256 fingerprint: 64 hexadecimal digits, with or without colons")
		}
	}
	for name, s := range c.TAXII {
		b.taxii("taxii."+name, name, s)
	}
}

func (b *binder) taxii(key, name string, s TAXII) {
	if !feedName.MatchString(name) {
		b.complain(key, "a source's name is made of small letters, digits, - and _, and has 63 characters at most")
	}
	if s.URL == "" {
		return
	}
	b.address(key+".url", s.URL, s.Internal)
	for field, text := range map[string]string{"collection": s.Collection, "into": s.Into} {
		if text == "" {
			b.complain(key+"."+field, "must be said")
		}
	}
	if l, err := tlp.Parse(s.Label); err != nil || l >= tlp.Red {
		b.complain(key+".label", "%q is none of clear, green, amber, amber+strict", s.Label)
	}
	if s.Every < time.Minute {
		b.complain(key+".every", "must be at least 1m")
	}
	b.between(key+".max_fetch", s.MaxFetch, 1<<10, 1<<32)
}
