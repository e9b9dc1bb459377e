package feed

import (
	"net/netip"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/fold"
	"github.com/firehall/firehall/internal/feed/enrich"
)

// facts are what is known of an asset when its owner is looked for. Each look-up is made only when the surer ones found nobody.
type facts interface {
	address() (hi, lo uint64) // both 0: none is known
	byNetwork(*constituency.Matcher) constituency.Slot
	byName(*constituency.Matcher) constituency.Slot
	bySystem(*constituency.Matcher) constituency.Slot
	byCountry(*constituency.Matcher) constituency.Slot
}

// whose is the one rule of attribution. It goes from the surest fact to the weakest: for pages their registered domain, then the address, the
// name, the system, the country. A special-purpose address is somebody's only if the register names its prefix, as an internal team's may.
func whose(m *constituency.Matcher, f facts, page, special bool) (slot constituency.Slot, byAddress bool) {
	if page {
		if slot := f.byName(m); slot != 0 {
			return slot, false
		}
	}
	if hi, lo := f.address(); hi|lo != 0 {
		if slot := ofAddress(m, hi, lo); slot != 0 {
			return slot, true
		}
	} else if slot := f.byNetwork(m); slot != 0 {
		return slot, false
	}
	if special {
		return 0, false
	}
	if !page {
		if slot := f.byName(m); slot != 0 {
			return slot, false
		}
	}
	if slot := f.bySystem(m); slot != 0 {
		return slot, false
	}
	return f.byCountry(m), false
}

func ofAddress(m *constituency.Matcher, hi, lo uint64) constituency.Slot {
	if hi == 0 && lo>>32 == 0xffff {
		return m.IPv4(uint32(lo)) //nolint:gosec // the lower half is the address
	}
	return m.Addr(event.Address(hi, lo))
}

// row is the facts of one row of a batch.
type row struct {
	*side
	i int
}

func (r *row) address() (hi, lo uint64) {
	if r.hi == nil {
		return 0, 0
	}
	return r.hi[r.i], r.lo[r.i]
}

// byNetwork serves rows that speak of a whole network: it is somebody's if both of its ends are the same registered network's.
func (r *row) byNetwork(m *constituency.Matcher) constituency.Slot {
	if r.network == nil || r.network.IsNull(r.i) {
		return 0
	}
	p, err := netip.ParsePrefix(string(r.network.Bytes(r.i)))
	if err != nil {
		return 0
	}
	slot := m.Addr(p.Masked().Addr())
	if slot == 0 || slot != m.Addr(lastOf(p)) {
		return 0
	}
	return slot
}

func (r *row) byName(m *constituency.Matcher) constituency.Slot {
	if r.fqdn != nil && !r.fqdn.IsNull(r.i) {
		if slot := m.Domain(string(r.fqdn.Bytes(r.i))); slot != 0 {
			return slot
		}
	}
	if r.url != nil && !r.url.IsNull(r.i) {
		if host := hostOf(string(r.url.Bytes(r.i))); host != "" {
			return m.Domain(host)
		}
	}
	return 0
}

func (r *row) bySystem(m *constituency.Matcher) constituency.Slot {
	if r.asn != nil && r.asn[r.i] > 0 && r.asn[r.i] <= 0xffffffff {
		return m.ASN(uint32(r.asn[r.i]))
	}
	return 0
}

func (r *row) byCountry(m *constituency.Matcher) constituency.Slot {
	if r.cc == nil || r.cc.IsNull(r.i) {
		return 0
	}
	return m.Country(string(r.cc.Bytes(r.i)))
}

// Asset is what is remembered of something that was observed and attributed: the side of the event that can act, and whose it was.
type Asset struct {
	Type          string     // RSIT
	Addr          netip.Addr // zero: none
	FQDN, URL     string
	Network, Rule string // by which it was somebody's, as the event's attribution says; empty: it was nobody's
}

