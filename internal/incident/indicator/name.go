package indicator

import (
	"slices"
	"strings"

	"golang.org/x/net/idna"

	"github.com/firehall/firehall/internal/incident/warninglist"
)

// maxName is the longest domain name in text form (RFC 1035 §2.3.4).
const maxName = 253

var lookup = idna.New(idna.MapForLookup(), idna.StrictDomainName(false))

// domain returns a name in normal form, "" if there can be no such domain.
func domain(text string) string {
	text = strings.TrimSuffix(text, ".")
	if len(text) < 4 || len(text) > 4*maxName || !strings.Contains(text, ".") {
		return ""
	}
	name := strings.ToLower(text)
	if !ascii(name) || strings.Contains(name, "xn--") {
		var err error
		if name, err = lookup.ToASCII(text); err != nil {
			return ""
		}
	}
	if len(name) > maxName || !labels(name) {
		return ""
	}
	return name
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// labels checks each label of a name in lower-case ASCII form, the last one's existence too.
func labels(name string) bool {
	rest, n := name, 0
	for {
		label, above, more := strings.Cut(rest, ".")
		under := strings.Contains(label, "_") && strings.Count(above, ".") < 1 // _dmarc.example.org, but no registered name has it
		if !hostLabel(label) || under {
			return false
		}
		n++
		if !more {
			return n > 1 && top(label)
		}
		rest = above
	}
}

func hostLabel(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !letter(c) && !digit(c) && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// top reports whether a label can be a name's last: those that exist, Tor's (RFC 7686), and those that documents and
// tests use (RFC 6761), which the warning list marks.
func top(label string) bool {
	return warninglist.TLD(label) || label == "onion" || label == "example" || label == "test"
}

// name takes a domain, also with a port, or a URL without its scheme. begin is where the piece began, before signs around it were taken off.
func (s *scanner) name(from, to, begin int) bool {
	if begin < from && strings.ContainsAny(string(s.text[begin:from]), "/\\~") {
		return false // a path
	}
	end := from
	for end < to && s.text[end] != '/' && s.text[end] != ':' {
		end++
	}
	host := domain(string(s.text[from:end]))
	if host == "" || !s.bracketed(from, end) && s.noHost(string(s.text[from:end]), from) {
		return false
	}
	if end < to && s.bare(from, end, to, host) {
		return true
	}
	s.found(Indicator{Kind: Domain, Value: host}, from, end)
	return true
}

// bare takes what follows a domain for the rest of a URL: /path or :port/path.
func (s *scanner) bare(from, end, to int, host string) bool {
	i := end
	if s.text[i] == ':' {
		for i++; i < to && digit(s.text[i]); i++ {
		}
	}
	if i+1 >= to || s.text[i] != '/' {
		return false
	}
	s.found(Indicator{Kind: URL, Value: "http://" + host + string(s.text[end:to]), Host: host}, from, to)
	return true
}

// likeFiles are top-level domains that are more often the end of a file's name.
var likeFiles = strings.Fields("zip mov sh py rs md pl cc so ps app cab")

// fileStems are names of files that nobody registered below those.
var fileStems = strings.Fields(`readme main index setup install run script test tests config configure makefile build changelog license contributing
	security app init __init__ manage lib util utils deploy start stop backup update cron module example demo exploit poc payload invoice document`)

// notNames are products and abbreviations that look like domains.
var notNames = strings.Fields("asp.net vb.net ado.net node.js socket.io paint.net e.g. i.e. system.io java.io fs.io")

// noHost reports names that stand in prose and are no hosts: files, products, a full stop without a blank after it.
func (s *scanner) noHost(text string, from int) bool {
	lower := strings.ToLower(text)
	dot := strings.LastIndexByte(strings.TrimSuffix(text, "."), '.')
	stem, end := lower[:dot], strings.TrimSuffix(lower[dot+1:], ".")
	switch {
	case slices.Contains(notNames, lower), from > 0 && s.text[from-1] == '\\':
		return true
	case stop(text, dot):
		return true
	case s.before == "file" || s.before == "fichier" || s.before == "filename" || s.before == "attachment":
		return slices.Contains(likeFiles, end) || end == "com"
	case end == "zip" || end == "mov":
		return !strings.HasPrefix(lower, "www.")
	case slices.Contains(likeFiles, end):
		return slices.Contains(fileStems, stem) || strings.Contains(stem, "_") || end == "app" && text[0] < 'a' && letter(text[0])
	}
	return false
}

// stop reports "it was fraud.It came": a sentence ends at the dot, and the next begins with a capital.
func stop(text string, dot int) bool {
	tail := strings.TrimSuffix(text[dot+1:], ".")
	if len(tail) < 2 || tail[0] < 'A' || tail[0] > 'Z' || tail[1:] != strings.ToLower(tail[1:]) {
		return false
	}
	return strings.ContainsFunc(text[:1], func(r rune) bool { return r >= 'a' && r <= 'z' })
}
