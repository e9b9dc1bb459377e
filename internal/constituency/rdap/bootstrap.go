package rdap

import (
	"encoding/json"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
)

// Bootstrap tells which registry knows about what: the content of IANA's files
// ipv4.json, ipv6.json, asn.json and dns.json (RFC 9224).
type Bootstrap struct {
	prefixes []prefixService
	numbers  []numberService
	domains  map[string]string
}

type prefixService struct {
	prefix netip.Prefix
	base   string
}

type numberService struct {
	first, last uint32
	base        string
}

// maxServices bounds one file; IANA's largest has some 1,500 entries.
const maxServices = 100_000

// Add takes in one of IANA's files; which of the four it is shows from its
// entries. Entries that cannot be read are passed over, for one odd line of
// IANA's must not silence the rest; a file without any that can is Invalid.
func (b *Bootstrap) Add(file []byte) error {
	var f struct {
		Services [][][]string `json:"services"`
	}
	if err := json.Unmarshal(file, &f); err != nil {
		return problem.Wrap(problem.Invalid, err, "the RDAP bootstrap file cannot be read")
	}
	added := 0
	for _, s := range f.Services {
		if len(s) < 2 {
			continue
		}
		// RFC 8521's tag file has three parts: the service's URLs come last in all.
		base := bestURL(s[len(s)-1])
		for _, entry := range s[len(s)-2] {
			if base != "" && added < maxServices && b.add(entry, base) {
				added++
			}
		}
	}
	if added == 0 {
		return problem.New(problem.Invalid, "the RDAP bootstrap file names no service that can be used")
	}
	return nil
}

func (b *Bootstrap) add(entry, base string) bool {
	if p, err := netip.ParsePrefix(entry); err == nil {
		b.prefixes = append(b.prefixes, prefixService{p.Masked(), base})
		return true
	}
	if n, ok := numberRange(entry); ok {
		n.base = base
		b.numbers = append(b.numbers, n)
		return true
	}
	name := strings.ToLower(strings.Trim(entry, "."))
	if name == "" || strings.ContainsAny(name, " /:") {
		return false
	}
	if b.domains == nil {
		b.domains = map[string]string{}
	}
	b.domains[name] = base
	return true
}

func numberRange(entry string) (n numberService, ok bool) {
	low, high, dashed := strings.Cut(entry, "-")
	if !dashed {
		high = low
	}
	first, err1 := strconv.ParseUint(low, 10, 32)
	last, err2 := strconv.ParseUint(high, 10, 32)
	return numberService{first: uint32(first), last: uint32(last)}, err1 == nil && err2 == nil && first <= last
}

// bestURL prefers https (RFC 9224 §3: clients should).
func bestURL(urls []string) string {
	usable := slices.DeleteFunc(slices.Clone(urls), func(s string) bool {
		u, err := url.Parse(s)
		return err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http"
	})
	if len(usable) == 0 {
		return ""
	}
	best := usable[0]
	if i := slices.IndexFunc(usable, func(s string) bool { return strings.HasPrefix(s, "https:") }); i >= 0 {
		best = usable[i]
	}
	return strings.TrimSuffix(best, "/") + "/"
}

// Addr returns the base URL of the registry for an address: the longest prefix wins.
func (b *Bootstrap) Addr(a netip.Addr) (base string, ok bool) {
	bits := -1
	for _, s := range b.prefixes {
		if s.prefix.Contains(a) && s.prefix.Bits() > bits {
			bits, base = s.prefix.Bits(), s.base
		}
	}
	return base, bits >= 0
}

// ASN returns the base URL of the registry for an AS number: the narrowest range wins.
func (b *Bootstrap) ASN(n uint32) (base string, ok bool) {
	width := uint64(1) << 33
	for _, s := range b.numbers {
		if w := uint64(s.last - s.first); s.first <= n && n <= s.last && w < width {
			width, base = w, s.base
		}
	}
	return base, base != ""
}

// Domain returns the base URL of the registry for a domain: the longest suffix wins.
func (b *Bootstrap) Domain(name string) (base string, ok bool) {
	for name = strings.ToLower(strings.Trim(name, ".")); name != ""; _, name, _ = strings.Cut(name, ".") {
		if base, ok = b.domains[name]; ok {
			return base, true
		}
	}
	return "", false
}
