package config

import (
	"net/netip"
	"net/url"
	"strings"
	"time"
)

func (b *binder) serve(s Serve) {
	b.listen("serve.listen", s.Listen, "127.0.0.1:8080")
	b.publicURL(s.PublicURL)
	if (s.TLSCert == "") != (s.TLSKey == "") {
		b.complain("serve.tls_cert", "a certificate and its key go together: name both tls_cert and tls_key, or neither")
	}
	if s.TLSCert != "" && len(s.ACMEDomains) > 0 {
		b.complain("serve.acme_domains", "the certificate comes from files or by ACME: leave one of them empty")
	}
	for _, p := range s.TrustedProxies {
		if _, err := ParsePrefix(p); err != nil {
			b.complain("serve.trusted_proxies", "%q is neither an address nor a prefix, such as \"127.0.0.1\" or \"10.1.0.0/16\"", p)
		}
	}
	for key, d := range map[string]time.Duration{
		"header_timeout": s.HeaderTimeout, "read_timeout": s.ReadTimeout, "write_timeout": s.WriteTimeout, "idle_timeout": s.IdleTimeout, "stop_timeout": s.StopTimeout,
	} {
		if d < time.Second {
			b.complain("serve."+key, "must be at least 1s")
		}
	}
	b.between("serve.max_header", s.MaxHeader, 4<<10, 1<<20)
	b.between("serve.max_body", s.MaxBody, 64<<10, 1<<30)
	b.atLeast("serve.max_connections", int64(s.MaxConnections), 8)
}

func (b *binder) publicURL(text string) {
	if text == "" {
		return
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		b.complain("serve.public_url", "%q must be http:// or https:// and a name, such as \"https://firehall.example.org\", with nothing behind it", text)
	}
}

// ParsePrefix reads an address, which is a prefix of its own, or a prefix.
func ParsePrefix(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	return p.Masked(), err
}
