package indicator

import (
	"cmp"
	"context"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/pattern"
)

// Bounds of what is shown of one indicator.
const (
	shownValues    = 50
	shownSightings = 100
	shownAlike     = 20
	shownRelations = 50
	// MostAlike is up to where the objects that have a value are counted.
	MostAlike = 1000
)

// Alike is what has one of the values too.
type Alike struct {
	Value Value    `json:"value"`
	Other []Object `json:"other" nullable:"false"` // 20 at most, the newest first
	Total int      `json:"total"`                  // of all that have it; above MostAlike it is more than that
}

// Object is another object of STIX.
type Object struct {
	ID     string `json:"id"`
	Type   string `json:"type"`
	Source string `json:"source,omitempty"`
}

// Relation is what a relationship says of the indicator.
type Relation struct {
	Kind   string `json:"kind"`
	Other  string `json:"other"`          // id of the other object
	Name   string `json:"name,omitempty"` // of the other object; "" if it has none, or is not here
	From   bool   `json:"from"`           // it goes from the indicator to the other
	Object string `json:"object"`         // id of the relationship
}

// Place is a collection in which it stands.
type Place struct {
	Collection string    `json:"collection"` // id
	Title      string    `json:"title"`
	Group      string    `json:"group,omitempty"`
	Added      time.Time `json:"added"`
	Decision   string    `json:"decision"`
}

// Whole is all that is known of one indicator.
type Whole struct {
	Indicator
	Values    []Value    `json:"values" nullable:"false"` // 50 at most
	Words     []string   `json:"words" nullable:"false"`  // what the pattern asks for
	Said      []Sighting `json:"said" nullable:"false"`   // 100 at most, the newest first
	SaidTotal int        `json:"said_total"`
	Alike     []Alike    `json:"alike" nullable:"false"`
	Relations []Relation `json:"relations" nullable:"false"` // 50 each way at most
	Related   int        `json:"related"`                    // how many relations there are
	In        []Place    `json:"in" nullable:"false"`
	SearchFor bool       `json:"search_for"` // it is looked for in events
	HalfLife  string     `json:"half_life"`  // after what time it means half as much
	OnLists   bool       `json:"blockable"`  // it stands on blocklists
}

// Look gives all that is known of an indicator. Errors: Forbidden; NotFound.
func (s *Service) Look(ctx context.Context, actor identity.Actor, id string) (w Whole, err error) {
	if err := actor.Authorise(OpRead, id); err != nil {
		return w, err
	}
	now := s.o.Clock.Now()
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		w = Whole{Values: []Value{}, Words: []string{}, Said: []Sighting{}, Alike: []Alike{}, Relations: []Relation{}, In: []Place{}}
		if w.Indicator, err = load(tx, now, id); err != nil {
			return err
		}
		return w.fill(tx)
	})
	w.SearchFor, w.OnLists, w.HalfLife = w.Sought(), w.Blockable(), HalfLife(w.Kind).String()
	return w, err
}

func (w *Whole) fill(tx *sqldb.Tx) (err error) {
	if p, err := pattern.Parse(w.Pattern); err == nil && w.Fault == "" {
		w.Words = append(w.Words, p.Explain()...)
	}
	list, err := valuesOf(tx, w.ID, shownValues)
	if err != nil {
		return err
	}
	w.Values = append(w.Values, list...)
	for _, do := range []func(*sqldb.Tx) error{w.said, w.alike, w.relations, w.places} {
		if err := do(tx); err != nil {
			return err
		}
	}
	return nil
}

func (w *Whole) said(tx *sqldb.Tx) error {
	if err := tx.QueryRow(`SELECT count(*) FROM sharing_sighting WHERE indicator = $1`, w.ID).Scan(&w.SaidTotal); err != nil {
		return err
	}
	return tx.Each(`SELECT id, indicator, seer, says, at, told, value, feed, note, withdrawn FROM sharing_sighting WHERE indicator = $1 ORDER BY at DESC, id DESC LIMIT $2`,
		[]any{w.ID, int64(shownSightings)}, func(next func(...any) error) error {
			var x Sighting
			var at, told, withdrawn int64
			err := next(&x.ID, &x.Indicator, &x.Seer, &x.Says, &at, &told, &x.Value, &x.Feed, &x.Note, &withdrawn)
			x.At, x.Told, x.Withdrawn = sqldb.Time(at), sqldb.Time(told), sqldb.Time(withdrawn)
			w.Said = append(w.Said, x)
			return err
		})
}

