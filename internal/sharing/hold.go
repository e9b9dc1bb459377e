package sharing

import (
	"context"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Held is what is out of a collection until an embargo ends: a thing of the team's own, or, where that is zero, an object.
type Held struct {
	Own
	Collection string
	Object     string    // "" for a thing of the team's own
	Source     string    // of the object
	Label      tlp.Label // under which it stood: the strictest of HeldObjects, which HeldBack does not tell
}

// Hold takes a thing of the team's own, or an object, out of a collection until an embargo ends, and keeps what stood there. It returns how many objects those
// were. Error: Forbidden.
func (s *Service) Hold(ctx context.Context, actor identity.Actor, h Held, reason string) (n int, err error) {
	if err := actor.Authorise(OpAdd, h.Collection); err != nil {
		return 0, err
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if _, err := take(tx, 0, 0); err != nil { // so that nobody puts one there meanwhile
			return err
		}
		list, err := h.standing(tx)
		if n = len(list); err != nil || n == 0 {
			return err
		}
		if err := h.keep(tx, list, sqldb.Millis(s.o.Clock.Now())); err != nil {
			return err
		}
		if err := s.takeAway(tx, h, list); err != nil {
			return err
		}
		return actor.AuditReason(tx, s.o.Clock.Now(), OpAdd, h.Collection, reason, h.audited(n), nil)
	})
	return n, err
}

func (h *Held) audited(n int) map[string]any {
	return map[string]any{"kind": h.Kind, "item": h.Item, "object": h.Object, "objects": n}
}

// standing reads what of it stands in the collection.
func (h *Held) standing(tx *sqldb.Tx) ([]Stored, error) {
	if h.Own == (Own{}) {
		return standingIn(tx, h.Collection, `m.object_id = $2`, h.Object)
	}
	return ownStanding(tx, h.Collection, h.Own)
}

func (h *Held) keep(tx *sqldb.Tx, list []Stored, now int64) error {
	rows := make([][]any, len(list))
	for i, o := range list {
		rows[i] = []any{h.Collection, h.Kind, h.Item, o.ID, o.Source, o.Label.String(), o.Raw, now, int64(o.PAP), o.IEP.String()}
	}
	return tx.BulkUpsert(heldInto, rowsOf(rows))
}

var heldInto = sqldb.Upsert{
	Table:   "sharing_held",
	Columns: []string{"collection", "kind", "item", "object_id", "source", "label", "raw", "since", "pap", "iep"},
	Key:     []string{"collection", "kind", "item", "object_id"},
	Set:     []string{"source = excluded.source", "label = excluded.label", "raw = excluded.raw", "since = excluded.since", "pap = excluded.pap", "iep = excluded.iep"},
}

func (s *Service) takeAway(tx *sqldb.Tx, h Held, list []Stored) error {
	if h.Own == (Own{}) {
		return s.takeOut(tx, h.Collection, h.Object, func(gone) bool { return true })
	}
	ids := make([]string, len(list))
	for i, o := range list {
		ids[i] = o.ID
	}
	return s.leave(tx, h.Collection, h.Own, ids)
}

// HeldBack lists what is out of collections until an embargo ends. It is for the machine that looks whether it has. Error: Forbidden.
func (s *Service) HeldBack(ctx context.Context, actor identity.Actor) (list []Held, err error) {
	if err := actor.Authorise(OpForget, "held"); err != nil {
		return nil, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list = nil
		return tx.Each(`SELECT collection, kind, item, CASE WHEN kind = '' THEN object_id ELSE '' END AS object, min(source) FROM sharing_held
			GROUP BY collection, kind, item, object ORDER BY collection, kind, item, object`, nil, func(scan func(...any) error) error {
			var h Held
			err := scan(&h.Collection, &h.Kind, &h.Item, &h.Object, &h.Source)
			list = append(list, h)
			return err
		})
	})
	return list, err
}

