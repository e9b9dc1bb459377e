package observable

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// RelationKind is what one observable has to do with another.
type RelationKind string

// The kinds of relations, from A to B.
const (
	ResolvesTo   RelationKind = "resolves-to"
	RedirectsTo  RelationKind = "redirects-to"
	HostedOn     RelationKind = "hosted-on"
	Communicates RelationKind = "communicates-with"
	Downloads    RelationKind = "downloads"
	Drops        RelationKind = "drops"
	SentBy       RelationKind = "sent-by"
	PartOf       RelationKind = "part-of"
	UsedBy       RelationKind = "used-by"
	Exploits     RelationKind = "exploits"
	SameAs       RelationKind = "same-as" // another name of the same thing
	RelatesTo    RelationKind = "relates-to"
)

// RelationKinds lists the kinds of relations in the order in which forms show them.
func RelationKinds() []RelationKind {
	return []RelationKind{ResolvesTo, RedirectsTo, HostedOn, Communicates, Downloads, Drops, SentBy, PartOf, UsedBy, Exploits, SameAs, RelatesTo}
}

// Relation is what an observable has to do with another of the same incident.
type Relation struct {
	ID    string       `json:"id"`
	Kind  RelationKind `json:"kind"`
	Out   bool         `json:"out"`   // from the one that was asked about to Other; else the other way round
	Other Observable   `json:"other"` // without what else is known of it
	At    time.Time    `json:"at"`
	By    string       `json:"by"`
}

// Relate says what one observable of an incident has to do with another. Saying it again is harmless. Errors: NotFound; Invalid for an unknown kind, and
// for one with itself.
func (s *Service) Relate(ctx context.Context, actor identity.Actor, name, a string, kind RelationKind, b string) error {
	if err := actor.Authorise(OpEdit, name); err != nil {
		return err
	}
	switch {
	case !slices.Contains(RelationKinds(), kind):
		return problem.New(problem.Invalid, "%q is no relation: use one of %v", cut(string(kind)), RelationKinds())
	case a == b:
		return problem.New(problem.Invalid, "an observable has nothing to do with itself: choose another one")
	}
	return s.o.Incidents.Work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		for _, end := range []string{a, b} {
			if _, err := one(tx, in, end); err != nil {
				return err
			}
		}
		n, err := tx.Exec(`INSERT INTO observable_relation (id, incident, kind, a, b, at, actor) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
			id.NewAt(in.Now), in.ID, string(kind), a, b, in.Now, actor.ID)
		if err != nil || n == 0 {
			return err
		}
		return actor.Audit(tx, in.Now, OpEdit, in.ID, nil, map[string]any{"relation": kind, "from": a, "to": b})
	})
}

// Unrelate takes a relation back. Errors: NotFound.
func (s *Service) Unrelate(ctx context.Context, actor identity.Actor, name, relation string) error {
	if err := actor.Authorise(OpEdit, name); err != nil {
		return err
	}
	return s.o.Incidents.Work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		cond, args := in.Rows("incident", 2)
		var kind, a, b string
		err := tx.QueryRow(`DELETE FROM observable_relation WHERE id = $1 AND `+cond+` RETURNING kind, a, b`, append([]any{relation}, args...)...).Scan(&kind, &a, &b)
		if sqldb.NoRows(err) {
			return problem.New(problem.NotFound, "there is no such relation in this incident")
		}
		if err != nil {
			return err
		}
		return actor.Audit(tx, in.Now, OpEdit, in.ID, map[string]any{"relation": kind, "from": a, "to": b}, nil)
	})
}

// relationsOf lists what an observable has to do with others.
func relationsOf(tx *sqldb.Tx, in *incident.Inside, name string) (list []Relation, err error) {
	cond, args := in.Rows("o.incident", 2)
	for _, side := range []struct {
		own, other string
		out        bool
	}{{"a", "b", true}, {"b", "a", false}} {
		query := `SELECT r.id, r.kind, r.at, r.actor, ` + columns + ` FROM observable_relation r JOIN observable o ON o.id = r.` + side.other + `
			WHERE r.` + side.own + ` = $1 AND o.removed = 0 AND ` + cond + ` ORDER BY r.kind, r.at, r.id`
		err := tx.Each(query, append([]any{name}, args...), func(next func(...any) error) error {
			l := Relation{Out: side.out}
			r, sealed, err := row(func(dst ...any) error { return next(append([]any{&l.ID, &l.Kind, moment{&l.At}, &l.By}, dst...)...) })
			if err == nil {
				err = r.open(in, sealed)
			}
			l.Other = r.Observable
			list = append(list, l)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// related counts the relations of observables.
func related(tx *sqldb.Tx, at map[string]*Observable) error {
	add := func(o *Observable, n, _ int) { o.Relations += n }
	for _, side := range []string{"a", "b"} {
		if err := tally(tx, at, `SELECT `+side+`, count(*), 0 FROM observable_relation WHERE `+side+` IN (%) GROUP BY `+side, add); err != nil {
			return err
		}
	}
	return nil
}

// tally asks for two numbers of each of some observables; % stands for their ids.
func tally(tx *sqldb.Tx, at map[string]*Observable, query string, take func(o *Observable, n, m int)) error {
	if len(at) == 0 {
		return nil
	}
	var places []string
	var args []any
	for _, name := range slices.Sorted(maps.Keys(at)) {
		args = append(args, name)
		places = append(places, "$"+strconv.Itoa(len(args)))
	}
	return tx.Each(strings.Replace(query, "%", strings.Join(places, ", "), 1), args, func(next func(...any) error) error {
		var name string
		var n, m int
		err := next(&name, &n, &m)
		if err == nil {
			take(at[name], n, m)
		}
		return err
	})
}
