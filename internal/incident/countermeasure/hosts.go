package countermeasure

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"
)

//go:embed data/hosts.toml
var hostsFile []byte

// network is a content network: what stands before sites that lie elsewhere.
type network struct {
	Name  string   `toml:"name"`
	ASNs  []uint32 `toml:"asns"`
	Names []string `toml:"names"`
	found
}

// found is where an entry was looked up, and when.
type found struct {
	Source  string         `toml:"source"`
	Checked toml.LocalDate `toml:"checked"`
}

// hosts is what the file data/hosts.toml says.
type hosts struct {
	AsOf      toml.LocalDate `toml:"as_of"`
	CDN       []network      `toml:"cdn"`
	Mailboxes struct {
		Domains []string `toml:"domains"`
		found
	} `toml:"mailboxes"`
}

// knownHosts reads the file once. It is part of the program, and a test reads it: here it cannot fail.
var knownHosts = sync.OnceValue(func() (h hosts) {
	_ = toml.Unmarshal(hostsFile, &h)
	return h
})

// before gives the content network that an address (by its AS number; 0 for unknown) or a name belongs to; "" for none.
func before(asn uint32, alias string) string {
	alias = strings.ToLower(strings.TrimSuffix(alias, "."))
	for _, n := range knownHosts().CDN {
		ends := func(name string) bool { return alias == name || strings.HasSuffix(alias, "."+name) }
		if asn != 0 && slices.Contains(n.ASNs, asn) || slices.ContainsFunc(n.Names, ends) {
			return n.Name
		}
	}
	return ""
}

// forAll tells whether anybody gets a mailbox in a domain.
func forAll(domain string) bool {
	return slices.Contains(knownHosts().Mailboxes.Domains, strings.ToLower(strings.TrimSuffix(domain, ".")))
}
