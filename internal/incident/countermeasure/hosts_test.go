package countermeasure

import (
	"strings"
	"testing"
)

// Each entry says where it was looked up, and when: not after the whole.
func TestHostsHaveTheirSources(t *testing.T) {
	all := knownHosts()
	list := map[string]found{"mailboxes": all.Mailboxes.found}
	for _, n := range all.CDN {
		list[n.Name] = n.found
		if len(n.ASNs)+len(n.Names) == 0 {
			t.Errorf("%s has neither a number nor a name", n.Name)
		}
	}
	for name, f := range list {
		if strings.TrimSpace(f.Source) == "" || f.Checked.Year < 2026 || f.Checked.String() > all.AsOf.String() {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if len(list) < 10 {
		t.Errorf("%d entries were read", len(list))
	}
}

// A company that lets machines in the network of its content network is told by the names alone: an address there may be a hoster's.
func TestNetworksInWhichMachinesAreLet(t *testing.T) {
	for _, asn := range []uint32{60068, 199524, 63949, 16509, 8075} {
		if got := before(asn, ""); got != "" {
			t.Errorf("AS%d is taken for %s", asn, got)
		}
	}
	if before(13335, "") != "Cloudflare" || before(0, "x.cdn77.org.") != "CDN77" {
		t.Error("networks and names are not known")
	}
}
