package observable

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// List gives a page of an incident's observables, each with how often it was seen and how many other incidents within the actor's sight
// have something that matches it. Errors: NotFound, Invalid.
func (s *Service) List(ctx context.Context, actor identity.Actor, name string, f Filter, r page.Request) (out Listing, err error) {
	if err := f.check(); err != nil {
		return out, err
	}
	err = s.o.Incidents.Look(ctx, actor, OpRead, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		out, err = s.listing(tx, actor, in, f, r)
		return err
	})
	if err != nil {
		return Listing{}, err
	}
	return out, nil
}

func (f *Filter) check() error {
	for _, k := range f.Kinds {
		if !slices.Contains(Kinds(), k) {
			return problem.New(problem.Invalid, "%q is no kind of observable: use one of %s", cut(string(k)), names())
		}
	}
	switch {
	case f.Role != "" && !slices.Contains(Roles(), f.Role):
		return problem.New(problem.Invalid, "%q is no role: use one of %v", cut(string(f.Role)), Roles())
	case f.Source != "" && !slices.Contains(Sources(), f.Source):
		return problem.New(problem.Invalid, "%q is no source: use one of %v", cut(string(f.Source)), Sources())
	case !slices.Contains([]Order{"", ByAdded, ByAge, ByKind}, f.Order):
		return problem.New(problem.Invalid, "%q is no order: use added, age or kind", cut(string(f.Order)))
	case len(f.Text) > MaxValue:
		return problem.New(problem.Invalid, "what is looked for is too long")
	}
	return nil
}

// where is the filter as a condition, without its kinds and its text.
func (f *Filter) where(in *incident.Inside) (q query) {
	q.with(in.Rows, "o.incident")
	if f.Removed {
		q.and("o.removed > 0")
	} else {
		q.and("o.removed = 0")
	}
	if f.Role != "" {
		q.and("o.role = ?", string(f.Role))
	}
	if f.Source != "" {
		q.and("o.source = ?", string(f.Source))
	}
	if f.Detection {
		q.and("o.detection = 1")
	}
	if f.Listed {
		q.and("o.listed <> ''")
	}
	if f.plain() && len(in.IDs) > 1 {
		q.once(in)
	}
	return q
}

// plain tells whether all that is there is asked for.
func (f *Filter) plain() bool {
	return f.Role == "" && f.Source == "" && !f.Detection && !f.Listed && !f.Removed
}

// once leaves one of those that several incidents have which are merged: the one with the strictest label, so that the list, and what is exported of it, is
// never told more openly than any of them allows.
func (q *query) once(in *incident.Inside) {
	cond, args := in.Rows("e.incident", len(q.args)+1)
	q.args = append(q.args, args...)
	q.where = append(q.where, "NOT EXISTS (SELECT 1 FROM observable e WHERE e.mark = o.mark AND e.removed = 0 AND "+cond+" AND (e.tlp > o.tlp OR e.tlp = o.tlp AND e.id < o.id))")
}

func (f *Filter) has(kind Kind) bool { return len(f.Kinds) == 0 || slices.Contains(f.Kinds, kind) }

// holds reports whether a value has the text that is looked for, harmless or not.
func (f *Filter) holds(r *record) bool {
	return f.Text == "" || strings.Contains(strings.ToLower(r.Value), f.Text)
}

// sorted is the order, and the key of a row in it.
func (f *Filter) sorted() (order, after string) {
	switch f.Order {
	case ByAge:
		return "o.id", "o.id > ?"
	case ByKind:
		return "o.kind, o.id", "(o.kind, o.id) > (?, ?)"
	}
	return "o.id DESC", "o.id < ?"
}

func (f *Filter) key(o Observable) []any {
	if f.Order == ByKind {
		return []any{string(o.Kind), o.ID}
	}
	return []any{o.ID}
}

func (s *Service) listing(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, f Filter, r page.Request) (out Listing, err error) {
	f.Text = folding(f.Text)
	if out.Counts, err = counts(tx, in, &f); err != nil {
		return out, err
	}
	for _, c := range out.Counts {
		if f.has(c.Kind) {
			out.Total += c.Count
		}
	}
	rows, err := f.rows(tx, in, r)
	if err != nil {
		return out, err
	}
	list := make([]Observable, len(rows))
	for i := range rows {
		list[i] = rows[i].Observable
	}
	out.Page, out.In, out.TLP = page.Cut(list, r.Rows(), f.key), headOf(in), in.TLP
	for _, o := range out.Items {
		out.TLP = max(out.TLP, o.TLP)
	}
	return out, s.dress(tx, actor, in, rows[:len(out.Items)], out.Items)
}

