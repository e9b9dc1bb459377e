package search

import (
	"cmp"
	"context"
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/nearest"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// countable are the names by which findings are counted, and their columns.
var countable = map[string]string{
	"state": "state", "class": "type", "type": "type", "taxonomy": "taxonomy", "identifier": "identifier", "malware": "malware",
	"organisation": "organisation", "org": "organisation", "feed": columnSources, "report": "report", "severity": "severity",
	"transport": "transport", "standing": "standing", "network": "network",
}

// maxBy keeps groupings to what a person can read.
const maxBy = 8

// Countable are the names by which findings can be counted.
func Countable() []string {
	var out []string
	for n := range countable {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// Group is how many findings, and events of theirs, have the same values.
type Group struct {
	Values   []string // in the order asked for; empty where findings have none; organisations as ids
	Findings int64
	Events   int64
}

// Count counts the findings that fit by fields, the most frequent first; by none, it gives one group of all. A finding of several feeds
// counts for each of them. Errors: Invalid for what cannot be asked.
func Count(ctx context.Context, db *sqldb.DB, actor identity.Actor, q Query, by []string) ([]Group, error) {
	if err := actor.Authorise(OpSearch, "findings"); err != nil {
		return nil, err
	}
	cols, err := columnsBy(by)
	if err != nil {
		return nil, err
	}
	var out []Group
	err = db.Read(ctx, func(tx *sqldb.Tx) error {
		w, cond, err := open(tx, actor, q)
		if err != nil {
			return err
		}
		out, err = w.groups(tx, countFrom(tx.Engine(), q, cols), cond, cols)
		return err
	})
	slices.SortFunc(out, func(a, b Group) int {
		return cmp.Or(cmp.Compare(b.Findings, a.Findings), slices.Compare(a.Values, b.Values))
	})
	return out, err
}

func columnsBy(by []string) ([]string, error) {
	if len(by) > maxBy {
		return nil, problem.New(problem.Invalid, "counting by %d fields; at most %d", len(by), maxBy)
	}
	cols := make([]string, len(by))
	for i, name := range by {
		c, ok := countable[name]
		if !ok {
			return nil, problem.New(problem.Invalid, "findings cannot be counted by %q%s: by %s", name, nearest.Hint(name, Countable()), strings.Join(Countable(), ", "))
		}
		if slices.Contains(cols, c) {
			return nil, problem.New(problem.Invalid, "findings are counted by %q twice", name)
		}
		cols[i] = c
	}
	return cols, nil
}

// groups counts by columns; those by bits of sources are then counted again by feed. The latest feed stands for what has no bit.
func (w *where) groups(tx *sqldb.Tx, from, cond string, cols []string) ([]Group, error) {
	feed := slices.Index(cols, columnSources)
	sql, exprs := "", []string{}
	for _, c := range cols {
		if c == columnSources {
			c = fmt.Sprintf("sources, CASE WHEN sources >= %d THEN feed ELSE '' END", int64(1)<<finding.Beyond)
		}
		exprs = append(exprs, c)
	}
	if len(exprs) > 0 {
		sql = strings.Join(exprs, ", ") + ", "
		exprs = append(exprs[:0:0], " GROUP BY "+strings.Join(exprs, ", "))
	}
	sums := sums{}
	err := tx.Each(`SELECT `+sql+from+` WHERE `+cond+strings.Join(exprs, ""), w.args,
		func(scan func(...any) error) error {
			g, mask, beyond := Group{Values: make([]string, len(cols))}, int64(0), ""
			var into []any
			for i := range cols {
				if i == feed {
					into = append(into, &mask, &beyond)
					continue
				}
				into = append(into, &g.Values[i])
			}
			if err := scan(append(into, &g.Findings, &g.Events)...); err != nil {
				return err
			}
			if g.Findings == 0 && len(cols) > 0 { // a kept count of what was and is not
				return nil
			}
			if feed < 0 {
				sums.add(g)
				return nil
			}
			for _, name := range w.feeds(mask, beyond) {
				one := g
				one.Values = slices.Clone(g.Values)
				one.Values[feed] = name
				sums.add(one)
			}
			return nil
		})
	return sums.list(), err
}

// feeds names the feeds behind bits, each once.
func (w *where) feeds(mask int64, beyond string) []string {
	var out []string
	for rest := uint64(mask); rest != 0; rest &= rest - 1 { //nolint:gosec // bits
		name, bit := beyond, bits.TrailingZeros64(rest)
		for _, s := range w.sources {
			if s.Bit == bit && bit < finding.Beyond {
				name = s.Feed
			}
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	if len(out) == 0 {
		return []string{""}
	}
	return out
}

// sums adds groups of the same values up.
type sums map[string]*Group

func (s sums) add(g Group) {
	sign := strings.Join(g.Values, "\x00")
	if old, ok := s[sign]; ok {
		old.Findings += g.Findings
		old.Events += g.Events
		return
	}
	s[sign] = &g
}

func (s sums) list() []Group {
	out := make([]Group, 0, len(s))
	for _, g := range s {
		out = append(out, *g)
	}
	return out
}
