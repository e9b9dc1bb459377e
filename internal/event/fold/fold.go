// Package fold condenses the rows of a batch to facts about findings: the standing problems that events show.
//
// A fact is a finding's key with first and last sight and a count. What makes the key depends on the kind of problem: an infection is
// address and malware; a web page is its URL or host; anything else is a service: address, port, protocol and identifier. Facts
// commute: applied in any order, and in any pieces, they give the same finding (least, greatest, sum).
package fold

import (
	"math/bits"

	"github.com/firehall/firehall/internal/event"
)

// Columns that a fact has besides those of its first event.
const (
	First = "fold.first" // earliest time.source, milliseconds
	Last  = "fold.last"  // latest
	Count = "fold.count" // events
	Label = "fold.label" // the events' own TLP label as a number (tlp.Label); 0: none
	PAP   = "fold.pap"   // the events' own PAP label as a number (tlp.PAP); 0: none; not there where no event has one
	IEP   = "fold.iep"   // the events' own policy as a number (iep.Code); 0: none; not there where no event has one
)

// columns of the event that a fact keeps: what makes its key, whose it is, and what to say about it.
var columns = []string{
	event.FieldSourceIP, event.FieldSourcePort, event.FieldSourceFQDN, event.FieldSourceURL, event.FieldDestIP, event.FieldDestPort,
	event.FieldDestFQDN, event.FieldDestURL, event.FieldTransport, event.FieldMalware, event.FieldTaxonomy, event.FieldType,
	event.FieldIdentifier, event.FieldFeed, event.FieldReport, event.FieldOrganisation, event.FieldNetwork, event.FieldRule,
	event.FieldRole, event.FieldStanding, event.FieldSeverity, event.FieldIntake,
}

// pages are the RSIT types whose asset is a web page or host.
var pages = map[string]bool{"phishing": true, "malware-distribution": true, "system-compromise": true, "masquerade": true, "spam": true}

// key is what makes a finding, in numbers of the batch's dictionaries.
type key struct {
	hi, lo     uint64
	port       int64
	text       uint32 // malware, or URL or host
	transport  uint32
	typ, ident uint32
	own        Own // events under labels of their own come from another source, so to speak
}

// Folder condenses batches; it keeps its buffers.
type Folder struct {
	table       []int32
	keys        []key
	rows        []int32
	first, last []int64
	count       []int64
	labels      []int64
	paps        []int64
	policies    []int64
}

// Fold condenses the rows of b that are named, skipping those on which nobody can act. It gives a batch over the same rows and which of
// its rows are the facts; with no facts rows is empty. Repeats are rows that are no new events but show that something still stands: they
// count nothing. Sights without a time, or later than the batch's arrival, count as on arrival. Each fact is told by its latest event.
// Both results are good until the next call.
func (f *Folder) Fold(b *event.Batch, rows, repeats []int32) (facts *event.Batch, which []int32) {
	v := view(b)
	f.reset(len(rows)+len(repeats), b.Rows())
	for _, r := range rows {
		f.add(v, r, 1)
	}
	for _, r := range repeats {
		f.add(v, r, 0)
	}
	facts = b.Project(columns...)
	facts.Attach(First, f.first)
	facts.Attach(Last, f.last)
	facts.Attach(Count, f.count)
	facts.Attach(Label, f.labels)
	policy := b.Find(event.FieldIEP) != nil
	if policy || b.Find(event.FieldPAP) != nil {
		facts.Attach(PAP, f.paps)
	}
	if policy {
		facts.Attach(IEP, f.policies)
	}
	return facts, f.rows
}

func (f *Folder) reset(n, all int) {
	size := 1 << bits.Len(uint(2*n|63)) //nolint:gosec // not negative
	if len(f.table) < size {
		f.table = make([]int32, size)
	}
	f.table = f.table[:size]
	clear(f.table)
	f.keys, f.rows = f.keys[:0], f.rows[:0]
	for _, column := range []*[]int64{&f.first, &f.last, &f.count, &f.labels, &f.paps, &f.policies} {
		*column = resize(*column, all)
	}
}

