// Package warninglist reads lists of what looks like an indicator and is none, from files in the form of MISP's warning lists, and says which of them
// speak against what somebody wants an indicator for.
//
// Each list has a purpose. All of them speak against blocking, and against writing to an owner. Those that are named for it speak against looking for a
// value too: a private address is in everybody's events, but who asks a public resolver may well be looked for.
//
// Guarantees: a file, an entry and an expression have limits; regular expressions are RE2's, so that each takes linear time. What cannot be read is left
// out and said, and stops nothing else.
package warninglist

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/gaissmai/bart"

	"github.com/firehall/firehall/internal/core/problem"
)

// Limits.
const (
	MaxFile     = 64 << 20  // bytes of one file
	maxEntries  = 2_000_000 // of one list
	maxEntry    = 4096      // bytes
	maxRegexp   = 1000      // bytes of one expression
	maxRegexps  = 1000      // of one list
	maxContains = 10_000    // entries of one list that are looked for anywhere in a value
	maxFaults   = 20
)

// List is one list.
type List struct {
	Name    string   // that of its file, or folder
	Title   string   // as the file has it
	Version string   // as the file has it
	Entries int      // that can be used
	Faults  []string // what cannot be used, and why; the first ones

	kinds    map[string]bool // it is about; nil: all
	exact    map[string]bool
	hosts    map[string]bool // with all that is below
	nets     *bart.Lite
	contains []string
	regexps  []*regexp.Regexp
}

// attributes are MISP's names of what is looked for, as kinds.
var attributes = map[string]string{
	"ip-src": "ip", "ip-dst": "ip", "ip-src|port": "ip", "ip-dst|port": "ip", "domain|ip": "ip domain", "domain": "domain", "hostname": "domain", "hostname|port": "domain",
	"url": "url", "uri": "url", "link": "url", "email": "email", "email-src": "email", "email-dst": "email", "md5": "md5", "sha1": "sha1", "sha256": "sha256",
	"sha512": "sha512", "filename|md5": "md5", "filename|sha1": "sha1", "filename|sha256": "sha256", "filename|sha512": "sha512", "filename": "filename",
	"AS": "asn", "mac-address": "mac", "mutex": "mutex", "regkey": "registry",
}

// Read reads a list; name is what it is called. Errors: Invalid, if nothing of it can be used.
func Read(name string, raw []byte) (*List, error) {
	var file struct {
		Name    string          `json:"name"`
		Type    string          `json:"type"`
		Version json.RawMessage `json:"version"`
		List    []string        `json:"list"`
		About   []string        `json:"matching_attributes"`
	}
	if len(raw) > MaxFile {
		return nil, problem.New(problem.Invalid, "the warning list %s has more than %d bytes", name, MaxFile)
	}
	if err := json.Unmarshal(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")), &file); err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "the warning list %s is no JSON in the form of MISP's", name)
	}
	if len(file.List) > maxEntries {
		return nil, problem.New(problem.Invalid, "the warning list %s has %d entries, and may have %d", name, len(file.List), maxEntries)
	}
	l := &List{Name: clean(name, 100), Title: clean(file.Name, 300), Version: strings.Trim(clean(string(file.Version), 50), `"`), exact: map[string]bool{}, hosts: map[string]bool{}, nets: &bart.Lite{}}
	l.about(file.About)
	take := map[string]func(string) error{"string": l.text, "hostname": l.host, "cidr": l.net, "substring": l.part, "regex": l.expression}[file.Type]
	if take == nil {
		return nil, problem.New(problem.Invalid, "the warning list %s is of type %q: the types are string, hostname, cidr, substring and regex", name, clean(file.Type, 50))
	}
	for _, entry := range file.List {
		if err := l.entry(entry, take); err != nil {
			if len(l.Faults) < maxFaults {
				l.Faults = append(l.Faults, fmt.Sprintf("%s: %v", clean(entry, 100), err))
			}
			continue
		}
		l.Entries++
	}
	return l, nil
}

