package feed

import (
	"net/netip"
	"strings"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/fold"
	"github.com/firehall/firehall/internal/feed/enrich"
)

// attributor finds out, for the rows of a batch, what the feed left out about their addresses and whose they are. One a worker.
type attributor struct {
	matcher *constituency.Matcher
	table   *enrich.Table // nil: nothing to enrich from
	blocks  enrich.Blocks

	row     row // the one that is looked at
	slots   []constituency.Slot
	special []uint32 // per row: number of the special-purpose block, 0 ordinary
	names   numbered // of the blocks met
	local   map[constituency.Slot][3]uint32
	idx     [3][]uint32
	// of organisation, network and rule
	numbered [3]numbered
}

// side is the columns of the role that can act.
type side struct {
	hi, lo    []uint64
	asn       []int64
	cc        *event.Column
	fqdn, url *event.Column
	network   *event.Column
}

func sideOf(b *event.Batch, role string) side {
	s := side{cc: b.Find(role + ".geolocation.cc"), fqdn: b.Find(role + ".fqdn"), url: b.Find(role + ".url"), network: b.Find(role + ".network")}
	if c := b.Find(role + ".ip"); c != nil {
		s.hi, s.lo = c.HiLo()
	}
	if c := b.Find(role + ".asn"); c != nil {
		s.asn = c.Ints()
	}
	return s
}

// tryingOut is the block of documentation addresses. Nobody has them, so where they come somebody is trying things out, and wants to see
// what would become of ordinary ones. They are marked all the same.
const tryingOut = "documentation"

// apply enriches, marks special addresses and attributes. It gives, for each row, whether somebody was found (slot not 0).
func (a *attributor) apply(b *event.Batch) []constituency.Slot {
	a.enrich(b)
	a.mark(b)
	source, destination := sideOf(b, "source"), sideOf(b, "destination")
	role := texts(b, event.FieldRole)
	pages := texts(b, event.FieldType)
	n := b.Rows()
	a.slots = grow(a.slots, n)
	var memo struct {
		hi, lo uint64
		slot   constituency.Slot
	}
	for i := range n {
		s, special := &source, a.special[i] != 0 && a.names.values[a.special[i]-1] != tryingOut
		switch role.at(i) {
		case "none":
			a.slots[i] = 0
			continue
		case "destination":
			s, special = &destination, a.reserved(&destination, i)
		}
		page := fold.IsPage(pages.at(i))
		if !page && s.hi != nil && s.lo[i] != 0 && s.hi[i] == memo.hi && s.lo[i] == memo.lo && memo.slot != 0 && !special {
			a.slots[i] = memo.slot
			continue
		}
		a.row = row{s, i}
		slot, byAddress := whose(a.matcher, &a.row, page, special)
		a.slots[i] = slot
		if byAddress {
			memo.hi, memo.lo, memo.slot = s.hi[i], s.lo[i], slot
		}
	}
	a.write(b)
	return a.slots
}

// reserved tells that row i's address lies in a special-purpose block, in which nobody is known by system or country.
func (a *attributor) reserved(s *side, i int) bool {
	if s.hi == nil || s.hi[i]|s.lo[i] == 0 {
		return false
	}
	name, ok := a.blocks.Reserved(event.Address(s.hi[i], s.lo[i]))
	return ok && name != tryingOut
}

