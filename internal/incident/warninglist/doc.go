// Package warninglist knows values that look like indicators and are none:
// private and reserved addresses, public DNS resolvers, names for documentation,
// mailboxes that everybody has, hashes of nothing; and which top-level domains
// there are.
//
// Words: a List is named by its code; a Purpose is what somebody wants an
// indicator for. The same list may forbid one and not the other: a public resolver
// must not be blocked, but may well be searched for.
//
// The facts come from MISP/misp-warninglists (CC0-1.0; each file in lists/ names
// its list and version), from the IANA special-purpose address registries and
// RFC 6761. To renew: go run generate.go FOLDER.
package warninglist

import "slices"

// List is the code of a warning list.
type List string

// The lists.
const (
	Private       List = "private"        // RFC 1918, RFC 6598, RFC 4193: each network has its own
	Reserved      List = "reserved"       // loopback, link-local, multicast, never assigned
	Documentation List = "documentation"  // RFC 5737, RFC 3849, RFC 6761's example names
	Benchmark     List = "benchmark"      // RFC 2544
	PublicDNS     List = "public-dns"     // resolvers that half the world uses
	EmptyHash     List = "empty-hash"     // of nothing
	CommonHash    List = "common-hash"    // of files that are on every machine
	Shared        List = "shared-service" // mailboxes, links and scripts that everybody uses
)

// Lists lists the lists.
func Lists() []List {
	return []List{Private, Reserved, Documentation, Benchmark, PublicDNS, EmptyHash, CommonHash, Shared}
}

// Purpose is what an indicator is wanted for.
type Purpose uint8

// The purposes.
const (
	Act    Purpose = iota // block it, or write to its owner
	Search                // look for it in events, findings and other reports
)

// against says which lists speak against which purpose.
var against = map[Purpose][]List{
	Act:    Lists(),
	Search: {Private, Reserved, EmptyHash, CommonHash, Shared},
}

// Speak returns which of the lists, given by their codes, speak against a purpose.
func Speak(codes []string, p Purpose) []List {
	var out []List
	for _, l := range against[p] {
		if slices.Contains(codes, string(l)) {
			out = append(out, l)
		}
	}
	return out
}
