package sharing

import (
	"context"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/sharing/values"
)

// Remove takes versions of an object out of a collection: those that the filter means, all of them if it names none. Who reads afterwards does not
// see them; who read before has them. A version that stands in no collection any more is forgotten.
//
// Errors: Forbidden for who may not both read and write the collection, and for what another organisation gave; NotFound.
func (s *Service) Remove(ctx context.Context, actor identity.Actor, collection, object string, f Filter) (n int, err error) {
	if err := actor.Authorise(OpGive, object); err != nil {
		return 0, err
	}
	if !f.First && !f.Last && len(f.At) == 0 {
		f.All = true
	}
	f.IDs = []string{object}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		c, err := s.access(tx, actor, collection)
		if err != nil {
			return err
		}
		if !c.CanRead && !c.CanWrite {
			return errCollection(collection)
		}
		if !c.CanRead || !c.CanWrite {
			return problem.New(problem.Forbidden, "to take an object out you must be able to read this collection and to write to it")
		}
		n, err = s.remove(tx, actor, c, object, f.Normal())
		return err
	})
	return n, err
}

// gone is a place that is taken away.
type gone struct {
	num, added, seq      int64
	version              int64
	label                tlp.Label
	id, source           string
	kind, spec, decision string
}

func (s *Service) remove(tx *sqldb.Tx, actor identity.Actor, c Collection, object string, f Filter) (int, error) {
	if _, err := take(tx, 0, 0); err != nil { // so that nobody puts one there meanwhile
		return 0, err
	}
	list, err := leaving(tx, c.ID, f)
	if err != nil {
		return 0, err
	}
	if len(list) == 0 {
		return 0, problem.New(problem.NotFound, "there is no such object in this collection: %s", short(object, 100))
	}
	for _, g := range list {
		if outsider(actor) && g.source != actor.Organisation {
			return 0, problem.New(problem.Forbidden, "another organisation gave this object: ask the team that keeps the collection to take it out")
		}
		if err := s.drop(tx, c.ID, g); err != nil {
			return 0, err
		}
	}
	if err := refresh(tx, c.ID, []string{object}); err != nil {
		return 0, err
	}
	now := s.o.Clock.Now()
	if err := s.eraseFacts(tx, now, []string{object}); err != nil {
		return 0, err
	}
	return len(list), actor.Audit(tx, now, OpGive, c.ID, map[string]any{"object": object, "versions": len(list)}, nil)
}

func leaving(tx *sqldb.Tx, collection string, f Filter) (list []gone, err error) {
	where, args := f.where([]any{collection})
	err = tx.Each(`SELECT o.num, m.added, m.seq, o.source, m.object_id, m.type, m.spec, m.decision, m.version, o.label FROM sharing_member m JOIN sharing_object o ON o.num = m.object WHERE m.collection = $1`+where, args,
		func(scan func(...any) error) error {
			var g gone
			var label string
			err := scan(&g.num, &g.added, &g.seq, &g.source, &g.id, &g.kind, &g.spec, &g.decision, &g.version, &label)
			g.label, _ = tlp.Parse(label) // one that nobody knows is the strictest
			list = append(list, g)
			return err
		})
	return list, err
}

// drop takes a place away, and the version with it if that was its last one. That it stood there is kept: who read it has it.
func (s *Service) drop(tx *sqldb.Tx, collection string, g gone) error {
	_, err := tx.Exec(`INSERT INTO sharing_gone (collection, added, seq, object_id, type, spec, decision, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		collection, g.added, g.seq, g.id, g.kind, g.spec, g.decision, s.o.Clock.Now())
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM sharing_member WHERE collection = $1 AND added = $2 AND seq = $3`, collection, g.added, g.seq); err != nil {
		return err
	}
	var raw []byte
	err = tx.QueryRow(`DELETE FROM sharing_object WHERE num = $1 AND NOT EXISTS (SELECT 1 FROM sharing_member WHERE object = $1) RETURNING raw`, g.num).Scan(&raw)
	if sqldb.NoRows(err) {
		return nil
	}
	if err != nil {
		return err
	}
	c, err := contentOf(raw)
	if err != nil {
		return err
	}
	return values.Drop(tx, g.num, c.marks)
}