func (l *List) entry(s string, take func(string) error) error {
	if s = strings.TrimSpace(s); s == "" || len(s) > maxEntry {
		return fmt.Errorf("an entry has 1 to %d bytes", maxEntry)
	}
	return take(s)
}

func (l *List) about(list []string) {
	for _, a := range list {
		for _, kind := range strings.Fields(attributes[a]) {
			if l.kinds == nil {
				l.kinds = map[string]bool{}
			}
			l.kinds[kind] = true
		}
	}
	if l.kinds == nil && len(list) > 0 {
		l.kinds = map[string]bool{} // only of what we do not know
	}
}

func (l *List) text(s string) error {
	l.exact[strings.ToLower(s)] = true
	if p, err := prefixOf(s); err == nil {
		l.nets.Insert(p)
	}
	return nil
}

func (l *List) host(s string) error {
	l.hosts[strings.Trim(strings.ToLower(s), ".")] = true
	return nil
}

func (l *List) net(s string) error {
	p, err := prefixOf(s)
	if err == nil {
		l.nets.Insert(p)
	}
	return err
}

func prefixOf(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		a = a.Unmap().WithZone("")
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	return p.Masked(), err
}

func (l *List) part(s string) error {
	if len(l.contains) >= maxContains {
		return fmt.Errorf("a list has %d such entries at most", maxContains)
	}
	l.contains = append(l.contains, strings.ToLower(s))
	return nil
}

// expression reads a regular expression, also in slashes with letters behind them, as other engines write it.
func (l *List) expression(s string) error {
	if len(l.regexps) >= maxRegexps || len(s) > maxRegexp {
		return fmt.Errorf("a list has %d expressions of %d bytes at most", maxRegexps, maxRegexp)
	}
	if end := strings.LastIndexByte(s, '/'); end > 0 && s[0] == '/' {
		flags := s[end+1:]
		s = s[1:end]
		if strings.Contains(flags, "i") {
			s = "(?i)" + s
		}
	}
	r, err := regexp.Compile(s)
	if err == nil {
		l.regexps = append(l.regexps, r)
	}
	return err
}

// Has tells whether a value in normal form is on the list. An address is in a network; a network is where it lies in one; a URL is where its host is, if
// the list is about URLs; of a mail address the domain counts, if the list is about those.
func (l *List) Has(kind, value string) bool {
	about := kind
	if kind == "cidr" {
		about = "ip"
	}
	if l.kinds != nil && !l.kinds[about] {
		return false
	}
	lower := strings.ToLower(value)
	if l.exact[lower] || l.inNet(kind, value) || l.below(hostOf(kind, lower)) {
		return true
	}
	if slices.ContainsFunc(l.contains, func(part string) bool { return strings.Contains(lower, part) }) {
		return true
	}
	return slices.ContainsFunc(l.regexps, func(r *regexp.Regexp) bool { return r.MatchString(value) })
}

func (l *List) inNet(kind, value string) bool {
	if kind != "ip" && kind != "cidr" || l.nets.Size() == 0 {
		return false
	}
	p, err := prefixOf(value)
	return err == nil && l.nets.LookupPrefix(p)
}

// below tells whether a name, or one above it, is a host of the list.
func (l *List) below(name string) bool {
	for name != "" && len(l.hosts) > 0 {
		if l.hosts[name] {
			return true
		}
		_, name, _ = strings.Cut(name, ".")
	}
	return false
}

// hostOf is the name that a value is about; "" for none.
func hostOf(kind, value string) string {
	switch kind {
	case "domain":
		return value
	case "email":
		return value[strings.LastIndexByte(value, '@')+1:]
	case "url":
		_, rest, _ := strings.Cut(value, "://")
		rest, _, _ = strings.Cut(rest, "/")
		rest = rest[strings.LastIndexByte(rest, '@')+1:]
		rest, _, _ = strings.Cut(rest, ":")
		return rest
	}
	return ""
}

func clean(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
	return strings.ToValidUTF8(s[:min(len(s), n)], "")
}

// speaks tells whether a list of that name speaks against looking for a value; patterns are those of path.Match.
func speaks(name string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		ok, err := path.Match(p, name)
		return ok && err == nil
	})
}