// alike finds what has the same values. It is worked out when it is asked for, and each value costs the same, however many objects have it.
func (w *Whole) alike(tx *sqldb.Tx) error {
	for _, v := range w.Values {
		list, total, err := sharing.Alike(tx, v.Value, shownAlike+1, MostAlike+1)
		if err != nil {
			return err
		}
		a := Alike{Value: v, Total: total - 1, Other: []Object{}}
		for n := range list {
			if o := &list[n]; o.ID != w.ID && len(a.Other) < shownAlike {
				a.Other = append(a.Other, Object{o.ID, o.Type, o.Source})
			}
		}
		if len(a.Other) > 0 {
			w.Alike = append(w.Alike, a)
		}
	}
	return nil
}

func (w *Whole) relations(tx *sqldb.Tx) error {
	for _, way := range []struct {
		own, other string
		from       bool
	}{{"origin", "target", true}, {"target", "origin", false}} {
		var n int
		if err := tx.QueryRow(`SELECT count(*) FROM sharing_relation WHERE `+way.own+` = $1`, w.ID).Scan(&n); err != nil {
			return err
		}
		w.Related += n
		err := tx.Each(`SELECT id, kind, `+way.other+` FROM sharing_relation r WHERE `+way.own+` = $1
			AND EXISTS (SELECT 1 FROM sharing_object o WHERE o.object_id = r.id) ORDER BY id LIMIT $2`, []any{w.ID, int64(shownRelations)},
			func(next func(...any) error) error {
				r := Relation{From: way.from}
				err := next(&r.Object, &r.Kind, &r.Other)
				w.Relations = append(w.Relations, r)
				return err
			})
		if err != nil {
			return err
		}
	}
	return w.names(tx)
}

// names finds what the others of relations are called.
func (w *Whole) names(tx *sqldb.Tx) error {
	for n := range w.Relations {
		r := &w.Relations[n]
		list, err := objects(tx, `object_id = $1 ORDER BY version DESC LIMIT 1`, r.Other)
		if err != nil {
			return err
		}
		var b struct {
			Name  string `json:"name"`
			Value string `json:"value"` // of an observable
		}
		if len(list) == 1 && json.Unmarshal(list[0].raw, &b) == nil {
			r.Name = short(cmp.Or(b.Name, b.Value), 200)
		}
	}
	return nil
}

// Sources gives the organisations that gave indicators, a hundred at most. Error: Forbidden.
func (s *Service) Sources(ctx context.Context, actor identity.Actor) (list []string, err error) {
	if err := actor.Authorise(OpRead, ""); err != nil {
		return nil, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list = nil
		return tx.Each(`SELECT DISTINCT source FROM sharing_indicator WHERE source <> '' ORDER BY source LIMIT 100`, nil, func(next func(...any) error) error {
			var id string
			err := next(&id)
			list = append(list, id)
			return err
		})
	})
	return list, err
}

func (w *Whole) places(tx *sqldb.Tx) error {
	return tx.Each(`SELECT c.id, c.title, c.group_id, m.added, m.decision FROM sharing_object o JOIN sharing_member m ON m.object = o.num
		JOIN sharing_collection c ON c.id = m.collection WHERE o.object_id = $1 AND m.latest = 1 ORDER BY m.added DESC LIMIT 50`, []any{w.ID},
		func(next func(...any) error) error {
			var p Place
			var added int64
			err := next(&p.Collection, &p.Title, &p.Group, &added, &p.Decision)
			p.Added = sharing.Moment(added)
			w.In = append(w.In, p)
			return err
		})
}
