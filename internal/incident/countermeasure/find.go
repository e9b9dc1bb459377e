package countermeasure

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/observable"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// MostTouching is how many Touching gives.
const MostTouching = 50

// Touching lists the blocks and take-downs that have to do with a value, of incidents that the actor sees: of the value itself, of what is in it, and of
// what it lies in. Those that are in force or asked for come first. Errors: Invalid for what is no value.
func (s *Service) Touching(ctx context.Context, actor identity.Actor, text string) (list []Countermeasure, err error) {
	if err := actor.Authorise(OpRead, ""); err != nil {
		return nil, err
	}
	if s.o.Marks == nil {
		return nil, nil
	}
	m, err := s.o.Marks(text)
	if err != nil {
		return nil, err
	}
	err = s.o.Incidents.Across(ctx, actor, OpRead, func(tx *sqldb.Tx, sight incident.Sight, open func(string) (*incident.Inside, error)) error {
		list = nil
		found, err := touching(tx, sight, &m)
		for i := range found {
			if err == nil {
				err = s.show(&found[i], open, &list)
			}
		}
		return err
	})
	slices.SortStableFunc(list, func(a, b Countermeasure) int {
		return cmp.Compare(first(&a), first(&b))
	})
	return list, err
}

// first orders what stands before what is over.
func first(c *Countermeasure) int {
	if c.Standing() {
		return 0
	}
	return 1
}

// Standing tells whether one does something in the world: somebody is asked to act, or a block is in force, also while it is to be lifted.
func (c *Countermeasure) Standing() bool {
	return c.State.Waits() || c.Kind == Block && c.State == Gone || c.State == Lifting
}

// show adds one to a list, unless its incident belongs to one that is not within sight.
func (s *Service) show(r *record, open func(string) (*incident.Inside, error), list *[]Countermeasure) error {
	in, err := open(r.Incident)
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	if err == nil {
		err = s.unseal(in, r)
	}
	if err == nil {
		*list = append(*list, r.Countermeasure)
	}
	return err
}

// touching finds rows by their marks, the latest first.
func touching(tx *sqldb.Tx, sight incident.Sight, m *observable.Marks) (list []record, err error) {
	cond, args := sight.Incidents("i", 1)
	places := func(marks []int64) string {
		var out []string
		for _, mark := range marks {
			args = append(args, mark)
			out = append(out, "$"+strconv.Itoa(len(args)))
		}
		return strings.Join(out, ", ")
	}
	by := "k.mark IN (" + places(m.Asked) + ")"
	if len(m.Around) > 0 {
		by += " OR k.own = 1 AND k.mark IN (" + places(m.Around) + ")"
	}
	args = append(args, MostTouching)
	err = tx.Each(`SELECT `+columns+` FROM countermeasure c JOIN incident i ON i.id = c.incident WHERE `+cond+`
		AND c.id IN (SELECT k.countermeasure FROM countermeasure_mark k WHERE `+by+`) ORDER BY c.opened DESC, c.id DESC LIMIT $`+strconv.Itoa(len(args)), args,
		func(row func(...any) error) error {
			r, err := scan(row)
			list = append(list, r)
			return err
		})
	return list, err
}

// mark keeps by what one is found. What is no value, such as words, is found by nothing; a row says that it was looked at.
func (s *Service) mark(tx *sqldb.Tx, r *record) error {
	if s.o.Marks == nil {
		return nil
	}
	if _, err := tx.Exec(`DELETE FROM countermeasure_mark WHERE countermeasure = $1`, r.ID); err != nil {
		return err
	}
	m, err := s.o.Marks(r.Asset.Value)
	if err != nil && !problem.Is(err, problem.Invalid) {
		return err
	}
	own := int64(1)
	for _, mark := range append([]int64{m.Own}, m.Lies...) {
		if err != nil {
			own = 0
		}
		_, err := tx.Exec(`INSERT INTO countermeasure_mark (countermeasure, mark, own) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, r.ID, mark, own)
		if err != nil {
			return err
		}
		own = 0
	}
	return nil
}

// markOld marks those that were opened before there were marks, some at a time.
func (s *Service) markOld(ctx context.Context, actor identity.Actor) error {
	if s.o.Marks == nil {
		return nil
	}
	var list []string
	err := s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list = nil
		return tx.Each(`SELECT c.id FROM countermeasure c WHERE NOT EXISTS (SELECT 1 FROM countermeasure_mark k WHERE k.countermeasure = c.id) ORDER BY c.id LIMIT 200`, nil,
			func(row func(...any) error) error {
				var name string
				err := row(&name)
				list = append(list, name)
				return err
			})
	})
	for _, name := range list {
		if err != nil {
			return err
		}
		err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error { return s.markOne(tx, actor, name) })
	}
	return err
}

func (s *Service) markOne(tx *sqldb.Tx, actor identity.Actor, name string) error {
	about, err := of(tx, name)
	if err != nil {
		return err
	}
	in, err := s.o.Incidents.Inside(tx, actor, about)
	if err != nil {
		return err
	}
	r, err := s.one(tx, in, name)
	if err != nil {
		return err
	}
	return s.mark(tx, r)
}