// lastOf is the highest address of a prefix.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for bit := p.Bits(); bit < 8*len(b); bit++ {
		b[bit/8] |= 0x80 >> (bit % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// hostOf cuts the host out of a URL; empty if it is an address or none.
func hostOf(url string) string {
	if _, rest, ok := strings.Cut(url, "://"); ok {
		url = rest
	}
	if i := strings.IndexAny(url, "/?#"); i >= 0 {
		url = url[:i]
	}
	if i := strings.LastIndexByte(url, '@'); i >= 0 {
		url = url[i+1:]
	}
	if i := strings.LastIndexByte(url, ':'); i >= 0 && !strings.HasSuffix(url, "]") {
		url = url[:i]
	}
	if _, err := netip.ParseAddr(strings.Trim(url, "[]")); err == nil {
		return ""
	}
	return url
}

// enrich fills in system, country and prefix of both sides where the feed did not give system and country.
func (a *attributor) enrich(b *event.Batch) {
	if a.table == nil || a.table.Size() == 0 {
		return
	}
	for _, side := range []string{"source", "destination"} {
		if ip := b.Find(side + ".ip"); ip != nil {
			a.enrichSide(b, ip, b.Column(side+".asn"), b.Column(side+".geolocation.cc"), b.Column(side+".network"))
		}
	}
}

func (a *attributor) enrichSide(b *event.Batch, ip, asn, cc, network *event.Column) {
	b.Columns() // fills new ones with nulls
	hi, lo := ip.HiLo()
	for i := range b.Rows() {
		if hi[i]|lo[i] == 0 || !asn.IsNull(i) && !cc.IsNull(i) {
			continue
		}
		info, ok := a.table.Lookup(event.Address(hi[i], lo[i]))
		if !ok {
			continue
		}
		if asn.IsNull(i) && info.ASN != 0 {
			asn.SetInt(i, int64(info.ASN))
		}
		setMissing(cc, i, info.Country)
		if info.Prefix.IsValid() {
			setMissing(network, i, info.Prefix.String())
		}
	}
}

// setMissing sets a text where there is none and something is known.
func setMissing(c *event.Column, i int, v string) {
	if _, fixed := c.Constant(); !fixed && v != "" && c.IsNull(i) {
		c.SetText(i, []byte(v))
	}
}

// mark notes the special-purpose block of each source address.
func (a *attributor) mark(b *event.Batch) {
	a.special = grow(a.special, b.Rows())
	clear(a.special)
	a.names.reset()
	ip := b.Find(event.FieldSourceIP)
	if ip == nil {
		return
	}
	hi, lo := ip.HiLo()
	for i := range b.Rows() {
		name, ok := "", false
		if hi[i] == 0 && lo[i]>>32 == 0xffff {
			name, ok = a.blocks.ReservedV4(uint32(lo[i])) //nolint:gosec // the lower half is the address
		} else if hi[i]|lo[i] != 0 {
			name, ok = a.blocks.Reserved(event.Address(hi[i], lo[i]))
		}
		if ok {
			a.special[i] = a.names.number(name)
		}
	}
	if len(a.names.values) > 0 {
		b.Number(event.FieldSourceReserved, a.special[:b.Rows()], a.names.values)
	}
}

// write puts organisation, network and rule of each row into the batch.
func (a *attributor) write(b *event.Batch) {
	if a.local == nil {
		a.local = map[constituency.Slot][3]uint32{}
	}
	clear(a.local)
	for i := range a.numbered {
		a.numbered[i].reset()
		a.idx[i] = grow(a.idx[i], b.Rows())
	}
	last, numbers := constituency.Slot(0), [3]uint32{}
	for i, slot := range a.slots[:b.Rows()] {
		if slot != last {
			last, numbers = slot, a.numbersOf(slot)
		}
		for n := range numbers {
			a.idx[n][i] = numbers[n]
		}
	}
	for n, name := range [3]string{event.FieldOrganisation, event.FieldNetwork, event.FieldRule} {
		b.Number(name, a.idx[n], a.numbered[n].values)
	}
}

// numbersOf gives the numbers of the slot's organisation, network and rule; all 0 for slot 0.
func (a *attributor) numbersOf(slot constituency.Slot) [3]uint32 {
	numbers, ok := a.local[slot]
	if ok || slot == 0 {
		return numbers
	}
	t := a.matcher.Target(slot)
	numbers = [3]uint32{a.numbered[0].number(t.Organisation), a.numbered[1].number(t.Network), a.numbered[2].number(string(t.Rule))}
	a.local[slot] = numbers
	return numbers
}

// numbered gives texts numbers from 1.
type numbered struct {
	values []string
	known  map[string]uint32
}

func (t *numbered) reset() {
	t.values = t.values[:0]
	if t.known == nil {
		t.known = map[string]uint32{}
	}
	clear(t.known)
}

func (t *numbered) number(v string) uint32 {
	n, ok := t.known[v]
	if !ok {
		t.values = append(t.values, v)
		n = uint32(len(t.values)) //nolint:gosec // at most the rows of a part
		t.known[v] = n
	}
	return n
}

func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n+n/4)[:n]
	}
	return s[:n]
}

// textView reads a Text column of few entries as strings without making one a row.
type textView struct {
	idx    []uint32
	values []string
	fixed  string
}

func texts(b *event.Batch, name string) textView {
	c := b.Find(name)
	if c == nil {
		return textView{}
	}
	if s, ok := c.Constant(); ok {
		return textView{fixed: s}
	}
	v := textView{idx: c.Indices(), values: make([]string, c.Entries())}
	for i := range v.values {
		v.values[i] = string(c.Entry(uint32(i))) //nolint:gosec // few
	}
	return v
}

func (v textView) at(i int) string {
	if v.idx == nil || v.idx[i] == 0 {
		return v.fixed
	}
	return v.values[v.idx[i]-1]
}