// counts counts by kind, in the kinds' order.
func counts(tx *sqldb.Tx, in *incident.Inside, f *Filter) ([]Count, error) {
	n := map[Kind]int{}
	q := f.where(in)
	var err error
	if f.Text == "" {
		err = tx.Each(`SELECT o.kind, count(*) FROM observable o WHERE `+q.String()+` GROUP BY o.kind`, q.args, func(next func(...any) error) error {
			var c Count
			err := next(&c.Kind, &c.Count)
			n[c.Kind] = c.Count
			return err
		})
	} else {
		err = scan(tx, in, `SELECT `+columns+` FROM observable o WHERE `+q.String(), q.args, func(r record) error {
			if f.holds(&r) {
				n[r.Kind]++
			}
			return nil
		})
	}
	out := []Count{}
	for _, k := range Kinds() {
		if n[k] > 0 {
			out = append(out, Count{k, n[k]})
		}
	}
	return out, err
}

var errEnough = errors.New("enough")

// rows reads one row more than a page has. A text is looked for row by row, since what is sealed cannot be asked for.
func (f *Filter) rows(tx *sqldb.Tx, in *incident.Inside, r page.Request) (list []record, err error) {
	q := f.where(in)
	order, after := f.sorted()
	if err := f.after(&q, after, r.After); err != nil {
		return nil, err
	}
	if len(f.Kinds) > 0 {
		args := make([]any, len(f.Kinds))
		for i, k := range f.Kinds {
			args[i] = string(k)
		}
		q.and("o.kind IN ("+strings.TrimSuffix(strings.Repeat("?, ", len(args)), ", ")+")", args...)
	}
	limit := r.Rows() + 1
	ask := `SELECT ` + columns + ` FROM observable o WHERE ` + q.String() + ` ORDER BY ` + order
	if f.Text == "" {
		q.args = append(q.args, limit)
		ask += " LIMIT $" + strconv.Itoa(len(q.args))
	}
	err = scan(tx, in, ask, q.args, func(r record) error {
		if !f.holds(&r) {
			return nil
		}
		if list = append(list, r); len(list) == limit {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return list, err
}

// after goes on behind the last row of the page before.
func (f *Filter) after(q *query, cond string, c page.Cursor) error {
	var kind, last string
	dst := []any{&last}
	if f.Order == ByKind {
		dst = []any{&kind, &last}
	}
	more, err := c.Into(dst...)
	if err != nil || !more {
		return err
	}
	if f.Order == ByKind {
		q.and(cond, kind, last)
	} else {
		q.and(cond, last)
	}
	return nil
}

// dress adds to a page's observables what else is known of them.
func (s *Service) dress(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, rows []record, list []Observable) error {
	at := map[string]*Observable{}
	for i := range list {
		at[list[i].ID] = &list[i]
	}
	if err := sighted(tx, at); err != nil {
		return err
	}
	if err := related(tx, at); err != nil {
		return err
	}
	sight, err := s.o.Incidents.SightOf(tx, actor)
	if err != nil {
		return err
	}
	for i := range rows {
		if rows[i].Quiet || !rows[i].Removed.IsZero() {
			continue
		}
		hits, err := s.newSearch(tx, rows[i].parts(), sight.Incidents, in.IDs, MostCounted).run()
		if err != nil {
			return err
		}
		list[i].count(hits)
	}
	return nil
}

// MostCounted is up to where a list counts the matches of an observable.
const MostCounted = 20

// count notes how many other incidents match.
func (o *Observable) count(hits []hit) {
	in := map[string]bool{}
	for _, h := range hits {
		in[h.Incident] = true
	}
	o.Elsewhere = len(in)
}

// parts is the value of a row.
func (r *record) parts() value {
	v, err := read(r.Kind, r.Value)
	if err != nil {
		return value{kind: r.Kind, text: r.Value, listed: r.Listed}
	}
	return v
}
