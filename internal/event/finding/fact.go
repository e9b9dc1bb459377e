package finding

import (
	"bytes"
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// traits is what a fact says in words, apart from hosts and pages. Facts share them, since few differ.
type traits struct {
	organisation, network, rule, role, standing   string
	transport, malware, taxonomy, typ, identifier string
	feed, report, severity                        string
	owner, kind                                   int64 // numbers of their words in the tables, once known
}

// compare orders traits for the case that two facts have the same latest sight: any order does, as long as it is always the same.
func (t *traits) compare(o *traits) int {
	if t == o {
		return 0
	}
	return cmp.Or(cmp.Compare(t.kind, o.kind), cmp.Compare(t.organisation, o.organisation), cmp.Compare(t.owner, o.owner))
}

// fact is what a file of facts says about a finding, or several files together.
type fact struct {
	key         Key
	addr        netip.Addr // where the key has none
	port        int64
	fqdn, url   string
	first, last int64 // milliseconds
	count       int64
	sources     uint64
	*traits
}

// later tells that f describes the finding rather than o: it has the later sight. The statement in upsert says the same in SQL.
func (f *fact) later(o *fact) bool {
	return cmp.Or(cmp.Compare(f.last, o.last), f.compare(o.traits), cmp.Compare(f.fqdn, o.fqdn), cmp.Compare(f.url, o.url),
		cmp.Compare(f.port, o.port), bytes.Compare(f.place(), o.place())) > 0
}

// place is the address as the table keeps it: null where the key has it.
func (f *fact) place() []byte {
	if !f.addr.IsValid() {
		return nil
	}
	w := f.addr.As16()
	return w[:]
}

// merge adds what o says about the same finding.
func (f *fact) merge(o *fact) {
	sum := *f
	if o.later(f) {
		sum = *o
	}
	sum.first, sum.last = min(f.first, o.first), max(f.last, o.last)
	sum.count, sum.sources = f.count+o.count, f.sources|o.sources
	*f = sum
}

// combine sorts facts by key and merges those of the same finding, in place.
func combine(facts []*fact) []*fact {
	slices.SortFunc(facts, func(a, b *fact) int { return bytes.Compare(a.key[:], b.key[:]) })
	out := facts[:0]
	for _, f := range facts {
		if n := len(out); n > 0 && out[n-1].key == f.key {
			out[n-1].merge(f)
			continue
		}
		out = append(out, f)
	}
	return out
}

// described are the columns of which the latest sight decides, in the order in which ties are decided.
var described = []string{"kind", "organisation", "owner", "fqdn", "url", "port"}

// upsert is how facts become findings. It is one statement, so that facts can be applied in bulk; what it does in each state is the
// part of Moves that sights make.
var upsert = makeUpsert()

func makeUpsert() sqldb.Upsert {
	return sqldb.Upsert{
		Table: "finding_row", Key: []string{"key"},
		Columns: slices.Concat([]string{"key"}, described, []string{"addr", "sources", "first_seen", "last_seen", "events", "since", "due"}),
		Set:     slices.Concat(sightSet(append(slices.Clone(described), "addr")), moveSet()),
	}
}

// The conditions of the merge, in which t is the finding as it stands and excluded the fact.
var (
	// The latest sight decides; ties are decided by content, so that the order of applying is not seen.
	isLater = "(excluded.last_seen > t.last_seen OR (excluded.last_seen = t.last_seen AND " + tuple("excluded") + " > " + tuple("t") + "))"
	// The owner is another one than before: whoever was told, the new one was not.
	isAnother = "(excluded.organisation <> t.organisation AND " + isLater + ")"
	// A sight later than the move comes back; one in an older file does not. No longer seen dates from the run that missed it.
	isAgain = "(t.state = 'fixed' AND excluded.last_seen > t.since OR t.state = 'no-longer-seen' AND excluded.last_seen >= t.since)"
	// The finding of an owner who was told begins anew with another.
	isHanded = "(t.state IN ('notified', 'acknowledged') AND " + isAnother + ")"
	// When the finding is due with the fact.
	dueThen = "CASE WHEN t.state IN ('muted', 'fixed', 'no-longer-seen') AND NOT " + isAgain + " THEN NULL" +
		" WHEN " + choose(isLater, "excluded.organisation", "t.organisation") + " = '' THEN NULL" +
		" WHEN t.told = 0 OR " + isAgain + " OR " + isAnother + " THEN 1" +
		" WHEN excluded.last_seen > t.told THEN coalesce(t.due, t.next_at) ELSE t.due END"
)

func tuple(table string) string {
	return "(" + table + "." + strings.Join(described, ", "+table+".") + ")"
}

func choose(condition, then, otherwise string) string {
	return "CASE WHEN " + condition + " THEN " + then + " ELSE " + otherwise + " END"
}

// sightSet is what every sight changes; columns are those that the latest decides.
func sightSet(columns []string) []string {
	set := []string{
		"sources = t.sources | excluded.sources",
		"first_seen = " + choose("excluded.first_seen < t.first_seen", "excluded.first_seen", "t.first_seen"),
		"last_seen = " + choose("excluded.last_seen > t.last_seen", "excluded.last_seen", "t.last_seen"),
		"events = t.events + excluded.events",
	}
	for _, c := range columns {
		set = append(set, c+" = "+choose(isLater, "excluded."+c, "t."+c))
	}
	return set
}

// moveSet is what few sights change: the state, and when the owner is to be told.
func moveSet() []string {
	return []string{
		"state = CASE WHEN " + isAgain + " THEN 'reopened' WHEN " + isHanded + " THEN 'open' ELSE t.state END",
		"since = " + choose(isAgain+" OR "+isHanded, "excluded.since", "t.since"),
		"version = " + choose(isAgain+" OR "+isHanded, "t.version + 1", "t.version"),
		"mark = " + choose(isAgain+" OR "+isHanded, "CASE t.state WHEN 'fixed' THEN 1 WHEN 'no-longer-seen' THEN 2 WHEN 'notified' THEN 3 ELSE 4 END", "NULL"),
		"told = " + choose(isAnother, "0", "t.told"),
		"told_events = " + choose(isAnother, "t.events", "t.told_events"),
		"next_at = " + choose(isAnother, "0", "t.next_at"),
		"due = " + dueThen,
	}
}

// row fills a row of the upsert.
func (f *fact) row(row []any, since int64) []any {
	var due any
	if f.organisation != "" {
		due = int64(1)
	}
	var addr any
	if p := f.place(); p != nil {
		addr = p
	}
	return append(row[:0], f.key[:], f.kind, f.organisation, f.owner, f.fqdn, f.url, f.port, addr, int64(f.sources), f.first, f.last, f.count, //nolint:gosec // 62 bits
		since, due)
}
