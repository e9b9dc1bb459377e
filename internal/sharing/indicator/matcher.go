package indicator

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/gaissmai/bart"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/sharing/pattern"
)

// matcher finds values of indicators in events. It does not change once it is made, and looks at each distinct text of a batch once.
type matcher struct {
	targets  []target
	addrs    map[[2]uint64][]int32
	sieve    []uint64 // a bit for each address, so that most are passed over at once
	nets     *bart.Table[[]int32]
	texts    map[Kind]map[string][]int32
	asns     map[int64][]int32
	anything []int32 // patterns that need no value
	fields   map[string]bool
}

// target is an indicator that is looked for.
type target struct {
	id      string
	values  map[Value]bool   // of what holds exactly; nil for a pattern
	pattern *pattern.Pattern // to be evaluated where a value is; nil for what holds exactly
}

// Where the values of a kind stand in an event.
var places = []struct {
	kind   Kind
	fields []string
}{
	{"ip", []string{event.FieldSourceIP, event.FieldDestIP}},
	{"cidr", []string{event.FieldSourceIP, event.FieldDestIP}},
	{"asn", []string{event.FieldSourceASN, event.FieldDestASN}},
	{"domain", []string{event.FieldSourceFQDN, event.FieldDestFQDN}},
	{"url", []string{event.FieldSourceURL, event.FieldDestURL}},
	{"md5", []string{"malware.hash.md5"}},
	{"sha1", []string{"malware.hash.sha1"}},
	{"sha256", []string{"malware.hash.sha256"}},
}

func fieldsOf(k Kind) []string {
	for _, p := range places {
		if p.kind == k {
			return p.fields
		}
	}
	return nil
}

// sieveBits is how many bits the sieve has; it stays in the processor's cache.
const sieveBits = 1 << 20

func newMatcher() *matcher {
	return &matcher{
		addrs: map[[2]uint64][]int32{}, sieve: make([]uint64, sieveBits/64), nets: &bart.Table[[]int32]{}, texts: map[Kind]map[string][]int32{},
		asns: map[int64][]int32{}, fields: map[string]bool{event.FieldTime: true},
	}
}

// add looks for an indicator.
func (m *matcher) add(i *Indicator, values []Value) {
	n := int32(len(m.targets)) //nolint:gosec // far fewer
	t := target{id: i.ID}
	if i.Exact {
		t.values = map[Value]bool{}
	} else if p, err := pattern.Parse(i.Pattern); err == nil {
		t.pattern = p
		m.wantAll()
	}
	m.targets = append(m.targets, t)
	if i.reach == pattern.Anything {
		m.anything = append(m.anything, n)
		return
	}
	for _, v := range values {
		if fields := fieldsOf(v.Kind); len(fields) > 0 && m.value(v, n) {
			for _, f := range fields {
				m.fields[f] = true
			}
		}
	}
}

// wantAll reads all that a pattern may ask for.
func (m *matcher) wantAll() {
	for _, f := range pattern.Fields() {
		m.fields[f] = true
	}
}

func (m *matcher) value(v Value, n int32) bool {
	switch v.Kind {
	case "ip":
		a, err := netip.ParseAddr(v.Value)
		if err != nil {
			return false
		}
		hi, lo := event.Words(a)
		m.sieve[spot(hi, lo)/64] |= 1 << (spot(hi, lo) % 64)
		m.addrs[[2]uint64{hi, lo}] = append(m.addrs[[2]uint64{hi, lo}], n)
	case "cidr":
		p, err := netip.ParsePrefix(v.Value)
		if err != nil {
			return false
		}
		m.nets.Modify(p.Masked(), func(old []int32, _ bool) ([]int32, bool) { return append(old, n), false })
	case "asn":
		number := asNumber(v.Value)
		m.asns[number] = append(m.asns[number], n)
	default:
		if m.texts[v.Kind] == nil {
			m.texts[v.Kind] = map[string][]int32{}
		}
		m.texts[v.Kind][v.Value] = append(m.texts[v.Kind][v.Value], n)
	}
	return true
}

func spot(hi, lo uint64) uint64 { return (hi ^ lo) * 0x9e3779b97f4a7c15 >> 44 }

func asNumber(v string) (n int64) {
	for _, c := range strings.TrimPrefix(v, "AS") {
		n = n*10 + int64(c-'0')
	}
	return n
}

// found is where a value of an indicator was seen. Each is kept once.
type found struct {
	target int32
	value  Value
	day    int64 // of the event, in days since 1970; undated where it has no time
	feed   string
}

// undated is the day of an event without a time.
const undated = -1

// finds are what was found, and when it was seen last, in milliseconds.
type finds map[found]int64

func (f finds) add(x found, at int64) {
	if old, ok := f[x]; !ok || at > old {
		f[x] = at
	}
}

// search is the search of one batch of events of one feed.
type search struct {
	*matcher
	batch   *event.Batch
	feed    string
	times   []int64
	out     finds
	suspect map[int32][]int // rows in which a pattern may hold
}

// Bounds of the patterns that are evaluated: how many rows of a batch each is tried on, and how many patterns that need no value are tried.
const (
	mostSuspects = 2000
	mostPatterns = 50
)

// match finds indicators in a batch of events of one feed.
func (m *matcher) match(b *event.Batch, feed string, out finds) {
	s := &search{matcher: m, batch: b, feed: feed, out: out, suspect: map[int32][]int{}}
	if c := b.Find(event.FieldTime); c != nil {
		s.times = c.Ints()
	}
	for _, p := range places {
		for _, f := range p.fields {
			if c := b.Find(f); c != nil && m.fields[f] {
				s.column(p.kind, c)
			}
		}
	}
	for _, n := range m.anything[:min(len(m.anything), mostPatterns)] {
		for row := range min(b.Rows(), mostSuspects) {
			s.suspect[n] = append(s.suspect[n], row)
		}
	}
	s.evaluate()
}

