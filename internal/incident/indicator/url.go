package indicator

import (
	"bytes"
	"net/netip"
	"net/url"
	"strings"
)

// schemes are those of the URLs that we take, as they are written, and what they mean; those that mean another are harmless forms.
var schemes = map[string]string{
	"http": "http", "https": "https", "ftp": "ftp", "ftps": "ftps", "sftp": "sftp", "ws": "ws", "wss": "wss", "tcp": "tcp", "udp": "udp",
	"smb": "smb", "ldap": "ldap", "ldaps": "ldaps", "ssh": "ssh", "telnet": "telnet", "rdp": "rdp",
	"hxxp": "http", "hxxps": "https", "htxp": "http", "hxtp": "http", "htxps": "https", "hxtps": "https", "h**p": "http", "h**ps": "https",
	"hxxpx": "https", "hp": "http", "meow": "http", "meows": "https", "fxp": "ftp", "fxps": "ftps",
}

const (
	longestScheme = 6
	longestURL    = 4096 // of what is taken; the rest is cut off
)

// nextURL finds the next URL of a word: from the beginning of its scheme to its end.
func (s *scanner) nextURL(from, to int) (start, end int, ok bool) {
	for at := from; ; {
		i := bytes.Index(s.text[at:to], []byte("://"))
		if i < 0 {
			return 0, 0, false
		}
		at += i
		start = at
		for start > from && at-start < longestScheme && (letter(s.text[start-1]) || s.text[start-1] == '*') {
			start--
		}
		if start = s.scheme(start, at); start < at {
			return start, s.urlEnd(start, at+3, to), true
		}
		at += 3
	}
}

// scheme moves start to where a known scheme begins that ends at end; to end if there is none.
func (s *scanner) scheme(start, end int) int {
	for ; start < end; start++ {
		if _, known := schemes[strings.ToLower(string(s.text[start:end]))]; known {
			return start
		}
	}
	return end
}

// urlEnd finds where a URL stops: at a bracket or quote that was opened before it, or where the next begins.
func (s *scanner) urlEnd(start, at, to int) int {
	quoted := start > 0 && s.text[start-1] == '\''
	depth, i := 0, at
loop:
	for ; i < to && i-start < longestURL; i++ {
		switch c := s.text[i]; c {
		case '(', '[':
			depth++
		case ')', ']':
			if depth == 0 {
				break loop
			}
			depth--
		case '\'':
			if quoted {
				break loop
			}
		case ',', ';':
			if s.another(i+1, to) {
				break loop
			}
		}
	}
	for i > at && strings.IndexByte(".,;:!?'*_\\", s.text[i-1]) >= 0 {
		i--
	}
	return i
}

// another reports whether a URL begins at i.
func (s *scanner) another(i, to int) bool {
	colon := bytes.IndexByte(s.text[i:min(to, i+longestScheme+1)], ':')
	if colon < 0 {
		return false
	}
	_, ok := schemes[strings.ToLower(string(s.text[i:i+colon]))]
	return ok
}

// url takes the URL at text[from:to]; without a host that can be reached it is none.
func (s *scanner) url(from, to int) {
	text := string(s.text[from:to])
	written, rest, _ := strings.Cut(text, "://")
	meant := schemes[strings.ToLower(written)]
	n := strings.IndexAny(rest, "/?#\\")
	if n < 0 {
		n = len(rest)
	}
	authority, path := rest[:n], rest[n:]
	at := strings.LastIndexByte(authority, '@') + 1 // http://bank.example@evil.example is the latter's
	host, port := hostPort(authority[at:])
	if host == "" {
		return
	}
	value := meant + "://" + authority[:at] + bracket(host) + defaultless(meant, port) + path
	if path == "" {
		value += "/" // the same page
	}
	s.found(Indicator{Kind: URL, Value: value, Host: host, Defanged: meant != strings.ToLower(written)}, from, to)
}

// bracket writes an IPv6 address as URLs want it.
func bracket(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

func defaultless(scheme, port string) string {
	if port == "" || scheme == "http" && port == "80" || scheme == "https" && port == "443" {
		return ""
	}
	return ":" + port
}

// hostPort returns an authority's host in normal form, "" if nothing can be reached there.
func hostPort(text string) (host, port string) {
	if inner, ok := strings.CutPrefix(text, "["); ok {
		inside, after, _ := strings.Cut(inner, "]")
		a, err := netip.ParseAddr(inside)
		if err != nil {
			return "", ""
		}
		return clean(a).String(), digits(strings.TrimPrefix(after, ":"))
	}
	name, port, _ := strings.Cut(text, ":")
	if unescaped, err := url.PathUnescape(name); err == nil {
		name = unescaped
	}
	if a, ok := oddAddress(name); ok {
		return a.String(), digits(port)
	}
	return domain(name), digits(port)
}

// digits returns a port, "" if it is none.
func digits(s string) string {
	if len(s) > 5 || strings.Trim(s, "0123456789") != "" {
		return ""
	}
	return s
}
