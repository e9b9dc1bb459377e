package search

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// OpSearch is asking for findings.
const OpSearch identity.Operation = "finding.search"

// Order is how a list is sorted.
type Order uint8

// The orders.
const (
	Newest    Order = iota // the last seen first; reads all that fits for each page
	ByAddress              // in the order of the keys, which is that of the table: pages without an address first
)

// Query asks for findings.
type Query struct {
	Where query.Node // see Parse
	// Organisations gives the ids of the organisations whose name fits; nil: only ids are known.
	Organisations func(query.Text) []string
	Order         Order
	// Quick leaves out what is not kept when findings are counted: their events, which are 0 then.
	Quick bool
	page.Request
}

// filter is what an actor may see: everything, for now. It is joined to the query as a tree, so no text in the query can end it.
func filter(identity.Actor) query.Node { return query.Everything }

// Sees tells what an actor may see: those for whom it is the same get the same answers.
func Sees(actor identity.Actor) string { return filter(actor).String() }

// open begins a statement: the condition of the query and of the actor's filter.
func open(tx *sqldb.Tx, actor identity.Actor, q Query) (*where, string, error) {
	if q.Where == nil {
		return nil, "", problem.New(problem.Internal, "findings were asked for without a question")
	}
	sources, err := readSources(tx)
	if err != nil {
		return nil, "", err
	}
	w := &where{organisations: q.Organisations, sources: sources}
	cond := w.node(query.And(filter(actor), q.Where))
	return w, cond, w.err
}

// readSources reads the bits and the feeds behind them.
func readSources(tx *sqldb.Tx) ([]finding.Source, error) {
	var out []finding.Source
	err := tx.Each(`SELECT bit, feed, label FROM finding_source ORDER BY bit`, nil, func(scan func(...any) error) error {
		var s finding.Source
		var label int64
		err := scan(&s.Bit, &s.Feed, &label)
		s.Label = tlp.Label(label) //nolint:gosec // five of them
		out = append(out, s)
		return err
	})
	return out, err
}

// List gives one page of the findings that fit. Errors: Invalid for what cannot be asked and for a cursor of another list.
func List(ctx context.Context, db *sqldb.DB, actor identity.Actor, q Query) (page.Page[finding.Finding], error) {
	var out page.Page[finding.Finding]
	if err := actor.Authorise(OpSearch, "findings"); err != nil {
		return out, err
	}
	limit := q.Rows()
	err := db.Read(ctx, func(tx *sqldb.Tx) error {
		w, cond, err := open(tx, actor, q)
		if err != nil {
			return err
		}
		after, err := w.after(q)
		if err != nil {
			return err
		}
		rows, err := finding.Select(tx, fmt.Sprintf(`WHERE %s%s ORDER BY %s LIMIT %d`, cond, after, q.Order.by(), limit+1), w.args...)
		out = page.Cut(rows, limit, q.Order.place)
		return err
	})
	return out, err
}

func (o Order) by() string {
	if o == ByAddress {
		return "key"
	}
	return "last_seen DESC, key DESC"
}

// place is where a finding stands in the order.
func (o Order) place(f finding.Finding) []any {
	key := hex.EncodeToString(f.Key[:])
	if o == ByAddress {
		return []any{key}
	}
	return []any{sqldb.Millis(f.Last), key}
}

// after is the condition of all pages but the first.
func (w *where) after(q Query) (string, error) {
	var text string
	var last int64
	into := []any{&last, &text}
	if q.Order == ByAddress {
		into = into[1:]
	}
	more, err := q.After.Into(into...)
	if err != nil || !more {
		return "", err
	}
	key, err := hex.DecodeString(text)
	if err != nil {
		return "", problem.Wrap(problem.Invalid, err, "the page cursor cannot be read: start again from the first page")
	}
	if q.Order == ByAddress {
		return " AND key > " + w.bind(key), nil
	}
	return " AND (last_seen, key) < (" + w.number(last) + ", " + w.bind(key) + ")", nil
}

// Keys gives the keys of the findings that fit, in order, at most so many. Errors as List's.
func Keys(ctx context.Context, db *sqldb.DB, actor identity.Actor, q Query, most int) ([]finding.Key, error) {
	if err := actor.Authorise(OpSearch, "findings"); err != nil {
		return nil, err
	}
	var out []finding.Key
	err := db.Read(ctx, func(tx *sqldb.Tx) error {
		w, cond, err := open(tx, actor, q)
		if err != nil {
			return err
		}
		return tx.Each(fmt.Sprintf(`SELECT key FROM finding WHERE %s ORDER BY key LIMIT %d`, cond, most), w.args, func(scan func(...any) error) error {
			var b []byte
			err := scan(&b)
			out = append(out, finding.Key(append(b, make([]byte, len(finding.Key{}))...)[:len(finding.Key{})]))
			return err
		})
	})
	return out, err
}
