package countermeasure

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Filter asks for a page of countermeasures. Zero values ask for all.
type Filter struct {
	State   State
	Waiting bool   // those in which somebody is to act
	Role    Role   // of the party whose turn it is
	Party   string // a part of its name or address
	Overdue bool   // something was due and is not done
	Sort    string // one of Sorts; "": opened
	page.Request
}

// sorts are the orders of a list: the expression, and whether the greatest comes first.
var sorts = map[string]struct {
	by   string
	down bool
}{
	"opened":  {"c.opened", true},
	"changed": {"c.changed", true},
	"due":     {"CASE WHEN c.due = 0 THEN 9000000000000000 ELSE c.due END", false},
	"asked":   {"c.asked", true},
}

// Sorts lists the orders of a list.
func Sorts() []string { return []string{"opened", "changed", "due", "asked"} }

// batch is how many rows are read at a time, and mostScanned how many for one page where names, which are sealed, are looked through.
const (
	batch       = 200
	mostScanned = 5000
)

// Countermeasures gives a page of those that the actor may see. Errors: Invalid for a filter that there is not.
func (s *Service) Countermeasures(ctx context.Context, actor identity.Actor, f Filter) (out page.Page[Countermeasure], err error) {
	if err := actor.Authorise(OpRead, ""); err != nil {
		return out, err
	}
	if err := f.check(); err != nil {
		return out, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		l := &lister{s: s, tx: tx, actor: actor, f: f, insides: map[string]*incident.Inside{}}
		out, err = l.page()
		return err
	})
	if err != nil {
		return page.Page[Countermeasure]{}, err
	}
	return out, s.recordReading(ctx, actor, out.Items)
}

func (f *Filter) check() error {
	if f.Sort == "" {
		f.Sort = "opened"
	}
	switch _, known := sorts[f.Sort]; {
	case !known:
		return problem.New(problem.Invalid, "there is no order %q: %v", clip(f.Sort, 50), Sorts())
	case f.State != "" && !slices.Contains(States(), f.State):
		return problem.New(problem.Invalid, "%q is no state: %v", clip(string(f.State), 50), States())
	case f.Role != "" && !slices.Contains(Roles(), f.Role):
		return problem.New(problem.Invalid, "%q is no role: %v", clip(string(f.Role), 50), Roles())
	case len(f.Party) > maxLine:
		return problem.New(problem.Invalid, "the party is too long")
	}
	return nil
}

// recordReading puts on record that something restricted was read.
func (s *Service) recordReading(ctx context.Context, actor identity.Actor, list []Countermeasure) error {
	var ids []string
	for _, c := range list {
		if c.Restricted && !slices.Contains(ids, c.Incident) {
			ids = append(ids, c.Incident)
		}
	}
	if len(ids) == 0 || actor.Kind == identity.SystemKind {
		return nil
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		for _, id := range ids {
			if err := actor.Audit(tx, s.o.Clock.Now(), OpRead, id, nil, map[string]any{"restricted": true}); err != nil {
				return err
			}
		}
		return nil
	})
}

// lister reads a page.
type lister struct {
	s       *Service
	tx      *sqldb.Tx
	actor   identity.Actor
	f       Filter
	insides map[string]*incident.Inside // by the id of what it was made for; nil: not to be seen
}

// where is the condition of a filter.
func (l *lister) where() (string, []any, error) {
	sight, err := l.s.o.Incidents.SightOf(l.tx, l.actor)
	if err != nil {
		return "", nil, err
	}
	cond, args := sight.Incidents("i", 1)
	and := func(c string, arg any) {
		args = append(args, arg)
		cond += " AND " + strings.Replace(c, "?", "$"+strconv.Itoa(len(args)), 1)
	}
	if l.f.State != "" {
		and("c.state = ?", string(l.f.State))
	}
	if l.f.Waiting {
		cond += " AND c.state IN ('asked', 'chased', 'escalated', 'relapsed', 'lifting')"
	}
	if l.f.Role != "" {
		and("c.role = ?", string(l.f.Role))
	}
	if l.f.Overdue {
		and("c.due > 0 AND c.due <= ?", l.s.o.Clock.Now())
	}
	return cond, args, nil
}