// Owners tells whose assets are now, by the rule by which events are attributed. It is not safe for concurrent use.
//
// System and country are not remembered of an asset, so an owner by one of these stays the owner while the register says so and nothing surer
// speaks for another; only when the register does not say so any more, the enrichment is asked where the address is. So as long as the
// register does not change, the answer is the event's attribution, also where its feed gave another system than the enrichment would.
type Owners struct {
	matcher *constituency.Matcher
	table   *enrich.Table
	known   map[string]constituency.Slot // by network id: those of systems and countries, and others once asked for
}

// NewOwners makes owners of a picture of the register; table may be nil.
func NewOwners(m *constituency.Matcher, table *enrich.Table) *Owners {
	o := &Owners{matcher: m, table: table, known: map[string]constituency.Slot{}}
	for slot := constituency.Slot(1); int(slot) <= m.Len(); slot++ {
		if t := m.Target(slot); t.Rule == constituency.ByASN || t.Rule == constituency.ByCountry {
			o.known[t.Network] = slot
		}
	}
	return o
}

// Shows tells whether m is the picture that the answers come from.
func (o *Owners) Shows(m *constituency.Matcher) bool { return o.matcher == m }

// Of is whose an asset is; the zero Target if it is nobody's.
func (o *Owners) Of(a Asset) constituency.Target {
	special := false
	if a.Addr.IsValid() {
		name, reserved := enrich.Reserved(a.Addr)
		special = reserved && name != tryingOut
	}
	slot, _ := whose(o.matcher, &remembered{o, a}, fold.IsPage(a.Type), special)
	return o.matcher.Target(slot)
}

// network is the slot of a registered network in force.
func (o *Owners) network(id string) constituency.Slot {
	slot, ok := o.known[id]
	for s := constituency.Slot(1); !ok && int(s) <= o.matcher.Len(); s++ { // rare: few events speak of whole networks
		if o.matcher.Target(s).Network == id {
			slot, ok = s, true
		}
	}
	o.known[id] = slot
	return slot
}

// remembered is the facts of an asset.
type remembered struct {
	*Owners
	Asset
}

func (r *remembered) address() (hi, lo uint64) { return event.Words(r.Addr) }

// byNetwork serves what has no address: it stays with the registered network that it was in.
func (r *remembered) byNetwork(*constituency.Matcher) constituency.Slot {
	if r.Rule != string(constituency.ByPrefix) {
		return 0
	}
	return r.network(r.Asset.Network)
}

func (r *remembered) byName(m *constituency.Matcher) constituency.Slot {
	if r.FQDN != "" {
		if slot := m.Domain(r.FQDN); slot != 0 {
			return slot
		}
	}
	if host := hostOf(r.URL); host != "" {
		return m.Domain(host)
	}
	return 0
}

// still is the slot by which it was somebody's, if it was by that rule and the register still says so; lost tells that it does not.
func (r *remembered) still(rule constituency.Rule) (slot constituency.Slot, lost bool) {
	switch r.Rule {
	case "":
		return 0, false
	case string(constituency.ByASN), string(constituency.ByCountry):
		slot = r.network(r.Asset.Network)
	}
	if slot != 0 && r.Rule != string(rule) {
		return 0, false
	}
	return slot, slot == 0
}

func (r *remembered) bySystem(m *constituency.Matcher) constituency.Slot {
	slot, lost := r.still(constituency.ByASN)
	if info, ok := r.lookUp(lost); ok && info.ASN != 0 {
		return m.ASN(info.ASN)
	}
	return slot
}

func (r *remembered) byCountry(m *constituency.Matcher) constituency.Slot {
	slot, lost := r.still(constituency.ByCountry)
	if info, ok := r.lookUp(lost); ok && info.Country != "" {
		return m.Country(info.Country)
	}
	return slot
}

// lookUp asks the enrichment where an asset is whose owner was lost.
func (r *remembered) lookUp(lost bool) (enrich.Info, bool) {
	if !lost || r.table == nil || !r.Addr.IsValid() {
		return enrich.Info{}, false
	}
	return r.table.Lookup(r.Addr)
}
