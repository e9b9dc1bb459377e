package config

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/tlp"
)

// Sharing is the section [sharing].
type Sharing struct {
	Keep           time.Duration            `key:"keep" default:"730d" doc:"How long an object is kept since somebody gave it last, and what was set aside. 0s: for ever."`
	KeepTypes      map[string]time.Duration `key:"keep_types" doc:"The same for one type of objects." example:"observed-data=90d"`
	KeepRevoked    time.Duration            `key:"keep_revoked" default:"30d" doc:"What a fellow team took back is kept so long, so that readers learn of it; its earlier versions go at once. 0s: as the others."`
	AfterAgreement time.Duration            `key:"after_agreement" default:"90d" doc:"What a fellow team gave and is stricter than TLP:GREEN goes so long after the last agreement with it ended. 0s: as the others."`
	ReportsPerDay  int                      `key:"reports_per_day" default:"100" doc:"Reports, and messages to them, that incidents of one fellow team become in a day (UTC) at most; what exceeds is set aside for a person."`
	Clients        map[string]string        `key:"clients" doc:"Certificates that let a client of TAXII in: the account's login, and the SHA-256 fingerprint of the certificate in hexadecimal digits (openssl x509 -fingerprint -sha256); two of them, with a blank between, while a new one takes the old one's place. Only where this server itself speaks TLS." example:"cert-nl=3A:7F:..."`
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
	TLSCert      string        `key:"tls_cert" default:"" doc:"The certificate, with its chain (PEM), that is shown to a server that asks for one. Read again at each poll. Empty: none."`
	TLSKey       string        `key:"tls_key" default:"" doc:"The key of tls_cert (PEM)."`
	TLSCA        string        `key:"tls_ca" default:"" doc:"The certificates (PEM) of who vouches for the server, in place of those that this machine trusts. Empty: those."`
	Types        []string      `key:"types" doc:"Types of objects that are asked for. None named: all."`
	Every        time.Duration `key:"every" default:"15m" doc:"How often it is asked."`
	MaxFetch     Size          `key:"max_fetch" default:"64MiB" doc:"A larger page is refused."`
	Internal     bool          `key:"internal" default:"false" doc:"Whether url may be on this machine or in a private network, and plain http. Only for a server of your own."`
}

var objectType = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

var fingerprint = regexp.MustCompile(`^[0-9a-f]{64}$`)

// sharing checks what single values cannot tell.
func (b *binder) sharing(c *Config) {
	b.clients(c.Sharing.Clients)
	b.atLeast("sharing.reports_per_day", int64(c.Sharing.ReportsPerDay), 1)
	for name, keep := range c.Sharing.KeepTypes {
		if !objectType.MatchString(name) {
			b.complain("sharing.keep_types."+name, "this is no type of STIX, such as observed-data")
		}
		if keep < 0 {
			b.complain("sharing.keep_types."+name, "must not be negative")
		}
	}
	for name, s := range c.TAXII {
		b.taxii("taxii."+name, name, s)
	}
}

// Fingerprints reads the fingerprints of one login: in small letters, without colons.
func Fingerprints(text string) (list []string) {
	for _, one := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' }) {
		list = append(list, strings.ToLower(strings.ReplaceAll(one, ":", "")))
	}
	return list
}

func (b *binder) clients(clients map[string]string) {
	whose := map[string]string{}
	for _, login := range slices.Sorted(maps.Keys(clients)) {
		list := Fingerprints(clients[login])
		if len(list) == 0 || slices.ContainsFunc(list, func(one string) bool { return !fingerprint.MatchString(one) }) {
			b.complain("sharing.clients."+login, "this is no SHA-256 fingerprint: 64 hexadecimal digits, with or without colons")
		}
		for _, one := range list {
			if other := whose[one]; other != "" && other != login {
				b.complain("sharing.clients."+login, "this certificate is that of %s already: each account has its own", other)
			}
			whose[one] = login
		}
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
	if (s.TLSCert == "") != (s.TLSKey == "") {
		b.complain(key+".tls_cert", "a certificate and its key go together: name both tls_cert and tls_key, or neither")
	}
	if strings.HasPrefix(s.URL, "http:") && s.TLSCert+s.TLSCA != "" {
		b.complain(key+".tls_cert", "certificates say nothing by plain http: write https in url, or take tls_cert, tls_key and tls_ca away")
	}
	b.between(key+".max_fetch", s.MaxFetch, 1<<10, 1<<32)
}