func (s *search) column(k Kind, c *event.Column) {
	switch k {
	case "ip":
		s.addresses(c)
	case "cidr": // with the addresses
	case "asn":
		for row, v := range c.Ints() {
			if list := s.asns[v]; list != nil && v != event.Null {
				s.hit(list, Value{k, "AS" + strconv.FormatInt(v, 10)}, row)
			}
		}
	default:
		if len(s.texts[k]) > 0 {
			s.words(k, c)
		}
	}
}

// addresses goes over a column of addresses, in which the same often stand one behind the other.
func (s *search) addresses(c *event.Column) {
	hi, lo := c.HiLo()
	nets := s.nets.Size() > 0
	var last [2]uint64
	var found []foundAddr
	for row := range lo {
		a := [2]uint64{hi[row], lo[row]}
		if a[0]|a[1] == 0 {
			continue
		}
		if a != last {
			last, found = a, found[:0]
			if at := spot(a[0], a[1]); s.sieve[at/64]&(1<<(at%64)) != 0 {
				if list := s.addrs[a]; list != nil {
					found = append(found, foundAddr{list, Value{"ip", event.Address(a[0], a[1]).String()}})
				}
			}
			if nets {
				found = s.around(event.Address(a[0], a[1]), found)
			}
		}
		for _, f := range found {
			s.hit(f.targets, f.value, row)
		}
	}
}

type foundAddr struct {
	targets []int32
	value   Value
}

// around finds the networks in which an address lies.
func (s *search) around(a netip.Addr, out []foundAddr) []foundAddr {
	if _, ok := s.nets.Lookup(a); !ok {
		return out
	}
	for p, list := range s.nets.Supernets(netip.PrefixFrom(a, a.BitLen())) {
		out = append(out, foundAddr{list, Value{"cidr", p.String()}})
	}
	return out
}

// words goes over a column of texts: each distinct one is looked up once.
func (s *search) words(k Kind, c *event.Column) {
	if text, ok := c.Constant(); ok {
		if v := wordOf(k, []byte(text)); s.texts[k][v] != nil {
			for row := range s.batch.Rows() {
				s.hit(s.texts[k][v], Value{k, v}, row)
			}
		}
		return
	}
	in := map[uint32]string{}
	for n := range uint32(c.Entries()) { //nolint:gosec // at most the rows of a batch
		if v := wordOf(k, c.Entry(n)); s.texts[k][v] != nil {
			in[n+1] = v
		}
	}
	if len(in) == 0 {
		return
	}
	for row, n := range c.Indices() {
		if v, ok := in[n]; ok {
			s.hit(s.texts[k][v], Value{k, v}, row)
		}
	}
}

// wordOf is a text of an event as indicators have it.
func wordOf(k Kind, b []byte) string {
	if k == "url" {
		return string(b)
	}
	return strings.TrimSuffix(strings.ToLower(string(b)), ".")
}

// hit keeps that a value stands in a row.
func (s *search) hit(list []int32, v Value, row int) {
	for _, n := range list {
		if s.targets[n].values != nil {
			s.keep(n, v, row)
		} else if rows := s.suspect[n]; len(rows) < mostSuspects && (len(rows) == 0 || rows[len(rows)-1] != row) {
			s.suspect[n] = append(rows, row)
		}
	}
}

func (s *search) keep(n int32, v Value, row int) {
	day, at := int64(undated), int64(0)
	if row < len(s.times) && s.times[row] != event.Null {
		at = s.times[row]
		day = at / dayMillis
	}
	s.out.add(found{n, v, day, s.feed}, at)
}

const dayMillis = 86_400_000

// evaluate holds patterns against the rows in which they may hold. One that is too costly to be sure of is passed over.
func (s *search) evaluate() {
	rows := pattern.NewRows(s.batch)
	for n, list := range s.suspect {
		p := s.targets[n].pattern
		if p == nil {
			continue
		}
		slices.Sort(list)
		list = slices.Compact(list)
		seen := make([]pattern.Observation, len(list))
		for i, row := range list {
			seen[i] = rows.At(row).Observation()
		}
		if hits, err := p.Match(seen); err == nil && len(hits) > 0 {
			s.keep(n, Value{}, list[hits[0]])
		}
	}
}

// load makes a matcher of all indicators that are worth looking for now.
func (s *Service) load(tx *sqldb.Tx) (*matcher, error) {
	m, now := newMatcher(), s.o.Clock.Now()
	list, err := some(tx, now, `WHERE i.fault = '' AND i.revoked = 0 AND i.ends > $1 ORDER BY i.id`, sqldb.Millis(now))
	if err != nil {
		return nil, err
	}
	values := map[string][]Value{}
	err = tx.Each(`SELECT v.indicator, v.kind, v.value FROM sharing_indicator_value v JOIN sharing_indicator i ON i.id = v.indicator
		WHERE i.fault = '' AND i.revoked = 0 AND i.ends > $1`, []any{sqldb.Millis(now)}, func(next func(...any) error) error {
		var id string
		var v Value
		err := next(&id, &v.Kind, &v.Value)
		values[id] = append(values[id], v)
		return err
	})
	for n := range list {
		if list[n].Sought() {
			m.add(&list[n], values[list[n].ID])
		}
	}
	return m, err
}
