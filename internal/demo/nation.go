package demo

import (
	_ "embed"
	"fmt"
	"io"
	"net/netip"
)

//go:embed nation.csv
var nation []byte

// Nation writes the demonstration nation's register in the columns of `firehall constituency import`: some forty organisations, their
// networks, contacts and parents. A few have no contact of their own, so that the chain of who is told has something to show; a
// sixth of the addresses belongs to nobody: their system, AS64499, is in no register.
func Nation(w io.Writer) error {
	_, err := w.Write(nation)
	return err
}

// Register writes a register over the broad space for measuring: prefixes rows of /12 to /28, an organisation for every four. The
// same seed gives the same rows; a prefix appears once.
func Register(w io.Writer, prefixes int, seed uint64) error {
	b := []byte("organisation,kind,sector,country,parent,network,contact,purpose,language\n")
	seen := make(map[netip.Prefix]bool, prefixes)
	for i := 0; len(seen) < prefixes; i++ {
		p := broadPrefix(mix(seed ^ mix(uint64(i))))
		if seen[p] {
			continue
		}
		seen[p] = true
		owner := len(seen) / 4
		b = fmt.Appendf(b, "Organisation %d,constituent,,AQ,,%s,security@org%d.example,security,en\n", owner, p, owner)
		if len(b) >= flushAt {
			if _, err := w.Write(b); err != nil {
				return err
			}
			b = b[:0]
		}
	}
	_, err := w.Write(b)
	return err
}

// broadPrefix is a prefix inside the broad space; long ones are the most frequent, as in a real register.
func broadPrefix(h uint64) netip.Prefix {
	bits := 28 - skewed(h, 17)
	ip := broadBase | uint32(below(mix(h), 1<<24))
	a := netip.AddrFrom4([4]byte{byte(ip >> 24), byte(ip >> 16), byte(ip >> 8), byte(ip)})
	return netip.PrefixFrom(a, bits).Masked()
}

// Prefixes writes the enrichment table that goes with the demonstration: prefix, AS number, AS name and country, as CSV.
func Prefixes(w io.Writer) error {
	_, err := io.WriteString(w, `prefix,asn,name,cc
192.0.2.0/24,64496,Northlight Telecom,AQ
198.51.100.0/25,64497,Demonet Hosting,AQ
198.51.100.128/25,64499,Drift Cable,AQ
203.0.113.0/24,64498,State ICT Agency,AQ
203.0.113.224/27,64510,Bouvet Net,BV
2001:db8:100::/40,64496,Northlight Telecom,AQ
2001:db8:200::/40,64497,Demonet Hosting,AQ
2001:db8:f00::/40,64510,Bouvet Net,BV
`)
	return err
}

// Configuration writes the terms of the demonstration's feeds as a configuration file; prefixes is where Prefixes was written to, maildir
// is the folder that messages go into instead of the world. Documentation addresses count as real there, or the whole nation would be
// nobody's.
func Configuration(w io.Writer, prefixes, maildir string) error {
	_, err := fmt.Fprintf(w, configuration, prefixes, prefixes, maildir)
	return err
}

const configuration = `# The demonstration: feeds of a nation that does not exist.

[team]
name = "CERT Demonstra"
country = "AQ"
email = "cert@cert.example"

[rfc2350]
updated = "2026-11-22"
full_name = "Computer Emergency Response Team of Demonstra"
established = "2026-01-01"
address = "1 Lighthouse Road\nHarbour City\nDemonstra"
phone = "+12025550198"
hours = "Monday to Friday, 08:00 to 18:00 UTC; for emergencies at any hour"
mission = "To help whoever uses networks of Demonstra prevent, notice and end security incidents."
constituency = "All networks of Demonstra"
sponsor = "The State ICT Agency of Demonstra"
authority = "It advises and asks; it can order nothing."
support = "Every report is looked at. Threats to life and essential services come first."
cooperation = "What is told in confidence is passed on as its source allows. The police are told what the law demands, or what the victim wants them to know."
services = "Notices to owners of networks, help with incidents, take-downs, warnings"
disclaimer = "Every care is taken; for mistakes and for damage from what is said here nobody is liable."

[directory]
patch = ["country:AQ"]

[enrich]
asn = [%q]
geo = [%q]

[mail]
maildir = %q

[reports]
check_sender = false # nobody's DNS knows the people of Demonstra
on_call_phone = "+12025550199"

[clocks]
always = ["reports/report"]

[notify]
every = "daily"
classes = { "infected-system" = "at once" }

[feeds.shadowserver]
format = "shadowserver"
attribution = "The Shadowserver Foundation (synthetic data in its format)"
receivers = ["constituent", "provider"]
documentation_addresses = true

[feeds.honeynet]
format = "intelmq"
tlp = "green"
documentation_addresses = true

[feeds.exchange-list]
format = "list"
documentation_addresses = true
constants = { "classification.type" = "blacklist", "classification.identifier" = "exchange-list" }

[feeds.partner-desk]
format = "xarf"
documentation_addresses = true

[feeds.complaints]
format = "arf"
documentation_addresses = true
`