// HeldObjects gives what is kept of something that is held: ids, sources, labels and bytes. Error: Forbidden.
func (s *Service) HeldObjects(ctx context.Context, actor identity.Actor, h Held) (list []Stored, err error) {
	if err := actor.Authorise(OpForget, "held"); err != nil {
		return nil, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list = nil
		return tx.Each(`SELECT object_id, source, label, raw, pap, iep FROM sharing_held WHERE collection = $1 AND kind = $2 AND item = $3 AND (object_id = $4 OR $4 = '') ORDER BY object_id`,
			[]any{h.Collection, h.Kind, h.Item, h.Object}, func(scan func(...any) error) error {
				var o Stored
				var label, policy string
				var pap int64
				err := scan(&o.ID, &o.Source, &label, &o.Raw, &pap, &policy)
				o.PAP, o.IEP = papOf(pap), iep.Kept(policy)
				o.Label, _ = tlp.Parse(label) // one that nobody knows is the strictest
				list = append(list, o)
				return err
			})
	})
	return list, err
}

// Unhold forgets what was kept: it stands again, or may not. Error: Forbidden.
func (s *Service) Unhold(ctx context.Context, actor identity.Actor, h Held, reason string) error {
	if err := actor.Authorise(OpForget, "held"); err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		n, err := tx.Exec(`DELETE FROM sharing_held WHERE collection = $1 AND kind = $2 AND item = $3 AND (object_id = $4 OR $4 = '')`, h.Collection, h.Kind, h.Item, h.Object)
		if err != nil || n == 0 {
			return err
		}
		return actor.AuditReason(tx, s.o.Clock.Now(), OpForget, h.Collection, reason, h.audited(int(n)), nil)
	})
}

// Standing gives the newest version of an object in each open collection in which it stands, by the collection's id. Error: Forbidden.
func (s *Service) Standing(ctx context.Context, actor identity.Actor, object string) (out map[string]Stored, err error) {
	if err := actor.Authorise(OpOverview, object); err != nil {
		return nil, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		out = map[string]Stored{}
		return tx.Each(`SELECT `+storedColumns+`, m.collection FROM sharing_object o JOIN sharing_member m ON m.object = o.num JOIN sharing_collection c ON c.id = m.collection
			WHERE o.object_id = $1 AND m.latest = 1 AND c.closed = 0`, []any{object}, func(scan func(...any) error) error {
			var collection string
			o, err := scanStored(scan, &collection)
			out[collection] = o
			return err
		})
	})
	return out, err
}

// OwnObjects gives the newest versions of the objects in a collection that tell of a thing of the team's own. Error: Forbidden.
func (s *Service) OwnObjects(ctx context.Context, actor identity.Actor, own Own, collection string) (list []Stored, err error) {
	if err := actor.Authorise(OpOverview, own.Item); err != nil {
		return nil, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list, err = ownStanding(tx, collection, own)
		return err
	})
	return list, err
}

func ownStanding(tx *sqldb.Tx, collection string, own Own) ([]Stored, error) {
	return standingIn(tx, collection, `m.object_id IN (SELECT object_id FROM sharing_own WHERE collection = $1 AND kind = $2 AND item = $3 AND gone = 0)`, own.Kind, own.Item)
}

func standingIn(tx *sqldb.Tx, collection, where string, args ...any) (list []Stored, err error) {
	err = tx.Each(`SELECT `+storedColumns+` FROM sharing_member m JOIN sharing_object o ON o.num = m.object WHERE m.collection = $1 AND m.latest = 1 AND `+where+` ORDER BY m.object_id`,
		append([]any{collection}, args...), func(scan func(...any) error) error {
			o, err := scanStored(scan)
			list = append(list, o)
			return err
		})
	return list, err
}

// StricterOwn gives the objects in a collection that tell of another thing of the team's own too, one that stands there under a stricter label than that.
// Error: Forbidden.
func (s *Service) StricterOwn(ctx context.Context, actor identity.Actor, own Own, collection string, than tlp.Label) (out map[string]bool, err error) {
	if err := actor.Authorise(OpOverview, own.Item); err != nil {
		return nil, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		out = map[string]bool{}
		return tx.Each(`SELECT object_id, label FROM sharing_own WHERE collection = $1 AND gone = 0 AND NOT (kind = $2 AND item = $3)
				AND object_id IN (SELECT object_id FROM sharing_own WHERE collection = $1 AND kind = $2 AND item = $3 AND gone = 0)`,
			[]any{collection, own.Kind, own.Item}, func(scan func(...any) error) error {
				var id, text string
				err := scan(&id, &text)
				if label, _ := tlp.Parse(text); label > than { // one that nobody knows is the strictest
					out[id] = true
				}
				return err
			})
	})
	return out, err
}