func resize(s []int64, n int) []int64 {
	if cap(s) < n {
		return make([]int64, n)
	}
	return s[:n]
}

// add puts a row to the fact of its key; count is how many events it is.
func (f *Folder) add(v *columnsView, r int32, count int64) {
	if v.mute(r) {
		return
	}
	k := v.key(r)
	at := v.at(r)
	mask := len(f.table) - 1
	for i := k.hash() & mask; ; i = (i + 1) & mask {
		n := f.table[i]
		if n == 0 {
			f.keys, f.rows = append(f.keys, k), append(f.rows, r)
			f.table[i] = int32(len(f.keys)) //nolint:gosec // at most the rows of a part
			f.first[r], f.last[r], f.count[r] = at, at, count
			f.say(r, k.own)
			return
		}
		if f.keys[n-1] == k {
			f.merge(n-1, r, at, count)
			return
		}
	}
}

// merge adds a row to fact n; the latest row stands for it.
func (f *Folder) merge(n int32, r int32, at, count int64) {
	rep := f.rows[n]
	first, last, sum := min(f.first[rep], at), f.last[rep], f.count[rep]+count
	if at > last {
		f.rows[n], rep, last = r, r, at
	}
	f.first[rep], f.last[rep], f.count[rep] = first, last, sum
	f.say(rep, f.keys[n].own)
}

// say writes what the events of a fact say themselves.
func (f *Folder) say(r int32, own Own) {
	f.labels[r], f.paps[r], f.policies[r] = int64(own.Label), int64(own.PAP), int64(own.IEP)
}

func (k key) hash() int {
	const m = 0x9e3779b97f4a7c15
	h := (k.hi ^ k.lo*m) * m
	h = (h ^ uint64(k.port) ^ uint64(k.text)<<20 ^ uint64(k.typ)<<44) * m //nolint:gosec // a hash
	h = (h ^ h>>29 ^ uint64(k.ident) ^ uint64(k.transport)<<24 ^ uint64(k.own.Label)<<56 ^ uint64(k.own.PAP)<<60 ^ uint64(k.own.IEP)<<44) * m
	return int(h >> 33) //nolint:gosec // 31 bits
}

// What stands in the place of a page's port, so that the numbers of a URL and of a host are not taken for each other.
const ofURL, ofHost = -1, -2

// columnsView is the batch's columns as slices.
type columnsView struct {
	hi, lo, dhi, dlo           []uint64
	port, dport, times         []int64
	malware, url, fqdn         numbers
	durl, dfqdn                numbers
	transport, typ, identifier numbers
	role                       numbers
	arrival                    *event.Column
	own                        ownView
	isPage                     []bool // by typ
	isInfection                []bool
	isDest, isNone             []bool // by role
}

// numbers are a Text column's numbers: 0 null, a constant 1 everywhere.
type numbers struct {
	idx   []uint32
	fixed uint32
}

func (n numbers) at(r int32) uint32 {
	if n.idx == nil {
		return n.fixed
	}
	return n.idx[r]
}

func view(b *event.Batch) *columnsView {
	v := &columnsView{}
	v.hi, v.lo = words(b, event.FieldSourceIP)
	v.dhi, v.dlo = words(b, event.FieldDestIP)
	v.port, v.dport, v.times = ints(b, event.FieldSourcePort), ints(b, event.FieldDestPort), ints(b, event.FieldTime)
	v.malware, _ = text(b, event.FieldMalware)
	v.url, _ = text(b, event.FieldSourceURL)
	v.fqdn, _ = text(b, event.FieldSourceFQDN)
	v.durl, _ = text(b, event.FieldDestURL)
	v.dfqdn, _ = text(b, event.FieldDestFQDN)
	v.transport, _ = text(b, event.FieldTransport)
	v.identifier, _ = text(b, event.FieldIdentifier)
	v.arrival = b.Find(event.FieldArrival)
	v.own = ownOf(b)
	var types, roles []string
	v.typ, types = text(b, event.FieldType)
	v.role, roles = text(b, event.FieldRole)
	v.isPage, v.isInfection = make([]bool, len(types)+1), make([]bool, len(types)+1)
	for i, t := range types {
		v.isPage[i+1], v.isInfection[i+1] = pages[t], t == "infected-system"
	}
	v.isDest, v.isNone = make([]bool, len(roles)+1), make([]bool, len(roles)+1)
	for i, r := range roles {
		v.isDest[i+1], v.isNone[i+1] = r == "destination", r == "none"
	}
	return v
}

