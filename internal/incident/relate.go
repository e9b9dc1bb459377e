package incident

import (
	"context"
	"slices"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Relation is how two incidents belong together.
type Relation string

// The relations.
const (
	Child   Relation = "child"   // the other is a part of this one
	Parent  Relation = "parent"  // this one is a part of the other
	Related Relation = "related" // neither is a part of the other
)

// mostKin bounds how far a circle is looked for. It is a variable for the tests alone.
var mostKin = 10_000

// Relate links two incidents. It may be done again. Errors: NotFound for either; Invalid for an incident with itself; Conflict where a parent would be a
// part of its own child.
func (s *Service) Relate(ctx context.Context, actor identity.Actor, name string, how Relation, other string) error {
	return s.relate(ctx, actor, name, how, other, func(tx *sqldb.Tx, kind Relation, a, b *incidentRecord) (string, error) {
		if kind == Child {
			if err := s.acyclic(tx, a, b); err != nil {
				return "", err
			}
		}
		_, err := tx.Exec(`INSERT INTO incident_relation (kind, a, b, actor, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`, string(kind), a.ID, b.ID, actor.ID, s.now())
		return "incident.related", err
	})
}

// Unrelate takes the link away. Errors: NotFound, also where there is none.
func (s *Service) Unrelate(ctx context.Context, actor identity.Actor, name string, how Relation, other string) error {
	return s.relate(ctx, actor, name, how, other, func(tx *sqldb.Tx, kind Relation, a, b *incidentRecord) (string, error) {
		n, err := tx.Exec(`DELETE FROM incident_relation WHERE kind = $1 AND (a IN (SELECT id FROM incident WHERE root = $2) AND b IN (SELECT id FROM incident WHERE root = $3)
			OR kind = 'related' AND a IN (SELECT id FROM incident WHERE root = $3) AND b IN (SELECT id FROM incident WHERE root = $2))`, string(kind), a.ID, b.ID)
		if err == nil && n == 0 {
			err = gone("link to", b.Ref)
		}
		return "incident.unrelated", err
	})
}

func (s *Service) relate(ctx context.Context, actor identity.Actor, name string, how Relation, other string, do func(tx *sqldb.Tx, kind Relation, a, b *incidentRecord) (string, error)) error {
	if err := actor.Authorise(OpIncidentRelate, name); err != nil {
		return err
	}
	if !slices.Contains([]Relation{Child, Parent, Related}, how) {
		return problem.New(problem.Invalid, "%q is no link between incidents: child, parent and related are", how)
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := inTurn(tx); err != nil {
			return err
		}
		a, b, kind, err := s.pair(tx, actor, name, how, other)
		if err != nil {
			return err
		}
		code, err := do(tx, kind, &a, &b)
		if err != nil {
			return err
		}
		return s.toldPair(tx, actor, code, kind, &a, &b)
	})
}

// inTurn lets those who link and merge incidents do so one after the other, from before they read anything: else two who are at it at once, each of whom
// sees nothing of the other yet, could close a circle together, be it one of two incidents or of many.
func inTurn(tx *sqldb.Tx) error {
	_, err := tx.Exec(`INSERT INTO incident_tree AS t (id, turn) VALUES ('tree', 1) ON CONFLICT (id) DO UPDATE SET turn = t.turn + 1`)
	return err
}

// pair finds both incidents, in the order in which the table has them: the parent first, and of related ones the smaller id.
func (s *Service) pair(tx *sqldb.Tx, actor identity.Actor, name string, how Relation, other string) (a, b incidentRecord, kind Relation, err error) {
	v, err := s.SightOf(tx, actor)
	if err != nil {
		return a, b, how, err
	}
	if a, err = s.survivor(tx, v, name); err != nil {
		return a, b, how, err
	}
	if b, err = s.survivor(tx, v, other); err != nil {
		return a, b, how, err
	}
	if a.ID == b.ID {
		return a, b, how, problem.New(problem.Invalid, "incident %s cannot be linked to itself", a.Ref)
	}
	if how == Parent || how == Related && a.ID > b.ID {
		a, b = b, a
	}
	if how == Parent {
		how = Child
	}
	return a, b, how, nil
}

// toldPair tells each incident of the other as far as who reads there may know of it: of what is restricted, the other is told nothing but that.
func (s *Service) toldPair(tx *sqldb.Tx, actor identity.Actor, code string, kind Relation, a, b *incidentRecord) error {
	for _, one := range [][2]*incidentRecord{{a, b}, {b, a}} {
		e := Entry{Code: code}
		if !one[1].Restricted {
			e.Args, e.Link = map[string]string{"ref": one[1].Ref}, "/incidents/"+one[1].ID
		}
		if err := s.told(tx, actor, one[0], e); err != nil {
			return err
		}
	}
	return actor.Audit(tx, s.now(), OpIncidentRelate, a.ID, nil, map[string]any{"code": code, "kind": kind, "other": b.ID})
}

// acyclic refuses that a is the parent of b, if it is beneath b.
func (s *Service) acyclic(tx *sqldb.Tx, a, b *incidentRecord) error {
	found, err := reaches(tx, b.ID, a.ID, "")
	if err == nil && found {
		return problem.New(problem.Conflict, "incident %s is a part of %s already, by this way or another: the link would make a circle", a.Ref, b.Ref)
	}
	return err
}

