package constituency

import (
	"context"
	"net/netip"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gaissmai/bart"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// idWidth is the length of every id.
const idWidth = id.Size

// claim is one organisation's word that a network is its own.
type claim struct {
	network Network
	kind    int // place in Kinds
	depth   int // parents above the organisation
	name    string
}

// before decides between claims on the very same network, always the same way:
// the customer before the provider, the subsidiary before its parent, whoever
// was approved first, then by name.
func (c claim) before(d claim) bool {
	switch {
	case c.kind != d.kind:
		return c.kind < d.kind
	case c.depth != d.depth:
		return c.depth > d.depth
	case !c.network.ApprovedAt.Equal(d.network.ApprovedAt):
		return c.network.ApprovedAt.Before(d.network.ApprovedAt)
	case c.name != d.name:
		return c.name < d.name
	}
	return c.network.ID < d.network.ID
}

// prefixRow is a network found by prefix, on its way into the tables.
type prefixRow struct {
	prefix netip.Prefix
	id     string
	owner  uint32
}

// otherRow is a network found by domain, AS number or country.
type otherRow struct {
	rule  byte // index into ruleOrder
	value string
	id    string
	owner uint32
}

// builder collects the winners and makes a Matcher of them.
type builder struct {
	state    registerState
	orgs     []matchedOrg
	prefixes []prefixRow
	others   []otherRow
}

func newBuilder() *builder { return &builder{} }

// add takes a network of the organisation at index owner; what is not well
// formed, or a public suffix, is left out: it could match too much.
func (b *builder) add(n Network, owner uint32) {
	if len(n.ID) != idWidth {
		return
	}
	switch n.Rule {
	case ByPrefix:
		if p, err := netip.ParsePrefix(n.Value); err == nil {
			b.prefixes = append(b.prefixes, prefixRow{p, n.ID, owner})
		}
	case ByDomain:
		if !IsPublicSuffix(n.Value) {
			b.others = append(b.others, otherRow{1, n.Value, n.ID, owner})
		}
	case ByASN:
		b.others = append(b.others, otherRow{2, n.Value, n.ID, owner})
	case ByCountry:
		b.others = append(b.others, otherRow{3, n.Value, n.ID, owner})
	}
}

// matcher orders the networks, so that equal registers give equal slots and
// the tables are filled along their branches, and builds the look-up tables.
func (b *builder) matcher() *Matcher {
	slices.SortFunc(b.prefixes, func(x, y prefixRow) int { return x.prefix.Compare(y.prefix) })
	slices.SortFunc(b.others, func(x, y otherRow) int {
		if x.rule != y.rule {
			return int(x.rule) - int(y.rule)
		}
		return strings.Compare(x.value, y.value)
	})
	m := &Matcher{state: b.state, orgs: b.orgs}
	var ids, values strings.Builder
	put := func(rule byte, value, id string, owner uint32) {
		m.owner = append(m.owner, owner)
		m.rules = append(m.rules, rule)
		ids.WriteString(id)
		values.WriteString(value)
		m.valueEnds = append(m.valueEnds, uint32(values.Len()))
	}
	prefixes := make([]netip.Prefix, len(b.prefixes))
	for i, p := range b.prefixes {
		prefixes[i] = p.prefix
		put(0, p.prefix.String(), p.id, p.owner)
	}
	for _, o := range b.others {
		put(o.rule, o.value, o.id, o.owner)
	}
	m.ids, m.values = ids.String(), values.String()
	m.index(prefixes)
	return m
}

// index fills the look-up tables from the columns; prefixes[i] has slot i+1.
// The two families go side by side: they share nothing.
func (m *Matcher) index(prefixes []netip.Prefix) {
	m.v4, m.v6 = new(bart.Fast[Slot]), new(bart.Fast[Slot])
	first6 := len(prefixes)
	if i := slices.IndexFunc(prefixes, func(p netip.Prefix) bool { return p.Addr().Is6() }); i >= 0 {
		first6 = i
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i, p := range prefixes[first6:] {
			m.v6.Insert(p, Slot(first6+i+1))
		}
	}()
	for i, p := range prefixes[:first6] {
		m.v4.Insert(p, Slot(i+1))
	}
	m.indexNames(len(prefixes))
	<-done
}

// indexNames fills the tables of what is no prefix.
func (m *Matcher) indexNames(from int) {
	m.domains, m.asns, m.countries = map[string]Slot{}, map[uint32]Slot{}, map[string]Slot{}
	for i := from; i < len(m.owner); i++ {
		value, slot := m.value(i), Slot(i+1)
		switch ruleOrder[m.rules[i]] {
		case ByDomain:
			m.domains[value] = slot
		case ByASN:
			if n, err := strconv.ParseUint(strings.TrimPrefix(value, "AS"), 10, 32); err == nil {
				m.asns[uint32(n)] = slot
			}
		case ByCountry:
			m.countries[strings.TrimPrefix(value, "country:")] = slot
		}
	}
}

// build reads the register and makes the matcher for this moment.
func (r *Register) build(ctx context.Context) (*Matcher, error) {
	now := r.opts.Clock.Now()
	b := newBuilder()
	err := r.db.Read(ctx, func(tx *sqldb.Tx) error {
		var err error
		if b.state, err = readState(tx); err != nil {
			return err
		}
		orgs, err := allOrganisations(tx)
		if err != nil {
			return err
		}
		return b.collect(tx, orgs, now)
	})
	if err != nil {
		return nil, err
	}
	if uint64(len(b.prefixes)+len(b.others)) > 1<<31 {
		return nil, problem.New(problem.Internal, "the register holds more networks than a slot can number")
	}
	m := b.matcher()
	b.prefixes, b.others = nil, nil
	runtime.GC() // the rows read are several times the matcher's size
	return m, nil
}

// collect streams all networks in the order of (rule, value), keeps the winner
// of each value, and notes when the picture will next change.
func (b *builder) collect(tx *sqldb.Tx, orgs *directory, now time.Time) error {
	var best Network
	place := map[string]uint32{}
	flush := func() {
		if best.ID != "" {
			b.add(best, b.owner(place, orgs, best.Organisation))
		}
	}
	err := eachNetwork(tx, func(n Network) error {
		b.noteBoundary(n, now)
		if !n.InForce(now) {
			return nil
		}
		same := best.Rule == n.Rule && best.Value == n.Value
		if !same {
			flush()
		}
		if !same || orgs.claim(n).before(orgs.claim(best)) {
			best = n
		}
		return nil
	})
	flush()
	return err
}

// owner returns the index of an organisation in the matcher, which lists only those that own something.
func (b *builder) owner(place map[string]uint32, orgs *directory, id string) uint32 {
	i, ok := place[id]
	if !ok {
		i = uint32(len(b.orgs))
		place[id] = i
		b.orgs = append(b.orgs, matchedOrg{id, orgs.byID[id].Name})
	}
	return i
}

func (b *builder) noteBoundary(n Network, now time.Time) {
	if !n.Approved() {
		return
	}
	for _, t := range []time.Time{n.From, n.Until} {
		switch {
		case !t.After(now):
			if t.After(b.state.since) {
				b.state.since = t
			}
		case b.state.boundary.IsZero() || t.Before(b.state.boundary):
			b.state.boundary = t
		}
	}
}