func words(b *event.Batch, name string) (hi, lo []uint64) {
	if c := b.Find(name); c != nil {
		return c.HiLo()
	}
	zero := make([]uint64, b.Rows())
	return zero, zero
}

func ints(b *event.Batch, name string) []int64 {
	if c := b.Find(name); c != nil {
		return c.Ints()
	}
	return make([]int64, b.Rows())
}

// mostValues is how many different texts of a column are looked at: more than there are policies.
const mostValues = 2048

func text(b *event.Batch, name string) (numbers, []string) {
	c := b.Find(name)
	if c == nil {
		return numbers{}, nil
	}
	if s, ok := c.Constant(); ok {
		if s == "" {
			return numbers{}, nil
		}
		return numbers{fixed: 1}, []string{s}
	}
	if c.Entries() > mostValues { // what is asked for by value has few
		return numbers{idx: c.Indices()}, nil
	}
	values := make([]string, c.Entries())
	for i := range values {
		values[i] = string(c.Entry(uint32(i))) //nolint:gosec // few
	}
	return numbers{idx: c.Indices()}, values
}

// at is when the row was seen: no later than it arrived, since a source's clock may be wrong, and then if the row does not tell.
func (v *columnsView) at(r int32) int64 {
	at := v.times[r]
	if v.arrival == nil {
		return at
	}
	if arrived := v.arrival.Int64(int(r)); arrived != event.Null && (at == event.Null || at > arrived) {
		return arrived
	}
	return at
}

// mute tells that nobody can act on the row.
func (v *columnsView) mute(r int32) bool {
	role := v.role.at(r)
	return int(role) < len(v.isNone) && v.isNone[role]
}

func (v *columnsView) key(r int32) key {
	role, typ := v.role.at(r), v.typ.at(r)
	k := key{typ: typ, ident: v.identifier.at(r), own: v.own.at(r)}
	url, host := v.url.at(r), v.fqdn.at(r)
	port := v.port[r]
	k.hi, k.lo = v.hi[r], v.lo[r]
	if int(role) < len(v.isDest) && v.isDest[role] {
		k.hi, k.lo, port, url, host = v.dhi[r], v.dlo[r], v.dport[r], v.durl.at(r), v.dfqdn.at(r)
	}
	switch {
	case int(typ) < len(v.isPage) && v.isPage[typ] && url != 0:
		k.text, k.port, k.hi, k.lo = url, ofURL, 0, 0 // wherever it lies
	case int(typ) < len(v.isPage) && v.isPage[typ] && host != 0:
		k.text, k.port, k.hi, k.lo = host, ofHost, 0, 0
	case int(typ) < len(v.isInfection) && v.isInfection[typ]:
		k.text = v.malware.at(r)
	case k.hi == 0 && k.lo == 0:
		k.text = host
	default:
		k.port, k.transport = port, v.transport.at(r)
	}
	return k
}

// IsPage tells whether the asset of events of the RSIT type is a web page or host.
func IsPage(rsitType string) bool { return pages[rsitType] }

// IsInfection tells whether events of the RSIT type are about an infected machine, whose finding is address and malware.
func IsInfection(rsitType string) bool { return rsitType == "infected-system" }