// uncircled refuses a merge after which an incident would be a part of its own part. That one of the two is directly a part of the other does not matter:
// they become one.
func (s *Service) uncircled(tx *sqldb.Tx, i, target *incidentRecord) error {
	for _, way := range [][2]string{{i.ID, target.ID}, {target.ID, i.ID}} {
		found, err := reaches(tx, way[0], way[1], way[1])
		if err != nil {
			return err
		}
		if found {
			return problem.New(problem.Conflict, "another incident lies between %s and %s as parent and child: merged, they would make a circle; take that link away first", i.Ref, target.Ref)
		}
	}
	return nil
}

// reaches tells whether to lies beneath from, other than by a direct link to what skip names. Errors: Conflict where more hangs together than is looked
// through: whether there would be a circle is not known then.
func reaches(tx *sqldb.Tx, from, to, skip string) (bool, error) {
	seen, next := map[string]bool{from: true}, []string{from}
	for len(next) > 0 {
		if len(seen) > mostKin {
			return false, problem.New(problem.Conflict, "more than %d incidents hang together there as parents and children, and whether another link closes a circle cannot be told: take some of those links away first", mostKin)
		}
		at := next[0]
		next = next[1:]
		list, err := partsOf(tx, at)
		if err != nil {
			return false, err
		}
		for _, id := range list {
			if id == to && (at != from || id != skip) {
				return true, nil
			}
			if !seen[id] && id != to {
				seen[id], next = true, append(next, id)
			}
		}
	}
	return false, nil
}

// partsOf lists the incidents directly beneath one; what was merged counts as what it was merged into.
func partsOf(tx *sqldb.Tx, id string) (list []string, err error) {
	err = tx.Each(`SELECT DISTINCT y.root FROM incident x JOIN incident_relation e ON e.a = x.id AND e.kind = 'child' JOIN incident y ON y.id = e.b
		WHERE x.root = $1 AND y.root <> $1 ORDER BY y.root`, []any{id}, func(scan func(...any) error) error {
		var one string
		err := scan(&one)
		list = append(list, one)
		return err
	})
	return list, err
}

// relatives adds the incidents that one belongs together with, as far as the reader sees them.
func (s *Service) relatives(tx *sqldb.Tx, v Sight, id string, out *Incident) (err error) {
	const down, up = `SELECT y.root FROM incident x JOIN incident_relation e ON e.a = x.id JOIN incident y ON y.id = e.b WHERE x.root = ? AND e.kind = `,
		`SELECT y.root FROM incident x JOIN incident_relation e ON e.b = x.id JOIN incident y ON y.id = e.a WHERE x.root = ? AND e.kind = `
	for _, one := range []struct {
		into *[]Ref
		cond string
		n    int
	}{
		{&out.Children, "i.id IN (" + down + "'child')", 1},
		{&out.Parents, "i.id IN (" + up + "'child')", 1},
		{&out.Related, "(i.id IN (" + down + "'related') OR i.id IN (" + up + "'related'))", 2},
		{&out.Merged, "i.root = ?", 1},
	} {
		var q query
		q.and(one.cond, slices.Repeat([]any{id}, one.n)...)
		q.and("i.id <> ?", id)
		q.seen(v.Incidents, "i")
		if *one.into, err = s.incidentList(tx, q); err != nil {
			return err
		}
	}
	return s.splits(tx, v, id, out)
}

// incidentList gives incidents as links.
func (s *Service) incidentList(tx *sqldb.Tx, q query) (list []Ref, err error) {
	err = tx.Each("SELECT i.id, i.ref, i.data_key, i.head FROM incident i WHERE "+q.String()+" ORDER BY i.opened, i.id LIMIT 1000", q.args, func(scan func(...any) error) error {
		var i incidentRecord
		if err := scan(&i.ID, &i.Ref, &i.wrapped, &i.sealedHead); err != nil {
			return err
		}
		ref, err := s.incidentRef(&i)
		list = append(list, ref)
		return err
	})
	return list, err
}

// splits adds the splits that made an incident and that it was split by, with the ends that the reader sees.
func (s *Service) splits(tx *sqldb.Tx, v Sight, id string, out *Incident) error {
	type row struct {
		Split
		source, target string
	}
	var list []row
	var names []string
	err := tx.Each(`SELECT p.source, p.target, p.at, p.actor, p.undone, p.undone_by FROM incident_split p JOIN incident i ON i.id = p.source OR i.id = p.target
		WHERE i.root = $1 ORDER BY p.at, p.id`, []any{id}, func(scan func(...any) error) error {
		var r row
		err := scan(&r.source, &r.target, moment{&r.At}, &r.By, moment{&r.Undone}, &r.UndoneBy)
		list, names = append(list, r), append(names, r.source, r.target)
		return err
	})
	if err != nil {
		return err
	}
	known, err := s.refs(tx, v, names)
	for _, r := range list {
		r.Source, r.Target = known[r.source], known[r.target]
		if r.target == id {
			out.SplitFrom = &r.Split
		} else if r.Target.ID != "" {
			out.Splits = append(out.Splits, r.Split)
		}
	}
	return err
}