func (l *lister) page() (out page.Page[Countermeasure], err error) {
	cond, args, err := l.where()
	if err != nil {
		return out, err
	}
	out.Items = []Countermeasure{}
	limit, after := l.f.Rows(), l.f.After
	for scanned := 0; scanned < mostScanned; scanned += batch {
		rows, err := l.batch(cond, args, after)
		if err != nil {
			return out, err
		}
		for _, r := range rows {
			if len(out.Items) == limit {
				out.Next = after
				return out, nil
			}
			c, ok, err := l.shown(&r.record)
			if err != nil {
				return out, err
			}
			if ok {
				out.Items = append(out.Items, c)
			}
			after = page.After(r.key, r.ID)
		}
		if len(rows) < batch {
			return out, nil
		}
	}
	out.Next = after
	return out, nil
}

// keyed is a record with what it is sorted by.
type keyed struct {
	record
	key int64
}

func (l *lister) batch(cond string, args []any, after page.Cursor) (list []keyed, err error) {
	order := sorts[l.f.Sort]
	way, than := " ASC", ">"
	if order.down {
		way, than = " DESC", "<"
	}
	args = slices.Clone(args)
	var key int64
	var last string
	if more, err := after.Into(&key, &last); err != nil {
		return nil, err
	} else if more {
		args = append(args, key, last)
		cond += " AND (" + order.by + ", c.id) " + than + " (CAST($" + strconv.Itoa(len(args)-1) + " AS BIGINT), $" + strconv.Itoa(len(args)) + ")"
	}
	err = l.tx.Each(`SELECT `+columns+`, `+order.by+` FROM countermeasure c JOIN incident i ON i.id = c.incident WHERE `+cond+
		` ORDER BY `+order.by+way+`, c.id`+way+` LIMIT `+strconv.Itoa(batch), args, func(row func(...any) error) error {
		var k keyed
		k.record, err = scan(func(dst ...any) error { return row(append(dst, &k.key)...) })
		list = append(list, k)
		return err
	})
	return list, err
}

// shown opens a row, and tells whether it is to be shown.
func (l *lister) shown(r *record) (Countermeasure, bool, error) {
	in, known := l.insides[r.Incident]
	if !known {
		var err error
		in, err = l.s.o.Incidents.Inside(l.tx, l.actor, r.Incident)
		if err != nil && !problem.Is(err, problem.NotFound) {
			return Countermeasure{}, false, err
		}
		l.insides[r.Incident] = in
	}
	if in == nil {
		return Countermeasure{}, false, nil
	}
	if err := l.s.unseal(in, r); err != nil {
		return Countermeasure{}, false, err
	}
	if l.actor.May(OpMove) {
		r.Moves = From(r.Kind, r.State)
	}
	return r.Countermeasure, l.f.Party == "" || r.of(l.f.Party), nil
}

// of tells whether a party's name or address has a text in it.
func (r *record) of(text string) bool {
	if r.Party == nil {
		return false
	}
	return strings.Contains(strings.ToLower(r.Party.Name+" "+r.Party.Email+" "+r.Party.Provider), strings.ToLower(strings.TrimSpace(text)))
}

// Count tells how many there are that the actor may see, at most limit; the text of Party is not looked at.
func (s *Service) Count(ctx context.Context, actor identity.Actor, f Filter, limit int) (n int, err error) {
	if err := actor.Authorise(OpRead, ""); err != nil {
		return 0, err
	}
	if err := f.check(); err != nil {
		return 0, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		l := &lister{s: s, tx: tx, actor: actor, f: f}
		cond, args, err := l.where()
		if err != nil {
			return err
		}
		return tx.QueryRow(`SELECT count(*) FROM (SELECT 1 FROM countermeasure c JOIN incident i ON i.id = c.incident WHERE `+cond+` LIMIT `+strconv.Itoa(limit)+`) AS found`, args...).Scan(&n)
	})
	return n, err
}
