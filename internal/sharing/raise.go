package sharing

import (
	"context"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// raised takes out earlier versions that carry a wider label than what came now from the same source, also where that itself may not stand here: the source
// has made it stricter, and what it was before is not to be read any more. Who read it has to hear of it.
func (t *intake) raised(tx *sqldb.Tx) error {
	stricter := map[string]*entry{}
	for n, list := range [][]entry{t.barred, t.fresh} {
		for i := range list {
			e := &list[i]
			if n == 1 && !t.met[e.ID] && stricter[e.ID] == nil { // it is the first of its object
				continue
			}
			if stricter[e.ID] == nil || e.supersedes(stricter[e.ID].version(), stricter[e.ID].label) {
				stricter[e.ID] = e
			}
		}
	}
	earlier, err := t.earlier(tx, stricter)
	for _, id := range earlier {
		e := stricter[id]
		wider := func(g gone) bool {
			return e.supersedes(g.version, g.label) && g.label < e.label && g.source == t.in.Source
		}
		if err == nil {
			err = t.s.takeOut(tx, t.c.ID, id, wider)
		}
		if err == nil {
			err = t.noteRaised(tx, e)
		}
	}
	return err
}

// supersedes tells whether an entry says what holds now instead of a version; of what has no versions, the strictest does.
func (e *entry) supersedes(version int64, label tlp.Label) bool {
	if e.version() == 0 {
		return label < e.label
	}
	return version < e.version()
}

// earlier lists the ids of which an earlier and wider version stands in the collection.
func (t *intake) earlier(tx *sqldb.Tx, of map[string]*entry) (ids []string, err error) {
	all := make([]string, 0, len(of))
	for id := range of {
		all = append(all, id)
	}
	found := map[string]bool{}
	err = eachIn(tx, `SELECT m.object_id, m.version, o.label, o.source FROM sharing_member m JOIN sharing_object o ON o.num = m.object
		WHERE m.collection = $1 AND m.object_id IN`, all, func(scan func(...any) error) error {
		var id, text, source string
		var version int64
		err := scan(&id, &version, &text, &source)
		label, _ := tlp.Parse(text) // one that nobody knows is the strictest
		if e := of[id]; e.supersedes(version, label) && label < e.label && source == t.in.Source && !found[id] {
			found[id], ids = true, append(ids, id)
		}
		return err
	}, t.c.ID)
	return ids, err
}

func (t *intake) noteRaised(tx *sqldb.Tx, e *entry) error {
	_, err := tx.Exec(`INSERT INTO sharing_raised (object_id, label, at) VALUES ($1, $2, $3) ON CONFLICT (object_id) DO UPDATE SET label = excluded.label, at = excluded.at`,
		e.ID, e.label.String(), t.now)
	if err != nil {
		return err
	}
	return t.actor.Audit(tx, t.now, t.op, t.c.ID, map[string]any{"object": e.ID}, map[string]any{"label": e.label})
}

// Raised is an object of which a stricter label came.
type Raised struct {
	Object string
	Label  tlp.Label
}

// Raised lists objects of which a stricter label came, for who tells those who have an earlier version. Error: Forbidden.
func (s *Service) Raised(ctx context.Context, actor identity.Actor) (list []Raised, err error) {
	if err := actor.Authorise(OpForget, "raised"); err != nil {
		return nil, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list = nil
		return tx.Each(`SELECT object_id, label FROM sharing_raised ORDER BY at, object_id LIMIT 500`, nil, func(scan func(...any) error) error {
			var r Raised
			var label string
			err := scan(&r.Object, &label)
			r.Label, _ = tlp.Parse(label) // one that nobody knows is the strictest
			list = append(list, r)
			return err
		})
	})
	return list, err
}

// Told forgets that a stricter label came, once those who have an earlier version know. Error: Forbidden.
func (s *Service) Told(ctx context.Context, actor identity.Actor, r Raised) error {
	if err := actor.Authorise(OpForget, "raised"); err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`DELETE FROM sharing_raised WHERE object_id = $1 AND label = $2`, r.Object, r.Label.String())
		return err
	})
}
